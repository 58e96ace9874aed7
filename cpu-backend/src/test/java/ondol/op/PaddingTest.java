package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** What padding promises beyond the values and gradients that the gradient tests compare. */
final class PaddingTest {
    private static float[] padded(PaddingMode mode, long... pad) {
        return Padding.pad(Tensor.tensor(1f, 2f, 3f), pad, mode).toFloatArray();
    }

    @Test
    void modes() {
        assertArrayEquals(new float[] {0, 0, 1, 2, 3, 0}, padded(PaddingMode.ZEROS, 2, 1));
        assertArrayEquals(new float[] {3, 2, 1, 2, 3, 2}, padded(PaddingMode.REFLECT, 2, 1));
        assertArrayEquals(new float[] {1, 1, 1, 2, 3, 3}, padded(PaddingMode.REPLICATE, 2, 1));
        assertArrayEquals(new float[] {2, 3, 1, 2, 3, 1}, padded(PaddingMode.CIRCULAR, 2, 1));
    }

    /** A mirror shows what was taken away, the other side does not. */
    @Test
    void negativeNumbersTakeAway() {
        assertArrayEquals(new float[] {2}, padded(PaddingMode.ZEROS, -1, -1));
        assertArrayEquals(new float[] {2, 3, 2, 1}, padded(PaddingMode.REFLECT, -1, 2));
        assertArrayEquals(new float[] {2, 3, 2, 3}, padded(PaddingMode.CIRCULAR, -1, 2));
        assertArrayEquals(new float[] {0, 0}, padded(PaddingMode.ZEROS, -3, 2));
    }

    @Test
    void everyType() {
        assertArrayEquals(
                new long[] {7, 1, 2},
                Padding.pad(Tensor.tensor(1L, 2L), new long[] {1, 0}, 7).toLongArray());
        Tensor truth = Padding.pad(Tensor.tensor(true, false), new long[] {1, 0}, PaddingMode.REPLICATE);
        assertArrayEquals(new boolean[] {true, true, false}, truth.toBooleanArray());
    }

    @Test
    void nothingIsShared() {
        Tensor x = Tensor.tensor(1f, 2f);
        for (PaddingMode mode : PaddingMode.values()) {
            assertFalse(Padding.pad(x, new long[2], mode).sharesStorageWith(x), mode.toString());
        }
    }

    @Test
    void emptyTensors() {
        assertEquals(Shape.of(2, 5), Padding.pad(Tensor.zeros(2, 0), 2, 3).shape());
        long[] pad = {2, 1};
        assertEquals(
                Shape.of(0, 5),
                Padding.pad(Tensor.zeros(0, 2), pad, PaddingMode.CIRCULAR).shape());
        assertEquals(
                Shape.of(0),
                Padding.pad(Tensor.zeros(0), new long[2], PaddingMode.REFLECT).shape());
    }

    @Test
    void namesOfPyTorch() {
        Tensor x = Tensor.ones(2, 3, 4, 5).requiresGrad(true);
        long[] one = {1, 1};
        assertEquals("ConstantPadNdBackward0", Padding.pad(x, one).gradFn());
        assertEquals(
                "ReflectionPad1DBackward0",
                Padding.pad(x, one, PaddingMode.REFLECT).gradFn());
        assertEquals(
                "ReplicationPad2DBackward0",
                Padding.pad(x, new long[4], PaddingMode.REPLICATE).gradFn());
        assertEquals("CopySlices", Padding.pad(x, one, PaddingMode.CIRCULAR).gradFn());
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() {
        Tensor x = Tensor.zeros(2, 3);
        refused(
                "pad: 3 numbers [1, 2, 3] for an input of shape [2, 3]; give two for each axis, the last axis first, and at"
                        + " most 4",
                () -> Padding.pad(x, 1, 2, 3));
        refused(
                "pad: 6 numbers [0, 0, 0, 0, 1, 1] for an input of shape [2, 3]; give two for each axis, the last axis first,"
                        + " and at most 4",
                () -> Padding.pad(x, 0, 0, 0, 0, 1, 1));
        refused(
                "pad: padding of -2 and -2 along axis 1 of an input of shape [2, 3] takes away more than its 3 elements; use"
                        + " less",
                () -> Padding.pad(x, -2, -2));
        refused(
                "pad: REFLECT padding of 3 along an axis of size 3 of an input of shape [2, 3]; at most 2 is possible",
                () -> Padding.pad(x, new long[] {3, 0}, PaddingMode.REFLECT));
        refused(
                "pad: CIRCULAR padding of 3 along an axis of size 2 of an input of shape [2, 2]; at most 2 is possible",
                () -> Padding.pad(x, new long[] {-1, 3}, PaddingMode.CIRCULAR));
        refused(
                "pad: padding of 9223372036854775807 and 1 along axis 1 leads beyond 2^63 elements; use less",
                () -> Padding.pad(x, Long.MAX_VALUE, 1));
    }
}
