package ondol;

import org.jspecify.annotations.Nullable;

/** A program's function of a tensor's gradient on the way back: see {@link Tensor#registerHook}. */
@FunctionalInterface
public interface GradientHook {
    /**
     * Called when the whole gradient has arrived.
     *
     * @param grad may be kept, not changed in place
     * @return the gradient to take in its place, of the same shape, or null to leave it
     */
    @Nullable
    Tensor apply(Tensor grad);
}
