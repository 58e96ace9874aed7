package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.TestInputs.Layout;
import ondol.op.AdaptivePooling;
import ondol.op.Convolution;
import ondol.op.Embeddings;
import ondol.op.Losses;
import ondol.op.Normalization;
import ondol.op.Padding;
import ondol.op.Pooling;
import ondol.op.Resizing;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The value and the gradients of every operation, against the same function in double precision and its finite
 * differences: for several shapes, and in every memory layout.
 */
final class GradientTest {
    @TestFactory
    Stream<DynamicTest> gradients() {
        return GradientCases.all().stream().map(c -> dynamicTest(c.name(), () -> check(c)));
    }

    private static void check(GradientCase c) {
        for (int[][] shapes : c.shapes()) {
            for (Layout layout : Layout.values()) {
                Random random = new Random(TestInputs.SEED);
                NdArray[] inputs = c.inputs(random, shapes);
                String what =
                        c.name() + " of " + GradientCase.describe(shapes) + ", " + layout + ", seed " + TestInputs.SEED;
                checkOne(c, inputs, layout, random, what);
            }
        }
    }

    private static void checkOne(GradientCase c, NdArray[] inputs, Layout layout, Random random, String what) {
        Tensor[] leaves = leaves(inputs, layout);
        Tensor out = c.op().apply(leaves);
        NdArray expected = c.reference().apply(inputs);
        assertArrayEquals(expected.sizes(), out.shape().toArray(), what + ": the result's shape");
        assertValues(expected, NdArray.of(out), c, what);
        assertTrue(out.requiresGrad(), what + ": the result requires no gradient");
        NdArray weights = TestInputs.uniform(random, -1, 1, expected.shape);
        out.backward(TestInputs.tensor(weights, layout));
        for (int i = 0; i < inputs.length; i++) {
            NdArray numeric = differences(c, inputs, i, weights);
            Tensor grad = leaves[i].grad();
            assertTrue(grad != null && grad.isContiguous(), what + ": a contiguous gradient of input " + i);
            assertGradients(numeric, NdArray.of(grad), what + ", input " + i);
        }
    }

