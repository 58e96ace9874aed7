package ondol.optim.scheduler;

import java.util.Objects;

/**
 * How a {@link OneCycleLR} goes up and down: what PyTorch takes as keyword arguments, with its defaults. It is immutable: each
 * method returns options with one thing changed.
 *
 * @param pctStart the part of all steps that the way up takes, from 0 to 1
 * @param annealStrategy the form of the ways
 * @param cycleMomentum whether the momentum goes down and up, too
 * @param baseMomentum the lowest momentum
 * @param maxMomentum the highest momentum
 * @param divFactor the largest learning rate divided by the first
 * @param finalDivFactor the first learning rate divided by the last
 * @param threePhase whether the way down ends at the first learning rate, and a third way leads to the last
 */
public record OneCycleOptions(
        double pctStart,
        AnnealStrategy annealStrategy,
        boolean cycleMomentum,
        double baseMomentum,
        double maxMomentum,
        double divFactor,
        double finalDivFactor,
        boolean threePhase) {
    private static final String NAME = "OneCycleOptions";

    /** The form of the ways up and down. */
    public enum AnnealStrategy {
        /** Half a cosine. */
        COS,
        /** A straight line. */
        LINEAR
    }

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException if a part is not from 0 to 1, a factor not above 0, or a momentum negative or not finite
     */
    public OneCycleOptions {
        Objects.requireNonNull(annealStrategy, "OneCycleOptions: the strategy is null; give COS or LINEAR");
        Check.between(NAME, "pctStart", 0, 1, pctStart);
        Check.atLeastZero(NAME, "baseMomentum", baseMomentum);
        Check.atLeastZero(NAME, "maxMomentum", maxMomentum);
        Check.positive(NAME, "divFactor", divFactor);
        Check.positive(NAME, "finalDivFactor", finalDivFactor);
    }

    /** PyTorch's defaults: three tenths of the way up, cosines, a momentum from 0.95 to 0.85, factors 25 and 10,000. */
    public OneCycleOptions() {
        this(0.3, AnnealStrategy.COS, true, 0.85, 0.95, 25, 1e4, false);
    }

    /**
     * Sets the part of all steps that the way up takes, from 0 to 1.
     *
     * @param part the part, 0.3 by default
     * @return a copy of these options with that setting
     */
    public OneCycleOptions pctStart(double part) {
        return new OneCycleOptions(
                part, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, threePhase);
    }

    /**
     * Sets the form of the ways up and down.
     *
     * @param form a cosine, as by default, or straight lines
     * @return a copy of these options with that setting
     */
    public OneCycleOptions annealStrategy(AnnealStrategy form) {
        return new OneCycleOptions(
                pctStart, form, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, threePhase);
    }

    /**
     * Sets whether the momentum goes down and up, too.
     *
     * @param wanted whether it does
     * @return a copy of these options with that setting
     */
    public OneCycleOptions cycleMomentum(boolean wanted) {
        return new OneCycleOptions(
                pctStart, annealStrategy, wanted, baseMomentum, maxMomentum, divFactor, finalDivFactor, threePhase);
    }

    /**
     * Sets the bounds of the momentum, which is largest where the learning rate is least.
     *
     * @param base the least momentum, 0 or more
     * @param max the largest momentum, 0 or more
     * @return a copy of these options with that setting
     */
    public OneCycleOptions momentum(double base, double max) {
        return new OneCycleOptions(
                pctStart, annealStrategy, cycleMomentum, base, max, divFactor, finalDivFactor, threePhase);
    }

    /**
     * Sets the first and the last learning rate, as parts of the largest and of the first.
     *
     * @param first the largest learning rate divided by the first, 25 by default
     * @param last the first learning rate divided by the last, 1e4 by default
     * @return a copy of these options with that setting
     */
    public OneCycleOptions divFactors(double first, double last) {
        return new OneCycleOptions(
                pctStart, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, first, last, threePhase);
    }

    /**
     * Sets whether the way down ends at the first learning rate, and a third way leads to the last.
     *
     * @param wanted whether it does
     * @return a copy of these options with that setting
     */
    public OneCycleOptions threePhase(boolean wanted) {
        return new OneCycleOptions(
                pctStart, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, wanted);
    }

    // ---- the ways

    /** The place in a schedule: which way, and how much of it lies behind. */
    record Place(int way, double part) {}

    /** The place of a step among so many. */
    Place place(long step, int totalSteps) {
        double up = pctStart * totalSteps - 1;
        double[] ends = threePhase
                ? new double[] {up, 2 * pctStart * totalSteps - 2, totalSteps - 1}
                : new double[] {up, totalSteps - 1};
        double start = 0;
        int way = 0;
        while (way < ends.length - 1 && step > ends[way]) {
            start = ends[way];
            way++;
        }
        return new Place(way, (step - start) / (ends[way] - start));
    }

    /** A value on the way from one to another, after a part of the way from 0 to 1. */
    double between(double from, double to, double part) {
        return switch (annealStrategy) {
            case COS -> to + (from - to) / 2 * (ExactMath.cos(Math.PI * part) + 1);
            case LINEAR -> (to - from) * part + from;
        };
    }
}
