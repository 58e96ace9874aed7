package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** First values are drawn as lecture.json's "linear_init" says, and {@link Init} draws what it says. */
final class LinearInitTest {
    private static float[] uniform(Generator generator, int n, float bound) {
        float[] out = new float[n];
        generator.fillUniform(out, -bound, bound);
        return out;
    }

    @Test
    void drawsWeightThenBias() {
        int[][] sizes = {{1, 1}, {1, 512}, {512, 1}, {3, 5}, {7, 2}, {784, 10}, {1000, 1}};
        for (int[] s : sizes) {
            Generator raw = new Generator(11);
            float bound = (float) (1 / Math.sqrt(s[0]));
            Generator used = new Generator(11);
            Linear layer = new Linear(s[0], s[1], true, used);
            assertArrayEquals(uniform(raw, s[0] * s[1], bound), layer.weight().toFloatArray(), Arrays.toString(s));
            assertArrayEquals(uniform(raw, s[1], bound), layer.bias().toFloatArray());
            assertEquals(raw.random32(), used.random32());
            assertArrayEquals(new long[] {s[1], s[0]}, layer.weight().shape().toArray());
        }
    }

    @Test
    void withoutBiasDrawsNone() {
        Generator raw = new Generator(11);
        Generator used = new Generator(11);
        Linear layer = new Linear(4, 3, false, used);
        assertArrayEquals(uniform(raw, 12, 0.5f), layer.weight().toFloatArray());
        assertNull(layer.bias());
        assertEquals(raw.random32(), used.random32());
    }

    @Test
    void theLectureHasUsed234Words() {
        Ondol.manualSeed(43052);
        Tensor.randn(100);
        Tensor.randn(100);
        new Linear(1, 1);
        Generator counted = new Generator(43052);
        for (int i = 0; i < 234; i++) {
            counted.random32();
        }
        assertArrayEquals(counted.getState(), Ondol.generator().getState());
    }

    @Test
    void sizesOfZero() {
        Generator raw = new Generator(2);
        Generator used = new Generator(2);
        Linear layer = new Linear(0, 3, true, used);
        assertArrayEquals(new float[3], layer.bias().toFloatArray());
        assertArrayEquals(new float[6], layer.forward(Tensor.zeros(2, 0)).toFloatArray());
        uniform(raw, 3, 0);
        assertEquals(raw.random32(), used.random32());
        assertEquals(0, new Linear(3, 0).forward(Tensor.zeros(2, 3)).numel());
    }

    @Test
    void refusesNegativeSizes() {
        assertEquals(
                "Linear: inFeatures is -1; sizes are 0 or more",
                assertThrows(IllegalArgumentException.class, () -> new Linear(-1, 2))
                        .getMessage());
        assertEquals(
                "Linear: outFeatures is -7; sizes are 0 or more",
                assertThrows(IllegalArgumentException.class, () -> new Linear(1, -7))
                        .getMessage());
    }

    @Test
    void dropoutRefusesWhatIsNoProbability() {
        for (double p : new double[] {-0.1, 1.5, Double.NaN}) {
            assertEquals(
                    "Dropout: p is " + p + "; a probability is from 0 to 1",
                    assertThrows(IllegalArgumentException.class, () -> new Dropout(p))
                            .getMessage());
        }
    }

    // ---- Init

    @Test
    void initDrawsOnTheGenerator() {
        Tensor w = Tensor.parameter(Tensor.ones(3, 4));
        float[] values = new float[12];

        Init.uniform(w, -2, 3, new Generator(5));
        new Generator(5).fillUniform(values, -2, 3);
        assertArrayEquals(values, w.toFloatArray());

        Init.normal(w, 1, 0.5, new Generator(5));
        new Generator(5).fillNormal(values, 1, 0.5);
        assertArrayEquals(values, w.toFloatArray());

        Init.xavierUniform(w, 2, new Generator(5));
        assertArrayEquals(uniform(new Generator(5), 12, (float) (2 * Math.sqrt(6.0 / 7))), w.toFloatArray(), 1e-6f);

        Init.kaimingUniform(w, 0, new Generator(5));
        assertArrayEquals(uniform(new Generator(5), 12, (float) Math.sqrt(6.0 / 4)), w.toFloatArray(), 1e-6f);

        Init.kaimingUniform(w, Math.sqrt(5), new Generator(5));
        assertArrayEquals(new Linear(4, 3, true, new Generator(5)).weight().toFloatArray(), w.toFloatArray());
    }

    @Test
    void initFillsTransposedParameters() {
        Tensor w = Tensor.zeros(4, 3);
        Init.uniform(w.t(), 0, 1, new Generator(5));
        float[] values = new float[12];
        new Generator(5).fillUniform(values, 0, 1);
        assertArrayEquals(values, w.t().toFloatArray());
        assertArrayEquals(new float[12], Init.zeros(w).toFloatArray());
        assertArrayEquals(
                new float[] {1, 1}, Init.ones(Tensor.parameter(Tensor.zeros(2))).toFloatArray());
    }

    @Test
    void initRefuses() {
        assertEquals(
                "Init.kaimingUniform: a tensor of shape [3] has no fan in and fan out; it needs two axes, [out, in]:"
                        + " use uniform or normal for a vector",
                assertThrows(IllegalArgumentException.class, () -> Init.kaimingUniform(Tensor.zeros(3)))
                        .getMessage());
        assertEquals(
                "Init.uniform: the tensor is INT64; only FLOAT32 can be filled so",
                assertThrows(IllegalArgumentException.class, () -> Init.uniform(Tensor.arange(3), 0, 1))
                        .getMessage());
    }
}
