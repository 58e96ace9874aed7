package ondol;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's place in the recorded graph and its gradient, shared by all handles of the tensor: PyTorch's {@code AutogradMeta}. It
 * has the operation that made the tensor, the accumulated gradient and the hooks. Threads may
 * accumulate at once: each addition is made while the others wait. Whoever waits holds the lock of no other gradient.
 */
final class AutogradMeta {
    /** The operation that made the tensor; null for a leaf. Set before another thread can see it. */
    @Nullable
    Node node;

    /** Which of that operation's results the tensor is. */
    int output;

    /** Whether a tensor that is no leaf keeps its gradient. */
    volatile boolean retained;

    /** The functions that see, and may replace, the gradient before anybody gets it. */
    private volatile @Nullable List<GradientHook> hooks;

    private @Nullable Tensor accumulated;

    /** Whether the program has seen {@link #accumulated}: then it is not closed behind the program's back. */
    private boolean shown;

    /**
     * Where the leaf is, if it has been moved: what was recorded before brings its gradient from another device. Null
     * for a leaf that is where it was made.
     */
    @Nullable
    Device home;

    AutogradMeta(@Nullable Node node) {
        this.node = node;
    }

    /** The state of a tensor after a change in place, which its handles share from now on. */
    static AutogradMeta following(@Nullable AutogradMeta before, Node node) {
        AutogradMeta next = new AutogradMeta(node);
        if (before != null) {
            synchronized (before) {
                next.retained = before.retained;
                next.accumulated = before.accumulated;
                next.shown = before.shown;
                before.retained = false;
                before.accumulated = null;
                before.shown = false;
            }
        }
        return next;
    }

    /** Adds what is done with the gradient; each handle takes back one. */
    synchronized RemovableHandle add(GradientHook hook) {
        List<GradientHook> all = hooks == null ? new CopyOnWriteArrayList<>() : hooks;
        all.add(hook);
        hooks = all;
        AtomicBoolean removed = new AtomicBoolean();
        return () -> {
            if (removed.compareAndSet(false, true)) {
                all.remove(hook);
            }
        };
    }

    List<GradientHook> hooks() {
        List<GradientHook> all = hooks;
        return all == null ? List.of() : all;
    }

    /** The accumulated gradient, for the program, which may keep it. */
    synchronized @Nullable Tensor show() {
        shown |= accumulated != null;
        return accumulated;
    }

    /** The accumulated gradient, for somebody who does not keep it. */
    synchronized @Nullable Tensor peek() {
        return accumulated;
    }

    /** The accumulated gradient to which another may be added; null if the program closed it, which is as zeroGrad. */
    synchronized @Nullable Tensor open() {
        return accumulated == null || accumulated.isClosed() ? null : accumulated;
    }

    /** Adds a gradient in place, or takes it where there was none. It belongs to this from now on. */
    synchronized void add(Tensor gradient) {
        Tensor before = open();
        if (before == null) {
            accumulated = standingAlone(gradient);
            shown = false;
        } else {
            before.addInPlace(gradient);
            gradient.close();
        }
    }

    /** Puts a sum in the place of what it was made from; false if that has changed meanwhile. */
    synchronized boolean replace(@Nullable Tensor before, Tensor sum) {
        if (open() != before) {
            return false;
        }
        accumulated = sum;
        shown = false;
        return true;
    }

    /** Forgets the accumulated gradient; its memory is released at once if nobody else can have it. */
    synchronized void clear() {
        if (accumulated != null && !shown) {
            accumulated.close();
        }
        accumulated = null;
        shown = false;
    }

    /** Whether a gradient can be accumulated as it is: nobody else has its memory, and every element has its own. */
    static boolean standsAlone(Tensor gradient) {
        return gradient.isContiguous() && !gradient.storage().isShared();
    }

    /** The gradient, or a copy of it in which later ones can be added; then it is closed. */
    static Tensor standingAlone(Tensor gradient) {
        if (standsAlone(gradient)) {
            return gradient;
        }
        Tensor copy = gradient.copyOutsideScopes();
        gradient.close();
        return copy;
    }
}
