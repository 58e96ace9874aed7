package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What backward and {@link Autograd#grad} do with leaves, graphs and recording: PyTorch's rules. */
@ExtendWith(ReferenceDevice.class)
final class AutogradTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    private static void assertGrad(Tensor t, float... expected) {
        assertNotNull(t.grad(), "no gradient");
        assertArrayEquals(expected, t.grad().toFloatArray());
    }

    private static void assertMessage(Throwable e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "'" + e.getMessage() + "' does not say '" + part + "'");
        }
    }

    // ---- accumulation

    @Test
    void gradientsAccumulate() {
        Tensor x = leaf(1, 2);
        x.mul(3.0).sum().backward();
        assertGrad(x, 3, 3);
        x.square().sum().backward();
        assertGrad(x, 5, 7);
        x.zeroGrad();
        assertNull(x.grad());
        x.sum().backward();
        assertGrad(x, 1, 1);
    }

    @Test
    void aGradientThatWasSeenIsAddedToInPlace() {
        Tensor x = leaf(1, 2);
        x.sum().backward();
        Tensor g = x.grad();
        x.sum().backward();
        assertSame(g, x.grad());
        assertArrayEquals(new float[] {2, 2}, g.toFloatArray());
        x.zeroGrad();
        assertArrayEquals(new float[] {2, 2}, g.toFloatArray(), "what was handed out lives on");
        x.sum().backward();
        assertNotSame(g, x.grad());
        assertArrayEquals(new float[] {2, 2}, g.toFloatArray());
    }

    @Test
    void gradientsDoNotShareMemoryWithOthers() {
        Tensor x = leaf(1, 2);
        Tensor y = leaf(3, 4);
        Tensor g = Tensor.tensor(1f, 10f);
        x.add(y).backward(g);
        assertFalse(x.grad().sharesStorageWith(g));
        assertFalse(x.grad().sharesStorageWith(y.grad()));
        x.grad().fill(7);
        assertGrad(y, 1, 10);
        assertArrayEquals(new float[] {1, 10}, g.toFloatArray());
        x.backward(g);
        assertGrad(x, 8, 17);
    }

    @Test
    void aLeafIsItsOwnRoot() {
        Tensor x = Tensor.tensor(3.0).requiresGrad(true);
        x.backward();
        assertEquals(1, x.grad().item());
        x.backward(Tensor.tensor(2.0));
        assertEquals(3, x.grad().item());
    }

    @Test
    void gradientsAreContiguous() {
        for (boolean createGraph : new boolean[] {false, true}) {
            Tensor x = Tensor.rand(3, 4).requiresGrad(true);
            x.sum().backward(null, false, createGraph); // the gradient of sum is one number, expanded
            assertTrue(x.grad().isContiguous(), "sum");
            x.t().mul(Tensor.rand(4, 3)).sum().backward(null, false, createGraph);
            assertTrue(x.grad().isContiguous(), "t");
            x.zeroGrad();
            x.t().mul(Tensor.rand(4, 3)).sum().backward(null, false, createGraph);
            assertTrue(x.grad().isContiguous(), "t alone");
            x.sum().backward();
            Tensor y = Tensor.rand(4, 3).t().detach().requiresGrad(true);
            y.exp().sum().backward(null, false, createGraph);
            assertTrue(y.grad().isContiguous(), "a leaf that is not");
        }
    }

    @Test
    void aGradientOfCreateGraphIsAddedTo() {
        Tensor x = leaf(1, 2);
        x.sum().backward(null, false, true);
        x.sum().backward();
        assertGrad(x, 2, 2);
        x.square().sum().backward(null, false, true);
        assertGrad(x, 4, 6);
        assertTrue(x.grad().requiresGrad());
    }

    // ---- graphs

    @Test
    void aSecondBackwardNeedsRetainGraph() {
        Tensor x = leaf(1, 2);
        Tensor y = x.mul(x).sum();
        y.backward(null, true, false);
        y.backward(null, true, false);
        assertGrad(x, 4, 8);
        y.backward();
        assertGrad(x, 6, 12);
        IllegalStateException e = assertThrows(IllegalStateException.class, y::backward);
        assertMessage(e, "backward", "freed", "retainGraph");
        assertGrad(x, 6, 12);
    }

    @Test
    void aFreedPartIsNoticedBeforeAnythingIsAdded() {
        Tensor x = leaf(2);
        Tensor z = leaf(3);
        Tensor shared = x.mul(x);
        shared.sum().backward();
        Tensor loss = shared.add(z.mul(z)).sum();
        assertThrows(IllegalStateException.class, loss::backward);
        assertGrad(x, 4);
        assertNull(z.grad());
    }

    @Test
    void severalNumbersNeedAGradient() {
        Tensor x = leaf(1, 2);
        Tensor y = x.mul(3.0);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, y::backward);
        assertMessage(e, "[2]", "sum()");
        assertThrows(IllegalArgumentException.class, () -> y.backward(Tensor.ones(3)));
        assertThrows(IllegalArgumentException.class, () -> y.backward(Tensor.tensor(1L, 2L)));
        y.backward(Tensor.tensor(1f, -2f));
        assertGrad(x, 3, -6);
        Tensor one = x.slice(0, 0, 1).mul(2.0); // of shape [1]: a single number
        one.backward();
        assertGrad(x, 5, -6);
    }

    @Test
    void whatRequiresNoGradientHasNoBackward() {
        IllegalStateException e = assertThrows(
                IllegalStateException.class, () -> Tensor.ones(2).sum().backward());
        assertMessage(e, "requires no gradient");
        Tensor x = leaf(1);
        assertThrows(IllegalStateException.class, () -> x.mul(2.0).detach().backward());
    }

    @Test
    void diamonds() {
        Tensor x = leaf(2);
        Tensor a = x.mul(3.0);
        Tensor b = a.mul(a);
        Tensor c = a.exp();
        Tensor d = b.mul(c).add(a); // 9x^2 e^3x + 3x
        d.sum().backward();
        double e6 = Math.exp(6);
        assertEquals(18 * 2 * e6 + 9 * 4 * 3 * e6 + 3, x.grad().item(), 0.05);
        Tensor y = leaf(5);
        y.add(y).add(y.sub(y)).mul(y).sum().backward();
        assertGrad(y, 20);
    }

    @Test
    void oneTensorUsedAThousandTimes() {
        Tensor x = leaf(1, -2);
        Tensor sum = Tensor.zeros(2);
        for (int i = 1; i <= 1000; i++) {
            sum = sum.add(x.mul((double) i));
        }
        sum.sum().backward();
        assertGrad(x, 500500, 500500);
        Tensor[] same = new Tensor[1000];
        java.util.Arrays.fill(same, x);
        x.zeroGrad();
        Tensor.cat(0, same).sum().backward();
        assertGrad(x, 1000, 1000);
    }

    @Test
    void aChainOfAHundredThousandOperations() {
        Tensor x = leaf(1);
        Tensor y = x;
        for (int i = 0; i < 100_000; i++) {
            y = (i & 1) == 0 ? y.add(1.0) : y.sub(1.0);
        }
        y.sum().backward(null, true, false);
        assertGrad(x, 1);
        Tensor g = Autograd.grad(y.sum(), List.of(x)).getFirst();
        assertArrayEquals(new float[] {1}, g.toFloatArray());
    }

    // ---- Autograd.grad

    @Test
    void gradLeavesGradAlone() {
        Tensor x = leaf(1, 2);
        Tensor w = leaf(3, 4);
        Tensor y = x.mul(w).sum();
        List<Tensor> g = Autograd.grad(y, List.of(w, x));
        assertArrayEquals(new float[] {1, 2}, g.get(0).toFloatArray());
        assertArrayEquals(new float[] {3, 4}, g.get(1).toFloatArray());
        assertNull(x.grad());
        assertNull(w.grad());
        assertThrows(IllegalStateException.class, y::backward, "the graph is freed");
    }

    @Test
    void gradOfIntermediateResults() {
        Tensor x = leaf(1, 2);
        Tensor h = x.mul(2.0);
        Tensor y = h.mul(h).sum();
        List<Tensor> g = Autograd.grad(y, List.of(h, x, y, h));
        assertArrayEquals(new float[] {4, 8}, g.get(0).toFloatArray());
        assertArrayEquals(new float[] {8, 16}, g.get(1).toFloatArray());
        assertEquals(1, g.get(2).item());
        assertArrayEquals(new float[] {4, 8}, g.get(3).toFloatArray());
    }

    @Test
    void gradOfSeveralOutputs() {
        Tensor x = leaf(1, 2);
        Tensor a = x.mul(2.0);
        Tensor b = x.mul(x);
        List<Tensor> weights = List.of(Tensor.tensor(1f, 10f), Tensor.tensor(100f, 1000f));
        Tensor g =
                Autograd.grad(List.of(a, b), List.of(x), weights, true, false).getFirst();
        assertArrayEquals(new float[] {202, 4020}, g.toFloatArray());
        assertThrows(
                IllegalArgumentException.class,
                () -> Autograd.grad(List.of(a, b), List.of(x), weights.subList(0, 1), true, false));
        assertThrows(IllegalArgumentException.class, () -> Autograd.grad(a, List.of(x)), "needs a gradient");
        // The same output twice counts twice.
        Tensor twice = Autograd.grad(List.of(a.sum(), b.sum(), b.sum()), List.of(x), null, false, false)
                .getFirst();
        assertArrayEquals(new float[] {6, 10}, twice.toFloatArray());
    }

    @Test
    void gradOfWhatWasNotUsed() {
        Tensor x = leaf(1);
        Tensor other = leaf(1);
        Tensor y = x.mul(2.0).sum();
        IllegalStateException e = assertThrows(
                IllegalStateException.class, () -> Autograd.grad(List.of(y), List.of(x, other), null, true, false));
        assertMessage(e, "not used", "AllowUnused");
        List<Tensor> g = Autograd.gradAllowUnused(List.of(y), List.of(x, other), null, false, false);
        assertArrayEquals(new float[] {2}, g.get(0).toFloatArray());
        assertNull(g.get(1));
        assertThrows(
                IllegalArgumentException.class, () -> Autograd.grad(x.mul(1.0).sum(), List.of(Tensor.ones(1))));
    }

    @Test
    void gradGoesNoFurtherThanNeeded() {
        Tensor x = leaf(1);
        Tensor h = x.mul(3.0);
        Tensor y = h.mul(h).sum();
        Autograd.grad(y, List.of(h));
        h.sum().backward(); // what lies before h was neither needed nor freed
        assertGrad(x, 3);
    }

    // ---- recording

    @Test
    void recordingIsSwitchedOffAndOn() {
        Tensor x = leaf(1);
        assertTrue(Autograd.isGradEnabled());
        try (var _ = Autograd.noGrad()) {
            assertFalse(x.mul(2.0).requiresGrad());
            assertFalse(Autograd.isGradEnabled());
            try (var _ = Autograd.enableGrad()) {
                assertTrue(x.mul(2.0).requiresGrad());
                try (var _ = Autograd.noGrad()) {
                    assertFalse(x.mul(2.0).requiresGrad());
                }
                assertTrue(Autograd.isGradEnabled());
            }
            assertFalse(Autograd.isGradEnabled());
            Tensor made = Tensor.ones(1).requiresGrad(true);
            assertTrue(made.requiresGrad() && made.isLeaf(), "leaves can be made");
        }
        assertTrue(Autograd.isGradEnabled());
        assertEquals(2, Autograd.<Tensor>noGrad(() -> x.mul(2.0)).item());
        assertThrows(
                RuntimeException.class,
                () -> Autograd.noGrad(() -> {
                    throw new RuntimeException("on purpose");
                }));
        assertTrue(Autograd.isGradEnabled());
        assertFalse(x.grad() != null);
    }

    @Test
    void recordingBelongsToTheThread() throws InterruptedException {
        boolean[] on = new boolean[1];
        try (var _ = Autograd.noGrad()) {
            Thread other = new Thread(() -> on[0] = Autograd.isGradEnabled());
            other.start();
            other.join();
        }
        assertTrue(on[0]);
    }

    @Test
    void backwardRecordsUnderNoGradAndRestoresIt() {
        Tensor x = leaf(2);
        Tensor y = x.mul(x).sum();
        try (var _ = Autograd.noGrad()) {
            Tensor g = Autograd.grad(y, List.of(x), true).getFirst();
            assertTrue(g.requiresGrad(), "createGraph records the backward");
            assertFalse(Autograd.isGradEnabled());
        }
    }

    @Test
    void detachedTensorsShareMemoryOnly() {
        Tensor x = leaf(1, 2);
        Tensor y = x.mul(2.0);
        Tensor d = y.detach();
        assertFalse(d.requiresGrad());
        assertTrue(d.isLeaf() && d.sharesStorageWith(y));
        assertNull(d.gradFn());
        y.mul(d).sum().backward();
        assertGrad(x, 4, 8);
        x.detach().fill(5);
        assertArrayEquals(new float[] {5, 5}, x.toFloatArray());
    }

    @Test
    void leavesAndOthers() {
        Tensor x = leaf(1);
        Tensor y = x.mul(2.0);
        Tensor plain = Tensor.ones(1);
        assertTrue(x.isLeaf() && plain.isLeaf() && !y.isLeaf());
        assertTrue(plain.mul(2.0).isLeaf());
        assertEquals("MulBackward0", y.gradFn());
        assertNull(x.gradFn());
        y.sum().backward();
        assertNull(y.grad());
        assertGrad(x, 2);
        assertSame(y, y.requiresGrad(true));
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> y.requiresGrad(false));
        assertMessage(e, "detach", "MulBackward0");
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(3).requiresGrad(true));
        x.requiresGrad(false);
        assertFalse(x.requiresGrad() || x.mul(2.0).requiresGrad());
        assertNull(x.grad());
        x.requiresGrad(true);
        x.sum().backward();
        assertGrad(x, 1);
        x.requiresGrad(true);
        assertGrad(x, 1);
    }

    @Test
    void retainedGradients() {
        Tensor x = leaf(1, 2);
        Tensor y = x.mul(3.0).retainGrad();
        Tensor z = y.mul(y);
        z.sum().backward(null, true, false);
        assertGrad(y, 6, 12);
        assertGrad(x, 18, 36);
        z.sum().backward();
        assertGrad(y, 12, 24);
        y.zeroGrad();
        assertNull(y.grad());
        Tensor root = x.mul(2.0).sum().retainGrad();
        root.backward();
        assertEquals(1, root.grad().item());
        assertThrows(IllegalStateException.class, () -> Tensor.ones(1).retainGrad());
    }
}
