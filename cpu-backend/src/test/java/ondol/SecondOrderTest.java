package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import ondol.TestInputs.Layout;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Gradients of gradients. For every operation f and random directions v, with L = sum(w f(x)): the gradient of {@code
 * sum(v dL/dx)} by x (a product with the Hessian) and by w (a product with the Jacobian), against finite differences of
 * the same function in double precision.
 */
final class SecondOrderTest {
    private static final Layout[] LAYOUTS = {Layout.CONTIGUOUS, Layout.TRANSPOSED};

    @TestFactory
    Stream<DynamicTest> gradientsOfGradients() {
        return GradientCases.all().stream()
                .map(c -> dynamicTest(c.name(), () -> {
                    for (int[][] shapes : c.shapes()) {
                        for (Layout layout : LAYOUTS) {
                            String what = c.name() + " of " + GradientCase.describe(shapes) + ", " + layout + ", seed "
                                    + TestInputs.SEED;
                            check(c, shapes, layout, what);
                        }
                    }
                }));
    }

    private static void check(GradientCase c, int[][] shapes, Layout layout, String what) {
        Random random = new Random(TestInputs.SEED);
        NdArray[] inputs = c.inputs(random, shapes);
        NdArray[] directions = new NdArray[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            directions[i] = TestInputs.uniform(random, -1, 1, inputs[i].shape);
        }
        NdArray weights = TestInputs.uniform(random, -1, 1, c.reference().apply(inputs).shape);

        Tensor[] leaves = GradientTest.leaves(inputs, layout);
        Tensor w = TestInputs.tensor(weights, layout).requiresGrad(true);
        Tensor y = c.op().apply(leaves);
        List<Tensor> first = Autograd.grad(List.of(y), List.of(leaves), List.of(w), true, true);
        Tensor total = Tensor.tensor(0.0);
        for (int i = 0; i < inputs.length; i++) {
            total = total.add(first.get(i).mul(directions[i].tensor()).sum());
        }
        List<Tensor> all = new ArrayList<>(List.of(leaves));
        all.add(w);
        List<Tensor> second = total.requiresGrad()
                ? Autograd.gradAllowUnused(List.of(total), all, null, false, false)
                : Arrays.asList(new Tensor[all.size()]);
        for (int i = 0; i < inputs.length; i++) {
            NdArray expected = hessianProduct(c, inputs, directions, i, weights);
            assertClose(expected, second.get(i), what + ", by input " + i);
        }
        assertClose(jacobianProduct(c, inputs, directions), second.getLast(), what + ", by the gradient");
    }

