package ondol.nn;

import ondol.Generator;
import ondol.Ondol;
import ondol.op.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * The keyword arguments of PyTorch's {@code nn.MultiheadAttention}, with their defaults. It is immutable: each method
 * returns options with one thing changed.
 *
 * <pre>{@code
 * new MultiheadAttention(64, 8, new AttentionOptions().dropout(0.1).batchFirst(true));
 * }</pre>
 */
public final class AttentionOptions {
    private double dropout;
    private boolean bias = true;
    private boolean biasKv;
    private boolean zeroAttn;
    private long kdim;
    private long vdim;
    private boolean batchFirst;
    private @Nullable Generator generator;

    /** PyTorch's defaults: no dropout, with biases, keys and values of the embedding's size, time first. */
    public AttentionOptions() {}

    private AttentionOptions copy() {
        AttentionOptions copy = new AttentionOptions();
        copy.dropout = dropout;
        copy.bias = bias;
        copy.biasKv = biasKv;
        copy.zeroAttn = zeroAttn;
        copy.kdim = kdim;
        copy.vdim = vdim;
        copy.batchFirst = batchFirst;
        copy.generator = generator;
        return copy;
    }

    /**
     * Sets the probability with which a weight is dropped in training mode.
     *
     * @param probability from 0 to 1
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is not from 0 to 1
     */
    public AttentionOptions dropout(double probability) {
        AttentionOptions copy = copy();
        copy.dropout = Arguments.probability("AttentionOptions.dropout", "it", probability);
        return copy;
    }

    /**
     * Sets whether the projections have biases.
     *
     * @param wanted true, as by default, or false
     * @return a copy of these options with that setting
     */
    public AttentionOptions bias(boolean wanted) {
        AttentionOptions copy = copy();
        copy.bias = wanted;
        return copy;
    }

    /**
     * Sets whether a trained key and value are added behind those given.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public AttentionOptions addBiasKv(boolean wanted) {
        AttentionOptions copy = copy();
        copy.biasKv = wanted;
        return copy;
    }

    /**
     * Sets whether a key and a value of zeros are added behind all others.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public AttentionOptions addZeroAttn(boolean wanted) {
        AttentionOptions copy = copy();
        copy.zeroAttn = wanted;
        return copy;
    }

    /**
     * Sets how many features keys have; 0 for as many as the embedding.
     *
     * @param features the number of features, 0 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is negative
     */
    public AttentionOptions kdim(long features) {
        AttentionOptions copy = copy();
        copy.kdim = notNegative("kdim", features);
        return copy;
    }

    /**
     * Sets how many features values have; 0 for as many as the embedding.
     *
     * @param features the number of features, 0 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is negative
     */
    public AttentionOptions vdim(long features) {
        AttentionOptions copy = copy();
        copy.vdim = notNegative("vdim", features);
        return copy;
    }

    private static long notNegative(String name, long features) {
        if (features < 0) {
            throw new IllegalArgumentException("AttentionOptions." + name + ": it is " + features
                    + "; give a number of features, or 0 for as many as the embedding has");
        }
        return features;
    }

    /**
     * Sets whether inputs are [batch, time, features]; otherwise they are [time, batch, features].
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public AttentionOptions batchFirst(boolean wanted) {
        AttentionOptions copy = copy();
        copy.batchFirst = wanted;
        return copy;
    }

    /**
     * Sets the generator that parameters and dropout's words are drawn from.
     *
     * @param from the generator; null for the default generator
     * @return a copy of these options with that setting
     */
    public AttentionOptions generator(@Nullable Generator from) {
        AttentionOptions copy = copy();
        copy.generator = from;
        return copy;
    }

    /** {@return the probability of dropping a weight} */
    public double dropout() {
        return dropout;
    }

    /** {@return whether the projections have biases} */
    public boolean hasBias() {
        return bias;
    }

    /** {@return whether a trained key and value are added} */
    public boolean hasBiasKv() {
        return biasKv;
    }

    /** {@return whether a key and a value of zeros are added} */
    public boolean hasZeroAttn() {
        return zeroAttn;
    }

    /** {@return the keys' features; 0 for as many as the embedding} */
    public long kdim() {
        return kdim;
    }

    /** {@return the values' features; 0 for as many as the embedding} */
    public long vdim() {
        return vdim;
    }

    /** {@return whether the batch is the first axis} */
    public boolean isBatchFirst() {
        return batchFirst;
    }

    /** {@return the generator that parameters and dropout's words are drawn from} */
    public Generator generator() {
        return generator == null ? Ondol.generator() : generator;
    }
}
