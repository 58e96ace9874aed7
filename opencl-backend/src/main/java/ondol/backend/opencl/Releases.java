package ondol.backend.opencl;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** The resources to give back at the end, the newest first. */
final class Releases {
    private final ArrayDeque<Runnable> actions = new ArrayDeque<>();

    void add(Runnable action) {
        actions.push(action);
    }

    /** Gives everything back, once. */
    void run() {
        each(actions, Runnable::run);
    }

    /** The same because something failed: that stays what is told. */
    void runAfter(Throwable failure) {
        try {
            run();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Releases and removes every one of some things, also if one fails; throws the first failure at the end. */
    static <T> void each(Collection<T> things, Consumer<? super T> release) {
        List<T> all = List.copyOf(things);
        things.clear();
        RuntimeException first = null;
        for (T thing : all) {
            try {
                release.accept(thing);
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
