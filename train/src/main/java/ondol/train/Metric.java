package ondol.train;

import ondol.Tensor;

/** A number that says how good a network's answers are, collected batch by batch; see {@link Metrics}. */
public interface Metric {
    /** {@return the metric's name in a history} */
    String name();

    /** Forgets what has been collected. */
    void reset();

    /**
     * Takes in a batch.
     *
     * @param output what the network answered
     * @param target what it should have answered
     * @throws IllegalArgumentException if this is no such number of such tensors; the message has their shapes
     */
    void update(Tensor output, Tensor target);

    /** {@return the number for all that has been collected; NaN if that is nothing} */
    double compute();
}
