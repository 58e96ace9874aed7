package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What normalisation does beside its values and gradients: running numbers, hard numbers, refusals. */
final class NormalizationTest {
    private static Tensor zeros(long n) {
        return Tensor.zeros(n);
    }

    @Test
    void runningNumbersMoveTowardsTheInputs() {
        Tensor mean = Tensor.tensor(1f, -1f);
        Tensor variance = Tensor.tensor(2f, 4f);
        Tensor x = Tensor.tensor(new float[][][] {{{1, 2}, {0, 4}}, {{3, 6}, {8, 0}}});
        Normalization.batchNorm(x, mean, variance, null, null, true, 0.25, 1e-5);
        // Channel 0: 1, 2, 3, 6, mean 3, unbiased variance 14 / 3; channel 1: 0, 4, 8, 0, mean 3, 44 / 3.
        assertArrayEquals(new float[] {1.5f, 0}, mean.toFloatArray(), 1e-6f);
        assertArrayEquals(new float[] {1.5f + 0.25f * 14 / 3, 3 + 0.25f * 44 / 3}, variance.toFloatArray(), 1e-5f);
        Tensor y = Normalization.batchNorm(x, mean, variance, null, null, false, 0.25, 0);
        assertEquals((1 - 1.5) / Math.sqrt(variance.toFloatArray()[0]), y.toFloatArray()[0], 1e-6);
        assertArrayEquals(new float[] {1.5f, 0}, mean.toFloatArray(), 1e-6f, "evaluation changes nothing");
    }

    @Test
    void runningNumbersOfInstancesMoveTowardsTheirMean() {
        Tensor mean = zeros(1);
        Tensor variance = Tensor.ones(1);
        Tensor x = Tensor.tensor(new float[][][] {{{1, 3}}, {{2, 8}}});
        Normalization.instanceNorm(x, mean, variance, null, null, true, 0.5, 1e-5);
        assertEquals(0.5 * (2 + 5) / 2, mean.item(), 1e-6);
        assertEquals(0.5 + 0.5 * (2 + 18) / 2, variance.item(), 1e-6);
    }

    /** Gradients are of what was computed, also where a training call has moved the running numbers since. */
    @Test
    void gradientsOfEvaluationOutliveATrainingCall() {
        Tensor input = Tensor.tensor(new float[][][] {{{1, 2}, {0, 4}}, {{3, 6}, {8, 0}}});
        for (boolean overPlaces : new boolean[] {false, true}) {
            assertArrayEquals(gradients(input, overPlaces, false), gradients(input, overPlaces, true));
        }
    }

    private static float[] gradients(Tensor input, boolean overPlaces, boolean trainsBetween) {
        Tensor mean = Tensor.tensor(1f, -1f);
        Tensor variance = Tensor.tensor(2f, 4f);
        Tensor weight = Tensor.tensor(3f, 5f).requiresGrad(true);
        Tensor x = input.clone().requiresGrad(true);
        Tensor y = overPlaces
                ? Normalization.instanceNorm(x, mean, variance, weight, null, false, 0.5, 1e-5)
                : Normalization.batchNorm(x, mean, variance, weight, null, false, 0.5, 1e-5);
        if (trainsBetween) {
            Normalization.batchNorm(input, mean, variance, null, null, true, 0.5, 1e-5);
        }
        y.square().sum().backward();
        return Tensor.cat(0, x.grad().flatten(), weight.grad()).toFloatArray();
    }

    @Test
    void numbersOfWhichSquaresOverflow() {
        assertArrayEquals(
                new float[2],
                Normalization.layerNorm(Tensor.tensor(1e20f, -1e20f), 2).toFloatArray(),
                1e-30f);
    }

    @Test
    void equalNumbersAreZero() {
        float value = 1e8f / 3;
        float[] expected = new float[5];
        assertArrayEquals(
                expected,
                Normalization.layerNorm(Tensor.tensor(value, value, value, value, value), 5)
                        .toFloatArray());
        Tensor column = Tensor.full(Shape.of(5, 1), value);
        assertArrayEquals(
                expected,
                Normalization.batchNorm(column, null, null, null, null, true, 0.1, 1e-5)
                        .toFloatArray());
    }

    /** Without an eps, equal numbers of a channel become 0, and so do their gradients; those of features NaN. As in PyTorch. */
    @Test
    void equalNumbersWithoutEps() {
        Tensor x = Tensor.tensor(new float[][][] {{{2, 2}, {1, 3}}}).requiresGrad(true);
        Tensor cotangent = Tensor.tensor(new float[][][] {{{1, 2}, {3, 4}}});
        for (boolean overPlaces : new boolean[] {false, true}) {
            Tensor y = overPlaces
                    ? Normalization.instanceNorm(x, null, null, null, null, true, 0.1, 0)
                    : Normalization.batchNorm(x, null, null, null, null, true, 0.1, 0);
            assertArrayEquals(new float[] {0, 0, -1, 1}, y.toFloatArray());
            for (boolean again : new boolean[] {false, true}) {
                Tensor g = Autograd.grad(List.of(y), List.of(x), List.of(cotangent), true, again)
                        .getFirst();
                assertArrayEquals(new float[4], g.toFloatArray(), 1e-6f);
            }
        }
        assertTrue(Float.isNaN(Normalization.layerNorm(Tensor.ones(2), new long[] {2}, null, null, 0)
                .toFloatArray()[0]));
        assertTrue(Float.isNaN(
                Normalization.groupNorm(Tensor.ones(1, 2, 2), 1, null, null, 0).toFloatArray()[0]));
    }

