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

    /** What is better. */
    public enum Mode {
        /** Less, as of a loss. */
        MIN,
        /** More, as of an accuracy. */
        MAX
    }

    /** What the threshold is. */
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

    /** Whether small numbers are good, or large ones. */
    public PlateauOptions mode(Mode better) {
        return new PlateauOptions(better, factor, patience, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /** What the learning rate is multiplied by, from 0 up to but without 1. */
    public PlateauOptions factor(double value) {
        return new PlateauOptions(mode, value, patience, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /** How many bad epochs are borne: the one after acts. */
    public PlateauOptions patience(int epochs) {
        return new PlateauOptions(mode, factor, epochs, threshold, thresholdMode, cooldown, minLr, eps);
    }

    /** How much better than the best an epoch has to be, as a part of the best or as a distance. */
    public PlateauOptions threshold(double value, ThresholdMode of) {
        return new PlateauOptions(mode, factor, patience, value, of, cooldown, minLr, eps);
    }

    /** For how many epochs after a reduction bad ones do not count. */
    public PlateauOptions cooldown(int epochs) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, epochs, minLr, eps);
    }

    /** Below what no learning rate is brought: one for all groups, or one for each. */
    public PlateauOptions minLr(double... perGroup) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, cooldown, perGroup, eps);
    }

    /** A change that is not larger than this is not made. */
    public PlateauOptions eps(double value) {
        return new PlateauOptions(mode, factor, patience, threshold, thresholdMode, cooldown, minLr, value);
    }

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