    /** An unused input has no gradient, which means zero. */
    private static void assertClose(NdArray expected, Tensor actual, String what) {
        NdArray a = actual == null ? NdArray.zeros(expected.shape) : NdArray.of(actual);
        assertArrayEquals(expected.shape, a.shape, what);
        double largest = Arrays.stream(expected.data).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.data.length; i++) {
            double e = expected.data[i];
            double allowed = 1e-3 * Math.abs(e) + 1e-4 * Math.max(1, largest);
            if (!(Math.abs(a.data[i] - e) <= allowed)) {
                assertEquals(e, a.data[i], allowed, what + ": element " + i + "\n" + expected + "\n" + a);
            }
        }
    }

    // ---- finite differences

    private static NdArray[] moved(NdArray[] inputs, NdArray[] directions, double step) {
        NdArray[] out = new NdArray[inputs.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = inputs[i].zip(directions[i], (x, v) -> x + step * v);
        }
        return out;
    }

    private static NdArray jacobianProduct(GradientCase c, NdArray[] inputs, NdArray[] directions) {
        double step = 1e-5;
        NdArray up = c.reference().apply(moved(inputs, directions, step));
        NdArray down = c.reference().apply(moved(inputs, directions, -step));
        return up.zip(down, (a, b) -> (a - b) / (2 * step));
    }

    private static NdArray hessianProduct(
            GradientCase c, NdArray[] inputs, NdArray[] directions, int input, NdArray weights) {
        NdArray out = NdArray.zeros(inputs[input].shape);
        for (int i = 0; i < out.data.length; i++) {
            // Richardson: the errors of the second order cancel.
            double wide = mixed(c, inputs, directions, input, i, weights, 2e-3);
            double narrow = mixed(c, inputs, directions, input, i, weights, 1e-3);
            out.data[i] = (4 * narrow - wide) / 3;
        }
        return out;
    }

    /** The second derivative of L, once along the directions, once by one element. */
    private static double mixed(
            GradientCase c, NdArray[] inputs, NdArray[] v, int input, int element, NdArray weights, double h) {
        double sum = 0;
        for (int a = -1; a <= 1; a += 2) {
            NdArray[] at = moved(inputs, v, a * h);
            at[input] = new NdArray(at[input].shape, at[input].data.clone());
            at[input].data[element] += h;
            double up = loss(c, at, weights);
            at[input].data[element] -= 2 * h;
            sum += a * (up - loss(c, at, weights));
        }
        return sum / (4 * h * h);
    }

    private static double loss(GradientCase c, NdArray[] inputs, NdArray weights) {
        return NdArray.sum(c.reference().apply(inputs).zip(weights, (y, w) -> y * w).data);
    }

    // ---- by hand

    @Test
    void ordersOfTheFourthPower() {
        for (UnaryOperator<Tensor> power : List.<UnaryOperator<Tensor>>of(
                x -> x.pow(4.0),
                x -> x.square().square(),
                x -> x.mul(x).mul(x).mul(x),
                x -> x.pow(Tensor.tensor(4.0)))) {
            Tensor x = Tensor.tensor(1.5f, -2f, 0.5f).requiresGrad(true);
            Tensor y = power.apply(x).sum();
            float[][] expected = {{13.5f, -32, 0.5f}, {27, 48, 3}, {36, -48, 12}, {24, 24, 24}};
            for (float[] order : expected) {
                y = Autograd.grad(y, List.of(x), true).getFirst();
                assertArrayEquals(order, y.toFloatArray(), 1e-4f);
                y = y.sum();
            }
            assertNull(x.grad());
        }
    }

    @Test
    void backwardThatCreatesAGraph() {
        Tensor x = Tensor.tensor(2f, -1f).requiresGrad(true);
        x.mul(x).mul(x).sum().backward(null, false, true);
        Tensor first = x.grad();
        assertArrayEquals(new float[] {12, 3}, first.toFloatArray());
        assertTrue(first.requiresGrad(), "the gradient can be differentiated");
        assertFalse(first.isLeaf());
        x.zeroGrad();
        first.sum().backward();
        assertArrayEquals(new float[] {12, -6}, x.grad().toFloatArray());
        assertFalse(x.grad().requiresGrad());
    }

    @Test
    void withoutCreateGraphTheGradientIsAConstant() {
        Tensor x = Tensor.tensor(2f).requiresGrad(true);
        x.mul(x).mul(x).sum().backward(null, true, false);
        assertFalse(x.grad().requiresGrad());
        assertNull(x.grad().gradFn());
    }

    @Test
    void gradientPenalty() {
        // mean((|d sum(tanh(x W)) / dx| - 1)^2), as in Gulrajani et al. 2017, by backward into W.
        Random random = new Random(TestInputs.SEED);
        NdArray x = TestInputs.uniform(random, -1, 1, 3, 4);
        NdArray weight = TestInputs.uniform(random, -1, 1, 4, 2);
        Tensor w = weight.tensor().requiresGrad(true);
        Tensor in = x.tensor().requiresGrad(true);
        Tensor g = Autograd.grad(in.matmul(w).tanh().sum(), List.of(in), true).getFirst();
        Tensor penalty = g.norm(2, new int[] {1}, false).sub(1.0).square().mean();
        penalty.backward();
        double h = 1e-5;
        assertNotNull(w.grad());
        NdArray actual = NdArray.of(w.grad());
        for (int i = 0; i < weight.data.length; i++) {
            NdArray up = new NdArray(weight.shape, weight.data.clone());
            up.data[i] += h;
            NdArray down = new NdArray(weight.shape, weight.data.clone());
            down.data[i] -= h;
            double expected = (penalty(x, up) - penalty(x, down)) / (2 * h);
            assertEquals(expected, actual.data[i], 1e-4, "element " + i + ", seed " + TestInputs.SEED);
        }
    }

    private static double penalty(NdArray x, NdArray w) {
        NdArray slope = x.matmul(w).map(v -> 1 - Math.tanh(v) * Math.tanh(v));
        NdArray g = slope.matmul(w.transpose(0, 1));
        NdArray excess = g.reduce(ReductionCases.norm(2), false, 1).map(n -> (n - 1) * (n - 1));
        return NdArray.sum(excess.data) / x.shape[0];
    }

    @Test
    void hessiansAreSymmetric() {
        Random random = new Random(TestInputs.SEED);
        Tensor x = TestInputs.uniform(random, -1, 1, 5).tensor().requiresGrad(true);
        Tensor y = x.softmax(0).mul(x).sum().exp().add(x.prod());
        Tensor g = Autograd.grad(y, List.of(x), true).getFirst();
        float[][] hessian = new float[5][];
        for (int i = 0; i < 5; i++) {
            hessian[i] = Autograd.grad(List.of(g.select(0, i)), List.of(x), null, true, false)
                    .getFirst()
                    .toFloatArray();
        }
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++) {
                assertEquals(hessian[i][j], hessian[j][i], 1e-4f, i + ", " + j + ", seed " + TestInputs.SEED);
            }
        }
    }
}
