package ondol;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** x W^T + b for inputs with any number of axes before the last one; checks, then {@link LinearAlgebra}. */
final class LinearTransform {
    private LinearTransform() {}

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
}
