package ondol;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products. Every product becomes one of three kernels, by its shapes alone: inner size 1 a Map, one output row or
 * column a Reduce of the products, as for all integers, everything else a MatMul.
 */
final class LinearAlgebra {
    private static final Expr A = Expr.input(0, Type.F32);
    private static final Expr B = Expr.input(1, Type.F32);
    private static final Expr BIAS = Expr.input(2, Type.F32);
    private static final Expr CHAIN = A.fma(B, Expr.constant(0f)); // of one product, from +0: never -0
    private static final Kernel.Map OUTER = new Kernel.Map(CHAIN);
    private static final Kernel.Map OUTER_BIAS = new Kernel.Map(CHAIN.add(BIAS));
    private static final Kernel.Map ADD = new Kernel.Map(A.add(B));
    private static final Kernel.Reduce DOT = new Kernel.Reduce(A.mul(B), ReduceOp.SUM);
    private static final Kernel.Reduce DOT_I64 =
            new Kernel.Reduce(Expr.input(0, Type.I64).mul(Expr.input(1, Type.I64)), ReduceOp.SUM);
    private static final Kernel.MatMul MATMUL = new Kernel.MatMul(null);
    private static final Kernel.MatMul MATMUL_BIAS = new Kernel.MatMul(A.add(B)); // of the product and the bias

    private LinearAlgebra() {}

    static Tensor matmul(Tensor a, Tensor b) {
        check("matmul", a, b);
        if (a.dim() == 0 || b.dim() == 0) {
            throw new IllegalArgumentException(
                    "matmul: " + a.shape() + " x " + b.shape() + ": a single number is no matrix; use mul");
        }
        if (a.dim() == 1 && b.dim() == 1) {
            return dot(a, b);
        }
        if (a.dim() == 1) {
            checkInner("matmul", a, b, a.size(0), b.size(-2));
            return without(matmul(a.unsqueeze(0), b), -2, b.dim() == 2 ? "SqueezeBackward4" : "UnsafeViewBackward0");
        }
        if (b.dim() == 1) {
            checkInner("matmul", a, b, a.size(-1), b.size(0));
            return a.dim() == 2 ? mv(a, b) : without(matmul(a, b.unsqueeze(1)), -1, "UnsafeViewBackward0");
        }
        checkInner("matmul", a, b, a.size(-1), b.size(-2));
        if (a.dim() == 2 && b.dim() == 2) {
            return multiply("MmBackward0", a, b);
        }
        checkBatches(a, b);
        return multiply(lastStep(a, b), a, b);
    }

    /** The name of PyTorch's last step: it turns matrix x batch round where the matrix wants a gradient, and copies the result. */
    private static String lastStep(Tensor a, Tensor b) {
        boolean matrix = a.dim() == 2 || a.dim() == 3 && b.dim() == 3 && a.size(0) == 1 && b.size(0) != 1;
        if (!matrix || !a.requiresGrad()) {
            return "UnsafeViewBackward0";
        }
        boolean none = false;
        for (int i = 0; i < b.dim() - 2; i++) {
            none |= b.sizes()[i] == 0;
        }
        return a.size(-2) > 1 && b.size(-1) > 1 && !none ? "CloneBackward0" : "TransposeBackward0";
    }

    /** A product without one of its axes, which has size 1. */
    private static Tensor without(Tensor product, int axis, String gradName) {
        long gone = 1L << Axes.checked("matmul", axis, product.dim());
        return Views.reshaped(product, Axes.reduced(product.sizes(), gone, false), gradName);
    }

    private static Tensor mv(Tensor a, Tensor b) {
        Tensor out = product(a, b.detach().unsqueeze(1), null);
        return Tape.record(
                "MvBackward0",
                out.viewAs(new long[] {a.sizes()[0]}),
                new Tensor[] {a, b},
                Node.reading(
                        LinearAlgebra::other,
                        (i, g, saved) -> i == 0
                                ? outer(g, saved.get(1))
                                : matmul(saved.get(0).mT(), g)),
                a,
                b);
    }

