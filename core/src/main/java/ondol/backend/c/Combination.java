package ondol.backend.c;

import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** How C combines the values of a reduction, and for ARGMAX and ARGMIN their places: by selections, never by branches. */
record Combination(ReduceOp op, Type type) {
    /** The place of no element: behind all others. */
    static final String NOWHERE = "(i64) 0x7fffffffffffffff";

    /** The type of a lane's value. */
    String local() {
        return type == Type.BOOL ? "i32" : Expressions.local(type);
    }

    /**
     * The value that a lane starts with: combining anything with it leaves that as it is. For ARGMAX and ARGMIN that is so if
     * the lane's place is not before those of what it is combined with.
     */
    String start() {
        boolean isFloat = type == Type.F32;
        return switch (op) {
            case SUM -> isFloat ? "0.0f" : "0";
            case PROD -> isFloat ? "1.0f" : "1";
            case MAX, ARGMAX ->
                switch (type) {
                    case F32 -> "FROM_BITS(0xff800000)";
                    case I32 -> "(-0x7fffffff - 1)";
                    case I64 -> "(-(i64) 0x7fffffffffffffff - 1)";
                    case BOOL -> "0";
                };
            case MIN, ARGMIN ->
                switch (type) {
                    case F32 -> "FROM_BITS(0x7f800000)";
                    case I32 -> "0x7fffffff";
                    case I64 -> "(i64) 0x7fffffffffffffff";
                    case BOOL -> "1";
                };
        };
    }

    /** The combination of two values. */
    String combined(String a, String b) {
        boolean isFloat = type == Type.F32;
        return switch (op) {
            case SUM -> isFloat ? a + " + " + b : Expressions.wrapping(type, a, "+", b);
            case PROD -> isFloat ? a + " * " + b : Expressions.wrapping(type, a, "*", b);
            case MAX ->
                switch (type) {
                    case F32 -> "f32_max(" + a + ", " + b + ")";
                    case BOOL -> a + " | " + b;
                    default -> a + " > " + b + " ? " + a + " : " + b;
                };
            case MIN ->
                switch (type) {
                    case F32 -> "f32_min(" + a + ", " + b + ")";
                    case BOOL -> a + " & " + b;
                    default -> a + " < " + b + " ? " + a + " : " + b;
                };
            case ARGMAX, ARGMIN -> throw new AssertionError();
        };
    }

    /** Combines a lane's value with an element that comes after all that it has seen. */
    String next(String indent, String best, String place, String value, String at, String placeType) {
        return accumulate(indent, best, place, value, at, placeType, "");
    }

    /** Combines two lanes' values. */
    String both(String indent, String best, String place, String value, String at, String placeType) {
        String same = type == Type.F32 ? "((had == came) | ((had != had) & (came != came)))" : "(had == came)";
        return accumulate(indent, best, place, value, at, placeType, " | (" + same + " & (came_at < had_at))");
    }

    private String accumulate(
            String indent, String best, String place, String value, String at, String placeType, String tie) {
        if (!op.isArg()) {
            return indent + best + " = " + combined(best, value) + ";\n";
        }
        // The first of the best: of two equal ones, as of two zeros, the earlier; NaN is best of all.
        String beyond = op == ReduceOp.ARGMAX ? ">" : "<";
        String beats = type == Type.F32
                ? "((had == had) & !(came " + (op == ReduceOp.ARGMAX ? "<=" : ">=") + " had))"
                : "(came " + beyond + " had)";
        return """
                {
                    const %1$s had = %2$s, came = %3$s;
                    const %4$s had_at = %5$s, came_at = %6$s;
                    const bool take = %7$s%8$s;
                    %2$s = take ? came : had;
                    %5$s = take ? came_at : had_at;
                }
                """.formatted(local(), best, value, placeType, place, at, beats, tie)
                .indent(indent.length());
    }
}
