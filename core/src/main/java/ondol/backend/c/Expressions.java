package ondol.backend.c;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Type;

/** Prints expressions as statements: one constant for each node that is not a leaf, in an order that C can read. */
final class Expressions {
    private static final String STEP = "    ";
    private static final Expr[] NO_OPERANDS = {};

    /** A run-time scalar that some expressions read. */
    record ScalarUse(int index, Type type) {}

    private final StringBuilder text;
    private final String indent;
    private final Map<Expr, String> names = new IdentityHashMap<>();
    private final Map<Integer, String> states = new TreeMap<>();
    private final String element;
    private final boolean wide;

    /**
     * @param text where the statements go
     * @param depth how far they are indented
     * @param element the row-major index of the element, for the dropout mask
     * @param wide whether that has 64 bits
     */
    Expressions(StringBuilder text, int depth, String element, boolean wide) {
        this.text = text;
        this.indent = STEP.repeat(depth);
        this.element = element;
        this.wide = wide;
    }

    /** The same values in a block within this one's: what is printed there has no name here. */
    Expressions inner(StringBuilder text, int depth) {
        Expressions inner = new Expressions(text, depth, element, wide);
        inner.names.putAll(names);
        inner.states.putAll(states);
        inner.count = count;
        return inner;
    }

    /** The inputs that expressions read, by index. */
    static Map<Integer, Type> inputs(List<Expr> roots) {
        Map<Integer, Type> inputs = new TreeMap<>();
        for (Expr e : Dag.nodes(roots)) {
            if (e instanceof Expr.Input i) {
                inputs.put(i.index(), i.type());
            }
        }
        return inputs;
    }

    /** The run-time scalars that expressions read, by index. */
    static List<ScalarUse> scalars(List<Expr> roots) {
        Map<Integer, Type> scalars = new TreeMap<>();
        for (Expr e : Dag.nodes(roots)) {
            if (e instanceof Expr.Scalar s) {
                scalars.put(s.index(), s.type());
            } else if (e instanceof Expr.Keep k) {
                scalars.put(k.seedScalar(), Type.I32);
                scalars.put(k.thresholdScalar(), Type.I32);
            }
        }
        List<ScalarUse> uses = new ArrayList<>();
        scalars.forEach((index, type) -> uses.add(new ScalarUse(index, type)));
        return uses;
    }

    /** Whether expressions draw a dropout mask. */
    static boolean keeps(List<Expr> roots) {
        return Dag.nodes(roots).stream().anyMatch(e -> e instanceof Expr.Keep);
    }

    /** One mask for each seed that expressions draw masks from. */
    static List<Expr.Keep> masks(List<Expr> roots) {
        Map<Integer, Expr.Keep> masks = new TreeMap<>();
        for (Expr e : Dag.nodes(roots)) {
            if (e instanceof Expr.Keep k) {
                masks.put(k.seedScalar(), k);
            }
        }
        return List.copyOf(masks.values());
    }

    /** Says what the generator's state at the element is called, by the scalar that it began with. */
    void state(int seedScalar, String name) {
        states.put(seedScalar, name);
    }

    /** Says what an input is called. */
    void input(int index, Type type, String name) {
        name(Expr.input(index, type), name);
    }

    /** Says where a value is found: neither it nor what it is made of is printed. */
    void name(Expr value, String name) {
        names.put(value, name);
    }

    /** Prints what the roots need; returns what each is called. */
    List<String> print(List<Expr> roots) {
        for (Expr e : Dag.nodes(roots, e -> names.containsKey(e) ? NO_OPERANDS : e.operands())) {
            if (names.containsKey(e)) {
                continue;
            }
            switch (e) {
                case Expr.Input i -> throw new IllegalStateException("input " + i.index() + " has no name");
                case Expr.Scalar s ->
                    names.put(
                            e,
                            s.type() == Type.BOOL
                                    ? "(" + Arguments.Fields.scalar(s.index()) + " != 0)"
                                    : Arguments.Fields.scalar(s.index()));
                case Expr.Constant c -> names.put(e, constant(c));
                default -> {
                    String name = "v" + count++;
                    text.append(indent)
                            .append("const ")
                            .append(local(e.type()))
                            .append(' ')
                            .append(name)
                            .append(" = ")
                            .append(value(e))
                            .append(";\n");
                    names.put(e, name);
                }
            }
        }
        return roots.stream().map(names::get).toList();
    }

    private int count;

    /** A type as a local constant has it. */
    static String local(Type type) {
        return switch (type) {
            case F32 -> "f32";
            case I32 -> "i32";
            case I64 -> "i64";
            case BOOL -> "bool";
        };
    }

    /** A type as it is in memory. */
    static String memory(Type type) {
        return type == Type.BOOL ? "u8" : local(type);
    }

    /** An element that was read from memory. */
    static String load(Type type, String element) {
        return type == Type.BOOL ? element + " != 0" : element;
    }

    private String name(Expr e) {
        String name = names.get(e);
        if (name == null) {
            throw new IllegalStateException("an operand was not printed before its use");
        }
        return name;
    }

