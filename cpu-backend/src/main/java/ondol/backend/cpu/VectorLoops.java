package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import ondol.kernel.BinaryOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/** The loops with the Vector API for F32; C2 vectorises the other types by itself. */
final class VectorLoops extends Loops {
    @Override
    int bits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    @Override
    boolean inPlace() {
        return true;
    }

    @Override
    Loop unary(UnaryOp op, Type from) {
        return switch (from) {
            case F32 ->
                switch (op) {
                    case BITS -> VectorConversions::bits;
                    case TO_BOOL -> VectorConversions::f32ToBool;
                    default -> VectorArithmetic.unary(op);
                };
            case I32 -> op == UnaryOp.FROM_BITS ? VectorConversions::fromBits : IntLoops.unary(op);
            case I64 -> LongLoops.unary(op);
            case BOOL -> op == UnaryOp.TO_F32 ? VectorConversions::boolToF32 : BoolLoops.unary(op);
        };
    }

    @Override
    @Nullable
    Loop binary(BinaryOp op, Type type, int form) {
        return switch (type) {
            case F32 -> VectorArithmetic.binary(op, form);
            case I32 -> IntLoops.binary(op, form);
            case I64 -> form == 0 ? LongLoops.binary(op) : null;
            case BOOL -> form == 0 ? BoolLoops.binary(op) : null;
        };
    }

    @Override
    @Nullable
    Loop compare(Comparison comparison, Type type, int form) {
        return switch (type) {
            case F32 -> VectorSelects.compare(comparison, form);
            case I32 ->
                switch (comparison) {
                    case LT -> form == 0 ? VectorConversions::lt : null;
                    case EQ -> form == 0 ? VectorConversions::eq : null;
                    case LE, GT, GE -> IntLoops.compare(comparison, form);
                };
            case I64 -> form == 0 ? LongLoops.compare(comparison) : null;
            case BOOL -> form == 0 ? BoolLoops.compare(comparison) : null;
        };
    }

    @Override
    @Nullable
    Loop fma(int form) {
        return VectorArithmetic.fma(form);
    }

    @Override
    boolean fusesChains() {
        return true;
    }

    @Override
    @Nullable
    Loop mulAdd(int form) {
        return VectorChains.mulAdd(form);
    }

    @Override
    @Nullable
    Loop fmaAdd(int form) {
        return VectorChains.fmaAdd(form);
    }

    @Override
    @Nullable
    Loop polynomial(int[] c, int form) {
        return switch (form) {
            case 0 -> (r, i, n) -> VectorPolynomials.horner(c, r, i, n);
            case A -> (r, i, n) -> VectorPolynomials.hornerA(c, r, i, n);
            default -> null;
        };
    }

    @Override
    @Nullable
    Loop select(Type type, int form) {
        if (type == Type.F32) {
            return VectorSelects.select(form);
        }
        return form != 0
                ? null
                : switch (type) {
                    case F32 -> throw new AssertionError(type);
                    case I32 -> VectorConversions::select;
                    case I64 -> LongLoops::select;
                    case BOOL -> BoolLoops::select;
                };
    }

    @Override
    @Nullable
    Loop selectCompare(Comparison comparison, int form) {
        return VectorSelects.selectCompare(comparison, form);
    }

    @Override
    @Nullable
    Loop selectKeep(int form) {
        return switch (form) {
            case 0 -> VectorKeepMask::select;
            case C -> VectorKeepMask::selectC;
            default -> null;
        };
    }

    @Override
    Loop keep() {
        return VectorKeepMask::fill;
    }

    @Override
    Loop copy(Type type) {
        return PlainLoops.copyOf(type);
    }

    @Override
    Loop fill(Type type) {
        return PlainLoops.fillOf(type);
    }

    @Override
    MatMulKernel matMul() {
        return new VectorMatMul();
    }
}
