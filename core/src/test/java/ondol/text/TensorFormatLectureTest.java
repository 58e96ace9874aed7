package ondol.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks {@link TensorFormat} against every tensor that the lecture's notebook shows, to the character. */
final class TensorFormatLectureTest {
    private static long[] shape(long... sizes) {
        return sizes;
    }

    private static float[] floats(double... values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) values[i];
        }
        return out;
    }

    private static String print(long[] shape, Object data, String... suffixes) {
        return TensorFormat.format("tensor(", shape, data, null, List.of(suffixes));
    }

    private static void assertPrints(String actual, String expected) {
        assertEquals(expected, actual);
    }

    @Test
    void lecturePrediction() {
        assertEquals(
                "tensor([[4.0042]], requires_grad=True)", print(shape(1, 1), floats(4.0042), "requires_grad=True"));
        assertEquals("tensor([2.4459], requires_grad=True)", print(shape(1), floats(2.4459), "requires_grad=True"));
        String node = "grad_fn=<AddmmBackward0>";
        assertEquals("tensor([[2.8463]], grad_fn=<AddmmBackward0>)", print(shape(1, 1), floats(2.8463), node));
        assertEquals("tensor([[3.2467]], grad_fn=<AddmmBackward0>)", print(shape(1, 1), floats(3.2467), node));
        assertPrints(print(shape(2, 1), floats(2.8463, 3.2467), node), """
                tensor([[2.8463],
                        [3.2467]], grad_fn=<AddmmBackward0>)""");
    }

    @Test
    void lectureDropoutLayer() {
        double[] u = {
            0.2325, -0.2137, -1.1099, 0.1651, -0.6292, -0.6375, -0.7331, -0.4100, 0.3024, 0.1195, 1.6408, 0.9799,
            0.6248, -0.6950, -0.4911, -1.5387, 0.3758, 0.2701, 1.5462, -0.1872
        };
        assertPrints(print(shape(10, 2), floats(u)), """
                tensor([[ 0.2325, -0.2137],
                        [-1.1099,  0.1651],
                        [-0.6292, -0.6375],
                        [-0.7331, -0.4100],
                        [ 0.3024,  0.1195],
                        [ 1.6408,  0.9799],
                        [ 0.6248, -0.6950],
                        [-0.4911, -1.5387],
                        [ 0.3758,  0.2701],
                        [ 1.5462, -0.1872]])""");
        for (int i = 0; i < u.length; i++) {
            u[i] *= 0.0;
        }
        u[4] = -6.2916;
        u[6] = -7.3306;
        u[7] = -4.0995;
        assertPrints(print(shape(10, 2), floats(u)), """
                tensor([[ 0.0000, -0.0000],
                        [-0.0000,  0.0000],
                        [-6.2916, -0.0000],
                        [-7.3306, -4.0995],
                        [ 0.0000,  0.0000],
                        [ 0.0000,  0.0000],
                        [ 0.0000, -0.0000],
                        [-0.0000, -0.0000],
                        [ 0.0000,  0.0000],
                        [ 0.0000, -0.0000]])""");
    }

    @Test
    void lectureDropoutSwitchedOff() {
        double[] u = {
            1.5448, 0.6084, -0.2335, -0.0364, 0.2034, 1.2170, -0.3361, 0.2241, 1.7618, 0.2731, -0.5324, -1.4465,
            -1.0775, 1.2933, 0.8029, -1.0636, -0.6346, -0.7101, 0.9358, -0.2241
        };
        assertPrints(print(shape(10, 2), floats(u)), """
                tensor([[ 1.5448,  0.6084],
                        [-0.2335, -0.0364],
                        [ 0.2034,  1.2170],
                        [-0.3361,  0.2241],
                        [ 1.7618,  0.2731],
                        [-0.5324, -1.4465],
                        [-1.0775,  1.2933],
                        [ 0.8029, -1.0636],
                        [-0.6346, -0.7101],
                        [ 0.9358, -0.2241]])""");
        for (int i = 0; i < u.length; i++) {
            u[i] *= i == 18 ? 9.3584 / u[i] : 0.0;
        }
        // The one value that is not 0 takes six characters, so the negative zeros stand out by one.
        assertPrints(print(shape(10, 2), floats(u)), """
                tensor([[0.0000, 0.0000],
                        [-0.0000, -0.0000],
                        [0.0000, 0.0000],
                        [-0.0000, 0.0000],
                        [0.0000, 0.0000],
                        [-0.0000, -0.0000],
                        [-0.0000, 0.0000],
                        [0.0000, -0.0000],
                        [-0.0000, -0.0000],
                        [9.3584, -0.0000]])""");
    }

    @Test
    void lectureReluAndDropout() {
        double[] values = {
            2.8004, 0, 0, 1.4576, 4.3925, 0, 0, 1.4472, 0, 2.3459, 0, 0, 0, 0.4245, 0, 1.8586, 0, 0.1394, 0, 0
        };
        assertPrints(print(shape(10, 2), floats(values)), """
                tensor([[2.8004, 0.0000],
                        [0.0000, 1.4576],
                        [4.3925, 0.0000],
                        [0.0000, 1.4472],
                        [0.0000, 2.3459],
                        [0.0000, 0.0000],
                        [0.0000, 0.4245],
                        [0.0000, 1.8586],
                        [0.0000, 0.1394],
                        [0.0000, 0.0000]])""");
        for (int i : new int[] {2, 5, 6, 16, 18}) {
            values[i] = -0.0;
        }
        assertPrints(print(shape(10, 2), floats(values)), """
                tensor([[2.8004, 0.0000],
                        [-0.0000, 1.4576],
                        [4.3925, -0.0000],
                        [-0.0000, 1.4472],
                        [0.0000, 2.3459],
                        [0.0000, 0.0000],
                        [0.0000, 0.4245],
                        [0.0000, 1.8586],
                        [-0.0000, 0.1394],
                        [-0.0000, 0.0000]])""");
    }

    @Test
    void lectureSigmoidAndDropout() {
        float[] dropped = floats(
                0.4801, 0, 0, 1.4006, 0.3487, 0, 0, 1.2299, 0.9213, 1.6180, 1.1322, 0, 0, 1.4407, 0.6015, 1.4349, 0,
                1.7626, 0, 0);
        assertPrints(print(shape(10, 2), dropped), """
                tensor([[0.4801, 0.0000],
                        [0.0000, 1.4006],
                        [0.3487, 0.0000],
                        [0.0000, 1.2299],
                        [0.9213, 1.6180],
                        [1.1322, 0.0000],
                        [0.0000, 1.4407],
                        [0.6015, 1.4349],
                        [0.0000, 1.7626],
                        [0.0000, 0.0000]])""");
        float[] squashed = floats(
                0.0907, 0.5, 0.5, 0.8452, 0.0427, 0.5, 0.5, 0.7183, 0.4218, 0.9472, 0.63, 0.5, 0.5, 0.8691, 0.1561,
                0.8657, 0.5, 0.9822, 0.5, 0.5);
        assertPrints(print(shape(10, 2), squashed), """
                tensor([[0.0907, 0.5000],
                        [0.5000, 0.8452],
                        [0.0427, 0.5000],
                        [0.5000, 0.7183],
                        [0.4218, 0.9472],
                        [0.6300, 0.5000],
                        [0.5000, 0.8691],
                        [0.1561, 0.8657],
                        [0.5000, 0.9822],
                        [0.5000, 0.5000]])""");
    }

    @Test
    void lectureSlice() {
        float[] values = floats(-0.9858, -0.5127, -0.4687, 0.0514, 0.0558, 0.2089, 0.2213, 0.2619, 0.2691, 0.2823);
        assertPrints(print(shape(10), values, "grad_fn=<SliceBackward0>"), """
                tensor([-0.9858, -0.5127, -0.4687,  0.0514,  0.0558,  0.2089,  0.2213,  0.2619,
                         0.2691,  0.2823], grad_fn=<SliceBackward0>)""");
    }
}
