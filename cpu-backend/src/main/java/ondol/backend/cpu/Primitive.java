package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.Type;

/** The primitives as plain loops, by the type of their last operand: one class and one switch for all, and a method for each. */
enum Primitive {
    F32_NEG,
    F32_ABS,
    F32_FLOOR,
    F32_SQRT,
    F32_TO_I32,
    F32_TO_I64,
    F32_TO_BOOL,
    F32_BITS,
    F32_ADD,
    F32_SUB,
    F32_MUL,
    F32_DIV,
    F32_MIN,
    F32_MAX,
    F32_LT,
    F32_LE,
    F32_EQ,
    F32_FMA,
    F32_SELECT,
    F32_COPY,
    F32_FILL,
    I32_NEG,
    I32_ABS,
    I32_NOT,
    I32_TO_F32,
    I32_TO_I64,
    I32_TO_BOOL,
    I32_FROM_BITS,
    I32_ADD,
    I32_SUB,
    I32_MUL,
    I32_MIN,
    I32_MAX,
    I32_AND,
    I32_OR,
    I32_XOR,
    I32_SHL,
    I32_SHR,
    I32_USHR,
    I32_LT,
    I32_LE,
    I32_EQ,
    I32_SELECT,
    I32_COPY,
    I32_FILL,
    I64_NEG,
    I64_ABS,
    I64_NOT,
    I64_TO_F32,
    I64_TO_I32,
    I64_TO_BOOL,
    I64_ADD,
    I64_SUB,
    I64_MUL,
    I64_MIN,
    I64_MAX,
    I64_AND,
    I64_OR,
    I64_XOR,
    I64_SHL,
    I64_SHR,
    I64_USHR,
    I64_LT,
    I64_LE,
    I64_EQ,
    I64_SELECT,
    I64_COPY,
    I64_FILL,
    BOOL_NOT,
    BOOL_TO_F32,
    BOOL_TO_I32,
    BOOL_TO_I64,
    BOOL_AND,
    BOOL_OR,
    BOOL_XOR,
    BOOL_EQ,
    BOOL_SELECT,
    BOOL_COPY,
    BOOL_FILL,
    KEEP;

    /** The primitive that does {@code op} to operands of a type. */
    static Primitive of(Type type, Enum<?> op) {
        return valueOf(type.name().concat("_").concat(op.name()));
    }

    static Primitive select(Type type) {
        return switch (type) {
            case F32 -> F32_SELECT;
            case I32 -> I32_SELECT;
            case I64 -> I64_SELECT;
            case BOOL -> BOOL_SELECT;
        };
    }

    static Primitive copy(Type type) {
        return switch (type) {
            case F32 -> F32_COPY;
            case I32 -> I32_COPY;
            case I64 -> I64_COPY;
            case BOOL -> BOOL_COPY;
        };
    }

    /** {@code d[k] = a[0]}. */
    static Primitive fill(Type type) {
        return switch (type) {
            case F32 -> F32_FILL;
            case I32 -> I32_FILL;
            case I64 -> I64_FILL;
            case BOOL -> BOOL_FILL;
        };
    }

