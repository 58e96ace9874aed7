package ondol.nn;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.op.BagMode;
import ondol.op.EmbeddingOptions;
import ondol.op.Embeddings;
import org.jspecify.annotations.Nullable;

/**
 * Sums, means or maxima of rows of a trained table, {@link Embeddings#embeddingBag}; PyTorch's {@code torch.nn.EmbeddingBag}.
 * Input INT64 [bags, n], or [n] with offsets; output [bags, embeddingDim].
 *
 * <pre>{@code
 * EmbeddingBag words = new EmbeddingBag(10000, 64);
 * Tensor x = words.forward(Tensor.tensor(5L, 17L, 9L), Tensor.tensor(0L, 2L));   // [2, 64]: of rows 5 and 17, and of row 9
 * }</pre>
 *
 * <p>The parameter is {@code weight} [numEmbeddings, embeddingDim], at first normal numbers, the same as PyTorch's with one seed,
 * and 0 in the padding's row, which counts in no bag and gets no gradient. With a largest norm a call changes the weight, and is
 * for one thread at a time.
 */
public final class EmbeddingBag extends EmbeddingLayer {
    private final BagMode mode;
    private final boolean includeLastOffset;

    /**
     * Means of rows, with PyTorch's defaults.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     */
    public EmbeddingBag(long numEmbeddings, long embeddingDim) {
        this(numEmbeddings, embeddingDim, BagMode.MEAN);
    }

    /**
     * Sums, means or maxima of rows, with PyTorch's defaults.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     * @param mode whether a bag's rows are added, averaged, or their largest elements taken
     */
    public EmbeddingBag(long numEmbeddings, long embeddingDim, BagMode mode) {
        this(numEmbeddings, embeddingDim, mode, false, new EmbeddingOptions(), Ondol.generator());
    }

    /**
     * Sums, means or maxima of rows with all settings, drawn from a generator.
     *
     * @param numEmbeddings how many rows there are: numbers go from 0 to one less
     * @param embeddingDim how long each row is
     * @param mode whether a bag's rows are added, averaged, or their largest elements taken
     * @param includeLastOffset whether the last offset is where the last bag ends
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @param generator where the weight is drawn
     * @throws IllegalArgumentException if a size is negative, or there is no row for the padding
     */
    public EmbeddingBag(
            long numEmbeddings,
            long embeddingDim,
            BagMode mode,
            boolean includeLastOffset,
            EmbeddingOptions options,
            Generator generator) {
        BagMode checked = given(mode);
        super(numEmbeddings, embeddingDim, options, generator);
        this.mode = checked;
        this.includeLastOffset = includeLastOffset;
    }

    private EmbeddingBag(
            Tensor weight, boolean freeze, BagMode mode, boolean includeLastOffset, EmbeddingOptions options) {
        BagMode checked = given(mode);
        super(weight, freeze, options);
        this.mode = checked;
        this.includeLastOffset = includeLastOffset;
    }

    private static BagMode given(BagMode mode) {
        return Objects.requireNonNull(mode, "EmbeddingBag: the mode is null; give SUM, MEAN or MAX");
    }

    /**
     * {@return a layer of means of rows of a given weight that is not to be trained}
     *
     * @param weight [numEmbeddings, embeddingDim]; the memory is shared, not copied
     */
    public static EmbeddingBag fromPretrained(Tensor weight) {
        return fromPretrained(weight, true, BagMode.MEAN, false, new EmbeddingOptions());
    }

    /**
     * {@return a layer with a given weight; PyTorch's {@code EmbeddingBag.from_pretrained}}
     *
     * @param weight [numEmbeddings, embeddingDim]; the memory is shared, not copied, and the padding's row stays as it is
     * @param freeze whether the weight requires no gradient
     * @param mode whether a bag's rows are added, averaged, or their largest elements taken
     * @param includeLastOffset whether the last offset is where the last bag ends
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @throws IllegalArgumentException if the weight is no matrix of FLOAT32, or there is no row for the padding
     */
    public static EmbeddingBag fromPretrained(
            Tensor weight, boolean freeze, BagMode mode, boolean includeLastOffset, EmbeddingOptions options) {
        return new EmbeddingBag(weight, freeze, mode, includeLastOffset, options);
    }

    /**
     * Combines the rows of an input of two axes, of which each row is a bag.
     *
     * @throws IllegalArgumentException if the input has another shape, or is not INT64 on the weight's device
     * @throws IndexOutOfBoundsException if there is no row of a number
     */
    @Override
    public Tensor forward(Tensor x) {
        return forward(x, null, null);
    }

    /**
     * Combines rows without weights.
     *
     * @param input row numbers (INT64): [bags, n], or [n] with offsets
     * @param offsets where in the input each bag begins; null for an input of two axes
     * @return [bags, embeddingDim]
     */
    public Tensor forward(Tensor input, @Nullable Tensor offsets) {
        return forward(input, offsets, null);
    }

    /**
     * Combines rows of bags that begin at offsets, with weights for the rows.
     *
     * @param input row numbers (INT64): [bags, n], or [n] with offsets
     * @param offsets where in the input each bag begins; null for an input of two axes
     * @param perSampleWeights what each row is multiplied with, of the input's shape, in mode SUM only; null for 1
     * @return [bags, embeddingDim]
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IndexOutOfBoundsException if there is no row of a number
     */
    public Tensor forward(Tensor input, @Nullable Tensor offsets, @Nullable Tensor perSampleWeights) {
        return Embeddings.embeddingBag(
                given(input), weight(), offsets, perSampleWeights, mode, includeLastOffset, options());
    }

    /**
     * {@link #forward(Tensor, Tensor, Tensor)}, with the hooks that are registered at this module.
     *
     * @param input row numbers (INT64): [bags, n], or [n] with offsets
     * @param offsets where in the input each bag begins; null for an input of two axes
     * @param perSampleWeights the factor of each row, of the input's shape, in mode SUM only; null for 1
     * @return [bags, embeddingDim]
     */
    public Tensor call(Tensor input, @Nullable Tensor offsets, @Nullable Tensor perSampleWeights) {
        if (!hasHooks()) {
            return forward(input, offsets, perSampleWeights);
        }
        Inputs given = new Inputs(given(input), offsets, perSampleWeights);
        return callWithHooks(given.present(), in -> List.of(forward(in.get(0), given.get(in, 1), given.get(in, 2))))
                .getFirst();
    }

    @Override
    protected String extraRepr() {
        return sizesRepr() + settingsRepr() + ", mode='" + mode.name().toLowerCase(Locale.ROOT) + "'" + paddingRepr();
    }
}
