package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;

/** An operation written outside of Ondol, with what is public alone. */
final class RmsNormTest {
    private static final double EPS = 0.01;
    private static final int ROWS = 6;
    private static final int N = 5;

    private final Random random = new Random(20260101);

    private double[] drawn(int n) {
        return random.doubles(n, -1, 1).map(v -> (float) v).toArray();
    }

    private static Tensor tensor(double[] values, long... sizes) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.tensor(floats, Shape.of(sizes));
    }

    /** sum(g * rmsNorm(x, w)), in double precision. */
    private static double reference(double[] x, double[] w, double[] g) {
        double sum = 0;
        for (int row = 0; row < ROWS; row++) {
            double squares = 0;
            for (int i = 0; i < N; i++) {
                squares += x[row * N + i] * x[row * N + i];
            }
            for (int i = 0; i < N; i++) {
                sum += g[row * N + i] * x[row * N + i] / Math.sqrt(squares / N + EPS) * w[i];
            }
        }
        return sum;
    }

    private interface Loss {
        double of(double[] values);
    }

    private static double[] differences(double[] at, double step, Loss loss) {
        double[] slopes = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            double[] moved = at.clone();
            moved[i] = at[i] + step;
            double up = loss.of(moved);
            moved[i] = at[i] - step;
            slopes[i] = (up - loss.of(moved)) / (2 * step);
        }
        return slopes;
    }

    private static void assertClose(double[] expected, Tensor actual, double within) {
        float[] found = actual.toFloatArray();
        assertEquals(expected.length, found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], within, "element " + i + " of " + actual);
        }
    }

    @Test
    void valuesAndGradients() {
        double[] x = drawn(ROWS * N);
        double[] w = drawn(N);
        double[] g = drawn(ROWS * N);
        Tensor input = tensor(x, 2, 3, N).requiresGrad(true);
        Tensor weight = tensor(w, N).requiresGrad(true);
        Tensor y = RmsNorm.rmsNorm(input, weight, EPS);
        assertEquals("RmsNormBackward0", y.gradFn());
        assertEquals(
                reference(x, w, g), y.detach().mul(tensor(g, 2, 3, N)).sum().item(), 1e-5);
        y.backward(tensor(g, 2, 3, N));
        assertClose(differences(x, 1e-5, moved -> reference(moved, w, g)), input.grad(), 1e-4);
        assertClose(differences(w, 1e-5, moved -> reference(x, moved, g)), weight.grad(), 1e-4);
    }

    /** By the input, the weight and the gradient: of {@code sum(v * dx) + sum(u * dw)}. */
    @Test
    void secondOrder() {
        double[] x = drawn(ROWS * N);
        double[] w = drawn(N);
        double[] g = drawn(ROWS * N);
        double[] v = drawn(ROWS * N);
        double[] u = drawn(N);
        Tensor input = tensor(x, ROWS, N).requiresGrad(true);
        Tensor weight = tensor(w, N).requiresGrad(true);
        Tensor grad = tensor(g, ROWS, N).requiresGrad(true);
        Tensor y = RmsNorm.rmsNorm(input, weight, EPS);
        List<Tensor> first = Autograd.grad(List.of(y), List.of(input, weight), List.of(grad), true, true);
        Tensor along = first.get(0)
                .mul(tensor(v, ROWS, N))
                .sum()
                .add(first.get(1).mul(tensor(u, N)).sum());
        List<Tensor> second = Autograd.grad(List.of(along), List.of(input, weight, grad), null, false, false);
        assertClose(differences(x, 1e-3, moved -> slope(moved, w, g, v, u)), second.get(0), 1e-3);
        assertClose(differences(w, 1e-3, moved -> slope(x, moved, g, v, u)), second.get(1), 1e-3);
        assertClose(differences(g, 1e-3, moved -> slope(x, w, moved, v, u)), second.get(2), 1e-3);
    }

    /** The derivative along v and u. */
    private static double slope(double[] x, double[] w, double[] g, double[] v, double[] u) {
        double h = 1e-4;
        return (reference(along(x, v, h), along(w, u, h), g) - reference(along(x, v, -h), along(w, u, -h), g))
                / (2 * h);
    }

    private static double[] along(double[] from, double[] direction, double step) {
        double[] to = from.clone();
        Arrays.setAll(to, i -> from[i] + step * direction[i]);
        return to;
    }

    /** One launch computes what several would: the kernel language fixes every rounding. */
    @Test
    void theBitsAreThoseOfTheOperationsOneByOne() {
        Tensor x =
                Tensor.tensor(new float[] {0.1f, -2.5f, 1e-3f, 3, 0.7f, 0.3f, 1, 1, -1e4f, 2, 5, 1.1f}, Shape.of(3, 4));
        Tensor w = Tensor.tensor(0.5f, 1.5f, -1f, 3f);
        Tensor r = Tensor.ones(3, 1)
                .div(x.mul(x).sum(new int[] {1}, true).div(4.0).add(EPS).sqrt());
        assertArrayEquals(
                x.mul(r).mul(w).toFloatArray(), RmsNorm.rmsNorm(x, w, EPS).toFloatArray());
    }

    @Test
    void gradientsThatNobodyWantsAreNotComputed() {
        Tensor x = Tensor.ones(2, 3);
        Tensor w = Tensor.ones(3).requiresGrad(true);
        RmsNorm.rmsNorm(x, w, EPS).sum().backward();
        assertNull(x.grad());
        assertEquals(2 / Math.sqrt(1.01), w.grad().select(0, 0).item(), 1e-6);
    }

    @Test
    void badArguments() {
        Tensor x = Tensor.ones(2, 3);
        Exception e = assertThrows(IllegalArgumentException.class, () -> RmsNorm.rmsNorm(x, Tensor.ones(2), EPS));
        assertEquals("rmsNorm: the weight has shape [2]; it must be [3]", e.getMessage());
    }

    /** The document shows this very class. */
    @Test
    void theExampleInTheDocuments() throws IOException {
        String source = Files.readString(Path.of("src/test/java/org/example/RmsNorm.java"));
        String document = Files.readString(Path.of("../ARCHITECTURE.md"));
        String example = source.substring(source.indexOf("public final class"));
        assertTrue(document.contains("```java\n" + example + "```"), "ARCHITECTURE.md must show RmsNorm.java as it is");
    }
}
