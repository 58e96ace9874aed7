package ondol.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates an {@link Expr} for one element at a time, one primitive after the other, as the primitives' Javadoc says:
 * plain, and an oracle for tests.
 *
 * <p>Values travel as bits: F32 as the float's bits in the low 32 (the upper half is ignored on the way in and zero on
 * the way out, as in {@link Expr.Constant}), I32 and I64 as the value, BOOL as 0 or 1.
 */
public final class ScalarEvaluator {
    /** Every expression after its operands; the last is the result. */
    private final List<Expr> order = new ArrayList<>();

    private final Map<Expr, Integer> places = new HashMap<>();
    private final int[][] operands;
    private final long[] values;

    /** Prepares the evaluation of {@code e}. */
    public ScalarEvaluator(Expr e) {
        place(e);
        operands = new int[order.size()][];
        for (int i = 0; i < operands.length; i++) {
            Expr[] of = order.get(i).operands();
            operands[i] = new int[of.length];
            for (int k = 0; k < of.length; k++) {
                operands[i][k] = places.get(of[k]);
            }
        }
        values = new long[order.size()];
    }

    private void place(Expr e) {
        if (!places.containsKey(e)) {
            for (Expr operand : e.operands()) {
                place(operand);
            }
            places.put(e, order.size());
            order.add(e);
        }
    }

    /** {@link #evaluate(long[], long[], long)} for a single use. */
    public static long evaluate(Expr e, long[] inputBits, long[] scalarBits, long index) {
        return new ScalarEvaluator(e).evaluate(inputBits, scalarBits, index);
    }

    /**
     * The value at one element.
     *
     * @param inputBits the element of each input
     * @param scalarBits the run-time scalars
     * @param index the element's row-major index in the launch's shape, for {@link Expr.Keep}
     */
    public long evaluate(long[] inputBits, long[] scalarBits, long index) {
        for (int i = 0; i < values.length; i++) {
            int[] of = operands[i];
            values[i] = switch (order.get(i)) {
                case Expr.Input e -> normalize(e.type(), inputBits[e.index()]);
                case Expr.Scalar e -> normalize(e.type(), scalarBits[e.index()]);
                case Expr.Constant e -> normalize(e.type(), e.bits());
                case Expr.Keep e -> keep(e, scalarBits, index);
                case Expr.Unary e -> unary(e.op(), e.a().type(), values[of[0]]);
                case Expr.Binary e -> binary(e.op(), e.a().type(), values[of[0]], values[of[1]]);
                case Expr.Fma e -> bits(Math.fma(f32(values[of[0]]), f32(values[of[1]]), f32(values[of[2]])));
                case Expr.Select e -> values[of[0]] != 0 ? values[of[1]] : values[of[2]];
            };
        }
        return values[values.length - 1];
    }

    /** How many primitives an evaluation takes. */
    public int primitives() {
        int count = 0;
        for (int[] of : operands) {
            count += of.length > 0 ? 1 : 0;
        }
        return count;
    }

    private static long keep(Expr.Keep keep, long[] scalarBits, long index) {
        long start = Expr.Keep.start((int) scalarBits[keep.seedScalar()]);
        long x = Expr.Keep.skip(index) * start % Expr.Keep.MODULUS;
        return bool(x < (int) scalarBits[keep.thresholdScalar()]);
    }

    private static long unary(UnaryOp op, Type type, long a) {
        return switch (type) {
            case F32 -> unaryF32(op, f32(a));
            case I32 -> unaryI32(op, (int) a);
            case I64 -> unaryI64(op, a);
            case BOOL ->
                switch (op) {
                    case NOT -> a ^ 1;
                    case TO_F32 -> bits((float) a);
                    case TO_I32, TO_I64, TO_BOOL -> a;
                    default -> throw new AssertionError(op);
                };
        };
    }

    private static long unaryF32(UnaryOp op, float a) {
        return switch (op) {
            case NEG -> bits(-a);
            case ABS -> bits(Math.abs(a));
            case FLOOR -> bits((float) Math.floor(a));
            case SQRT -> bits((float) Math.sqrt(a));
            case TO_F32 -> bits(a);
            case TO_I32 -> (int) a;
            case TO_I64 -> (long) a;
            case TO_BOOL -> bool(a != 0);
            case BITS -> Float.floatToRawIntBits(a);
            case NOT, FROM_BITS -> throw new AssertionError(op);
        };
    }

    private static long unaryI32(UnaryOp op, int a) {
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case NOT -> ~a;
            case TO_F32 -> bits((float) a);
            case TO_I32, TO_I64 -> a;
            case TO_BOOL -> bool(a != 0);
            case FROM_BITS -> a & 0xffffffffL;
            case FLOOR, SQRT, BITS -> throw new AssertionError(op);
        };
    }

    private static long unaryI64(UnaryOp op, long a) {
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case NOT -> ~a;
            case TO_F32 -> bits((float) a);
            case TO_I32 -> (int) a;
            case TO_I64 -> a;
            case TO_BOOL -> bool(a != 0);
            case FLOOR, SQRT, BITS, FROM_BITS -> throw new AssertionError(op);
        };
    }

    private static long binary(BinaryOp op, Type type, long a, long b) {
        return switch (type) {
            case F32 -> binaryF32(op, f32(a), f32(b));
            case I32 -> binaryI32(op, (int) a, (int) b);
            case I64 -> binaryI64(op, a, b);
            case BOOL ->
                switch (op) {
                    case EQ -> bool(a == b);
                    case AND -> a & b;
                    case OR -> a | b;
                    case XOR -> a ^ b;
                    default -> throw new AssertionError(op);
                };
        };
    }

    private static long binaryF32(BinaryOp op, float a, float b) {
        return switch (op) {
            case ADD -> bits(a + b);
            case SUB -> bits(a - b);
            case MUL -> bits(a * b);
            case DIV -> bits(a / b);
            case MIN -> bits(Math.min(a, b));
            case MAX -> bits(Math.max(a, b));
            case LT -> bool(a < b);
            case LE -> bool(a <= b);
            case EQ -> bool(a == b);
            case AND, OR, XOR, SHL, SHR, USHR -> throw new AssertionError(op);
        };
    }

    private static long binaryI32(BinaryOp op, int a, int b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> (int) ((long) a * b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case LT -> bool(a < b);
            case LE -> bool(a <= b);
            case EQ -> bool(a == b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >> b;
            case USHR -> a >>> b;
            case DIV -> throw new AssertionError(op);
        };
    }

    private static long binaryI64(BinaryOp op, long a, long b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case LT -> bool(a < b);
            case LE -> bool(a <= b);
            case EQ -> bool(a == b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >> b;
            case USHR -> a >>> b;
            case DIV -> throw new AssertionError(op);
        };
    }

    private static long normalize(Type type, long bits) {
        return switch (type) {
            case F32 -> bits & 0xffffffffL;
            case I32 -> (int) bits;
            case I64 -> bits;
            case BOOL -> bits & 1;
        };
    }

    /** The float whose bits are the low half of {@code bits}. */
    public static float f32(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    /** A float as this class passes it. */
    public static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xffffffffL;
    }

    private static long bool(boolean value) {
        return value ? 1 : 0;
    }
}
