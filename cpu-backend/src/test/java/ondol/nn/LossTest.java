package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import ondol.Generator;
import ondol.Reduction;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Every loss and its gradient against plain loops in double precision, for every reduction. */
final class LossTest {
    private static final int ROWS = 4;
    private static final int COLUMNS = 5;
    private static final int N = ROWS * COLUMNS;

    /** One element's loss or its derivative. */
    @FunctionalInterface
    private interface OfElement {
        double at(double x, double t);
    }

    private static float[] random(long seed, double low, double high) {
        Random random = new Random(seed);
        float[] out = new float[N];
        for (int i = 0; i < N; i++) {
            out[i] = (float) (low + (high - low) * random.nextDouble());
        }
        return out;
    }

    private static void assertNear(double[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 2e-6 * Math.max(1e-2, Math.abs(expected[i])), what + " at " + i);
        }
    }

    /** Checks a loss that treats all elements alike. */
    private static void check(Loss loss, float[] x, float[] t, OfElement value, OfElement slope) {
        double[] values = new double[N];
        double[] slopes = new double[N];
        for (int i = 0; i < N; i++) {
            values[i] = value.at(x[i], t[i]);
            slopes[i] = slope.at(x[i], t[i]);
        }
        double sum = Arrays.stream(values).sum();
        Shape shape = Shape.of(ROWS, COLUMNS);
        Tensor input = Tensor.tensor(x.clone(), shape).requiresGrad(true);
        Tensor out = loss.forward(input, Tensor.tensor(t.clone(), shape));
        String what = loss + " " + loss.reduction();
        switch (loss.reduction()) {
            case NONE -> {
                assertEquals(shape, out.shape());
                assertNear(values, out.toFloatArray(), what);
                float[] weights = random(99, -1, 1);
                out.backward(Tensor.tensor(weights.clone(), shape));
                for (int i = 0; i < N; i++) {
                    slopes[i] *= weights[i];
                }
            }
            case SUM -> {
                assertNear(new double[] {sum}, out.toFloatArray(), what);
                out.backward();
            }
            case MEAN -> {
                assertNear(new double[] {sum / N}, out.toFloatArray(), what);
                out.backward();
                for (int i = 0; i < N; i++) {
                    slopes[i] /= N;
                }
            }
        }
        assertNear(slopes, input.grad().toFloatArray(), what + " gradient");
    }

    @Test
    void squaredError() {
        for (Reduction r : Reduction.values()) {
            check(
                    new MSELoss(r),
                    random(1, -3, 3),
                    random(2, -3, 3),
                    (x, t) -> (x - t) * (x - t),
                    (x, t) -> 2 * (x - t));
        }
    }

    @Test
    void absoluteError() {
        for (Reduction r : Reduction.values()) {
            check(
                    new L1Loss(r),
                    random(1, -3, 3),
                    random(2, -3, 3),
                    (x, t) -> Math.abs(x - t),
                    (x, t) -> Math.signum(x - t));
        }
    }

    @Test
    void binaryCrossEntropy() {
        for (Reduction r : Reduction.values()) {
            check(
                    new BCELoss(r),
                    random(1, 0.02, 0.98),
                    random(2, 0, 1),
                    (x, t) -> -(t * Math.log(x) + (1 - t) * Math.log1p(-x)),
                    (x, t) -> (x - t) / (x * (1 - x)));
        }
        Tensor certain = new BCELoss().forward(Tensor.tensor(0f, 1f), Tensor.tensor(1f, 0f));
        assertEquals(100, certain.item(), "logarithms are cut at -100");
    }

    @Test
    void binaryCrossEntropyOfLogits() {
        for (Reduction r : Reduction.values()) {
            check(
                    new BCEWithLogitsLoss(r),
                    random(1, -6, 6),
                    random(2, 0, 1),
                    (x, t) -> Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
                    (x, t) -> 1 / (1 + Math.exp(-x)) - t);
        }
        Tensor far = new BCEWithLogitsLoss(Reduction.SUM).forward(Tensor.tensor(800f, -800f), Tensor.tensor(0f, 1f));
        assertEquals(1600, far.item());
    }

    // ---- classes

    private static double[] softmax(float[] x, int row) {
        double[] p = new double[COLUMNS];
        double sum = 0;
        for (int c = 0; c < COLUMNS; c++) {
            p[c] = Math.exp(x[row * COLUMNS + c]);
            sum += p[c];
        }
        for (int c = 0; c < COLUMNS; c++) {
            p[c] /= sum;
        }
        return p;
    }

    /** With class numbers; those equal to {@code ignored} do not count. */
    private static void checkClasses(Reduction reduction, long[] classes, long ignored) {
        float[] x = random(3, -4, 4);
        double counted = Arrays.stream(classes).filter(c -> c != ignored).count();
        double[] values = new double[ROWS];
        double[] slopes = new double[N];
        for (int r = 0; r < ROWS; r++) {
            if (classes[r] == ignored) {
                continue;
            }
            double[] p = softmax(x, r);
            values[r] = -Math.log(p[(int) classes[r]]);
            for (int c = 0; c < COLUMNS; c++) {
                double slope = p[c] - (c == classes[r] ? 1 : 0);
                slopes[r * COLUMNS + c] = reduction == Reduction.MEAN ? slope / counted : slope;
            }
        }
        Tensor input = Tensor.tensor(x, Shape.of(ROWS, COLUMNS)).requiresGrad(true);
        Tensor out = new CrossEntropyLoss(reduction, ignored).forward(input, Tensor.tensor(classes));
        double sum = Arrays.stream(values).sum();
        switch (reduction) {
            case NONE -> {
                assertNear(values, out.toFloatArray(), "losses");
                out.backward(Tensor.ones(ROWS));
            }
            case SUM -> {
                assertNear(new double[] {sum}, out.toFloatArray(), "sum");
                out.backward();
            }
            case MEAN -> {
                assertNear(new double[] {sum / counted}, out.toFloatArray(), "mean");
                out.backward();
            }
        }
        assertNear(slopes, input.grad().toFloatArray(), "gradient");
    }

    @Test
    void crossEntropyOfClassNumbers() {
        for (Reduction r : Reduction.values()) {
            checkClasses(r, new long[] {4, 0, 2, 2}, -100);
            checkClasses(r, new long[] {4, -100, 2, -100}, -100);
            checkClasses(r, new long[] {1, 0, 1, 3}, 1);
        }
    }

    @Test
    void crossEntropyOfProbabilities() {
        float[] x = random(3, -4, 4);
        float[] t = new float[N];
        for (int r = 0; r < ROWS; r++) {
            double[] p = softmax(random(4, -1, 1), r);
            for (int c = 0; c < COLUMNS; c++) {
                t[r * COLUMNS + c] = (float) p[c];
            }
        }
        double sum = 0;
        double[] slopes = new double[N];
        for (int r = 0; r < ROWS; r++) {
            double[] p = softmax(x, r);
            for (int c = 0; c < COLUMNS; c++) {
                sum -= t[r * COLUMNS + c] * Math.log(p[c]);
                slopes[r * COLUMNS + c] = (p[c] - t[r * COLUMNS + c]) / ROWS;
            }
        }
        Shape shape = Shape.of(ROWS, COLUMNS);
        Tensor input = Tensor.tensor(x, shape).requiresGrad(true);
        Tensor out = new CrossEntropyLoss().forward(input, Tensor.tensor(t, shape));
        assertEquals(sum / ROWS, out.item(), 2e-6 * sum);
        out.backward();
        assertNear(slopes, input.grad().toFloatArray(), "gradient");
    }

    @Test
    void crossEntropyOfPictures() {
        Tensor x = Tensor.randn(new Generator(1), 2, 3, 4);
        Tensor t = Tensor.tensor(new long[][] {{0, 1, 2, 0}, {2, 2, 1, 0}});
        Tensor rows = x.permute(0, 2, 1).reshape(8, 3);
        assertArrayEquals(
                new CrossEntropyLoss(Reduction.NONE).forward(rows, t.flatten()).toFloatArray(),
                new CrossEntropyLoss(Reduction.NONE).forward(x, t).flatten().toFloatArray(),
                1e-6f);
    }

    /** They are in the state, as in PyTorch's, and new ones that are loaded count. */
    @Test
    void weightsOfClassesAreABuffer() {
        Tensor x = Tensor.randn(new Generator(1), 4, 3);
        Tensor t = Tensor.tensor(0L, 2L, 1L, 2L);
        Tensor weight = Tensor.tensor(1f, 2f, 3f);
        Tensor other = Tensor.tensor(3f, 1f, 0.5f);
        Reduction mean = Reduction.MEAN;
        CrossEntropyLoss cross = new CrossEntropyLoss(mean, -100, weight.clone(), 0);
        NLLLoss likelihood = new NLLLoss(mean, -100, weight.clone());
        for (Loss loss : List.of(cross, likelihood)) {
            assertEquals(Set.of("weight"), loss.stateDict().keySet());
            assertEquals(List.of(), loss.parameters());
            loss.loadStateDict(Map.of("weight", other));
        }
        assertArrayEquals(
                new CrossEntropyLoss(mean, -100, other, 0).forward(x, t).toFloatArray(),
                cross.forward(x, t).toFloatArray());
        assertArrayEquals(
                new NLLLoss(mean, -100, other).forward(x, t).toFloatArray(),
                likelihood.forward(x, t).toFloatArray());
    }

    // ---- refusals

    private static String refusal(Loss loss, Tensor input, Tensor target) {
        return assertThrows(IllegalArgumentException.class, () -> loss.forward(input, target))
                .getMessage();
    }

    @Test
    void refuses() {
        assertEquals(
                "mseLoss: input [80] and target [80, 1] differ; reshape one, or broadcast it explicitly with expand",
                refusal(new MSELoss(), Tensor.zeros(80), Tensor.zeros(80, 1)));
        assertEquals(
                "binaryCrossEntropy: the input [2] has values from 0.5 to 1.5; they must be from 0 to 1: apply sigmoid"
                        + " first, or use binaryCrossEntropyWithLogits",
                refusal(new BCELoss(), Tensor.tensor(0.5f, 1.5f), Tensor.zeros(2)));
        String message = refusal(new CrossEntropyLoss(), Tensor.zeros(4, 3), Tensor.arange(3));
        assertTrue(message.startsWith("crossEntropy: input [4, 3] and INT64 target [3];"), message);
    }
}
