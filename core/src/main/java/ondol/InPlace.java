package ondol;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Changes of a tensor's own elements. They are not recorded. */
final class InPlace {
    private static final Kernel.Map ADD = new Kernel.Map(Expr.input(0, Type.F32).add(Expr.input(1, Type.F32)));
    private static final Kernel.Map ADD_I64 =
            new Kernel.Map(Expr.input(0, Type.I64).add(Expr.input(1, Type.I64)));
    private static final Kernel.Map MUL = new Kernel.Map(Expr.input(0, Type.F32).mul(Expr.scalar(0, Type.F32)));

    private InPlace() {}

    static Tensor add(Tensor to, Tensor other) {
        check("addInPlace", to, other);
        if (to.dtype() == DType.BOOL) {
            throw new IllegalArgumentException("addInPlace: not defined on BOOL; use logicalOr");
        }
        if (DType.promote(to.dtype(), other.dtype()) != to.dtype()) {
            throw new IllegalArgumentException("addInPlace: " + other.dtype() + " does not fit into " + to.dtype()
                    + " without loss; use add, or convert with to(DType." + to.dtype() + ")");
        }
        if (to.sharesStorageWith(other) && !sameWindow(to, other)) { // the two may overlap
            try (var _ = Scope.open()) {
                return add(to, other.detach().clone());
            }
        }
        Tensor same = other.to(to.dtype());
        View out = to.operand();
        run(to.dtype() == DType.FLOAT32 ? ADD : ADD_I64, to, new View[] {out, same.operand(to.sizes())}, out, same);
        return to;
    }

    private static boolean sameWindow(Tensor a, Tensor b) {
        return a.storageOffset() == b.storageOffset()
                && Arrays.equals(a.sizes(), b.sizes())
                && Arrays.equals(a.strideArray(), b.strideArray());
    }

    static Tensor mul(Tensor to, double factor) {
        check("mulInPlace", to, to);
        if (to.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException("mulInPlace: only FLOAT32 tensors, this is " + to.dtype() + "; use mul");
        }
        View out = to.operand();
        long[] bits = {Float.floatToRawIntBits((float) factor) & 0xffffffffL};
        Launcher.run(MUL, to.sizes(), 0, new View[] {out}, new View[] {out}, bits, to, to);
        to.storage().changed();
        return to;
    }

    static Tensor copy(Tensor to, Tensor source) {
        check("copyFrom", to, source.device() == to.device() ? source : to);
        if (source.device() != to.device()) {
            source.checkOpen("copyFrom");
            try (var _ = Scope.open()) {
                return copy(to, Copies.transfer(source.detach(), to.device()));
            }
        }
        if (to.sharesStorageWith(source)) { // the two may overlap
            try (var _ = Scope.open()) {
                return copy(to, source.detach().clone());
            }
        }
        Expr convert = Expr.input(0, source.dtype().type()).to(to.dtype().type());
        run(new Kernel.Map(convert), to, new View[] {source.operand(to.sizes())}, to.operand(), source);
        return to;
    }

    static Tensor fill(Tensor to, double value) {
        check("fill", to, to);
        checkValue("fill", to.dtype(), value);
        fillNew(to, value);
        to.storage().changed();
        return to;
    }

    /** INT64 holds no NaN and no infinity; fractions are cut off. */
    static void checkValue(String operation, DType dtype, double value) {
        if (dtype == DType.INT64 && !(Math.abs(value) <= 0x1p63)) {
            throw new IllegalArgumentException(
                    operation + ": an INT64 tensor cannot hold " + value + "; use an integer, or a FLOAT32 tensor");
        }
    }

    /** Fills a tensor that nobody else has seen. */
    static Tensor fillNew(Tensor to, double value) {
        Type type = to.dtype().type();
        Expr scalar = type == Type.BOOL ? Expr.scalar(0, Type.I64).to(type) : Expr.scalar(0, type);
        long bits = switch (type) {
            case F32 -> Float.floatToRawIntBits((float) value) & 0xffffffffL;
            case I32, I64 -> (long) value;
            case BOOL -> value != 0 ? 1 : 0;
        };
        View out = to.operand();
        Launcher.run(new Kernel.Map(scalar), to.sizes(), 0, new View[0], new View[] {out}, new long[] {bits}, to, to);
        return to;
    }

    private static void run(Kernel kernel, Tensor to, View[] in, View out, Object holders) {
        Launcher.run(kernel, to.sizes(), 0, in, new View[] {out}, Launch.NO_SCALARS, to, holders);
        to.storage().changed();
    }

    private static void check(String operation, Tensor to, Tensor other) {
        Pointwise.sameDevice(operation, to, other);
        if (!Arrays.equals(Axes.broadcast(operation, to.sizes(), other.sizes()), to.sizes())) {
            throw new IllegalArgumentException(operation + ": " + other.shape() + " does not fit into " + to.shape()
                    + " without making it larger; take a part of it, or reduce it");
        }
        for (int i = 0; i < to.sizes().length; i++) {
            if (to.strideArray()[i] == 0 && to.sizes()[i] > 1) {
                throw new IllegalStateException(operation + ": the tensor of shape " + to.shape()
                        + " is an expanded view in which elements share memory; change a clone() of it");
            }
        }
        if ((to.gradient() != null || other.gradient() != null) && Context.current().recording) {
            throw new IllegalStateException(operation + ": changes in place are not recorded, and "
                    + (to.gradient() != null
                            ? "this tensor of shape " + to.shape()
                            : "the other of shape " + other.shape())
                    + " requires a gradient; do it under Autograd.noGrad(), or on detach()ed tensors");
        }
    }
}
