package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.backend.OutOfDeviceMemoryException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A backward that cannot be done: what is left of the graph and the gradients, and what the next call says. */
class RefusedBackwardTest extends SmallDeviceTest {
    private static final String CHANGED = "backward: a tensor of shape [2] that ExpBackward0 needs was changed in place"
            + " after it was used; change a clone() instead";

    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    private static Throwable refused(Runnable call) {
        return assertThrows(IllegalStateException.class, call::run);
    }

    @Test
    void aChangedTensorIsToldEachTime() {
        Tensor x = leaf(1, 2);
        Tensor other = leaf(3, 4);
        Tensor y = x.exp();
        Tensor h = y.mul(other).retainGrad();
        Tensor loss = h.mul(5.0).sum();
        y.detach().fill(1); // MulBackward0 needs it, too, and is the first to be passed
        String first = refused(loss::backward).getMessage();
        assertTrue(first.contains("that MulBackward0 needs was changed in place"), first);
        for (boolean createGraph : new boolean[] {false, true, false}) {
            assertEquals(first, refused(loss::backward).getMessage());
            assertEquals(
                    CHANGED,
                    refused(() -> Autograd.grad(loss, List.of(x), createGraph)).getMessage());
        }
        assertNull(x.grad());
        assertNull(other.grad());
        assertNull(h.grad());
    }

    @Test
    void whatDoesNotNeedTheChangedTensorStillWorks() {
        Tensor x = leaf(1, 2);
        Tensor a = x.mul(3.0);
        Tensor y = a.exp();
        Tensor loss = a.square().sum().add(y.sum());
        long before = inUse();
        y.detach().fill(1);
        assertEquals(CHANGED, refused(loss::backward).getMessage());
        assertEquals(before, inUse(), "nothing was freed, and nothing is left over");
        a.sum().backward();
        assertArrayEquals(new float[] {3, 3}, x.grad().toFloatArray());
    }

    @Test
    void aFunctionThatFailedIsTheReason() {
        RuntimeException onPurpose = new UnsupportedOperationException("on purpose");
        Tensor x = leaf(1, 2);
        Tensor z = leaf(5, 6);
        Tensor loss = new Own(g -> {
                    throw onPurpose;
                })
                .apply(x)
                .mul(z)
                .sum();
        assertSame(onPurpose, assertThrows(UnsupportedOperationException.class, loss::backward));
        for (int i = 0; i < 2; i++) {
            Throwable again = refused(loss::backward);
            assertEquals(
                    "backward: this graph was gone through in part by a backward that failed; compute the loss again. It"
                            + " failed with java.lang.UnsupportedOperationException: on purpose",
                    again.getMessage());
            assertSame(onPurpose, again.getCause());
        }
        assertNull(x.grad());
        assertNull(z.grad());
    }

    @Test
    void withRetainGraphAFunctionMayBeTriedAgain() {
        Tensor x = leaf(1, 2);
        boolean[] fails = {true};
        Tensor loss = new Own(g -> {
                    if (fails[0]) {
                        throw new UnsupportedOperationException("on purpose");
                    }
                    return new Tensor[] {g.mul(2.0)};
                })
                .apply(x)
                .mul(3.0)
                .sum();
        assertThrows(UnsupportedOperationException.class, () -> loss.backward(null, true, false));
        fails[0] = false;
        loss.backward();
        assertArrayEquals(new float[] {6, 6}, x.grad().toFloatArray());
    }

