package ondol.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

class TransformsTest {
    private static final Generator RANDOM = new Generator(1);

    private static Tensor image(int channels, int height, int width) {
        return Tensor.arange(0.0, (double) channels * height * width, 1.0).reshape(channels, height, width);
    }

    @Test
    void normalize() {
        Tensor x = image(2, 1, 2);
        assertArrayEquals(
                new float[] {-1, 0, 0.5f, 1},
                Transforms.normalize(new float[] {1, 1}, new float[] {1, 2})
                        .apply(x, RANDOM)
                        .toFloatArray());
        assertThrows(
                IllegalArgumentException.class,
                () -> Transforms.normalize(new float[] {1}, new float[] {1}).apply(x, RANDOM));
        assertThrows(IllegalArgumentException.class, () -> Transforms.normalize(new float[] {1}, new float[] {0}));
    }

    /** Every window occurs, and nothing else. */
    @Test
    void randomCrop() {
        Tensor x = image(1, 2, 2);
        Set<String> expected = new HashSet<>();
        float[][] padded = {{0, 0, 0, 0}, {0, 0, 1, 0}, {0, 2, 3, 0}, {0, 0, 0, 0}};
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                expected.add(
                        padded[i][j] + " " + padded[i][j + 1] + " " + padded[i + 1][j] + " " + padded[i + 1][j + 1]);
            }
        }
        Set<String> seen = new HashSet<>();
        Generator random = new Generator(5);
        for (int n = 0; n < 300; n++) {
            float[] w = Transforms.randomCrop(2, 2, 1).apply(x, random).toFloatArray();
            seen.add(w[0] + " " + w[1] + " " + w[2] + " " + w[3]);
        }
        assertEquals(expected, seen);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Transforms.randomCrop(5, 2, 1).apply(x, RANDOM));
        assertTrue(e.getMessage().contains("[1, 2, 2] padded by 1"), e.getMessage());
    }

    @Test
    void centerCrop() {
        assertArrayEquals(
                new float[] {7, 8, 12, 13},
                Transforms.centerCrop(2, 2).apply(image(1, 4, 5), RANDOM).toFloatArray());
        assertThrows(
                IllegalArgumentException.class,
                () -> Transforms.centerCrop(5, 2).apply(image(1, 4, 5), RANDOM));
    }

    @Test
    void flips() {
        Tensor x = image(1, 2, 2);
        assertArrayEquals(
                new float[] {1, 0, 3, 2},
                Transforms.randomHorizontalFlip(1).apply(x, RANDOM).toFloatArray());
        assertArrayEquals(
                new float[] {2, 3, 0, 1},
                Transforms.randomVerticalFlip(1).apply(x, RANDOM).toFloatArray());
        assertArrayEquals(
                new float[] {0, 1, 2, 3},
                Transforms.randomVerticalFlip(0).apply(x, RANDOM).toFloatArray());
        int flipped = 0;
        Generator random = new Generator(2);
        for (int i = 0; i < 400; i++) {
            flipped += Transforms.randomHorizontalFlip(0.25).apply(x, random).toFloatArray()[0] == 1 ? 1 : 0;
        }
        assertEquals(100, flipped, 40);
        assertThrows(IllegalArgumentException.class, () -> Transforms.randomHorizontalFlip(1.5));
    }

    @Test
    void rotation() {
        Tensor x = image(2, 3, 3);
        assertArrayEquals(
                x.toFloatArray(), Transforms.randomRotation(0).apply(x, RANDOM).toFloatArray());
        // Somewhere between -180 and 180 the middle stays, and pixels come from the image or are 0.
        Generator random = new Generator(3);
        for (int i = 0; i < 50; i++) {
            float[] turned = Transforms.randomRotation(180).apply(x, random).toFloatArray();
            assertEquals(4, turned[4]);
            assertEquals(13, turned[13]);
            for (int p = 0; p < 9; p++) {
                assertTrue(turned[p] >= 0 && turned[p] <= 8 && turned[p] == Math.rint(turned[p]));
                assertTrue(turned[9 + p] == turned[p] + 9 || turned[9 + p] == 0 && turned[p] == 0);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Transforms.randomRotation(181));
    }

    @Test
    void noiseAndChains() {
        Tensor x = Tensor.zeros(1, 50, 50);
        float[] noise = Transforms.gaussianNoise(2).apply(x, new Generator(4)).toFloatArray();
        double squares = 0;
        for (float n : noise) {
            squares += n * n;
        }
        assertEquals(4, squares / noise.length, 0.5);
        Transform chain = Transforms.gaussianNoise(0).then(Transforms.randomHorizontalFlip(1));
        Sample sample = chain.apply(new Sample(image(1, 1, 2), Tensor.tensor(1L)), RANDOM);
        assertArrayEquals(new float[] {1, 0}, sample.input().toFloatArray());
        assertEquals(1, sample.target().item());
    }

    @Test
    void oneHot() {
        Sample sample = new Sample(Tensor.zeros(1), Tensor.tensor(2L)).withTarget(Transforms.oneHot(4));
        assertEquals(Shape.of(4), sample.target().shape());
        assertArrayEquals(new float[] {0, 0, 1, 0}, sample.target().toFloatArray());
    }
}
