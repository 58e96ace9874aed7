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

    Gradient(@Nullable Node node) {
        this.node = node;
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
