package ondol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether this thread records operations, and the ways into the recorded graph that {@code ondol.autograd} offers to
 * programs; use those. Closing it restores what was before.
 */
public final class Recording implements AutoCloseable {
    private final Context context;
    private final boolean before;

    private Recording(Context context) {
        this.context = context;
        this.before = context.recording;
    }

    /** Switches recording on or off for this thread until closed. */
    public static Recording set(boolean on) {
        Recording r = new Recording(Context.current());
        r.context.recording = on;
        return r;
    }

    /** Whether this thread records operations. */
    public static boolean isOn() {
        return Context.current().recording;
    }

    /**
     * Restores what was before.
     *
     * @throws IllegalStateException from another thread, which has a switch of its own
     */
    @Override
    public void close() {
        if (Context.current() != context) {
            throw new IllegalStateException("Recording.close: it was switched by another thread; close it there");
        }
        context.recording = before;
    }

    /** The tensors kept for a backward. */
    public interface SavedTensors {
        /** The i-th one; fails if it was changed in place since. */
        Tensor get(int i);
    }

    /** The gradients for all inputs; null for none. */
    @FunctionalInterface
    public interface Backward {
        /** Called once when the result's gradient has arrived. */
        @Nullable
        Tensor[] gradients(Tensor grad, SavedTensors saved);
    }

    /** Records how {@code output}, which nobody else has seen, came to be. Returns it. */
    public static Tensor record(String name, Tensor output, Tensor[] inputs, Backward backward, List<Tensor> saved) {
        var all = new @Nullable Tensor[1][];
        Tensor[] of = new @Nullable Tensor[1];
        return Tape.record(
                name,
                output,
                inputs.clone(),
                (i, g, kept) -> {
                    if (of[0] != g || all[0] == null) {
                        all[0] = backward.gradients(g, kept::get);
                        of[0] = g;
                    }
                    return all[0][i];
                },
                saved.toArray(Tensor[]::new));
    }

    /** See {@code Autograd.grad}. */
    public static List<@Nullable Tensor> grad(
            List<Tensor> outputs,
            List<Tensor> inputs,
            @Nullable List<Tensor> gradients,
            boolean retainGraph,
            boolean createGraph,
            boolean allowUnused) {
        return Gradients.grad(outputs, inputs, gradients, retainGraph, createGraph, allowUnused);
    }
}
