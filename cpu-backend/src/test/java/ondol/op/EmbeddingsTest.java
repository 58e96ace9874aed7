package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What looking up rows does beside its values and derivatives: padding, norms, scaled gradients, edges and refusals. */
final class EmbeddingsTest {
    private static final EmbeddingOptions PLAIN = new EmbeddingOptions();

    /** [5, 2]: 0, 1; 2, 3; ... */
    private static Tensor weight() {
        return Tensor.arange(10).to(DType.FLOAT32).reshape(5, 2).requiresGrad(true);
    }

    private static void assertValues(Tensor actual, double... expected) {
        float[] values = actual.toFloatArray();
        assertEquals(expected.length, values.length);
        for (int i = 0; i < values.length; i++) {
            assertEquals((float) expected[i], values[i], "element " + i);
        }
    }

    private static Tensor gradient(Tensor weight) {
        Tensor g = weight.grad();
        assertTrue(g != null);
        return g;
    }

    @Test
    void indicesOfAnyShape() {
        Tensor w = weight();
        Tensor one = Embeddings.embedding(Tensor.tensor(3L), w);
        assertEquals(Shape.of(2), one.shape());
        assertValues(one, 6, 7);
        assertEquals(
                Shape.of(2, 0, 2),
                Embeddings.embedding(Tensor.zeros(Shape.of(2, 0), DType.INT64, w.device()), w)
                        .shape());
        Tensor turned = Tensor.tensor(new long[][] {{0, 1, 2}, {3, 4, 0}}).t();
        assertValues(Embeddings.embedding(turned, w), 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 0, 1);
        assertEquals("EmbeddingBackward0", one.gradFn());
    }

    @Test
    void paddingHasAValueAndNoGradient() {
        for (long padding : new long[] {1, -4}) {
            Tensor w = weight();
            Tensor y = Embeddings.embedding(Tensor.tensor(1L, 0L, 1L, 4L), w, PLAIN.paddingIdx(padding));
            assertValues(y, 2, 3, 0, 1, 2, 3, 8, 9);
            y.sum().backward();
            assertValues(gradient(w), 1, 1, 0, 0, 0, 0, 0, 0, 1, 1);
        }
    }

    /** What goes through the padding's row is lost in the second gradient, too. */
    @Test
    void secondGradientsLeaveOutThePadding() {
        Tensor w = weight();
        Tensor g = Tensor.ones(3, 2).requiresGrad(true);
        Tensor y = Embeddings.embedding(Tensor.tensor(1L, 0L, 1L), w, PLAIN.paddingIdx(0));
        Tensor first =
                Autograd.grad(List.of(y), List.of(w), List.of(g), true, true).getFirst();
        Tensor second = Autograd.grad(first.mul(weight().detach()).sum(), List.of(g), false)
                .getFirst();
        assertValues(second, 2, 3, 0, 0, 2, 3);
    }

    @Test
    void gradientsScaledByFrequency() {
        Tensor w = weight();
        Tensor indices = Tensor.tensor(1L, 3L, 1L, 1L, 1L);
        Tensor g = Tensor.tensor(new float[][] {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {3, 4}});
        Embeddings.embedding(indices, w, PLAIN.scaleGradByFreq(true)).backward(g);
        assertValues(gradient(w), 0, 0, 4, 5, 0, 0, 3, 4, 0, 0);
        w.zeroGrad();
        Tensor offsets = Tensor.tensor(0L, 1L);
        Tensor y = Embeddings.embeddingBag(indices, w, offsets, null, BagMode.SUM, false, PLAIN.scaleGradByFreq(true));
        assertValues(y, 2, 3, 12, 16);
        y.backward(Tensor.tensor(new float[][] {{4, 8}, {12, 20}}));
        assertValues(gradient(w), 0, 0, 10, 17, 0, 0, 12, 20, 0, 0);
    }

