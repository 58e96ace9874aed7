package ondol;

import java.lang.ref.Reference;
import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Products of matrices whose rows, columns and inner sizes may be several axes each: one MatMul, whatever the sizes. */
final class Products {
    private static final Expr SUM = Expr.input(0, Type.F32).add(Expr.input(1, Type.F32));

    private Products() {}

    /** The product [batch..., m..., n...] of a [batch..., m..., k...] and b [batch..., k..., n...], plus a bias, if any. */
    static Tensor matmul(int batchAxes, int innerAxes, Tensor a, Tensor b, @Nullable Tensor bias) {
        String operation = "Fused.matmul";
        long[] batch = checked(operation, batchAxes, innerAxes, a, b);
        long[] shape = shape(operation, batch, batchAxes, innerAxes, a, b);
        if (bias != null) {
            check(operation, "the bias", bias, a);
            if (!Arrays.equals(Axes.broadcast(operation, shape, bias.sizes()), shape)) {
                throw new IllegalArgumentException(operation + ": a bias of shape " + bias.shape()
                        + " does not broadcast to the product's shape " + Axes.name(shape)
                        + "; each of its sizes must be that, or 1");
            }
        }
        Tensor out = Tensor.empty(a.device(), DType.FLOAT32, shape);
        run(batch, batchAxes, innerAxes, a, b, bias, out);
        return out;
    }

    /** The same product without a bias, over what {@code out} holds. */
    static void matmulInto(int batchAxes, int innerAxes, Tensor a, Tensor b, Tensor out) {
        String operation = "Fused.matmulInto";
        long[] batch = checked(operation, batchAxes, innerAxes, a, b);
        long[] shape = shape(operation, batch, batchAxes, innerAxes, a, b);
        check(operation, "out", out, a);
        if (!Arrays.equals(shape, out.sizes())) {
            throw new IllegalArgumentException(operation + ": out has shape " + out.shape() + ", but the product has "
                    + Axes.name(shape) + "; they must be equal");
        }
        if (out.isOverlapping()) {
            throw new IllegalArgumentException(operation + ": out of shape " + out.shape()
                    + " is a view in which elements share memory; pass a clone() of it");
        }
        if (Overlap.of(out, a) != Overlap.NONE || Overlap.of(out, b) != Overlap.NONE) {
            throw new IllegalArgumentException(
                    operation + ": out shares memory with a factor; pass a clone() of the factor");
        }
        run(batch, batchAxes, innerAxes, a, b, null, out);
        out.storage().changed();
    }

    private static void run(
            long[] batch, int batchAxes, int innerAxes, Tensor a, Tensor b, @Nullable Tensor bias, Tensor out) {
        int rowAxes = a.dim() - batchAxes - innerAxes;
        int columnAxes = b.dim() - batchAxes - innerAxes;
        Kernel kernel = new Kernel.MatMul(bias == null ? null : SUM, rowAxes, innerAxes, columnAxes);
        View first = a.operand(replaced(a.sizes(), batch));
        View second = b.operand(replaced(b.sizes(), batch));
        View[] in = bias == null ? new View[] {first, second} : new View[] {first, second, bias.operand(out.sizes())};
        Launcher.run(kernel, out.sizes(), 0, in, new View[] {out.operand()}, Launch.NO_SCALARS, out, a);
        Reference.reachabilityFence(b);
        Reference.reachabilityFence(bias);
    }

    /** Sizes with others at their beginning. */
    private static long[] replaced(long[] sizes, long[] first) {
        long[] all = sizes.clone();
        System.arraycopy(first, 0, all, 0, first.length);
        return all;
    }

    /** Checks the factors; returns the batch sizes that they broadcast to. */
    private static long[] checked(String operation, int batchAxes, int innerAxes, Tensor a, Tensor b) {
        if (a == null || b == null) {
            throw new NullPointerException(operation + ": " + (a == null ? "a" : "b") + " is null; give a tensor");
        }
        if (batchAxes < 0 || innerAxes < 1) {
            throw new IllegalArgumentException(operation + ": " + batchAxes + " batch axes and " + innerAxes
                    + " inner axes; give 0 or more, and 1 or more");
        }
        check(operation, "a", a, a);
        check(operation, "b", b, a);
        if (a.dim() <= batchAxes + (long) innerAxes || b.dim() <= batchAxes + (long) innerAxes) {
            throw new IllegalArgumentException(
                    operation + ": " + a.shape() + " x " + b.shape() + " with " + batchAxes + " batch axes and "
                            + innerAxes + " inner axes leaves no row or no column axis; each needs one more");
        }
        for (int i = 0; i < innerAxes; i++) {
            long k = a.sizes()[a.dim() - innerAxes + i];
            if (k != b.sizes()[batchAxes + i]) {
                throw new IllegalArgumentException(operation + ": " + a.shape() + " x " + b.shape() + ": inner sizes "
                        + k + " and " + b.sizes()[batchAxes + i] + " differ");
            }
        }
        return Axes.broadcast(operation, Arrays.copyOf(a.sizes(), batchAxes), Arrays.copyOf(b.sizes(), batchAxes));
    }

    private static void check(String operation, String name, Tensor t, Tensor like) {
        if (t == null) {
            throw new NullPointerException(operation + ": " + name + " is null; give a tensor");
        }
        t.checkOpen(operation);
        if (t.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    operation + ": " + name + " is " + t.dtype() + "; it must be FLOAT32: use to(DType.FLOAT32)");
        }
        Pointwise.sameDevice(operation, like, t);
        if (Tape.records(t)) {
            throw new IllegalStateException(operation + ": " + name + " of shape " + t.shape()
                    + " requires a gradient, which would be lost; call it within Function.forward, or under"
                    + " Autograd.noGrad()");
        }
    }

    private static long[] shape(String operation, long[] batch, int batchAxes, int innerAxes, Tensor a, Tensor b) {
        int rowAxes = a.dim() - batchAxes - innerAxes;
        int columnAxes = b.dim() - batchAxes - innerAxes;
        long[] shape = Arrays.copyOf(batch, batchAxes + rowAxes + columnAxes);
        System.arraycopy(a.sizes(), batchAxes, shape, batchAxes, rowAxes);
        System.arraycopy(b.sizes(), batchAxes + innerAxes, shape, batchAxes + rowAxes, columnAxes);
        return Shape.checked(operation, shape);
    }
}
