package ondol.op;

import java.util.Objects;
import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a weight by number, one by one or in bags, and what else is made of class numbers; with PyTorch's names in {@code
 * torch.nn.functional}. Numbers are INT64, weights FLOAT32, all on one device. Gradients of a weight are tensors of its shape,
 * never sparse ones; they are sums in the order of the indices, and can be differentiated again.
 */
public final class Embeddings {
    private static final String INPUT = "input";
    private static final String WEIGHT = "weight";

    private Embeddings() {}

    /**
     * {@code out[..., :] = weight[input[...], :]}; PyTorch's {@code embedding}.
     *
     * <p>With a {@link EmbeddingOptions#maxNorm}, rows that are looked up and whose norm is larger are first multiplied, in the
     * weight itself and without a record, with {@code maxNorm / (norm + 1e-7)}: so a weight whose gradient is to flow through
     * other operations too must have been read by them before, or be read by them after.
     *
     * @param input row numbers of any shape
     * @param weight [rows, columns]
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @return [input's shape, columns]
     * @throws IllegalArgumentException if shapes, types or devices do not fit, or there is no row for the padding
     * @throws IndexOutOfBoundsException if there is no row of a number; nothing has changed then
     */
    public static Tensor embedding(Tensor input, Tensor weight, EmbeddingOptions options) {
        String name = "embedding";
        Arguments.axes(name, INPUT, Arguments.longs(name, INPUT, input), 0, 61);
        Rows rows = rows(name, input, weight, options);
        shrink(rows, weight, input, options);
        return new RowLookup(rows).apply(weight, input);
    }

    /**
     * Looks rows up without padding and norms: {@code out[..., :] = weight[input[...], :]}.
     *
     * @param input row numbers (INT64) of any shape
     * @param weight [rows, columns]
     * @return [input's shape, columns]
     */
    public static Tensor embedding(Tensor input, Tensor weight) {
        return embedding(input, weight, new EmbeddingOptions());
    }

    /**
     * Sums, means or maxima of rows in bags, without a tensor of all rows for the caller; PyTorch's {@code embedding_bag}. Bags
     * without any row but the padding's give zeros.
     *
     * <p>The maximum looks up as many rows for each bag as the longest has. NaN counts as larger than all.
     *
     * @param input row numbers: [bags, n], or [n] with offsets
     * @param weight [rows, columns]
     * @param offsets where in the input each bag begins, ascending from 0; [bags], or with {@code includeLastOffset} [bags + 1].
     *     null for an input of two axes
     * @param perSampleWeights what each row is multiplied with, of the input's shape, for {@link BagMode#SUM} only; null for 1
     * @param mode whether a bag's rows are added, averaged, or their largest elements taken
     * @param includeLastOffset whether the last offset is where the last bag ends
     * @param options the padding's row, the largest norm, and how gradients are scaled
     * @return [bags, columns]
     * @throws IllegalArgumentException if shapes, types or devices do not fit, the offsets are none, there are weights or scaled
     *     gradients for a mode that has none, or there is no row for the padding
     * @throws IndexOutOfBoundsException if there is no row of a number; nothing has changed then
     */
    public static Tensor embeddingBag(
            Tensor input,
            Tensor weight,
            @Nullable Tensor offsets,
            @Nullable Tensor perSampleWeights,
            BagMode mode,
            boolean includeLastOffset,
            EmbeddingOptions options) {
        String name = "embeddingBag";
        Arguments.axes(name, INPUT, Arguments.longs(name, INPUT, input), 1, 2);
        Rows rows = rows(name, input, weight, options);
        checkMode(name, mode, options);
        checkOffsets(name, input, offsets);
        checkWeights(name, input, perSampleWeights, mode);
        return Scope.result(() -> {
            Bags bags = offsets == null ? Bags.ofRows(input) : Bags.ofOffsets(name, input, offsets, includeLastOffset);
            shrink(rows, weight, bags.indices(), options);
            return switch (mode) {
                case SUM -> BagSums.sums(rows, bags, weight, factors(perSampleWeights, bags));
                case MEAN -> BagSums.means(rows, bags, weight);
                case MAX -> new BagMaxima(rows, bags).apply(weight);
            };
        });
    }

