package ondol.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;

/**
 * An operation of several inputs against plain loops in double precision: its values, and its gradients of first and second
 * order against finite differences of those loops.
 */
final class Differences {
    private static final long SEED = 20260101;

    /** From the inputs' elements to those of all results, one result after the other. */
    interface Loops {
        double[] of(double[][] inputs);
    }

    /** From the inputs to all results. */
    interface Operation {
        List<Tensor> of(List<Tensor> inputs);
    }

    private interface Loss {
        double of(double[][] inputs);
    }

    private final long[][] shapes;
    private final double[][] inputs;
    private final Operation operation;
    private final Loops loops;
    private final Random random = new Random(SEED);

    private Differences(long[][] shapes, Operation operation, Loops loops) {
        this.shapes = shapes;
        this.operation = operation;
        this.loops = loops;
        inputs = drawn();
    }

    /** Checks the values and the gradients by every input, all drawn between -1 and 1. */
    static void check(long[][] shapes, Operation operation, Loops loops) {
        Differences d = new Differences(shapes, operation, loops);
        d.first();
        d.second();
    }

    private double[][] drawn() {
        double[][] all = new double[shapes.length][];
        for (int i = 0; i < all.length; i++) {
            all[i] = drawn((int) Shape.of(shapes[i]).numel());
        }
        return all;
    }

    private double[] drawn(int n) {
        return random.doubles(n, -1, 1).map(v -> (float) v).toArray();
    }

    private List<Tensor> leaves() {
        List<Tensor> leaves = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            leaves.add(tensor(inputs[i], shapes[i]).requiresGrad(true));
        }
        return leaves;
    }

    static Tensor tensor(double[] values, long... sizes) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.tensor(floats, Shape.of(sizes));
    }

    private Tensor all(List<Tensor> leaves) {
        return Tensor.cat(0, operation.of(leaves).stream().map(Tensor::flatten).toArray(Tensor[]::new));
    }

    private void first() {
        List<Tensor> leaves = leaves();
        Tensor y = all(leaves);
        double[] expected = loops.of(inputs);
        close("values", expected, y, 1e-5);
        double[] weights = drawn(expected.length);
        y.backward(tensor(weights, weights.length));
        for (int i = 0; i < shapes.length; i++) {
            double[] slopes = slopes(inputs, i, 1e-5, at -> dot(weights, loops.of(at)));
            close("gradient " + i, slopes, leaves.get(i).grad(), 1e-4);
        }
    }

    /** By the inputs and by the result's gradient, of the sum of the first gradients times random directions. */
    private void second() {
        List<Tensor> leaves = leaves();
        Tensor y = all(leaves);
        double[] weights = drawn((int) y.numel());
        double[][] directions = drawn();
        Tensor g = tensor(weights, weights.length).requiresGrad(true);
        List<Tensor> first = Autograd.grad(List.of(y), leaves, List.of(g), true, true);
        Tensor along = Tensor.tensor(0.0);
        for (int i = 0; i < shapes.length; i++) {
            double[] slopes = slopes(inputs, i, 1e-5, at -> dot(weights, loops.of(at)));
            close("gradient " + i + " that can be differentiated", slopes, first.get(i), 1e-4);
            along = along.add(first.get(i).mul(tensor(directions[i], shapes[i])).sum());
        }
        List<Tensor> by = new ArrayList<>(leaves);
        by.add(g);
        List<Tensor> second = Autograd.gradAllowUnused(List.of(along), by, null, false, false);
        for (int i = 0; i < shapes.length; i++) {
            double[] slopes = slopes(inputs, i, 1e-3, at -> slope(at, directions, weights));
            close("second gradient " + i, slopes, orZeros(second.get(i), slopes.length), 2e-3);
        }
        double[] byGradient = new double[weights.length];
        double[] up = loops.of(along(inputs, directions, 1e-5));
        double[] down = loops.of(along(inputs, directions, -1e-5));
        Arrays.setAll(byGradient, i -> (up[i] - down[i]) / 2e-5);
        close("second gradient by the first's", byGradient, second.getLast(), 1e-3);
    }

    private static Tensor orZeros(Tensor t, int n) {
        return t == null ? Tensor.zeros(n) : t;
    }

    private double slope(double[][] at, double[][] directions, double[] weights) {
        double h = 1e-4;
        double up = dot(weights, loops.of(along(at, directions, h)));
        return (up - dot(weights, loops.of(along(at, directions, -h)))) / (2 * h);
    }

    private static double[][] along(double[][] from, double[][] directions, double step) {
        double[][] to = new double[from.length][];
        for (int i = 0; i < to.length; i++) {
            double[] x = from[i];
            double[] v = directions[i];
            to[i] = new double[x.length];
            Arrays.setAll(to[i], j -> x[j] + step * v[j]);
        }
        return to;
    }

    private static double[] slopes(double[][] at, int input, double step, Loss loss) {
        double[] slopes = new double[at[input].length];
        double[][] moved = at.clone();
        for (int i = 0; i < slopes.length; i++) {
            moved[input] = at[input].clone();
            moved[input][i] += step;
            double up = loss.of(moved);
            moved[input][i] -= 2 * step;
            slopes[i] = (up - loss.of(moved)) / (2 * step);
        }
        return slopes;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void close(String what, double[] expected, Tensor actual, double within) {
        float[] found = actual.toFloatArray();
        assertEquals(expected.length, found.length, what);
        for (int i = 0; i < found.length; i++) {
            double allowed = within * Math.max(1, Math.abs(expected[i]));
            assertEquals(expected[i], found[i], allowed, what + ", element " + i + " of " + actual);
        }
    }
}
