package ondol.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.Device;
import ondol.Fused;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Makes gradients smaller between {@code backward()} and an optimizer's step; what PyTorch has as functions in {@code
 * torch.nn.utils}.
 *
 * <pre>{@code
 * loss.backward();
 * GradientClipping.clipGradNorm(net.parameters(), 1.0);
 * optimizer.step();
 * }</pre>
 */
public final class GradientClipping {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);
    private static final Expr S = Expr.scalar(0, Type.F32);
    private static final Expr T = Expr.scalar(1, Type.F32);

    /** min(1, maxNorm / (norm + 1e-6)), by the reciprocal, as PyTorch divides a number by a tensor. */
    private static final Kernel.Map FACTOR = new Kernel.Map(
            Functions.reciprocal(X.add(Expr.constant(1e-6f))).mul(S).min(Expr.constant(1f)));

    private static final Kernel.Map SCALE = new Kernel.Map(X.mul(Y));
    private static final Kernel.Map CLAMP = new Kernel.Map(Functions.clamp(X, S, T));

    private GradientClipping() {}

    /**
     * As {@link #clipGradNorm(Collection, double, double, boolean)}, of the Euclidean norm and without a check.
     *
     * @param parameters the parameters; those without a gradient are passed over
     * @param maxNorm the largest norm, 0 or more
     * @return the norm before, a tensor of one element; 0 if there are no gradients
     */
    public static Tensor clipGradNorm(Collection<Tensor> parameters, double maxNorm) {
        return clipGradNorm(parameters, maxNorm, 2, false);
    }

    /**
     * Scales the gradients so that the norm of all of them together is at most {@code maxNorm}; PyTorch's {@code
     * clip_grad_norm_}. The norm of all is the norm of the gradients' norms, and each gradient is multiplied, in place, by
     *
     * <pre>{@code min(1, maxNorm / (norm + 1e-6))}</pre>
     *
     * <p>The factor is computed on the device, and nothing waits for it. A NaN among the gradients makes all of them NaN, and an
     * infinite element becomes NaN and the others 0, unless that is made an error. Gradients on several devices meet on the first
     * parameter's.
     *
     * @param parameters those without a gradient are passed over
     * @param maxNorm the largest norm, 0 or more
     * @param normType 2 for the Euclidean norm, 1 for the sum of magnitudes, infinity for the largest, or any other p
     * @param errorIfNonfinite whether a norm that is infinite or NaN is an error; to know that, the norm is downloaded
     * @return the norm before, a tensor of one element; 0 if there are no gradients
     * @throws IllegalArgumentException if a parameter is null, or a number is NaN or the largest norm negative
     * @throws IllegalStateException if a gradient is closed, or if the norm is not finite and that is an error; nothing was
     *     changed then
     */
    public static Tensor clipGradNorm(
            Collection<Tensor> parameters, double maxNorm, double normType, boolean errorIfNonfinite) {
        String name = "GradientClipping.clipGradNorm";
        List<Tensor> gradients = gradients(name, parameters);
        if (!(maxNorm >= 0)) {
            throw new IllegalArgumentException(name + ": maxNorm is " + maxNorm + "; it must be 0 or more");
        }
        if (Double.isNaN(normType)) {
            throw new IllegalArgumentException(name + ": normType is NaN; give 2, 1, infinity or another p");
        }
        try (var _ = Autograd.noGrad()) {
            return Scope.result(() -> {
                Tensor norm = norm(gradients, normType);
                if (errorIfNonfinite && !Double.isFinite(norm.item())) {
                    throw new IllegalStateException(name + ": the norm of order " + normType + " of the gradients is "
                            + norm.item() + ", so that they cannot be clipped; no gradient was changed");
                }
                scale(gradients, Fused.map(FACTOR, List.of(norm), maxNorm));
                return norm;
            });
        }
    }

    private static Tensor norm(List<Tensor> gradients, double p) {
        if (gradients.isEmpty()) {
            return Tensor.tensor(0.0);
        }
        Device first = gradients.getFirst().device();
        Tensor[] norms = new Tensor[gradients.size()];
        for (int i = 0; i < norms.length; i++) {
            norms[i] = gradients.get(i).norm(p).to(first);
        }
        return Tensor.stack(0, norms).norm(p);
    }

    private static void scale(List<Tensor> gradients, Tensor factor) {
        Map<Device, Tensor> factors = new HashMap<>();
        for (Tensor gradient : gradients) {
            Tensor there = factors.computeIfAbsent(gradient.device(), factor::to);
            Fused.update(SCALE, List.of(gradient, there.expand(gradient.shape().toArray())), List.of(gradient));
        }
    }

    /**
     * Brings every element of the gradients into {@code [-clipValue, clipValue]}, in place; PyTorch's {@code clip_grad_value_}. A
     * NaN stays one.
     *
     * @param parameters those without a gradient are passed over
     * @param clipValue the largest magnitude of an element, 0 or more
     * @throws IllegalArgumentException if a parameter is null, or the value negative or NaN
     * @throws IllegalStateException if a gradient is closed; nothing was changed then
     */
    public static void clipGradValue(Collection<Tensor> parameters, double clipValue) {
        String name = "GradientClipping.clipGradValue";
        List<Tensor> gradients = gradients(name, parameters);
        if (!(clipValue >= 0)) {
            throw new IllegalArgumentException(name + ": clipValue is " + clipValue + "; it must be 0 or more");
        }
        for (Tensor gradient : gradients) {
            Fused.update(CLAMP, List.of(gradient), List.of(gradient), -clipValue, clipValue);
        }
    }

    private static List<Tensor> gradients(String name, Collection<Tensor> parameters) {
        List<Tensor> all = new ArrayList<>();
        for (Tensor p : Faults.tensors(name, parameters)) {
            Tensor gradient = p.peekGrad();
            if (gradient == null) {
                continue;
            }
            if (gradient.isClosed()) {
                throw new IllegalStateException(name + ": the gradient of a parameter of shape " + p.shape()
                        + " is closed; call zeroGrad() and backward() again");
            }
            all.add(gradient);
        }
        return all;
    }
}