    /**
     * Combines the rows of bags of one size, without weights, padding and norms.
     *
     * @param input row numbers (INT64), [bags, n]
     * @param weight [rows, columns]
     * @param mode whether a bag's rows are added, averaged, or their largest elements taken
     * @return [bags, columns]
     */
    public static Tensor embeddingBag(Tensor input, Tensor weight, BagMode mode) {
        return embeddingBag(input, weight, null, null, mode, false, new EmbeddingOptions());
    }

    private static @Nullable Tensor factors(@Nullable Tensor perSampleWeights, Bags bags) {
        return perSampleWeights == null
                ? null
                : perSampleWeights.flatten().slice(0, 0, bags.indices().numel());
    }

    // ---- class numbers

    /**
     * 1 at each class number and 0 elsewhere: {@code out[..., c] = input[...] == c}; PyTorch's {@code one_hot}.
     *
     * @param input class numbers of any shape
     * @param numClasses how many classes there are; -1 for one more than the largest number
     * @return INT64, [input's shape, classes]
     * @throws IllegalArgumentException if the input is not INT64, the number of classes is 0 or less than -1, or -1 without any
     *     class numbers
     * @throws IndexOutOfBoundsException if a class number is out of range
     */
    public static Tensor oneHot(Tensor input, long numClasses) {
        String name = "oneHot";
        Arguments.axes(name, INPUT, Arguments.longs(name, INPUT, input), 0, 61);
        boolean isEmpty = input.numel() == 0;
        if (numClasses < -1 || numClasses == 0 || isEmpty && numClasses == -1) {
            throw new IllegalArgumentException(name + ": " + numClasses + " classes, of an input of shape "
                    + input.shape()
                    + "; give a positive number, or, if there are class numbers, -1 for one more than the"
                    + " largest");
        }
        return Scope.result(() -> {
            long classes = isEmpty ? numClasses : classes(name, input, numClasses);
            return input.unsqueeze(-1)
                    .eq(Tensor.arange(classes).to(input.device()))
                    .to(DType.INT64);
        });
    }

    /**
     * {@link #oneHot(Tensor, long)} with one class more than the largest number.
     *
     * @param input class numbers (INT64), 0 or more; at least one
     * @return INT64, [input's shape, classes]
     */
    public static Tensor oneHot(Tensor input) {
        return oneHot(input, -1);
    }

    private static long classes(String name, Tensor input, long numClasses) {
        Range range = Range.of(input);
        long high = range.most();
        if (range.least() < 0 || numClasses != -1 && high >= numClasses || high == Long.MAX_VALUE) {
            throw new IndexOutOfBoundsException(name + ": class number " + range.wrong()
                    + " is out of range; class numbers are 0 or more"
                    + (numClasses == -1 ? "" : ", and of " + numClasses + " classes less than " + numClasses));
        }
        return numClasses == -1 ? high + 1 : numClasses;
    }