    private String value(Expr e) {
        return switch (e) {
            case Expr.Unary u -> unary(u, name(u.a()));
            case Expr.Binary b -> binary(b, name(b.a()), name(b.b()));
            case Expr.Fma f -> "FMA(" + name(f.a()) + ", " + name(f.b()) + ", " + name(f.c()) + ")";
            case Expr.Select s -> name(s.condition()) + " ? " + name(s.whenTrue()) + " : " + name(s.whenFalse());
            case Expr.Keep k -> "(i32) " + state(k) + " < " + Arguments.Fields.scalar(k.thresholdScalar());
            case Expr.Input i -> throw new AssertionError(i);
            case Expr.Scalar s -> throw new AssertionError(s);
            case Expr.Constant c -> throw new AssertionError(c);
        };
    }

    private String state(Expr.Keep keep) {
        String known = states.get(keep.seedScalar());
        String seed = Arguments.Fields.scalar(keep.seedScalar());
        return known != null ? known : (wide ? "keep_state_wide(" : "keep_state(") + element + ", " + seed + ")";
    }

    private static String unary(Expr.Unary u, String a) {
        Type from = u.a().type();
        return switch (u.op()) {
            case NEG -> from == Type.F32 ? "-" + a : "(" + local(from) + ") (0 - (" + unsigned(from) + ") " + a + ")";
            case ABS ->
                from == Type.F32
                        ? "FABS(" + a + ")"
                        : a + " < 0 ? (" + local(from) + ") (0 - (" + unsigned(from) + ") " + a + ") : " + a;
            case FLOOR -> "FLOOR(" + a + ")";
            case SQRT -> "SQRT(" + a + ")";
            case NOT -> (from == Type.BOOL ? "!" : "~") + a;
            case TO_F32 -> from == Type.BOOL ? a + " ? 1.0f : 0.0f" : "(f32) " + a;
            case TO_I32 ->
                switch (from) {
                    case F32 -> "f32_to_i32(" + a + ")";
                    case BOOL -> a + " ? 1 : 0";
                    default -> "(i32) (u32) " + a;
                };
            case TO_I64 ->
                switch (from) {
                    case F32 -> "f32_to_i64(" + a + ")";
                    case BOOL -> a + " ? 1 : 0";
                    default -> "(i64) " + a;
                };
            case TO_BOOL -> a + " != 0";
            case BITS -> "BITS(" + a + ")";
            case FROM_BITS -> "FROM_BITS(" + a + ")";
        };
    }

    private static String binary(Expr.Binary e, String a, String b) {
        Type type = e.a().type();
        boolean isFloat = type == Type.F32;
        return switch (e.op()) {
            case ADD -> isFloat ? a + " + " + b : wrapping(type, a, "+", b);
            case SUB -> isFloat ? a + " - " + b : wrapping(type, a, "-", b);
            case MUL -> isFloat ? a + " * " + b : wrapping(type, a, "*", b);
            case DIV -> "DIVIDE(" + a + ", " + b + ")";
            case MIN -> isFloat ? "f32_min(" + a + ", " + b + ")" : a + " < " + b + " ? " + a + " : " + b;
            case MAX -> isFloat ? "f32_max(" + a + ", " + b + ")" : a + " > " + b + " ? " + a + " : " + b;
            case LT -> a + " < " + b;
            case LE -> a + " <= " + b;
            case EQ -> a + " == " + b;
            case AND -> a + (type == Type.BOOL ? " && " : " & ") + b;
            case OR -> a + (type == Type.BOOL ? " || " : " | ") + b;
            case XOR -> type == Type.BOOL ? a + " != " + b : a + " ^ " + b;
            case SHL -> "(" + local(type) + ") ((" + unsigned(type) + ") " + a + " << (u32) " + b + ")";
            case SHR -> a + " >> (u32) " + b;
            case USHR -> "(" + local(type) + ") ((" + unsigned(type) + ") " + a + " >> (u32) " + b + ")";
        };
    }

    /** Integers wrap: in C only unsigned ones do. */
    static String wrapping(Type type, String a, String op, String b) {
        String u = unsigned(type);
        return "(" + local(type) + ") ((" + u + ") " + a + " " + op + " (" + u + ") " + b + ")";
    }

    private static String unsigned(Type type) {
        return type == Type.I64 ? "u64" : "u32";
    }

    /** A constant as C reads it, to the bit. */
    static String constant(Expr.Constant c) {
        return switch (c.type()) {
            case F32 -> number(c.asFloat());
            case I32 -> c.bits() == Integer.MIN_VALUE ? "(-0x7fffffff - 1)" : bracketed(String.valueOf((int) c.bits()));
            case I64 -> c.bits() == Long.MIN_VALUE ? "(-(i64) 0x7fffffffffffffff - 1)" : bracketed("(i64) " + c.bits());
            case BOOL -> c.bits() != 0 ? "true" : "false";
        };
    }

    private static String number(float x) {
        if (Float.isNaN(x) || Float.isInfinite(x)) {
            return "FROM_BITS(0x%08x)".formatted(Float.floatToIntBits(x));
        }
        // Few decimal digits, if they are exact; otherwise hexadecimal ones always are.
        String decimal = Float.toString(x);
        boolean isExact = decimal.indexOf('E') < 0
                && new java.math.BigDecimal(decimal).compareTo(new java.math.BigDecimal(x)) == 0;
        return bracketed((isExact ? decimal : Float.toHexString(x)) + "f");
    }

    private static String bracketed(String number) {
        return number.startsWith("-") || number.startsWith("(") ? "(" + number + ")" : number;
    }
}
