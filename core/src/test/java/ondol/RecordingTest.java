package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is closed twice, in another order than the usual one, or by another thread: switches of recording, and scopes. */
@ExtendWith(ReferenceDevice.class)
@SuppressWarnings("MustBeClosedChecker")
class RecordingTest {
    @AfterEach
    void nothingIsLeftBehind() {
        assertTrue(Autograd.isGradEnabled());
        assertNull(Context.current().innermost);
        assertNull(Context.current().scope);
    }

    @Test
    void closingTwiceInsideAnotherChangesNothing() {
        Recording first = Autograd.noGrad();
        first.close();
        try (var _ = Autograd.noGrad()) {
            first.close();
            assertFalse(Autograd.isGradEnabled());
        }
        assertTrue(Autograd.isGradEnabled());
    }

    @Test
    void theOrderOfClosingIsFree() {
        Recording outer = Autograd.noGrad();
        Recording inner = Autograd.noGrad();
        outer.close();
        assertFalse(Autograd.isGradEnabled(), "the inner one is open");
        inner.close();
        assertTrue(Autograd.isGradEnabled());
    }

    @Test
    void theOneSetLastCounts() {
        Recording off = Autograd.noGrad();
        Recording on = Autograd.enableGrad();
        Recording offAgain = Autograd.noGrad();
        on.close();
        assertFalse(Autograd.isGradEnabled());
        offAgain.close();
        assertFalse(Autograd.isGradEnabled(), "enableGrad was closed before");
        off.close();
        assertTrue(Autograd.isGradEnabled());
    }

    /** Any order, some of them twice, against a list. */
    @Test
    void anyOrder() {
        Random random = new Random(7);
        List<Recording> open = new ArrayList<>();
        List<Boolean> values = new ArrayList<>();
        List<Recording> closed = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int what = random.nextInt(3);
            if (what == 0 && open.size() < 6) {
                boolean on = random.nextBoolean();
                open.add(on ? Autograd.enableGrad() : Autograd.noGrad());
                values.add(on);
            } else if (what == 1 && !open.isEmpty()) {
                int which = random.nextInt(open.size());
                open.get(which).close();
                closed.add(open.remove(which));
                values.remove(which);
            } else if (!closed.isEmpty()) {
                closed.get(random.nextInt(closed.size())).close();
            }
            assertEquals(values.isEmpty() || values.getLast(), Autograd.isGradEnabled(), "after " + i);
        }
        open.forEach(Recording::close);
    }

    @Test
    void anotherThreadIsRefusedAndChangesNothing() {
        try (Recording off = Autograd.noGrad()) {
            CompletionException e = assertThrows(
                    CompletionException.class,
                    () -> CompletableFuture.runAsync(off::close).join());
            assertSame(IllegalStateException.class, e.getCause().getClass());
            assertFalse(Autograd.isGradEnabled());
        }
    }

    /** Backward has a switch of its own; what a program's function closes meanwhile counts afterwards. */
    @Test
    void closedWithinBackward() {
        Recording outer = Autograd.noGrad();
        Tensor x = Tensor.ones(2).requiresGrad(true);
        Tensor y;
        try (var _ = Autograd.enableGrad()) {
            y = new Closing(outer).apply(x).sum();
        }
        y.backward();
        assertTrue(Autograd.isGradEnabled());
        outer.close();
    }

    @Test
    void aScopeClosedWithinBackward() {
        Scope outer = Scope.open();
        Tensor x = Tensor.ones(2).requiresGrad(true);
        Scope inner = Scope.open();
        Tensor made = Tensor.ones(3);
        new Closing(inner).apply(x).sum().backward();
        assertTrue(made.isClosed());
        assertSame(outer, Context.current().scope, "a closed scope is no place for tensors");
        assertTrue(Autograd.isGradEnabled());
        outer.close();
        assertTrue(x.isClosed());
        inner.close();
    }

    @Test
    void aTensorAndAScopeMayBeClosedAgain() {
        Tensor t = Tensor.ones(3);
        Tensor view = t.slice(0, 0, 2);
        t.close();
        t.close();
        assertEquals(2, view.sum().item(), "the second close has released nothing");
        Scope first = Scope.open();
        first.close();
        try (Scope second = Scope.open()) {
            Tensor inside = Tensor.ones(2);
            first.close();
            assertSame(second, Context.current().scope);
            assertFalse(inside.isClosed());
        }
    }

    /** Closes something in its backward. */
    private static final class Closing extends Function {
        private final AutoCloseable what;

        Closing(AutoCloseable what) {
            this.what = what;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            return inputs[0].mul(2.0);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            try {
                what.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return new Tensor[] {grad.mul(2.0)};
        }
    }
}