    /**
     * How often each number occurs, or the sum of the weights of its occurrences; PyTorch's {@code bincount}: {@code out[c] =
     * sum of weights[i] where input[i] == c}.
     *
     * @param input [n], numbers that are 0 or more
     * @param weights [n], FLOAT32; null for counting
     * @param minlength how many elements the result has at least; otherwise it ends with the largest number
     * @return INT64; with weights of any numbers FLOAT32
     * @throws IllegalArgumentException if shapes, types or devices do not fit, a number is negative, or minlength is
     */
    public static Tensor bincount(Tensor input, @Nullable Tensor weights, long minlength) {
        String name = "bincount";
        Arguments.axes(name, INPUT, Arguments.longs(name, INPUT, input), 1, 1);
        Arguments.notNegative(name, "minlength", minlength);
        if (weights != null) {
            Arguments.shape(name, "weights", Arguments.floats(name, "weights", weights), input.numel());
            Arguments.sameDevice(name, input, weights);
        }
        if (input.numel() == 0) {
            return Tensor.zeros(Shape.of(minlength), DType.INT64, input.device());
        }
        return Scope.result(() -> {
            Range range = Range.of(input);
            if (range.least() < 0 || range.most() == Long.MAX_VALUE) {
                throw new IllegalArgumentException(name + ": the input has " + range.wrong()
                        + "; numbers to be counted are 0 or more, and less than 2^63 - 1");
            }
            DType type = weights == null ? DType.INT64 : DType.FLOAT32;
            Tensor zeros = Tensor.zeros(Shape.of(1), type, input.device());
            Tensor each = weights == null ? zeros.add(1L).expandAs(input) : weights;
            return zeros.expand(Math.max(range.most() + 1, minlength)).scatterAdd(0, input, each);
        });
    }

    /**
     * How often each number from 0 to the largest occurs.
     *
     * @param input numbers (INT64), 0 or more, of any shape
     * @return INT64, a vector
     */
    public static Tensor bincount(Tensor input) {
        return bincount(input, null, 0);
    }

    // ---- checks

    private static Rows rows(String name, Tensor input, Tensor weight, EmbeddingOptions options) {
        Arguments.axes(name, WEIGHT, Arguments.floats(name, WEIGHT, weight), 2, 2);
        Arguments.sameDevice(name, input, weight);
        Objects.requireNonNull(options, () -> name + ": the options are null; give new EmbeddingOptions()");
        if (options.maxNorm() != null && weight.isOverlapping()) {
            throw new IllegalArgumentException(
                    name + ": the weight, of shape " + weight.shape()
                            + ", is a view in which elements share memory, so that norms cannot be changed; give a clone() of it");
        }
        long count = weight.size(0);
        Long padding = options.ofRows(name, count).paddingIdx();
        return new Rows(name, count, padding == null ? -1 : padding, options.scaleGradByFreq());
    }

    private static void shrink(Rows rows, Tensor weight, Tensor indices, EmbeddingOptions options) {
        Double maxNorm = options.maxNorm();
        if (maxNorm != null) {
            rows.shrink(weight, indices, maxNorm, options.normType());
        }
    }

    private static void checkMode(String name, BagMode mode, EmbeddingOptions options) {
        Objects.requireNonNull(mode, () -> name + ": the mode is null; give SUM, MEAN or MAX");
        if (mode == BagMode.MAX && options.scaleGradByFreq()) {
            throw new IllegalArgumentException(
                    name + ": scaleGradByFreq with the mode MAX; only SUM and MEAN have scaled gradients");
        }
    }

    private static void checkOffsets(String name, Tensor input, @Nullable Tensor offsets) {
        if ((offsets == null) != (input.dim() == 2)) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape() + " and the offsets "
                    + (offsets == null ? "are null" : "are given")
                    + "; give offsets for an input of one axis, and null for one of two");
        }
        if (offsets != null) {
            Arguments.axes(name, "offsets", Arguments.longs(name, "offsets", offsets), 1, 1);
            Arguments.sameDevice(name, input, offsets);
        }
    }

    private static void checkWeights(String name, Tensor input, @Nullable Tensor weights, BagMode mode) {
        if (weights == null) {
            return;
        }
        if (mode != BagMode.SUM) {
            throw new IllegalArgumentException(
                    name + ": perSampleWeights with the mode " + mode + "; only SUM has them, give null");
        }
        long[] sizes = input.shape().toArray();
        Arguments.shape(name, "perSampleWeights", Arguments.floats(name, "perSampleWeights", weights), sizes);
        Arguments.sameDevice(name, input, weights);
    }
}