    /** Rows that are looked up, whatever how often, and no others. */
    @Test
    void normsAreMadeSmaller() {
        Tensor w = weight();
        Tensor y = Embeddings.embedding(
                Tensor.tensor(2L, 0L, 2L), w, PLAIN.maxNorm(3).normType(1));
        float shrunk = 3 / (9 + 1e-7f);
        assertValues(w, 0, 1, 2, 3, 4 * shrunk, 5 * shrunk, 6, 7, 8, 9);
        assertValues(y, 4 * shrunk, 5 * shrunk, 0, 1, 4 * shrunk, 5 * shrunk);
        y.sum().backward();
        assertValues(gradient(w), 1, 1, 0, 0, 2, 2, 0, 0, 0, 0);

        Tensor v = weight();
        Embeddings.embeddingBag(
                Tensor.tensor(4L, 1L),
                v,
                Tensor.tensor(new long[1]),
                null,
                BagMode.MAX,
                false,
                PLAIN.maxNorm(2).normType(Double.POSITIVE_INFINITY));
        float three = 2 / (3 + 1e-7f);
        float nine = 2 / (9 + 1e-7f);
        assertValues(v, 0, 1, 2 * three, 3 * three, 4, 5, 6, 7, 8 * nine, 9 * nine);
    }

    /** A wrong number is refused before a norm is changed. */
    @Test
    void nothingIsChangedByWrongNumbers() {
        Tensor w = weight();
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> Embeddings.embedding(Tensor.tensor(2L, 5L), w, PLAIN.maxNorm(1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> Embeddings.embedding(
                        Tensor.tensor(2L), w, PLAIN.maxNorm(1).paddingIdx(5)));
        assertValues(w, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void bagsWithoutRowsAreZeros() {
        Tensor none = Tensor.zeros(Shape.of(0), DType.INT64, weight().device());
        for (BagMode mode : BagMode.values()) {
            Tensor w = weight().neg().sub(1.0).detach().requiresGrad(true);
            Tensor offsets = Tensor.tensor(0L, 0L, 2L, 3L, 3L);
            Tensor y = Embeddings.embeddingBag(
                    Tensor.tensor(1L, 1L, 4L), w, offsets, null, mode, false, PLAIN.paddingIdx(4));
            double factor = mode == BagMode.SUM ? 2 : 1;
            assertValues(y, 0, 0, -3 * factor, -4 * factor, 0, 0, 0, 0, 0, 0);
            assertEquals("EmbeddingBagBackward0", y.gradFn());
            Tensor empty = Embeddings.embeddingBag(none, w, Tensor.tensor(0L, 0L), null, mode, false, PLAIN);
            assertValues(empty, 0, 0, 0, 0);
            empty.sum().backward();
            assertValues(gradient(w), new double[10]);
            assertEquals(
                    Shape.of(0, 2),
                    Embeddings.embeddingBag(none, w, none, null, mode, false, PLAIN)
                            .shape());
            assertEquals(
                    Shape.of(3, 2),
                    Embeddings.embeddingBag(none.reshape(3, 0), w, mode).shape());
        }
    }

    @Test
    void theLastOffsetMayBeTheEnd() {
        Tensor input = Tensor.tensor(0L, 1L, 2L, 4L);
        Tensor offsets = Tensor.tensor(0L, 1L, 3L);
        Tensor w = weight();
        assertValues(Embeddings.embeddingBag(input, w, offsets, null, BagMode.SUM, false, PLAIN), 0, 1, 6, 8, 8, 9);
        assertValues(Embeddings.embeddingBag(input, w, offsets, null, BagMode.SUM, true, PLAIN), 0, 1, 6, 8);
    }

    /** The largest value is the first such row's, even if all are as small as can be. */
    @Test
    void maximaAmongPadding() {
        float least = Float.NEGATIVE_INFINITY;
        Tensor w = Tensor.tensor(new float[][] {{9, 9}, {least, 1}, {least, 1}}).requiresGrad(true);
        Tensor y = Embeddings.embeddingBag(
                Tensor.tensor(new long[][] {{0, 1, 0, 2}}), w, null, null, BagMode.MAX, false, PLAIN.paddingIdx(0));
        assertValues(y, least, 1);
        y.sum().backward();
        assertValues(gradient(w), 0, 0, 1, 1, 0, 0);
    }

    /** Backward reads indices only, so that a weight may be changed before it, as norms change it. */
    @Test
    void theWeightMayChangeBeforeBackward() {
        Tensor w = weight();
        Tensor y = Embeddings.embedding(Tensor.tensor(1L), w);
        Tensor z = Embeddings.embeddingBag(Tensor.tensor(new long[][] {{1, 2}}), w, BagMode.MEAN);
        Autograd.noGrad(() -> w.zero());
        y.sum().add(z.sum()).backward();
        assertValues(gradient(w), 0, 0, 1.5, 1.5, 0.5, 0.5, 0, 0, 0, 0);
    }

    @Test
    void oneHot() {
        Tensor all = Embeddings.oneHot(Tensor.tensor(new long[][] {{0, 2}, {1, 0}}));
        assertEquals(DType.INT64, all.dtype());
        assertEquals(Shape.of(2, 2, 3), all.shape());
        assertArrayEquals(new long[] {1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0}, all.toLongArray());
        assertArrayEquals(
                new long[] {0, 1, 0, 0}, Embeddings.oneHot(Tensor.tensor(1L), 4).toLongArray());
        Tensor none = Tensor.zeros(Shape.of(2, 0), DType.INT64, all.device());
        assertEquals(Shape.of(2, 0, 4), Embeddings.oneHot(none, 4).shape());
    }

    @Test
    void bincount() {
        Tensor input = Tensor.tensor(4L, 0L, 4L, 1L);
        Tensor counts = Embeddings.bincount(input);
        assertEquals(DType.INT64, counts.dtype());
        assertArrayEquals(new long[] {1, 1, 0, 0, 2}, counts.toLongArray());
        assertArrayEquals(
                new long[] {1, 1, 0, 0, 2, 0, 0},
                Embeddings.bincount(input, null, 7).toLongArray());
        assertValues(Embeddings.bincount(input, Tensor.tensor(0.5f, 2f, 0.25f, 1f), 0), 2, 1, 0, 0, 0.75);
        Tensor none = Tensor.zeros(Shape.of(0), DType.INT64, input.device());
        assertArrayEquals(new long[3], Embeddings.bincount(none, null, 3).toLongArray());
        assertEquals(Shape.of(0), Embeddings.bincount(none).shape());
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static void outOfRange(String message, Executable call) {
        assertEquals(
                message, assertThrows(IndexOutOfBoundsException.class, call).getMessage());
    }

    @Test
    void wrongNumbers() {
        Tensor w = weight();
        outOfRange(
                "embedding: index 5 is out of range for a weight of 5 rows; indices go from 0 to 4",
                () -> Embeddings.embedding(Tensor.tensor(1L, 5L), w));
        outOfRange(
                "embedding: index -1 is out of range for a weight of 5 rows; indices go from 0 to 4",
                () -> Embeddings.embedding(Tensor.tensor(7L, -1L), w));
        outOfRange(
                "embedding: index 0 is out of range for a weight of 0 rows; there is nothing to choose from",
                () -> Embeddings.embedding(Tensor.tensor(0L), Tensor.zeros(0, 2)));
        for (BagMode mode : BagMode.values()) {
            outOfRange(
                    "embeddingBag: index 9 is out of range for a weight of 5 rows; indices go from 0 to 4",
                    () -> Embeddings.embeddingBag(Tensor.tensor(new long[][] {{9, 1}}), w, mode));
        }
        outOfRange(
                "oneHot: class number 3 is out of range; class numbers are 0 or more, and of 3 classes less than 3",
                () -> Embeddings.oneHot(Tensor.tensor(3L, 0L), 3));
        outOfRange(
                "oneHot: class number -2 is out of range; class numbers are 0 or more",
                () -> Embeddings.oneHot(Tensor.tensor(3L, -2L)));
        refused(
                "bincount: the input has -1; numbers to be counted are 0 or more, and less than 2^63 - 1",
                () -> Embeddings.bincount(Tensor.tensor(3L, -1L)));
    }

    @Test
    void refusals() {
        Tensor w = weight();
        Tensor input = Tensor.tensor(1L, 2L, 3L);
        Tensor start = Tensor.tensor(new long[1]);
        refused(
                "embedding: the input is FLOAT32; it must be INT64: use to(DType.INT64)",
                () -> Embeddings.embedding(Tensor.ones(2), w));
        refused(
                "embedding: the weight has shape [2]; it must have 2 axes",
                () -> Embeddings.embedding(input, Tensor.ones(2)));
        refused(
                "embedding: paddingIdx is -6, but there are 5 rows; give -5 to 4",
                () -> Embeddings.embedding(input, w, PLAIN.paddingIdx(-6)));
        refused(
                "embedding: the weight, of shape [5, 2], is a view in which elements share memory, so that norms cannot be"
                        + " changed; give a clone() of it",
                () -> Embeddings.embedding(input, Tensor.ones(1).expand(5, 2), PLAIN.maxNorm(1)));
        refused(
                "EmbeddingOptions.maxNorm: it is -1.0; it must be 0 or more, or null for any norm",
                () -> PLAIN.maxNorm(-1));
        refused(
                "EmbeddingOptions.normType: it is NaN; give a number, or an infinity",
                () -> PLAIN.normType(Double.NaN));
        refused(
                "embeddingBag: the input has shape [3] and the offsets are null; give offsets for an input of one axis, and"
                        + " null for one of two",
                () -> Embeddings.embeddingBag(input, w, BagMode.SUM));
        refused(
                "embeddingBag: the input has shape [1, 3] and the offsets are given; give offsets for an input of one axis,"
                        + " and null for one of two",
                () -> Embeddings.embeddingBag(input.unsqueeze(0), w, start, null, BagMode.SUM, false, PLAIN));
        refused(
                "embeddingBag: perSampleWeights with the mode MEAN; only SUM has them, give null",
                () -> Embeddings.embeddingBag(input, w, start, Tensor.ones(3), BagMode.MEAN, false, PLAIN));
        refused(
                "embeddingBag: the perSampleWeights has shape [2]; it must be [3]",
                () -> Embeddings.embeddingBag(input, w, start, Tensor.ones(2), BagMode.SUM, false, PLAIN));
        refused(
                "embeddingBag: scaleGradByFreq with the mode MAX; only SUM and MEAN have scaled gradients",
                () -> Embeddings.embeddingBag(input, w, start, null, BagMode.MAX, false, PLAIN.scaleGradByFreq(true)));
        refused(
                "embeddingBag: the offsets begin with 1; the first must be 0",
                () -> Embeddings.embeddingBag(
                        input, w, Tensor.tensor(new long[] {1}), null, BagMode.SUM, false, PLAIN));
        refused(
                "embeddingBag: the offsets give bag 1 the indices 2 to 1 of 3; they must not descend, nor be more than 3",
                () -> Embeddings.embeddingBag(input, w, Tensor.tensor(0L, 2L, 1L), null, BagMode.SUM, false, PLAIN));
        refused(
                "embeddingBag: the offsets give bag 0 the indices 0 to 4 of 3; they must not descend, nor be more than 3",
                () -> Embeddings.embeddingBag(input, w, Tensor.tensor(0L, 4L), null, BagMode.SUM, true, PLAIN));
        refused(
                "oneHot: 0 classes, of an input of shape [3]; give a positive number, or, if there are class numbers, -1"
                        + " for one more than the largest",
                () -> Embeddings.oneHot(input, 0));
        refused(
                "bincount: the weights has shape [2]; it must be [3]",
                () -> Embeddings.bincount(input, Tensor.ones(2), 0));
    }
}
