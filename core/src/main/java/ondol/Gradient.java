package ondol;

import org.jspecify.annotations.Nullable;

/** What a tensor's handles share about its gradient: how it came to be, and what has been accumulated for it. */
final class Gradient {
    /** The operation that made the tensor; null for a leaf. */
    @Nullable
    Node node;

    /** The accumulated gradient of a leaf, or of a tensor that retains its gradient. */
    @Nullable
    Tensor accumulated;

    /** Whether the program has seen {@link #accumulated}: then it is not closed behind the program's back. */
    boolean shown;

    /** Whether a tensor that is no leaf keeps its gradient. */
    boolean retained;

    /**
     * Where the leaf is, if it has been moved: what was recorded before brings its gradient from another device. Null
     * for a leaf that is where it was made.
     */
    @Nullable
    Device home;

    Gradient(@Nullable Node node) {
        this.node = node;
    }

    /** For a tensor that was changed in place: what its handles share from now on. */
    static Gradient following(@Nullable Gradient before, Node node) {
        Gradient next = new Gradient(node);
        if (before != null) {
            next.retained = before.retained;
            next.accumulated = before.accumulated;
            next.shown = before.shown;
            before.retained = false;
            before.accumulated = null;
        }
        return next;
    }

    /** Forgets the accumulated gradient; its memory is released at once if nobody else can have it. */
    void clear() {
        if (accumulated != null && !shown) {
            accumulated.close();
        }
        accumulated = null;
        shown = false;
    }
}
