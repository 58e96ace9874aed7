package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;

/** What a scope closes, and what keeps memory whatever is closed. */
class ScopeTest extends SmallDeviceTest {
    // ---- scopes

    @Test
    void aScopeClosesWhatWasMadeInIt() throws InterruptedException {
        Tensor outside = Tensor.ones(10);
        Tensor inside;
        try (var _ = Scope.open()) {
            inside = outside.add(1.0);
            Tensor.zeros(100).add(inside.sum());
        }
        assertTrue(inside.isClosed());
        assertEquals(10, outside.sum().item());
        outside.close();
        await(() -> inUse() == 0);
    }

    @Test
    void keepGoesOneScopeOut() {
        Tensor kept;
        Tensor dropped;
        try (var outer = Scope.open()) {
            try (var inner = Scope.open()) {
                kept = inner.keep(Tensor.ones(3));
                dropped = inner.keep(Tensor.ones(4));
            }
            assertEquals(3, kept.sum().item());
            assertSame(kept, outer.keep(kept));
        }
        assertTrue(dropped.isClosed());
        assertEquals(3, kept.sum().item());
        kept.close();
    }

    @Test
    void keepOfWhatIsElsewhereChangesNothing() {
        Tensor outside = Tensor.ones(3);
        try (var scope = Scope.open()) {
            assertSame(outside, scope.keep(outside));
        }
        assertEquals(3, outside.sum().item());
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker")
    void anOuterScopeClosesThoseInside() {
        Scope outer = Scope.open();
        Scope inner = Scope.open();
        Tensor t = Tensor.ones(3);
        outer.close();
        assertTrue(t.isClosed());
        inner.close();
        outer.close();
        Tensor free = Tensor.ones(3);
        try (var _ = Scope.open()) {
            Tensor.ones(5);
        }
        assertEquals(3, free.sum().item());
        assertNull(Context.current().scope);
    }

    @Test
    void anExceptionLeavesNothingOpen() {
        assertThrows(IllegalArgumentException.class, () -> {
            try (var _ = Scope.open()) {
                Tensor.ones(3).add(Tensor.ones(4));
            }
        });
        assertNull(Context.current().scope);
        assertEquals(0, inUse());
    }

    @Test
    void gradientsJoinNoScope() {
        Tensor w = Tensor.ones(3).requiresGrad(true);
        try (var _ = Scope.open()) {
            w.mul(w).sum().backward();
        }
        assertArrayEquals(new float[] {2, 2, 2}, gradient(w).toFloatArray());
        w.zeroGrad();
        w.close();
    }

    @Test
    void aScopeForgetsWhatWasClosedByHand() {
        try (var _ = Scope.open()) {
            Tensor kept = Tensor.ones(2);
            for (int i = 0; i < 100_000; i++) {
                kept.detach().close();
            }
            assertTrue(Context.current().scope.size() < 5000);
            assertEquals(2, kept.sum().item());
        }
    }

    // ---- who keeps memory

    @Test
    void aViewKeepsTheMemory() {
        Tensor t = Tensor.tensor(1f, 2f, 3f, 4f);
        Tensor view = t.slice(0, 1, 3);
        t.close();
        assertArrayEquals(new float[] {2, 3}, view.toFloatArray());
        assertTrue(inUse() > 0);
        view.close();
        assertEquals(0, inUse());
    }

    @Test
    void aRecordedOperationKeepsWhatItNeeds() throws InterruptedException {
        Tensor w = Tensor.tensor(1f, 2f, 3f).requiresGrad(true);
        Tensor loss;
        try (var scope = Scope.open()) {
            Tensor h = w.mul(w);
            loss = scope.keep(h.mul(h).sum());
        }
        assertTrue(inUse() > 12 + 4);
        loss.backward();
        assertArrayEquals(new float[] {4, 32, 108}, gradient(w).toFloatArray());
        loss.close();
        w.zeroGrad();
        w.close();
        await(() -> inUse() == 0);
    }

    @Test
    void backwardFreesWhatItPasses() {
        Tensor w = Tensor.ones(1000).requiresGrad(true);
        Tensor loss;
        try (var scope = Scope.open()) {
            loss = scope.keep(w.exp().mul(w).sigmoid().sum());
        }
        long recorded = inUse();
        loss.backward();
        loss.close();
        assertTrue(recorded > 3 * 4096, recorded + " bytes");
        assertEquals(2 * 4096, inUse()); // w and its gradient
        w.zeroGrad();
        assertEquals(4096, inUse());
        w.close();
        assertEquals(0, inUse());
    }

    @Test
    void aClosedGradientIsForgotten() {
        Tensor w = Tensor.ones(3).requiresGrad(true);
        w.sum().backward();
        gradient(w).close();
        w.sum().backward();
        assertArrayEquals(new float[] {1, 1, 1}, gradient(w).toFloatArray());
    }

    @Test
    void gradLeavesOnlyItsResults() {
        Tensor w = Tensor.ones(1000).requiresGrad(true);
        long start = inUse();
        try (var _ = Scope.open()) {
            Autograd.grad(w.mul(w).sum(), List.of(w));
        }
        assertEquals(start, inUse());
        w.close();
    }
}
