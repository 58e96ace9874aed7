package ondol.nn;

import java.util.Objects;
import java.util.function.UnaryOperator;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.op.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * The keyword arguments of the layers of PyTorch's {@code nn.Transformer}, with their defaults. It is immutable: each method
 * returns options with one thing changed.
 *
 * <pre>{@code
 * new TransformerEncoderLayer(64, 8, new TransformerOptions().dimFeedforward(256).batchFirst(true).normFirst(true));
 * }</pre>
 */
public final class TransformerOptions {
    private static final String NAME = "TransformerOptions.";

    /** The activation between a feed-forward network's two layers. */
    public enum Activation {
        /** {@link Tensor#relu}. */
        RELU(Tensor::relu),
        /** {@link Tensor#gelu}. */
        GELU(Tensor::gelu);

        private final UnaryOperator<Tensor> function;

        Activation(UnaryOperator<Tensor> function) {
            this.function = function;
        }
    }

    private long dimFeedforward = 2048;
    private double dropout = 0.1;
    private UnaryOperator<Tensor> activation = Activation.RELU.function;
    private boolean isActivationBuiltIn = true;
    private double layerNormEps = 1e-5;
    private boolean batchFirst;
    private boolean normFirst;
    private boolean bias = true;
    private @Nullable Generator generator;

    /** PyTorch's defaults: 2048 features between, dropout 0.1, relu, time first, normalised afterwards, with biases. */
    public TransformerOptions() {}

    private TransformerOptions copy() {
        TransformerOptions copy = new TransformerOptions();
        copy.dimFeedforward = dimFeedforward;
        copy.dropout = dropout;
        copy.activation = activation;
        copy.isActivationBuiltIn = isActivationBuiltIn;
        copy.layerNormEps = layerNormEps;
        copy.batchFirst = batchFirst;
        copy.normFirst = normFirst;
        copy.bias = bias;
        copy.generator = generator;
        return copy;
    }

    /**
     * Sets how many features there are between a feed-forward network's two layers.
     *
     * @param features the number of features, 2048 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is less than 1
     */
    public TransformerOptions dimFeedforward(long features) {
        TransformerOptions copy = copy();
        copy.dimFeedforward = Drawn.size(NAME + "dimFeedforward", "it", features);
        return copy;
    }

    /**
     * Sets the probability with which something is dropped in training mode: weights of attention, and elements of what
     * attention and the feed-forward network give and of what is between its layers.
     *
     * @param probability from 0 to 1
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is not from 0 to 1
     */
    public TransformerOptions dropout(double probability) {
        TransformerOptions copy = copy();
        copy.dropout = Arguments.probability(NAME + "dropout", "it", probability);
        return copy;
    }

    /**
     * Sets the activation between a feed-forward network's two layers.
     *
     * @param known relu, as by default, or gelu
     * @return a copy of these options with that setting
     */
    public TransformerOptions activation(Activation known) {
        Objects.requireNonNull(known, NAME + "activation: it is null; give Activation.RELU or Activation.GELU");
        TransformerOptions copy = copy();
        copy.activation = known.function;
        copy.isActivationBuiltIn = true;
        return copy;
    }

    /**
     * Sets a program's own activation between a feed-forward network's two layers, the same function in all copies of a layer.
     *
     * @param function of a tensor of any shape, for each element: {@code Tensor::silu}, {@code new LeakyReLU()::forward}
     * @return a copy of these options with that setting
     */
    public TransformerOptions activation(UnaryOperator<Tensor> function) {
        Objects.requireNonNull(function, NAME + "activation: it is null; give a function such as Tensor::silu");
        TransformerOptions copy = copy();
        copy.activation = function;
        copy.isActivationBuiltIn = false;
        return copy;
    }

    /**
     * Sets the number that normalisations add to the variance.
     *
     * @param eps 0 or more, 1e-5 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is not 0 or more
     */
    public TransformerOptions layerNormEps(double eps) {
        TransformerOptions copy = copy();
        copy.layerNormEps = ChannelNorm.checkedEps(NAME + "layerNormEps", eps);
        return copy;
    }

    /**
     * Sets whether inputs are [batch, time, features]; otherwise they are [time, batch, features].
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public TransformerOptions batchFirst(boolean wanted) {
        TransformerOptions copy = copy();
        copy.batchFirst = wanted;
        return copy;
    }

    /**
     * Sets the order: true to normalise the inputs of attention and the feed-forward network, false to normalise their outputs
     * after the input has been added.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public TransformerOptions normFirst(boolean wanted) {
        TransformerOptions copy = copy();
        copy.normFirst = wanted;
        return copy;
    }

    /**
     * Sets whether attention, the feed-forward network and normalisations have biases.
     *
     * @param wanted true, as by default, or false
     * @return a copy of these options with that setting
     */
    public TransformerOptions bias(boolean wanted) {
        TransformerOptions copy = copy();
        copy.bias = wanted;
        return copy;
    }

    /**
     * Sets the generator that parameters and dropout's words are drawn from.
     *
     * @param from the generator; null for the default generator
     * @return a copy of these options with that setting
     */
    public TransformerOptions generator(@Nullable Generator from) {
        TransformerOptions copy = copy();
        copy.generator = from;
        return copy;
    }

    /** {@return how many features there are between a feed-forward network's two layers} */
    public long dimFeedforward() {
        return dimFeedforward;
    }

    /** {@return the probability of dropping something} */
    public double dropout() {
        return dropout;
    }

    /** {@return the activation between a feed-forward network's two layers} */
    public UnaryOperator<Tensor> activation() {
        return activation;
    }

    /** Whether the activation keeps nothing that it sees. */
    boolean isActivationBuiltIn() {
        return isActivationBuiltIn;
    }

    /** {@return the number that normalisations add to the variance} */
    public double layerNormEps() {
        return layerNormEps;
    }

    /** {@return whether the batch is the first axis} */
    public boolean isBatchFirst() {
        return batchFirst;
    }

    /** {@return whether normalisations come first} */
    public boolean isNormFirst() {
        return normFirst;
    }

    /** {@return whether there are biases} */
    public boolean hasBias() {
        return bias;
    }

    /** {@return the generator that parameters and dropout's words are drawn from} */
    public Generator generator() {
        return generator == null ? Ondol.generator() : generator;
    }

    /** As it was given: null for whatever is the default generator when something is drawn. */
    @Nullable
    Generator ownGenerator() {
        return generator;
    }
}
