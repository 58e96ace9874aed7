package ondol;

import java.util.Objects;
import java.util.Arrays;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** linear and dropout. */
final class Layers {
    private static final Kernel.Map DROPOUT = new Kernel.Map(Expr.input(0, Type.F32)
            .mul(Expr.keep(0, 1).choose(Expr.scalar(2, Type.F32), Expr.constant(0f))));

    private Layers() {}

    static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
        Pointwise.sameDevice("linear", x, weight, bias == null ? x : bias);
        boolean fits = x.dim() >= 1 && weight.dim() == 2 && x.size(-1) == weight.size(1);
        if (!fits) {
            throw new IllegalArgumentException("linear: input " + x.shape() + ", weight " + weight.shape()
                    + " (out, in): the input's last size must be the weight's second");
        }
        if (bias != null && !Arrays.equals(bias.sizes(), new long[] {weight.size(0)})) {
            throw new IllegalArgumentException("linear: bias " + bias.shape() + " for weight " + weight.shape()
                    + "; it must be [" + weight.size(0) + "]");
        }
        if (x.dtype() != DType.FLOAT32
                || weight.dtype() != DType.FLOAT32
                || (bias != null && bias.dtype() != DType.FLOAT32)) {
            throw new IllegalArgumentException("linear: " + x.dtype() + " input, " + weight.dtype() + " weight, "
                    + (bias == null ? "no" : bias.dtype()) + " bias; all must be FLOAT32: use to(DType.FLOAT32)");
        }
        if (x.dim() == 2) {
            return LinearAlgebra.linear(x, weight, bias);
        }
        long[] sizes = x.sizes().clone();
        sizes[sizes.length - 1] = weight.size(0);
        long n = Shape.numel(Arrays.copyOf(sizes, sizes.length - 1));
        Tensor rows = x.reshape(n, weight.size(1));
        Tensor out = LinearAlgebra.linear(rows, weight, bias);
        Tensor shaped = Views.reshaped(out, sizes, name(x, bias));
        rows.close(); // handles that nobody else has seen; the tape keeps what it needs
        out.close();
        return shaped;
    }

    /** PyTorch's name for the last step: it adds the bias while multiplying only if both are contiguous. */
    private static String name(Tensor x, @Nullable Tensor bias) {
        if (bias != null) {
            return x.isContiguous() && bias.isContiguous() ? "ViewBackward0" : "AddBackward0";
        }
        return x.dim() == 1 ? "SqueezeBackward4" : "UnsafeViewBackward0";
    }

    static Tensor dropout(Tensor x, double p, Generator generator) {
        x.checkOpen("dropout");
        Objects.requireNonNull(generator, "dropout: the generator is null; give Ondol.generator()");
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("dropout: p is " + p + "; a probability is from 0 to 1");
        }
        if (p == 0 || x.numel() == 0) {
            return x;
        }
        if (p == 1) {
            return Scope.result(() -> x.mul(TensorFactory.full(Shape.of(), 0, x.dtype(), x.device())));
        }
        Reductions.requireFloat("dropout", x);
        Tensor out = Tensor.empty(x.device(), DType.FLOAT32, x.sizes()); // before drawing: it may fail
        return masked(out, x, (int) generator.random32(), p);
    }

    private static Tensor masked(Tensor out, Tensor x, int seed, double p) {
        float scale = 1f / (float) (1 - p);
        long[] scalars = {seed, Expr.Keep.threshold(1 - p), Float.floatToRawIntBits(scale) & 0xffffffffL};
        Launcher.run(DROPOUT, x.sizes(), 0, new View[] {x.operand()}, new View[] {out.operand()}, scalars, out, x);
        return Tape.record(
                "MulBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> masked(Tensor.empty(g.device(), DType.FLOAT32, g.sizes()), g, seed, p));
    }
}