    /** A sum of squares minus a square of sums would lose all digits. */
    @Test
    void aLargeMeanCostsNoDigits() {
        float[] y = Normalization.layerNorm(Tensor.tensor(1e6f - 1, 1e6f, 1e6f + 1), 3)
                .toFloatArray();
        assertArrayEquals(new float[] {-1.2247357f, 0, 1.2247357f}, y, 1e-6f);
    }

    @Test
    void nothingGivesNothing() {
        Tensor mean = zeros(3);
        Tensor variance = Tensor.ones(3);
        Tensor weight = Tensor.ones(3).requiresGrad(true);
        Tensor y = Normalization.batchNorm(Tensor.zeros(0, 3), mean, variance, weight, null, true, 0.1, 1e-5);
        assertArrayEquals(new long[] {0, 3}, y.shape().toArray());
        assertArrayEquals(new float[3], mean.toFloatArray());
        y.sum().backward();
        assertArrayEquals(new float[3], weight.grad().toFloatArray());
        assertEquals(0, Normalization.layerNorm(Tensor.zeros(0, 4), 4).numel());
        assertEquals(
                0, Normalization.localResponseNorm(Tensor.zeros(0, 2, 3), 2).numel());
    }

    @Test
    void gradientsAreOfWhatNeedsThem() {
        Generator generator = new Generator(3);
        Tensor x = Tensor.randn(generator, 4, 3);
        Tensor weight = Tensor.ones(3).requiresGrad(true);
        Tensor y = Normalization.layerNorm(x, new long[] {3}, weight, Tensor.zeros(3), 1e-5);
        List<Tensor> gradient = Autograd.grad(y.square().sum(), List.of(weight));
        assertArrayEquals(
                y.detach().square().mul(2.0).sum(0).toFloatArray(),
                gradient.getFirst().toFloatArray(),
                1e-5f);
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void refusals() {
        Tensor x = Tensor.ones(2, 3, 4);
        refused(
                "batchNorm: the input has shape [3]; it must have 2 to 62 axes",
                () -> Normalization.batchNorm(Tensor.ones(3), null, null, null, null, true, 0.1, 1e-5));
        refused(
                "batchNorm: the weight has shape [4]; it must be [3]",
                () -> Normalization.batchNorm(x, null, null, Tensor.ones(4), null, true, 0.1, 1e-5));
        refused(
                "batchNorm: the running mean is null and the running variance null; give both, or none and use the"
                        + " input's own",
                () -> Normalization.batchNorm(x, null, null, null, null, false, 0.1, 1e-5));
        refused(
                "batchNorm: the momentum is 2.0; it must be from 0 to 1",
                () -> Normalization.batchNorm(x, null, null, null, null, true, 2, 1e-5));
        refused(
                "batchNorm: eps is -1.0; it must be 0 or more",
                () -> Normalization.batchNorm(x, null, null, null, null, true, 0.1, -1));
        refused(
                "instanceNorm: the input has shape [2, 3, 1], one element for each channel of an example; there must be"
                        + " more, since one has no variance",
                () -> Normalization.instanceNorm(Tensor.ones(2, 3, 1)));
        refused(
                "groupNorm: the input has shape [2, 3, 4], 3 channels, in 2 groups; the channels must be a multiple of"
                        + " the groups",
                () -> Normalization.groupNorm(x, 2));
        refused(
                "groupNorm: the input has shape [1, 3], in 3 groups of one element; there must be more, since one has no"
                        + " variance",
                () -> Normalization.groupNorm(Tensor.ones(1, 3), 3));
        refused(
                "layerNorm: the input has shape [2, 3, 4]; it must end with the normalized shape [3], which must have one"
                        + " size or more",
                () -> Normalization.layerNorm(x, 3));
        refused(
                "rmsNorm: the input has shape [2, 3, 4]; it must end with the normalized shape [], which must have one"
                        + " size or more",
                () -> Normalization.rmsNorm(x));
        refused("localResponseNorm: the size is 0; it must be 1 or more", () -> Normalization.localResponseNorm(x, 0));
    }

    @Test
    void aRefusedCallLeavesRunningNumbers() {
        Tensor mean = zeros(3);
        Tensor variance = Tensor.ones(3);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Normalization.batchNorm(Tensor.ones(1, 3), mean, variance, null, null, true, 0.1, 1e-5))
                .getMessage();
        assertTrue(message.contains("one element for each channel"), message);
        assertArrayEquals(new float[3], mean.toFloatArray());
        assertArrayEquals(new float[] {1, 1, 1}, variance.toFloatArray());
    }
}
