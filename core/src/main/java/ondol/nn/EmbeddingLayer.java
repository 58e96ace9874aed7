package ondol.nn;

import java.util.Objects;
import ondol.Generator;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.op.Arguments;
import ondol.op.EmbeddingOptions;

/** The common parts of layers that look up rows of a weight: settings, the weight and its first values, and printing. */
abstract sealed class EmbeddingLayer extends BuiltInLayer permits Embedding, EmbeddingBag {
    private final long numEmbeddings;
    private final long embeddingDim;
    private final EmbeddingOptions options;

    /** A layer with a weight of normal numbers, and zeros for the padding. */
    EmbeddingLayer(long numEmbeddings, long embeddingDim, EmbeddingOptions options, Generator generator) {
        String name = getClass().getSimpleName();
        this.numEmbeddings = Arguments.notNegative(name, "number of embeddings", numEmbeddings);
        this.embeddingDim = Arguments.notNegative(name, "embeddings' size", embeddingDim);
        this.options = checked(name, options);
        Drawn.given(name, generator);
        Drawn.all(this, generator, () -> draw(generator));
    }

    /** A layer with a given weight. */
    EmbeddingLayer(Tensor weight, boolean freeze, EmbeddingOptions options) {
        String name = getClass().getSimpleName() + ".fromPretrained";
        Arguments.axes(name, "weight", Arguments.floats(name, "weight", weight), 2, 2);
        this.numEmbeddings = weight.size(0);
        this.embeddingDim = weight.size(1);
        this.options = checked(name, options);
        register("weight", Tensor.parameter(weight).requiresGrad(!freeze));
    }

    private EmbeddingOptions checked(String name, EmbeddingOptions given) {
        Objects.requireNonNull(given, () -> name + ": the options are null; give new EmbeddingOptions()");
        return given.ofRows(name, numEmbeddings);
    }

    private void draw(Generator generator) {
        Tensor weight = register("weight", Drawn.zeros(numEmbeddings, embeddingDim));
        Init.normal(weight, 0, 1, generator);
        Long row = options.paddingIdx();
        if (row != null) {
            try (var _ = Autograd.noGrad();
                    var _ = Scope.open()) {
                weight.select(0, row).zero();
            }
        }
    }

    /** {@return the weight [numEmbeddings, embeddingDim]} */
    public final Tensor weight() {
        return parameter("weight");
    }

    /** {@return how many rows there are} */
    public final long numEmbeddings() {
        return numEmbeddings;
    }

    /** {@return how long each row is} */
    public final long embeddingDim() {
        return embeddingDim;
    }

    /** {@return the settings, with the padding's row counted from the first} */
    public final EmbeddingOptions options() {
        return options;
    }

    final String sizesRepr() {
        return numEmbeddings + ", " + embeddingDim;
    }

    final String paddingRepr() {
        return options.paddingIdx() == null ? "" : ", padding_idx=" + options.paddingIdx();
    }

    final String settingsRepr() {
        Double maxNorm = options.maxNorm();
        return (maxNorm == null ? "" : ", max_norm=" + Repr.of(maxNorm))
                + (options.normType() == 2 ? "" : ", norm_type=" + Repr.of(options.normType()))
                + (options.scaleGradByFreq() ? ", scale_grad_by_freq=True" : "");
    }
}
