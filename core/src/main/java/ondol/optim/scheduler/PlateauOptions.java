package ondol.optim.scheduler;

import java.util.Objects;

/**
 * When a {@link ReduceLROnPlateau} acts, and how: what PyTorch takes as keyword arguments, with its defaults. It is immutable:
 * each method returns options with one thing changed.
 *
 * @param mode whether small numbers are good, or large ones
 * @param factor what the learning rate is multiplied by, from 0 up to but without 1
 * @param patience how many bad epochs are borne: the one after acts
 * @param threshold how much better than the best an epoch has to be
 * @param thresholdMode whether the threshold is a part of the best, or a number of its own
 * @param cooldown for how many epochs after a reduction bad ones do not count
 * @param minLr below what no learning rate is brought: one for all groups, or one for each
 * @param eps a change that is not larger than this is not made
 */
@SuppressWarnings("ArrayRecordComponent")
public record PlateauOptions(
        Mode mode,
        double factor,
        int patience,
        double threshold,
        ThresholdMode thresholdMode,
        int cooldown,
        double[] minLr,
        double eps) {
    private static final String NAME = "PlateauOptions";

    /** The direction in which the metric improves. */
    public enum Mode {
        /** Less, as of a loss. */
        MIN,
        /** More, as of an accuracy. */
        MAX
    }

    /** The meaning of the threshold. */
    public enum ThresholdMode {
        /** A part of the best: better is less than {@code best * (1 - threshold)}, or more than {@code best * (1 + threshold)}. */
        REL,
        /** A distance: better is less than {@code best - threshold}, or more than {@code best + threshold}. */
        ABS
    }

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException if the factor is not from 0 up to but without 1, or another number is negative or not
     *     finite
     */
    public PlateauOptions {
        Objects.requireNonNull(mode, "PlateauOptions: the mode is null; give MIN or MAX");
        Objects.requireNonNull(thresholdMode, "PlateauOptions: the threshold's mode is null; give REL or ABS");
        Objects.requireNonNull(minLr, "PlateauOptions: minLr is null; give one for all groups, or one for each");
        if (!(factor >= 0 && factor < 1)) {
            throw new IllegalArgumentException(
                    "PlateauOptions: factor is " + factor + "; it must be 0 or more and less than 1");
        }
        Check.atLeast(NAME, "patience", 0, patience);
        Check.atLeastZero(NAME, "threshold", threshold);
        Check.atLeast(NAME, "cooldown", 0, cooldown);
        minLr = minLr.clone();
        for (double least : minLr) {
            Check.atLeastZero(NAME, "minLr", least);
        }
        Check.atLeastZero(NAME, "eps", eps);
    }

    /** PyTorch's defaults: a tenth after ten bad epochs of a number that should become small. */
    public PlateauOptions() {
        this(Mode.MIN, 0.1, 10, 1e-4, ThresholdMode.REL, 0, new double[] {0}, 1e-8);
    }

    /**
     * Sets whether small numbers are good, or large ones.
     *
     * @param better MIN if small numbers are good, as a loss's are; MAX if large ones are
     * @return a copy of these options with that setting
     */
    public PlateauOptions mode(Mode better) {
        return new PlateauOptions(better, factor, patience, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /**
     * Sets the factor of the learning rates, from 0 up to but without 1.
     *
     * @param value the factor, 0.1 by default
     * @return a copy of these options with that setting
     */
    public PlateauOptions factor(double value) {
        return new PlateauOptions(mode, value, patience, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /**
     * Sets how many bad epochs are borne: the one after them reduces the learning rates.
     *
     * @param epochs the number of epochs, 10 by default
     * @return a copy of these options with that setting
     */
    public PlateauOptions patience(int epochs) {
        return new PlateauOptions(mode, factor, epochs, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /**
     * Sets how much better than the best an epoch has to be, as a part of the best or as a distance.
     *
     * @param value the part or the distance, 1e-4 by default
     * @param of REL for a part of the best, ABS for a distance from it
     * @return a copy of these options with that setting
     */
    public PlateauOptions threshold(double value, ThresholdMode of) {
        return new PlateauOptions(mode, factor, patience, value, of, cooldown, minLr, eps);
    }

    /**
     * Sets for how many epochs after a reduction bad ones do not count.
     *
     * @param epochs the number of epochs, 0 by default
     * @return a copy of these options with that setting
     */
    public PlateauOptions cooldown(int epochs) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, epochs, minLr, eps);
    }

    /**
     * Sets the least learning rates, 0 by default.
     *
     * @param perGroup one for all groups, or one for each
     * @return a copy of these options with that setting
     */
    public PlateauOptions minLr(double... perGroup) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, cooldown, perGroup, eps);
    }

    /**
     * Sets the smallest change: what is not larger is not made.
     *
     * @param value the change, 1e-8 by default
     * @return a copy of these options with that setting
     */
    public PlateauOptions eps(double value) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, cooldown, minLr, value);
    }

    /** {@return the least learning rates, in a new array} */
    @Override
    public double[] minLr() {
        return minLr.clone();
    }

    boolean isBetter(double value, double best) {
        boolean relative = thresholdMode == ThresholdMode.REL;
        return switch (mode) {
            case MIN -> value < (relative ? best * (1 - threshold) : best - threshold);
            case MAX -> value > (relative ? best * (threshold + 1) : best + threshold);
        };
    }

    double worst() {
        return mode == Mode.MIN ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
}
