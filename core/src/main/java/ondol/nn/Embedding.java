package ondol.nn;

import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.op.EmbeddingOptions;
import ondol.op.Embeddings;

/**
 * Rows of a trained table by number, {@link Embeddings#embedding}; PyTorch's {@code torch.nn.Embedding}. Input INT64 of any shape,
 * output [input's shape, embeddingDim].
 *
 * <pre>{@code
 * Embedding words = new Embedding(10000, 64, new EmbeddingOptions().paddingIdx(0));
 * Tensor x = words.forward(Tensor.tensor(new long[][] {{5, 17, 0}, {9, 0, 0}}));   // [2, 3, 64]
 * }</pre>
 *
 * <p>The parameter is {@code weight} [numEmbeddings, embeddingDim], at first normal numbers, the same as PyTorch's with one seed,
 * and 0 in the padding's row, which gets no gradient. With a largest norm a call changes the weight, and is for one thread at a
 * time.
 */
public final class Embedding extends EmbeddingLayer {
    /**
     * An embedding with PyTorch's defaults, drawn from the default generator.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     */
    public Embedding(long numEmbeddings, long embeddingDim) {
        this(numEmbeddings, embeddingDim, new EmbeddingOptions());
    }

    /**
     * An embedding with options, drawn from the default generator.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     * @param options the padding's row, the largest norm, and how gradients are scaled
     */
    public Embedding(long numEmbeddings, long embeddingDim, EmbeddingOptions options) {
        this(numEmbeddings, embeddingDim, options, Ondol.generator());
    }

    /**
     * An embedding with options, drawn from a generator.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @param generator where the weight is drawn
     * @throws IllegalArgumentException if a size is negative, or there is no row for the padding
     */
    public Embedding(long numEmbeddings, long embeddingDim, EmbeddingOptions options, Generator generator) {
        super(numEmbeddings, embeddingDim, options, generator);
    }

    private Embedding(Tensor weight, boolean freeze, EmbeddingOptions options) {
        super(weight, freeze, options);
    }

    /**
     * {@return a layer with a given weight that is not to be trained}
     *
     * @param weight [numEmbeddings, embeddingDim]; the memory is shared, not copied
     */
    public static Embedding fromPretrained(Tensor weight) {
        return fromPretrained(weight, true);
    }

    /**
     * {@return a layer with a given weight}
     *
     * @param weight [numEmbeddings, embeddingDim]; the memory is shared, not copied
     * @param freeze whether the weight requires no gradient
     */
    public static Embedding fromPretrained(Tensor weight, boolean freeze) {
        return fromPretrained(weight, freeze, new EmbeddingOptions());
    }

    /**
     * {@return a layer with a given weight; PyTorch's {@code Embedding.from_pretrained}}
     *
     * @param weight [numEmbeddings, embeddingDim]; the memory is shared, not copied, and the padding's row stays as it is
     * @param freeze whether the weight requires no gradient
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @throws IllegalArgumentException if the weight is no matrix of FLOAT32, or there is no row for the padding
     */
    public static Embedding fromPretrained(Tensor weight, boolean freeze, EmbeddingOptions options) {
        return new Embedding(weight, freeze, options);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input is not INT64 on the weight's device
     * @throws IndexOutOfBoundsException if there is no row of a number
     */
    @Override
    public Tensor forward(Tensor x) {
        return Embeddings.embedding(given(x), weight(), options());
    }

    @Override
    protected String extraRepr() {
        return sizesRepr() + paddingRepr() + settingsRepr();
    }
}
