package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.Reduction;
import ondol.Tensor;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.HuberLoss;
import ondol.nn.KLDivLoss;
import ondol.nn.NLLLoss;
import ondol.nn.SmoothL1Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What losses do beside their values and gradients: nothing that counts, their modules, refusals. */
final class LossesTest {
    private static final Tensor X = Tensor.tensor(new float[][] {{-1, -2, -0.5f}, {-3, -0.1f, -2}});
    private static final Tensor WEIGHT = Tensor.tensor(0.5f, 2f, 1f);

    @Test
    void ofTargetsThatAreAllIgnored() {
        Tensor target = Tensor.tensor(1L, 1L);
        for (double smoothing : new double[] {0, 0.5}) {
            for (Reduction r : new Reduction[] {Reduction.MEAN, Reduction.SUM}) {
                Tensor x = X.clone().requiresGrad(true);
                Tensor loss = Losses.crossEntropy(x, target, WEIGHT, r, 1, smoothing);
                assertEquals(r == Reduction.MEAN ? Double.NaN : 0, Math.abs(loss.item()));
                loss.backward();
                if (smoothing == 0) {
                    assertArrayEquals(new float[6], x.grad().toFloatArray(), 1e-30f);
                }
            }
        }
        assertTrue(
                Double.isNaN(Losses.nllLoss(X, target, null, 1, Reduction.MEAN).item()));
    }

    @Test
    void aVectorIsOneRow() {
        Tensor logs = Tensor.tensor(-1f, -2f, -3f);
        Tensor one = Tensor.tensor(1L);
        assertEquals(2, Losses.nllLoss(logs, one, null, -100, Reduction.NONE).item(), 1e-6);
        assertEquals(4, Losses.nllLoss(logs, one, WEIGHT, -100, Reduction.SUM).item(), 1e-6);
    }

    @Test
    void divergenceOfProbabilityZero() {
        Tensor t = Tensor.tensor(0f, 1f);
        assertArrayEquals(
                new float[] {0, 2},
                Losses.klDiv(Tensor.tensor(-1f, -2f), t, Reduction.NONE, false).toFloatArray());
    }

    @Test
    void modulesDoTheSame() {
        Tensor target = Tensor.tensor(2L, 0L);
        Tensor other = X.mul(0.5).add(0.25);
        assertEquals(
                Losses.nllLoss(X, target, WEIGHT, 0, Reduction.SUM).item(),
                new NLLLoss(Reduction.SUM, 0, WEIGHT).forward(X, target).item());
        assertEquals(1.75, new NLLLoss().forward(X, target).item(), 1e-6);
        assertEquals(
                Losses.crossEntropy(X, target, WEIGHT, Reduction.MEAN, -100, 0.1)
                        .item(),
                new CrossEntropyLoss(Reduction.MEAN, -100, WEIGHT, 0.1)
                        .forward(X, target)
                        .item());
        assertEquals(
                Losses.smoothL1Loss(X, other, Reduction.MEAN, 1).item(),
                new SmoothL1Loss().forward(X, other).item());
        assertEquals(
                Losses.huberLoss(X, other, Reduction.MEAN, 1).item(),
                new HuberLoss().forward(X, other).item());
        Tensor p = X.exp();
        assertEquals(
                Losses.klDiv(X, p, Reduction.MEAN, false).item(),
                new KLDivLoss().forward(X, p).item());
        assertEquals(
                Losses.klDivBatchMean(X, X, true).item(),
                KLDivLoss.batchMean(true).forward(X, X).item());
        assertEquals("NLLLoss()", new NLLLoss().toString());
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void refusals() {
        Tensor two = Tensor.tensor(0L, 3L);
        assertEquals(
                "nllLoss: the target has class 3, but the input [2, 3] has 3 classes, 0 to 2",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> Losses.nllLoss(X, two, WEIGHT, -100, Reduction.MEAN))
                        .getMessage());
        for (double smoothing : new double[] {0, 0.1}) {
            CrossEntropyLoss loss = new CrossEntropyLoss(Reduction.MEAN, -100, null, smoothing);
            assertEquals(
                    "crossEntropy: the target has class 3, but the input [2, 3] has 3 classes, 0 to 2",
                    assertThrows(IndexOutOfBoundsException.class, () -> loss.forward(X, two))
                            .getMessage());
        }
        refused(
                "nllLoss: input [2, 3] and target [1]; the target must have shape [2], a class number for each row",
                () -> Losses.nllLoss(X, Tensor.tensor(new long[] {1}), null, -100, Reduction.MEAN));
        refused(
                "nllLoss: the weight has shape [2]; it must be [3]",
                () -> Losses.nllLoss(X, two, Tensor.ones(2), -100, Reduction.MEAN));
        refused(
                "huberLoss: input [2, 3] and target [3] differ; reshape one, or broadcast it explicitly with expand",
                () -> Losses.huberLoss(X, WEIGHT, Reduction.MEAN, 1));
        refused("huberLoss: delta is 0.0; it must be more than 0", () -> Losses.huberLoss(X, X, Reduction.MEAN, 0));
        refused(
                "smoothL1Loss: beta is -1.0; it must be 0 or more",
                () -> Losses.smoothL1Loss(X, X, Reduction.MEAN, -1));
        refused(
                "crossEntropy: the label smoothing is 2.0; it must be from 0 to 1",
                () -> Losses.crossEntropy(X, two, null, Reduction.MEAN, -100, 2));
        String ignored =
                "crossEntropy: ignoreIndex is 1 and the target [2, 3] has probabilities; only class numbers can be"
                        + " ignored: leave it -100";
        refused(ignored, () -> X.crossEntropy(X, Reduction.MEAN, 1));
        refused(ignored, () -> Losses.crossEntropy(X, X, WEIGHT, Reduction.MEAN, 1, 0));
        refused(ignored, () -> new CrossEntropyLoss(Reduction.SUM, 1, null, 0.1).forward(X, X));
        refused("SmoothL1Loss: beta is -1.0; it must be 0 or more", () -> new SmoothL1Loss(Reduction.SUM, -1));
        refused("HuberLoss: delta is 0.0; it must be more than 0", () -> new HuberLoss(Reduction.SUM, 0));
        refused(
                "CrossEntropyLoss: the label smoothing is -1.0; it must be from 0 to 1",
                () -> new CrossEntropyLoss(Reduction.SUM, 0, null, -1));
    }
}
