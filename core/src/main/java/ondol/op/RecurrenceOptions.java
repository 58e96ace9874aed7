package ondol.op;

import ondol.Generator;
import ondol.Ondol;
import org.jspecify.annotations.Nullable;

/**
 * How a recurrent network is built: what PyTorch's {@code nn.RNN}, {@code nn.LSTM} and {@code nn.GRU} take as keyword arguments,
 * with their defaults. It is immutable: each method returns options with one thing changed.
 *
 * <pre>{@code
 * new LSTM(10, 20, new RecurrenceOptions().numLayers(2).bidirectional(true).batchFirst(true));
 * }</pre>
 */
public final class RecurrenceOptions {
    private int numLayers = 1;
    private boolean bias = true;
    private boolean batchFirst;
    private double dropout;
    private boolean bidirectional;
    private long projSize;
    private Nonlinearity nonlinearity = Nonlinearity.TANH;
    private @Nullable Generator generator;

    /** The nonlinearity of an {@code nn.RNN}: PyTorch's {@code nonlinearity}. */
    public enum Nonlinearity {
        /** The hyperbolic tangent. */
        TANH,
        /** {@code max(0, x)}. */
        RELU
    }

    /** PyTorch's defaults: one layer, one direction, with biases, without dropout and projections, time first, tanh. */
    public RecurrenceOptions() {}

    private RecurrenceOptions copy() {
        RecurrenceOptions copy = new RecurrenceOptions();
        copy.numLayers = numLayers;
        copy.bias = bias;
        copy.batchFirst = batchFirst;
        copy.dropout = dropout;
        copy.bidirectional = bidirectional;
        copy.projSize = projSize;
        copy.nonlinearity = nonlinearity;
        copy.generator = generator;
        return copy;
    }

    /**
     * Sets how many layers there are, each of which reads what the one before gives.
     *
     * @param number the number of layers, 1 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is less than 1
     */
    public RecurrenceOptions numLayers(int number) {
        RecurrenceOptions copy = copy();
        copy.numLayers = (int) Arguments.positive("RecurrenceOptions.numLayers", "number", number);
        return copy;
    }

    /**
     * Sets whether there are biases.
     *
     * @param wanted true, as by default, or false
     * @return a copy of these options with that setting
     */
    public RecurrenceOptions bias(boolean wanted) {
        RecurrenceOptions copy = copy();
        copy.bias = wanted;
        return copy;
    }

    /**
     * Sets whether input and output are [batch, time, features]; otherwise they are [time, batch, features].
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public RecurrenceOptions batchFirst(boolean wanted) {
        RecurrenceOptions copy = copy();
        copy.batchFirst = wanted;
        return copy;
    }

    /**
     * Sets the probability with which, in training mode, an element of a layer's output is dropped on its way to the next
     * layer.
     *
     * @param probability the probability of dropping, 0 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is not from 0 to 1
     */
    public RecurrenceOptions dropout(double probability) {
        RecurrenceOptions copy = copy();
        copy.dropout = Arguments.probability("RecurrenceOptions.dropout", "it", probability);
        return copy;
    }

    /**
     * Sets whether each layer also goes through the sequence backwards, with weights of its own.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public RecurrenceOptions bidirectional(boolean wanted) {
        RecurrenceOptions copy = copy();
        copy.bidirectional = wanted;
        return copy;
    }

    /**
     * Sets the number of features to which an LSTM's hidden state is projected (Sak et al., "Long short-term memory based
     * recurrent neural network architectures for large vocabulary speech recognition", 2014).
     *
     * @param size the number of features after projection, smaller than the hidden size; 0 for no projection
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is negative
     */
    public RecurrenceOptions projSize(long size) {
        RecurrenceOptions copy = copy();
        copy.projSize = Arguments.notNegative("RecurrenceOptions.projSize", "size", size);
        return copy;
    }

    /**
     * Sets the nonlinearity of an RNN.
     *
     * @param function tanh, as by default, or relu
     * @return a copy of these options with that setting
     * @throws NullPointerException if it is null
     */
    public RecurrenceOptions nonlinearity(Nonlinearity function) {
        if (function == null) {
            throw new NullPointerException(
                    "RecurrenceOptions.nonlinearity: the function is null; give Nonlinearity.TANH or RELU");
        }
        RecurrenceOptions copy = copy();
        copy.nonlinearity = function;
        return copy;
    }

    /**
     * Sets the generator that parameters and dropout's words are drawn from.
     *
     * @param from the generator; null for the default generator
     * @return a copy of these options with that setting
     */
    public RecurrenceOptions generator(@Nullable Generator from) {
        RecurrenceOptions copy = copy();
        copy.generator = from;
        return copy;
    }

    /** {@return how many layers there are} */
    public int numLayers() {
        return numLayers;
    }

    /** {@return whether there are biases} */
    public boolean hasBias() {
        return bias;
    }

    /** {@return whether the batch is the first axis} */
    public boolean isBatchFirst() {
        return batchFirst;
    }

    /** {@return the probability of dropping between layers} */
    public double dropout() {
        return dropout;
    }

    /** {@return whether there are two directions} */
    public boolean isBidirectional() {
        return bidirectional;
    }

    /** {@return the number of features after projection; 0 for none} */
    public long projSize() {
        return projSize;
    }

    /** {@return the nonlinearity of an RNN} */
    public Nonlinearity nonlinearity() {
        return nonlinearity;
    }

    /** {@return the generator that parameters and dropout's words are drawn from} */
    public Generator generator() {
        return generator == null ? Ondol.generator() : generator;
    }
}
