package ondol.optim.scheduler;

import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link CyclicLR} goes up and down: what PyTorch takes as keyword arguments, with its defaults. It is immutable: each
 * method returns options with one thing changed.
 *
 * @param stepSizeUp how many steps the way up takes
 * @param stepSizeDown how many steps the way down takes; 0 for as many as the way up
 * @param mode how high the cycles are, unless there is a function
 * @param gamma the base of {@link Mode#EXP_RANGE}
 * @param scaleFn how high the cycles are as a function of their number or of the step; null if the mode says it
 * @param scalePerCycle whether the function is one of the cycle's number, from 1, or of the step, from 0
 * @param cycleMomentum whether the momentum goes down and up, too
 * @param baseMomentum the lowest momentum
 * @param maxMomentum the highest momentum
 */
public record CyclicOptions(
        int stepSizeUp,
        int stepSizeDown,
        Mode mode,
        double gamma,
        @Nullable DoubleUnaryOperator scaleFn,
        boolean scalePerCycle,
        boolean cycleMomentum,
        double baseMomentum,
        double maxMomentum) {
    private static final String NAME = "CyclicOptions";

    /** How high the cycles are. */
    public enum Mode {
        /** All the same. */
        TRIANGULAR,
        /** Each half as high as the one before. */
        TRIANGULAR2,
        /** gamma to the power of the step. */
        EXP_RANGE
    }

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException if a step size is too small, or gamma or a momentum negative or not finite
     */
    public CyclicOptions {
        Objects.requireNonNull(mode, "CyclicOptions: the mode is null; give TRIANGULAR, TRIANGULAR2 or EXP_RANGE");
        Check.atLeast(NAME, "stepSizeUp", 1, stepSizeUp);
        Check.atLeast(NAME, "stepSizeDown", 0, stepSizeDown);
        Check.atLeastZero(NAME, "gamma", gamma);
        Check.atLeastZero(NAME, "baseMomentum", baseMomentum);
        Check.atLeastZero(NAME, "maxMomentum", maxMomentum);
    }

    /** PyTorch's defaults: 2000 steps each way, cycles of one height, a momentum from 0.8 to 0.9. */
    public CyclicOptions() {
        this(2000, 0, Mode.TRIANGULAR, 1, null, true, true, 0.8, 0.9);
    }

    /**
     * Sets how many steps the way up takes, and how many the way down.
     *
     * @param up how many steps the way up takes, 1 or more
     * @param down how many steps the way down takes; 0 for as many as up
     * @return a copy of these options with that setting
     */
    public CyclicOptions stepSizes(int up, int down) {
        return new CyclicOptions(
                up, down, mode, gamma, scaleFn, scalePerCycle, cycleMomentum, baseMomentum, maxMomentum);
    }

    /**
     * Sets how high the cycles are.
     *
     * @param how how the height changes from cycle to cycle
     * @return a copy of these options with that setting
     */
    public CyclicOptions mode(Mode how) {
        return new CyclicOptions(
                stepSizeUp, stepSizeDown, how, gamma, null, scalePerCycle, cycleMomentum, baseMomentum, maxMomentum);
    }

    /**
     * Sets how high the cycles are: gamma to the power of the step.
     *
     * @param base gamma, 0 or more
     * @return a copy of these options with that setting
     */
    public CyclicOptions expRange(double base) {
        return new CyclicOptions(
                stepSizeUp,
                stepSizeDown,
                Mode.EXP_RANGE,
                base,
                null,
                scalePerCycle,
                cycleMomentum,
                baseMomentum,
                maxMomentum);
    }

    /**
     * Sets how high the cycles are, as a function of the program's own. It is no part of a state.
     *
     * @param function from the cycle's number or the step to the factor of the cycle's height
     * @param perCycle whether it is one of the cycle's number, from 1, or of the step, from 0
     * @return a copy of these options with that setting
     */
    public CyclicOptions scaleFn(DoubleUnaryOperator function, boolean perCycle) {
        Objects.requireNonNull(function, "CyclicOptions.scaleFn: the function is null; give one, or a mode");
        return new CyclicOptions(
                stepSizeUp, stepSizeDown, mode, gamma, function, perCycle, cycleMomentum, baseMomentum, maxMomentum);
    }

    /**
     * Sets whether the momentum goes down and up, too.
     *
     * @param wanted whether it does
     * @return a copy of these options with that setting
     */
    public CyclicOptions cycleMomentum(boolean wanted) {
        return new CyclicOptions(
                stepSizeUp, stepSizeDown, mode, gamma, scaleFn, scalePerCycle, wanted, baseMomentum, maxMomentum);
    }

    /**
     * Sets the bounds of the momentum, which is largest where the learning rate is least.
     *
     * @param base the least momentum, 0 or more
     * @param max the largest momentum, 0 or more
     * @return a copy of these options with that setting
     */
    public CyclicOptions momentum(double base, double max) {
        return new CyclicOptions(
                stepSizeUp, stepSizeDown, mode, gamma, scaleFn, scalePerCycle, cycleMomentum, base, max);
    }

    // ---- the cycle

    /** How high the learning rate is in a step, 0 at the bottom and 1 at the top of a cycle. */
    double height(long step) {
        double up = stepSizeUp;
        double total = up + (stepSizeDown == 0 ? up : stepSizeDown);
        double ratio = up / total;
        double cycle = Math.floor(1 + step / total);
        double x = 1 + step / total - cycle;
        return x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    }

    /** The factor of the cycle's height. */
    double scale(long step) {
        double total = stepSizeUp + (double) (stepSizeDown == 0 ? stepSizeUp : stepSizeDown);
        double cycle = Math.floor(1 + step / total);
        if (scaleFn != null) {
            return scaleFn.applyAsDouble(scalePerCycle ? cycle : step);
        }
        return switch (mode) {
            case TRIANGULAR -> 1;
            case TRIANGULAR2 -> 1 / StrictMath.pow(2, cycle - 1); // a power of two is exact
            case EXP_RANGE -> ExactMath.pow(gamma, step);
        };
    }
}
