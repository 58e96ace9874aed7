package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Draws what the lecture's notebook draws, with {@link Generator}, and compares it with what the notebook shows. */
final class GeneratorLectureTest {
    private static float[] uniform(Generator generator, int n, float from, float to) {
        float[] out = new float[n];
        generator.fillUniform(out, from, to);
        return out;
    }

    private static float[] randn(Generator generator, int n) {
        float[] out = new float[n];
        generator.fillNormal(out, 0, 1);
        return out;
    }

    /** The positions that a dropout of probability p keeps, by the rule "dropout_mask" of lecture.json. */
    private static List<Integer> kept(long word, int n, double p) {
        long modulus = (1L << 31) - 1;
        long x = word % modulus == 0 ? 1 : word % modulus;
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (x < (1 - p) * modulus) {
                kept.add(i);
            }
            x = 1132489760L * x % modulus;
        }
        return kept;
    }

    @Test
    void lectureCheckValues() {
        assertEquals(2357136044L, new Generator(0).random32());
        assertArrayEquals(
                new float[] {0.4962566f, 0.7682218f, 0.08847743f, 0.13203049f}, uniform(new Generator(0), 4, 0, 1));
        float[] printed = {
            -1.1258398f,
            -1.1523602f,
            -0.25057858f,
            -0.4338788f,
            0.59883946f,
            -1.5550951f,
            -0.3413604f,
            1.8530061f,
            0.4680964f,
            -0.15771244f,
            1.4436601f,
            0.2660494f,
            1.3893661f,
            1.5863342f,
            0.94629836f,
            -0.84367675f,
            0.9318266f,
            1.2590092f,
            2.0049806f,
            0.053736903f
        };
        float[] drawn = randn(new Generator(0), 20);
        for (int i = 0; i < 20; i++) {
            assertEquals(printed[i], drawn[i], 2 * Math.ulp(printed[i]), "element " + i);
        }
        assertEquals(List.of(0, 3, 4, 7, 8, 9, 10, 13, 14, 15, 17), kept(new Generator(0).random32(), 20, 0.5));
    }

    @Test
    void lectureDropoutCells() {
        Generator generator = new Generator(43052);
        randn(generator, 100);
        randn(generator, 100);
        uniform(generator, 1, -1, 1);
        uniform(generator, 1, -1, 1);
        randn(generator, 20);
        generator.random32();
        float[] u = {
            0.2325f, -0.2137f, -1.1099f, 0.1651f, -0.6292f, -0.6375f, -0.7331f, -0.41f, 0.3024f, 0.1195f, 1.6408f,
            0.9799f, 0.6248f, -0.695f, -0.4911f, -1.5387f, 0.3758f, 0.2701f, 1.5462f, -0.1872f
        };
        assertArrayEquals(u, randn(generator, 20), 5.01e-5f);
        assertEquals(List.of(4, 6, 7), kept(generator.random32(), 20, 0.9));
        float[] u2 = {
            1.5448f, 0.6084f, -0.2335f, -0.0364f, 0.2034f, 1.217f, -0.3361f, 0.2241f, 1.7618f, 0.2731f, -0.5324f,
            -1.4465f, -1.0775f, 1.2933f, 0.8029f, -1.0636f, -0.6346f, -0.7101f, 0.9358f, -0.2241f
        };
        assertArrayEquals(u2, randn(generator, 20), 5.01e-5f);
        assertEquals(List.of(18), kept(generator.random32(), 20, 0.9));
        // 116 words for each randn(100), two for the layer, and three times 36 for randn(20) and one for a mask.
        Generator words = new Generator(43052);
        for (int i = 0; i < 2 * 116 + 2 + 3 * (36 + 1); i++) {
            words.random32();
        }
        assertEquals(words.random32(), generator.random32(), "words used");
    }

    @Test
    void lectureSigmoidCell() {
        Generator generator = new Generator(0);
        generator.random32();
        float[] u = randn(generator, 20);
        float[] printed = {
            0.0907f, 0.5f, 0.5f, 0.8452f, 0.0427f, 0.5f, 0.5f, 0.7183f, 0.4218f, 0.9472f, 0.63f, 0.5f, 0.5f, 0.8691f,
            0.1561f, 0.8657f, 0.5f, 0.9822f, 0.5f, 0.5f
        };
        List<Integer> kept = kept(new Generator(0).random32(), 20, 0.5);
        for (int i = 0; i < 20; i++) {
            double dropped = kept.contains(i) ? 2 * u[i] : 0;
            assertEquals(printed[i], 1 / (1 + Math.exp(-dropped)), 5.01e-5, "element " + i);
        }
    }
}