    /** Does what a step says for elements 0 to n - 1. */
    static void run(Frame r, PlainStep s, int n) {
        switch (s.op()) {
            case F32_NEG -> PlainFloats.neg(r.f[s.d()], r.f[s.a()], n);
            case F32_ABS -> PlainFloats.abs(r.f[s.d()], r.f[s.a()], n);
            case F32_FLOOR -> PlainFloats.floor(r.f[s.d()], r.f[s.a()], n);
            case F32_SQRT -> PlainFloats.sqrt(r.f[s.d()], r.f[s.a()], n);
            case F32_TO_I32 -> PlainFloats.toI32(r.i[s.d()], r.f[s.a()], n);
            case F32_TO_I64 -> PlainFloats.toI64(r.l[s.d()], r.f[s.a()], n);
            case F32_TO_BOOL -> PlainFloats.toBool(r.b[s.d()], r.f[s.a()], n);
            case F32_BITS -> PlainFloats.bits(r.i[s.d()], r.f[s.a()], n);
            case F32_ADD -> PlainFloats.add(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_SUB -> PlainFloats.sub(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_MUL -> PlainFloats.mul(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_DIV -> PlainFloats.div(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_MIN -> PlainFloats.min(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_MAX -> PlainFloats.max(r.f[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_LT -> PlainFloats.lt(r.b[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_LE -> PlainFloats.le(r.b[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_EQ -> PlainFloats.eq(r.b[s.d()], r.f[s.a()], r.f[s.b()], n);
            case F32_FMA -> PlainFloats.fma(r.f[s.d()], r.f[s.a()], r.f[s.b()], r.f[s.c()], n);
            case F32_SELECT -> PlainFloats.select(r.f[s.d()], r.b[s.a()], r.f[s.b()], r.f[s.c()], n);
            case F32_COPY -> System.arraycopy(r.f[s.a()], r.at[s.a()], r.f[s.d()], r.at[s.d()], n);
            case F32_FILL -> Arrays.fill(r.f[s.d()], r.at[s.d()], r.at[s.d()] + n, r.f[s.a()][r.at[s.a()]]);
            case I32_NEG -> PlainInts.neg(r.i[s.d()], r.i[s.a()], n);
            case I32_ABS -> PlainInts.abs(r.i[s.d()], r.i[s.a()], n);
            case I32_NOT -> PlainInts.not(r.i[s.d()], r.i[s.a()], n);
            case I32_TO_F32 -> PlainInts.toF32(r.f[s.d()], r.i[s.a()], n);
            case I32_TO_I64 -> PlainInts.toI64(r.l[s.d()], r.i[s.a()], n);
            case I32_TO_BOOL -> PlainInts.toBool(r.b[s.d()], r.i[s.a()], n);
            case I32_FROM_BITS -> PlainInts.fromBits(r.f[s.d()], r.i[s.a()], n);
            case I32_ADD -> PlainInts.add(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_SUB -> PlainInts.sub(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_MUL -> PlainInts.mul(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_MIN -> PlainInts.min(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_MAX -> PlainInts.max(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_AND -> PlainInts.and(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_OR -> PlainInts.or(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_XOR -> PlainInts.xor(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_SHL -> PlainInts.shl(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_SHR -> PlainInts.shr(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_USHR -> PlainInts.ushr(r.i[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_LT -> PlainInts.lt(r.b[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_LE -> PlainInts.le(r.b[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_EQ -> PlainInts.eq(r.b[s.d()], r.i[s.a()], r.i[s.b()], n);
            case I32_SELECT -> PlainInts.select(r.i[s.d()], r.b[s.a()], r.i[s.b()], r.i[s.c()], n);
            case I32_COPY -> System.arraycopy(r.i[s.a()], 0, r.i[s.d()], 0, n);
            case I32_FILL -> Arrays.fill(r.i[s.d()], 0, n, r.i[s.a()][0]);
            case I64_NEG -> PlainLongs.neg(r.l[s.d()], r.l[s.a()], n);
            case I64_ABS -> PlainLongs.abs(r.l[s.d()], r.l[s.a()], n);
            case I64_NOT -> PlainLongs.not(r.l[s.d()], r.l[s.a()], n);
            case I64_TO_F32 -> PlainLongs.toF32(r.f[s.d()], r.l[s.a()], n);
            case I64_TO_I32 -> PlainLongs.toI32(r.i[s.d()], r.l[s.a()], n);
            case I64_TO_BOOL -> PlainLongs.toBool(r.b[s.d()], r.l[s.a()], n);
            case I64_ADD -> PlainLongs.add(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_SUB -> PlainLongs.sub(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_MUL -> PlainLongs.mul(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_MIN -> PlainLongs.min(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_MAX -> PlainLongs.max(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_AND -> PlainLongs.and(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_OR -> PlainLongs.or(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_XOR -> PlainLongs.xor(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_SHL -> PlainLongs.shl(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_SHR -> PlainLongs.shr(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_USHR -> PlainLongs.ushr(r.l[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_LT -> PlainLongs.lt(r.b[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_LE -> PlainLongs.le(r.b[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_EQ -> PlainLongs.eq(r.b[s.d()], r.l[s.a()], r.l[s.b()], n);
            case I64_SELECT -> PlainLongs.select(r.l[s.d()], r.b[s.a()], r.l[s.b()], r.l[s.c()], n);
            case I64_COPY -> System.arraycopy(r.l[s.a()], 0, r.l[s.d()], 0, n);
            case I64_FILL -> Arrays.fill(r.l[s.d()], 0, n, r.l[s.a()][0]);
            case BOOL_NOT -> PlainBooleans.not(r.b[s.d()], r.b[s.a()], n);
            case BOOL_TO_F32 -> PlainBooleans.toF32(r.f[s.d()], r.b[s.a()], n);
            case BOOL_TO_I32 -> PlainBooleans.toI32(r.i[s.d()], r.b[s.a()], n);
            case BOOL_TO_I64 -> PlainBooleans.toI64(r.l[s.d()], r.b[s.a()], n);
            case BOOL_AND -> PlainBooleans.and(r.b[s.d()], r.b[s.a()], r.b[s.b()], n);
            case BOOL_OR -> PlainBooleans.or(r.b[s.d()], r.b[s.a()], r.b[s.b()], n);
            case BOOL_XOR -> PlainBooleans.xor(r.b[s.d()], r.b[s.a()], r.b[s.b()], n);
            case BOOL_EQ -> PlainBooleans.eq(r.b[s.d()], r.b[s.a()], r.b[s.b()], n);
            case BOOL_SELECT -> PlainBooleans.select(r.b[s.d()], r.b[s.a()], r.b[s.b()], r.b[s.c()], n);
            case BOOL_COPY -> System.arraycopy(r.b[s.a()], 0, r.b[s.d()], 0, n);
            case BOOL_FILL -> Arrays.fill(r.b[s.d()], 0, n, r.b[s.a()][0]);
            case KEEP -> KeepMask.fill(r, s.a(), s.b(), r.b[s.d()]);
        }
    }
}
