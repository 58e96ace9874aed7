package ondol;

import static ondol.GradientCase.shape;

import java.util.List;
import ondol.op.BagMode;
import ondol.op.EmbeddingOptions;
import ondol.op.Embeddings;

/**
 * Looking up rows, alone and in bags, beside the same in plain loops. What the padding of single rows and scaled gradients are is
 * no derivative, and has tests of its own.
 */
final class EmbeddingCases {
    private static final long[] INDICES = {3, 0, 3, 1, 4, 1, 3};
    private static final long[] OFFSETS = {0, 2, 2, 5, 7};
    private static final long[][] ROWS = {{3, 0, 3}, {1, 4, 4}};
    private static final String BAGS = "embeddingBag(Tensor,Tensor,Tensor,Tensor,BagMode,boolean,EmbeddingOptions)";

    private EmbeddingCases() {}

    static List<GradientCase> all() {
        GradientCase.Builder b = new GradientCase.Builder().within(0, 0);
        b.shapes(GradientCase.single(shape(5, 3), shape(6, 1)))
                .one(
                        "embedding(Tensor,Tensor)",
                        "",
                        w -> Embeddings.embedding(Tensor.tensor(ROWS), w),
                        w -> rows(w, 2, 3))
                .one(
                        "embedding(Tensor,Tensor,EmbeddingOptions)",
                        "",
                        w -> Embeddings.embedding(Tensor.tensor(ROWS), w, new EmbeddingOptions()),
                        w -> rows(w, 2, 3));
        b.within(4, 1).sampler(GradientCase.distinct());
        for (BagMode mode : BagMode.values()) {
            b.one(
                    "embeddingBag(Tensor,Tensor,BagMode)",
                    mode.name(),
                    w -> Embeddings.embeddingBag(Tensor.tensor(ROWS), w, mode),
                    w -> bags(w, new long[] {3, 0, 3, 1, 4, 4}, new long[] {0, 3, 6}, null, mode, -1));
            for (int padding : new int[] {-1, 1, 3}) {
                EmbeddingOptions options =
                        padding < 0 ? new EmbeddingOptions() : new EmbeddingOptions().paddingIdx(padding);
                b.one(
                        BAGS,
                        mode + " with offsets, padding " + padding,
                        w -> Embeddings.embeddingBag(
                                Tensor.tensor(INDICES), w, Tensor.tensor(OFFSETS), null, mode, true, options),
                        w -> bags(w, INDICES, OFFSETS, null, mode, padding));
            }
        }
        b.sampler(GradientCase.between(-2, 2))
                .shapes(new int[][] {shape(5, 3), shape(7)}, new int[][] {shape(6, 1), shape(7)});
        for (int padding : new int[] {-1, 3}) {
            EmbeddingOptions options =
                    padding < 0 ? new EmbeddingOptions() : new EmbeddingOptions().paddingIdx(padding);
            b.add(
                    BAGS,
                    "with weights, padding " + padding,
                    in -> Embeddings.embeddingBag(
                            Tensor.tensor(INDICES), in[0], Tensor.tensor(OFFSETS), in[1], BagMode.SUM, true, options),
                    in -> bags(in[0], INDICES, OFFSETS, in[1].data, BagMode.SUM, padding));
        }
        b.shapes(GradientCase.single(shape(7)))
                .one(
                        "bincount(Tensor,Tensor,long)",
                        "",
                        w -> Embeddings.bincount(Tensor.tensor(INDICES), w, 6),
                        EmbeddingCases::counted);
        return b.cases();
    }

    private static NdArray rows(NdArray weight, int bags, int each) {
        int columns = weight.shape[1];
        NdArray out = NdArray.zeros(bags, each, columns);
        for (int i = 0; i < out.data.length; i++) {
            int row = (int) ROWS[i / columns / each][i / columns % each];
            out.data[i] = weight.data[row * columns + i % columns];
        }
        return out;
    }

    private static NdArray bags(
            NdArray weight, long[] indices, long[] offsets, double[] factors, BagMode mode, int padding) {
        int columns = weight.shape[1];
        NdArray out = NdArray.zeros(offsets.length - 1, columns);
        for (int i = 0; i < out.data.length; i++) {
            int bag = i / columns;
            double sum = 0;
            double most = Double.NEGATIVE_INFINITY;
            int count = 0;
            for (long j = offsets[bag]; j < offsets[bag + 1]; j++) {
                int row = (int) indices[(int) j];
                if (row != padding) {
                    double value = weight.data[row * columns + i % columns];
                    sum += factors == null ? value : value * factors[(int) j];
                    most = Math.max(most, value);
                    count++;
                }
            }
            out.data[i] = switch (mode) {
                case SUM -> sum;
                case MEAN -> sum / Math.max(1, count);
                case MAX -> count == 0 ? 0 : most;
            };
        }
        return out;
    }

    private static NdArray counted(NdArray weights) {
        NdArray out = NdArray.zeros(6);
        for (int i = 0; i < INDICES.length; i++) {
            out.data[(int) INDICES[i]] += weights.data[i];
        }
        return out;
    }
}
