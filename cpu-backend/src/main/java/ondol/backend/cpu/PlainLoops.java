package ondol.backend.cpu;

import ondol.kernel.BinaryOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/** The loops in plain Java. */
final class PlainLoops extends Loops {
    @Override
    int bits() {
        return 0;
    }

    /** C2 vectorises a loop over several arrays of one type only if all run from the same index. */
    @Override
    boolean inPlace() {
        return false;
    }

    @Override
    Loop unary(UnaryOp op, Type from) {
        return switch (from) {
            case F32 -> PlainFloats.unary(op);
            case I32 -> IntLoops.unary(op);
            case I64 -> LongLoops.unary(op);
            case BOOL -> BoolLoops.unary(op);
        };
    }

    @Override
    @Nullable
    Loop binary(BinaryOp op, Type type, int form) {
        return switch (type) {
            case F32 -> PlainFloats.binary(op, form);
            case I32 -> IntLoops.binary(op, form);
            case I64 -> form == 0 ? LongLoops.binary(op) : null;
            case BOOL -> form == 0 ? BoolLoops.binary(op) : null;
        };
    }

    @Override
    @Nullable
    Loop compare(Comparison comparison, Type type, int form) {
        return switch (type) {
            case F32 -> PlainFloats.compare(comparison, form);
            case I32 -> IntLoops.compare(comparison, form);
            case I64 -> form == 0 ? LongLoops.compare(comparison) : null;
            case BOOL -> form == 0 ? BoolLoops.compare(comparison) : null;
        };
    }

    @Override
    @Nullable
    Loop fma(int form) {
        return PlainFloats.fma(form);
    }

    @Override
    boolean fusesChains() {
        return false;
    }

    @Override
    @Nullable
    Loop mulAdd(int form) {
        return null;
    }

    @Override
    @Nullable
    Loop fmaAdd(int form) {
        return null;
    }

    @Override
    @Nullable
    Loop polynomial(int[] c, int form) {
        return null;
    }

    @Override
    @Nullable
    Loop select(Type type, int form) {
        if (form != 0) {
            return null;
        }
        return switch (type) {
            case F32 -> PlainFloats.select(form);
            case I32 -> IntLoops::select;
            case I64 -> LongLoops::select;
            case BOOL -> BoolLoops::select;
        };
    }

    @Override
    @Nullable
    Loop selectCompare(Comparison comparison, int form) {
        return PlainFloats.selectCompare(comparison, form);
    }

    @Override
    @Nullable
    Loop selectKeep(int form) {
        return form == 0 ? KeepMask::select : null;
    }

    @Override
    Loop keep() {
        return KeepMask::fill;
    }

    @Override
    Loop copy(Type type) {
        return copyOf(type);
    }

    static Loop copyOf(Type type) {
        return switch (type) {
            case F32 -> PlainFloats::copy;
            case I32 -> IntLoops::copy;
            case I64 -> LongLoops::copy;
            case BOOL -> BoolLoops::copy;
        };
    }

    @Override
    Loop fill(Type type) {
        return fillOf(type);
    }

    static Loop fillOf(Type type) {
        return switch (type) {
            case F32 -> PlainFloats::fill;
            case I32 -> IntLoops::fill;
            case I64 -> LongLoops::fill;
            case BOOL -> BoolLoops::fill;
        };
    }

    @Override
    MatMulKernel matMul() {
        return new PlainMatMul();
    }
}
