package ondol.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/**
 * Expressions evaluated for one element at a time, each shared part once: the primitives exactly as their Javadoc says
 * them. Values are longs: F32 as the float's bits (zero-extended), integers as the value, BOOL as 0 or 1.
 */
final class ScalarProgram {
    /** Every expression after its operands. */
    private final List<Expr> order = new ArrayList<>();

    private final int[][] operands;
    private final long[] values;
    private final int[] results;
    private final long[] scalars;

    ScalarProgram(List<Expr> outputs, long[] scalars) {
        this.scalars = scalars;
        Map<Expr, Integer> places = new HashMap<>();
        outputs.forEach(output -> place(output, places));
        operands = new int[order.size()][];
        for (int i = 0; i < operands.length; i++) {
            Expr[] of = order.get(i).operands();
            operands[i] = new int[of.length];
            for (int j = 0; j < of.length; j++) {
                operands[i][j] = places.get(of[j]);
            }
        }
        values = new long[order.size()];
        results = outputs.stream().mapToInt(places::get).toArray();
    }

    private void place(Expr e, Map<Expr, Integer> places) {
        if (!places.containsKey(e)) {
            for (Expr operand : e.operands()) {
                place(operand, places);
            }
            places.put(e, order.size());
            order.add(e);
        }
    }

    /** Evaluates every output for the element {@code index} with the given inputs. */
    void evaluate(long[] inputs, long index) {
        for (int i = 0; i < values.length; i++) {
            values[i] = value(order.get(i), operands[i], inputs, index);
        }
    }

    /** The value of an output after {@link #evaluate}. */
    long result(int output) {
        return values[results[output]];
    }

    private long value(Expr e, int[] of, long[] inputs, long index) {
        return switch (e) {
            case Expr.Input input -> inputs[input.index()];
            case Expr.Scalar scalar -> canonical(scalar.type(), scalars[scalar.index()]);
            case Expr.Constant constant -> canonical(constant.type(), constant.bits());
            case Expr.Keep keep -> keep(keep, index);
            case Expr.Unary unary -> unary(unary.op(), unary.a().type(), values[of[0]]);
            case Expr.Binary binary -> binary(binary.op(), binary.a().type(), values[of[0]], values[of[1]]);
            case Expr.Fma fma -> bits(Math.fma(f32(values[of[0]]), f32(values[of[1]]), f32(values[of[2]])));
            case Expr.Select select -> values[of[0]] != 0 ? values[of[1]] : values[of[2]];
        };
    }

    private long keep(Expr.Keep keep, long index) {
        int seed = (int) scalars[keep.seedScalar()];
        int threshold = (int) scalars[keep.thresholdScalar()];
        long x = Expr.Keep.skip(index) * Expr.Keep.start(seed) % Expr.Keep.MODULUS;
        return bool(x < threshold);
    }

    private static long unary(UnaryOp op, Type type, long a) {
        return switch (op) {
            case NEG ->
                switch (type) {
                    case F32 -> a ^ 0x80000000L;
                    case I32 -> -(int) a;
                    case I64 -> -a;
                    case BOOL -> throw illegal(op, type);
                };
            case ABS ->
                switch (type) {
                    case F32 -> a & 0x7fffffffL;
                    case I32 -> Math.abs((int) a);
                    case I64 -> Math.abs(a);
                    case BOOL -> throw illegal(op, type);
                };
            case FLOOR -> bits((float) Math.floor(f32(a)));
            case SQRT -> bits((float) Math.sqrt(f32(a))); // double has enough bits to make the second rounding harmless
            case NOT -> type == Type.BOOL ? 1 - a : ~a;
            case TO_F32 ->
                switch (type) {
                    case F32 -> a;
                    case I32 -> bits((float) (int) a);
                    case I64 -> bits((float) a);
                    case BOOL -> bits(a != 0 ? 1f : 0f);
                };
            case TO_I32 -> type == Type.F32 ? (int) f32(a) : (int) a;
            case TO_I64 -> type == Type.F32 ? (long) f32(a) : a;
            case TO_BOOL -> bool(type == Type.F32 ? f32(a) != 0 : a != 0);
            case BITS -> (int) a;
            case FROM_BITS -> a & 0xffffffffL;
        };
    }

    private static long binary(BinaryOp op, Type type, long a, long b) {
        return switch (type) {
            case F32 -> {
                float x = f32(a);
                float y = f32(b);
                yield switch (op) {
                    case ADD -> bits(x + y);
                    case SUB -> bits(x - y);
                    case MUL -> bits(x * y);
                    case DIV -> bits(x / y);
                    case MIN -> bits(Math.min(x, y));
                    case MAX -> bits(Math.max(x, y));
                    case LT -> bool(x < y);
                    case LE -> bool(x <= y);
                    case EQ -> bool(x == y);
                    case AND, OR, XOR, SHL, SHR, USHR -> throw illegal(op, type);
                };
            }
            case I32 -> {
                int x = (int) a;
                int y = (int) b;
                yield switch (op) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> (int) (a * b);
                    case MIN -> Math.min(x, y);
                    case MAX -> Math.max(x, y);
                    case LT -> bool(x < y);
                    case LE -> bool(x <= y);
                    case EQ -> bool(x == y);
                    case AND -> x & y;
                    case OR -> x | y;
                    case XOR -> x ^ y;
                    case SHL -> x << y;
                    case SHR -> x >> y;
                    case USHR -> x >>> y;
                    case DIV -> throw illegal(op, type);
                };
            }
            case I64 ->
                switch (op) {
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
                    case DIV -> throw illegal(op, type);
                };
            case BOOL ->
                switch (op) {
                    case EQ -> bool(a == b);
                    case AND -> a & b;
                    case OR -> a | b;
                    case XOR -> a ^ b;
                    default -> throw illegal(op, type);
                };
        };
    }

    private static IllegalArgumentException illegal(Enum<?> op, Type type) {
        return new IllegalArgumentException(op + " takes no " + type);
    }

    private static long canonical(Type type, long bits) {
        return switch (type) {
            case F32 -> bits & 0xffffffffL;
            case I32 -> (int) bits;
            case I64 -> bits;
            case BOOL -> bool(bits != 0);
        };
    }

    private static long bool(boolean value) {
        return value ? 1 : 0;
    }

    static float f32(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xffffffffL;
    }
}