    static Tensor[] leaves(NdArray[] inputs, Layout layout) {
        Tensor[] leaves = new Tensor[inputs.length];
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = TestInputs.tensor(inputs[i], layout).requiresGrad(true);
        }
        return leaves;
    }

    private static void assertValues(NdArray expected, NdArray actual, GradientCase c, String what) {
        for (int i = 0; i < expected.data.length; i++) {
            double e = expected.data[i];
            double allowed = c.ulps() * Math.ulp((float) Math.max(Math.abs(e), c.scale()));
            if (!(Math.abs(actual.data[i] - e) <= allowed + Math.ulp((float) e) * 0.5001)) {
                assertEquals(e, actual.data[i], allowed, what + ": value " + i + "\n" + expected + "\n" + actual);
            }
        }
    }

    /** To 1e-4 of the value, and to 1e-5 of the largest one: what float32 leaves. */
    static void assertGradients(NdArray expected, NdArray actual, String what) {
        assertArrayEquals(expected.shape, actual.shape, what);
        double largest = Arrays.stream(expected.data).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.data.length; i++) {
            double e = expected.data[i];
            double allowed = 1e-4 * Math.abs(e) + 1e-5 * Math.max(1, largest);
            if (!(Math.abs(actual.data[i] - e) <= allowed)) {
                assertEquals(e, actual.data[i], allowed, what + ": gradient " + i + "\n" + expected + "\n" + actual);
            }
        }
    }

    /** The derivative of {@code sum(weights * reference)} by each element of an input. */
    static NdArray differences(GradientCase c, NdArray[] inputs, int input, NdArray weights) {
        NdArray x = inputs[input];
        NdArray out = NdArray.zeros(x.shape);
        for (int i = 0; i < x.data.length; i++) {
            double step = 1e-5 * Math.max(1, Math.abs(x.data[i]));
            double up = weighted(c, inputs, input, i, step, weights);
            double down = weighted(c, inputs, input, i, -step, weights);
            out.data[i] = (up - down) / (2 * step);
        }
        return out;
    }

    private static double weighted(
            GradientCase c, NdArray[] inputs, int input, int element, double step, NdArray weights) {
        NdArray[] moved = inputs.clone();
        moved[input] = new NdArray(inputs[input].shape, inputs[input].data.clone());
        moved[input].data[element] += step;
        NdArray out = c.reference().apply(moved);
        double sum = 0;
        for (int i = 0; i < out.data.length; i++) {
            sum += weights.data[i] * out.data[i];
        }
        return sum;
    }

    // ---- completeness

    /** A new operation has a gradient case, or says that it has no gradient. */
    @Test
    void everyOperationIsCovered() {
        Set<String> tested =
                GradientCases.all().stream().map(GradientCase::method).collect(Collectors.toSet());
        Set<String> missing = operations();
        missing.removeAll(tested);
        missing.removeAll(GradientCases.NOT_DIFFERENTIABLE);
        assertEquals(Set.of(), missing, "operations without a gradient case");
        Set<String> unknown = new TreeSet<>(tested);
        unknown.addAll(GradientCases.NOT_DIFFERENTIABLE);
        unknown.removeAll(operations());
        assertEquals(Set.of(), unknown, "cases of operations that do not exist");
        tested.retainAll(GradientCases.NOT_DIFFERENTIABLE);
        assertEquals(Set.of(), tested, "operations said to have no gradient");
    }

    private static Set<String> operations() {
        Set<String> names = new TreeSet<>();
        for (Class<?> type : List.of(
                PointwiseOps.class,
                ReductionOps.class,
                ShapeOps.class,
                IndexOps.class,
                MatrixOps.class,
                NeuralOps.class,
                Convolution.class,
                Padding.class,
                Pooling.class,
                AdaptivePooling.class,
                Resizing.class,
                Losses.class,
                Embeddings.class,
                Normalization.class,
                Tensor.class,
                TensorFactory.class)) {
            Arrays.stream(type.getDeclaredMethods())
                    .filter(GradientTest::isOperation)
                    .forEach(m -> names.add(m.getName()
                            + Arrays.stream(m.getParameterTypes())
                                    .map(Class::getSimpleName)
                                    .collect(Collectors.joining(",", "(", ")"))));
        }
        return names;
    }

    /** What makes tensors of tensors. */
    private static boolean isOperation(Method m) {
        boolean ofTensors = !Modifier.isStatic(m.getModifiers())
                || Arrays.stream(m.getParameterTypes()).anyMatch(p -> p == Tensor.class || p == Tensor[].class);
        boolean givesTensors = m.getReturnType() == Tensor.class
                || m.getReturnType() == ValuesAndIndices.class
                || m.getReturnType() == List.class;
        return ofTensors && givesTensors && Modifier.isPublic(m.getModifiers()) && !m.isSynthetic();
    }

    @Test
    void whatHasNoGradientSaysSo() {
        Tensor x = Tensor.tensor(1f, -2f, 3f).requiresGrad(true);
        Tensor y = Tensor.tensor(1f, 2f, 3f).requiresGrad(true);
        List<Tensor> results = List.of(
                x.isNaN(),
                x.isInf(),
                x.isFinite(),
                x.lt(y),
                x.le(0.5),
                x.gt(1L),
                x.ge(y),
                x.eq(y),
                x.ne(1.0),
                x.logicalAnd(y),
                x.logicalOr(y),
                x.logicalXor(y),
                x.logicalNot(),
                x.any(),
                x.all(),
                x.argmax(),
                x.argmin(0, true),
                x.argsort(),
                x.sort().indices(),
                x.max(0).indices(),
                x.topk(2).indices(),
                x.to(DType.INT64),
                x.to(DType.BOOL),
                x.detach(),
                Tensor.zerosLike(x),
                Tensor.randLike(x));
        for (int i = 0; i < results.size(); i++) {
            assertTrue(!results.get(i).requiresGrad() && results.get(i).isLeaf(), "result " + i);
        }
    }
}