    static Tensor mm(Tensor a, Tensor b) {
        check("mm", a, b);
        if (a.dim() != 2 || b.dim() != 2) {
            throw new IllegalArgumentException(
                    "mm: " + a.shape() + " x " + b.shape() + "; both must be matrices, otherwise use matmul");
        }
        checkInner("mm", a, b, a.size(1), b.size(0));
        return multiply("MmBackward0", a, b);
    }

    static Tensor bmm(Tensor a, Tensor b) {
        check("bmm", a, b);
        if (a.dim() != 3 || b.dim() != 3 || a.size(0) != b.size(0)) {
            throw new IllegalArgumentException("bmm: " + a.shape() + " x " + b.shape()
                    + "; both must be batches of as many matrices, otherwise use matmul");
        }
        checkInner("bmm", a, b, a.size(2), b.size(1));
        return multiply("BmmBackward0", a, b);
    }

    static Tensor dot(Tensor a, Tensor b) {
        check("dot", a, b);
        if (a.dim() != 1 || b.dim() != 1 || a.numel() != b.numel()) {
            throw new IllegalArgumentException(
                    "dot: " + a.shape() + " and " + b.shape() + "; both must be vectors of one size");
        }
        Tensor out = Reductions.run(dot(a), a.sizes(), 1, false, a, b);
        Node.Rule rule = Node.reading(LinearAlgebra::other, (i, g, saved) -> g.mul(saved.get(1 - i)));
        return Tape.record("DotBackward0", out, new Tensor[] {a, b}, rule, a, b);
    }

    /** The saved tensors that the gradient of one factor of two reads, as {@link Node.Rule#reads}; of a bias, nothing. */
    private static int other(int input) {
        return input < 2 ? 1 << (1 - input) : 0;
    }

    static Tensor outer(Tensor a, Tensor b) {
        Pointwise.sameDevice("outer", a, b);
        if (a.dim() != 1 || b.dim() != 1) {
            throw new IllegalArgumentException("outer: " + a.shape() + " and " + b.shape() + "; both must be vectors");
        }
        return a.unsqueeze(1).mul(b);
    }

    private static void check(String operation, Tensor a, Tensor b) {
        Pointwise.sameDevice(operation, a, b);
        if (a.dtype() == DType.BOOL || b.dtype() != a.dtype()) {
            throw new IllegalArgumentException(operation + ": " + a.dtype() + " x " + b.dtype()
                    + "; both must be FLOAT32, or both INT64: use to(DType.FLOAT32)");
        }
    }

    private static Kernel.Reduce dot(Tensor a) {
        return a.dtype() == DType.INT64 ? DOT_I64 : DOT;
    }

    private static void checkInner(String operation, Tensor a, Tensor b, long k, long k2) {
        if (k != k2) {
            throw new IllegalArgumentException(
                    operation + ": " + a.shape() + " x " + b.shape() + ": inner sizes " + k + " and " + k2 + " differ");
        }
    }

