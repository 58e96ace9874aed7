package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Gradients through views, changes in place, and scopes. */
@ExtendWith(ReferenceDevice.class)
final class AutogradViewsTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    // ---- views

    @Test
    void gradientsPassThroughViews() {
        Tensor x = Tensor.arange(0.0, 6, 1).reshape(2, 3).detach().requiresGrad(true);
        x.slice(1, 1, 3)
                .mul(Tensor.tensor(new float[][] {{1, 2}, {3, 4}}))
                .sum()
                .backward();
        assertArrayEquals(new float[] {0, 1, 2, 0, 3, 4}, x.grad().toFloatArray());
        x.zeroGrad();
        x.t().mul(Tensor.tensor(new float[][] {{1, 2}, {3, 4}, {5, 6}})).sum().backward();
        assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, x.grad().toFloatArray());
        x.zeroGrad();
        x.select(0, 1).expand(4, 3).sum().backward();
        assertArrayEquals(new float[] {0, 0, 0, 4, 4, 4}, x.grad().toFloatArray());
        x.zeroGrad();
        x.get(Index.at(-1), Index.every(-1))
                .slice(0, 0, 2)
                .mul(Tensor.tensor(10f, 1f))
                .sum()
                .backward();
        assertArrayEquals(new float[] {0, 0, 0, 0, 1, 10}, x.grad().toFloatArray());
    }

    @Test
    void overlappingViewsOfOneTensorAddUp() {
        Tensor x = leaf(1, 2, 3, 4);
        Tensor y = x.slice(0, 0, 3).mul(x.slice(0, 1, 4));
        y.sum().backward();
        assertArrayEquals(new float[] {2, 4, 6, 3}, x.grad().toFloatArray());
    }

    @Test
    void partsOfASplit() {
        Tensor x = leaf(1, 2, 3, 4, 5);
        List<Tensor> parts = x.split(2, 0);
        parts.get(2).mul(10.0).sum().backward();
        parts.get(0).sum().backward();
        assertArrayEquals(new float[] {1, 1, 0, 0, 10}, x.grad().toFloatArray());
    }

    @Test
    void aViewOfALeafMadeWithoutRecordingIsALeaf() {
        Tensor x = leaf(1, 2);
        Tensor v = Autograd.noGrad(() -> x.slice(0, 0, 1));
        assertTrue(v.isLeaf() && !v.requiresGrad());
        v.requiresGrad(true);
        v.mul(2.0).sum().backward();
        assertNull(x.grad());
        assertArrayEquals(new float[] {2}, v.grad().toFloatArray());
    }

    // ---- changes in place

    @Test
    void aSavedTensorThatWasChangedIsNoticed() {
        Tensor x = leaf(1, 2);
        Tensor h = x.mul(2.0);
        Tensor y = h.mul(h).sum();
        h.detach().add(1.0); // no change
        h.detach().fill(3); // shares memory
        IllegalStateException e = assertThrows(IllegalStateException.class, y::backward);
        assertTrue(
                e.getMessage().contains("changed in place") && e.getMessage().contains("MulBackward0"), e::getMessage);
        assertNull(x.grad());
    }

    @Test
    void aSavedOutputThatWasChangedIsNoticed() {
        Tensor x = leaf(1, 2);
        Tensor y = x.exp();
        y.detach().slice(0, 0, 1).zero();
        Tensor loss = y.sum();
        assertThrows(IllegalStateException.class, loss::backward);
    }

    @Test
    void eachChangeInPlaceIsNoticed() {
        Tensor one = Tensor.ones(2);
        for (java.util.function.Consumer<Tensor> change : List.<java.util.function.Consumer<Tensor>>of(
                t -> t.fill(1), Tensor::zero, t -> t.addInPlace(one), t -> t.mulInPlace(1), t -> t.copyFrom(one))) {
            Tensor x = leaf(1, 2);
            Tensor w = Tensor.ones(2);
            Tensor y = x.mul(w).sum();
            change.accept(w);
            assertThrows(IllegalStateException.class, y::backward);
        }
    }

    @Test
    void whatIsNotNeededMayBeChanged() {
        Tensor x = leaf(1, 2);
        Tensor w = Tensor.ones(2);
        Tensor y = x.add(w).mul(3.0).sum();
        w.fill(100);
        y.backward();
        assertArrayEquals(new float[] {3, 3}, x.grad().toFloatArray());
    }

    @Test
    void parametersAreChangedWithoutRecording() {
        Tensor w = leaf(1, 2);
        w.square().sum().backward();
        assertThrows(IllegalStateException.class, () -> w.addInPlace(w.grad()));
        try (var _ = Autograd.noGrad()) {
            w.addInPlace(w.grad().mul(-0.5));
        }
        assertArrayEquals(new float[] {0, 0}, w.toFloatArray());
        assertTrue(w.requiresGrad() && w.isLeaf());
    }

    // ---- scopes

    @Test
    void gradientsOutliveTheScope() {
        for (boolean createGraph : new boolean[] {false, true}) {
            Tensor x = leaf(1, 2);
            Tensor y = leaf(3, 4);
            Tensor h;
            try (var scope = Scope.open()) {
                h = x.mul(y).retainGrad();
                h.sum().backward(null, false, createGraph);
                scope.keep(h);
            }
            assertArrayEquals(new float[] {3, 4}, x.grad().toFloatArray());
            assertArrayEquals(new float[] {1, 2}, y.grad().toFloatArray());
            assertArrayEquals(new float[] {1, 1}, h.grad().toFloatArray());
            try (var _ = Scope.open()) {
                x.mul(y).sum().backward();
            }
            assertArrayEquals(new float[] {6, 8}, x.grad().toFloatArray());
        }
    }

    @Test
    void aGraphOutlivesTheScopeItWasMadeIn() {
        Tensor x = leaf(1, 2);
        Tensor y;
        Tensor lost;
        try (var scope = Scope.open()) {
            lost = x.exp().mul(2.0);
            y = scope.keep(lost.mul(lost).sum());
        }
        assertTrue(lost.isClosed());
        assertFalse(y.isClosed());
        y.backward();
        double e = Math.exp(1);
        assertEquals(8 * e * e, x.grad().toFloatArray()[0], 1e-3);
    }

    @Test
    void gradJoinsTheScope() {
        Tensor x = leaf(1, 2);
        Tensor g;
        try (var _ = Scope.open()) {
            g = Autograd.grad(x.square().sum(), List.of(x)).getFirst();
            assertArrayEquals(new float[] {2, 4}, g.toFloatArray());
        }
        assertTrue(g.isClosed());
    }

    @Test
    void closingALeafsHandleDoesNotHurtTheGraph() {
        Tensor x = leaf(1, 2);
        Tensor w = Tensor.tensor(3f, 4f);
        Tensor y = x.mul(w).sum();
        w.close();
        y.backward();
        assertArrayEquals(new float[] {3, 4}, x.grad().toFloatArray());
    }
}