    @Test
    void anUnusedInputIsRefusedBeforeAnythingIsFreed() {
        Tensor x = leaf(1, 2);
        Tensor unused = leaf(3);
        Tensor loss = x.square().sum();
        String told = "grad: an input of shape [1] was not used to compute the outputs; use gradAllowUnused to get null"
                + " for it";
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    told, refused(() -> Autograd.grad(loss, List.of(x, unused))).getMessage());
        }
        loss.backward();
        assertArrayEquals(new float[] {2, 4}, x.grad().toFloatArray());
    }

    /** That a function gives no gradient is only seen on the way. */
    @Test
    void aMissingGradientIsTheReason() {
        Tensor x = leaf(1, 2);
        Tensor loss = new Own(g -> new @Nullable Tensor[] {null}).apply(x).sum();
        Throwable first = refused(() -> Autograd.grad(loss, List.of(x)));
        assertTrue(first.getMessage().contains("was not used"), first.getMessage());
        assertSame(first, refused(loss::backward).getCause());
    }

    /** Both gradients are spread over a megabyte when they arrive, and there is room for one. */
    @Test
    void noLeafGetsAPart() {
        Tensor a = Tensor.ones(MEGABYTE).requiresGrad(true);
        Tensor b = Tensor.ones(MEGABYTE).requiresGrad(true);
        Tensor kept = leaf(1);
        Tensor loss = a.sum().add(b.sum()).add(kept.sum());
        backend.onlyHas(backend.liveBytes() + MB + MB / 2);
        Throwable first = assertThrows(OutOfDeviceMemoryException.class, loss::backward);
        assertNull(a.grad());
        assertNull(b.grad());
        assertNull(kept.grad());
        backend.onlyHas(Long.MAX_VALUE);
        assertSame(first, refused(loss::backward).getCause());
        a.sum().add(b.sum()).add(kept.sum()).backward();
        assertEquals(MEGABYTE, gradient(a).sum().item());
        assertEquals(MEGABYTE, gradient(b).sum().item());
    }

    @Test
    void noLeafGetsAPartOfRecordedGradients() {
        Tensor a = Tensor.ones(MEGABYTE).requiresGrad(true);
        Tensor b = Tensor.ones(MEGABYTE).requiresGrad(true);
        a.sum().add(b.sum()).backward();
        Tensor loss = a.sum().add(b.sum());
        backend.onlyHas(backend.liveBytes() + MB + MB / 2);
        assertThrows(OutOfDeviceMemoryException.class, () -> loss.backward(null, true, true));
        backend.onlyHas(Long.MAX_VALUE);
        assertEquals(MEGABYTE, gradient(a).sum().item());
        assertEquals(MEGABYTE, gradient(b).sum().item());
    }

    /** The gradient of one factor needs the other: its own value may have changed. */
    @TestFactory
    Stream<DynamicTest> ownValuesMayChange() {
        Tensor half = Tensor.full(Shape.of(2, 2), 0.5);
        return Stream.of(
                ownValue("mul", Tensor::mul, Tensor.ones(2, 2), Tensor.full(Shape.of(2, 2), 3)),
                ownValue("matmul", Tensor::matmul, Tensor.ones(2, 2), Tensor.full(Shape.of(2, 2), 3)),
                ownValue("bmm", Tensor::bmm, Tensor.ones(1, 2, 2), Tensor.full(Shape.of(1, 2, 2), 3)),
                ownValue("mv", Tensor::matmul, Tensor.ones(2, 2), Tensor.full(Shape.of(2), 3)),
                ownValue("dot", Tensor::dot, Tensor.ones(2), Tensor.full(Shape.of(2), 3)),
                ownValue("linear", (x, w) -> x.linear(w, null), Tensor.ones(2, 2), Tensor.full(Shape.of(2, 2), 3)),
                ownValue("target", (t, x) -> x.binaryCrossEntropy(t, Reduction.SUM), half, half),
                ownValue(
                        "scatterAdd",
                        (x, index) -> x.scatterAdd(0, index, Tensor.ones(1)),
                        Tensor.ones(2),
                        Tensor.tensor(1L)));
    }

    private static DynamicTest ownValue(
            String name, BiFunction<Tensor, Tensor, Tensor> operation, Tensor first, Tensor second) {
        return DynamicTest.dynamicTest(name, () -> {
            Tensor a = first.clone().requiresGrad(true);
            boolean floats = second.dtype() == DType.FLOAT32;
            Tensor b = second.clone().requiresGrad(floats);
            Tensor expected =
                    Autograd.grad(operation.apply(a, b).sum(), List.of(a)).getFirst();
            Tensor y = operation.apply(a, b).sum();
            Tensor own = name.equals("scatterAdd") ? b : a; // a target's gradient reads only the input
            Autograd.noGrad(() -> own.fill(0));
            Tensor g = Autograd.grad(List.of(y), List.of(a), null, true, false).getFirst();
            assertArrayEquals(expected.toFloatArray(), g.toFloatArray());
            if (floats) {
                String told = refused(() -> Autograd.grad(y, List.of(b))).getMessage();
                assertTrue(told.contains("was changed in place"), told);
            }
        });
    }

    /** Twice the input, with a gradient by a lambda. */
    private static final class Own extends Function {
        private final java.util.function.Function<Tensor, @Nullable Tensor[]> backward;

        Own(java.util.function.Function<Tensor, @Nullable Tensor[]> backward) {
            this.backward = backward;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            return inputs[0].mul(2.0);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return backward.apply(grad);
        }
    }
}