    private static void checkBatches(Tensor a, Tensor b) {
        for (int i = -3; i >= -Math.min(a.dim(), b.dim()); i--) {
            long x = a.size(i);
            long y = b.size(i);
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException("matmul: " + a.shape() + " x " + b.shape() + ": the batch sizes " + x
                        + " and " + y + " do not broadcast; they must be equal, or one of them 1");
            }
        }
    }

    /** A recorded product of [..., m, k] and [..., k, n]. */
    private static Tensor multiply(String gradName, Tensor a, Tensor b) {
        long[][] shapes = {a.sizes(), b.sizes()};
        return Tape.record(
                gradName,
                product(a, b, null),
                new Tensor[] {a, b},
                Node.reading(LinearAlgebra::other, (i, g, saved) -> {
                    Tensor other = saved.get(1 - i).mT();
                    Tensor full = i == 0 ? matmul(g, other) : matmul(other, g);
                    return PointwiseGradient.sumTo(full, shapes[i]);
                }),
                a,
                b);
    }

    /** {@code x W^T + bias} for x [n, in], W [out, in], bias [out] or none: one node, one or two launches. */
    static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
        Tensor transposed = weight.window(
                new long[] {weight.sizes()[1], weight.sizes()[0]},
                new long[] {weight.strideArray()[1], weight.strideArray()[0]},
                weight.storageOffset());
        Tensor out = product(x, transposed, bias);
        transposed.close();
        Node.Rule rule = Node.reading(LinearAlgebra::other, (i, g, saved) -> switch (i) {
            case 0 -> matmul(g, saved.get(1));
            case 1 -> matmul(g.mT(), saved.get(0));
            default -> g.sum(0);
        });
        Tensor[] inputs = bias == null ? new Tensor[] {x, weight} : new Tensor[] {x, weight, bias};
        return Tape.record(bias == null ? "MmBackward0" : "AddmmBackward0", out, inputs, rule, x, weight);
    }

    /** The product, plus a bias broadcast to it. Records nothing. */
    private static Tensor product(Tensor a, Tensor b, @Nullable Tensor bias) {
        int ra = a.dim();
        int rb = b.dim();
        long m = a.sizes()[ra - 2];
        long k = a.sizes()[ra - 1];
        long n = b.sizes()[rb - 1];
        long[] batch = ra == 2 && rb == 2
                ? new long[0]
                : Axes.broadcast("matmul", Arrays.copyOf(a.sizes(), ra - 2), Arrays.copyOf(b.sizes(), rb - 2));
        long[] shape = Shape.checked("matmul", with(batch, m, n));
        Tensor out = Tensor.empty(a.device(), a.dtype(), shape);
        View target = out.operand();
        boolean integers = a.dtype() == DType.INT64;
        if (k == 1 && !integers) {
            View[] in = bias == null
                    ? new View[] {a.operand(shape), b.operand(shape)}
                    : new View[] {a.operand(shape), b.operand(shape), bias.operand(shape)};
            run(bias == null ? OUTER : OUTER_BIAS, shape, 0, in, target, out, a, b, bias);
        } else if (m == 1 || n == 1 || integers) {
            long[] space = Shape.checked("matmul", with(batch, m, n, k));
            long[] kept = with(batch, m, n, 1);
            View[] in = {
                inserted(a.operand(with(batch, m, k)), 1, n), inserted(swapped(b.operand(with(batch, k, n))), 2, m)
            };
            View sums = new View(target.buffer(), kept, Axes.contiguous(kept), 0);
            run(dot(a), space, 1L << (space.length - 1), in, sums, out, a, b, null);
            if (bias != null) {
                run(ADD, shape, 0, new View[] {target, bias.operand(shape)}, target, out, bias);
            }
        } else {
            View va = a.operand(with(batch, m, k));
            View vb = b.operand(with(batch, k, n));
            View[] in = bias == null ? new View[] {va, vb} : new View[] {va, vb, bias.operand(shape)};
            run(bias == null ? MATMUL : MATMUL_BIAS, shape, 0, in, target, out, a, b, bias);
        }
        return out;
    }

    private static void run(
            Kernel kernel, long[] shape, long mask, View[] in, View to, Tensor out, @Nullable Tensor... holders) {
        Launcher.run(kernel, shape, mask, in, new View[] {to}, Launch.NO_SCALARS, out, holders);
    }

    private static long[] with(long[] batch, long... more) {
        long[] all = Arrays.copyOf(batch, batch.length + more.length);
        System.arraycopy(more, 0, all, batch.length, more.length);
        return all;
    }

    /** A view with the last two axes exchanged. */
    private static View swapped(View v) {
        long[] shape = v.shape().clone();
        long[] strides = v.strides().clone();
        int n = shape.length;
        shape[n - 1] = v.shape()[n - 2];
        shape[n - 2] = v.shape()[n - 1];
        strides[n - 1] = v.strides()[n - 2];
        strides[n - 2] = v.strides()[n - 1];
        return new View(v.buffer(), shape, strides, v.offset());
    }

    /** A view repeated along a new axis, {@code fromEnd} axes before the end. */
    private static View inserted(View v, int fromEnd, long size) {
        int at = v.shape().length - fromEnd;
        long[] shape = new long[v.shape().length + 1];
        long[] strides = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = i == at ? size : v.shape()[i < at ? i : i - 1];
            strides[i] = i == at ? 0 : v.strides()[i < at ? i : i - 1];
        }
        return new View(v.buffer(), shape, strides, v.offset());
    }
}
