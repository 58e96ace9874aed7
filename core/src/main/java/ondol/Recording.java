package ondol;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether this thread records operations, and the ways into the recorded graph that {@code ondol.autograd} offers to
 * programs; use those.
 *
 * <p>A thread, virtual ones included, has switches of its own. Of those that are open the one set last counts, in
 * whatever order the others are closed.
 */
public final class Recording implements AutoCloseable {
    private final Context context;
    private final boolean on;

    /** The one set before this that is still open. */
    private @Nullable Recording outer;

    private boolean closed;

    private Recording(Context context, boolean on) {
        this.context = context;
        this.on = on;
        this.outer = context.innermost;
    }

    /** Switches recording on or off for this thread until closed. */
    public static Recording set(boolean on) {
        return set(Context.current(), on);
    }

    static Recording set(Context context, boolean on) {
        Recording r = new Recording(context, on);
        context.innermost = r;
        context.recording = on;
        return r;
    }

    /** Whether this thread records operations. */
    public static boolean isOn() {
        return Context.current().recording;
    }

    /**
     * Takes this switch back: what counts is then the one set last of those that are still open, and without any,
     * operations are recorded. May be called again, which does nothing.
     *
     * @throws IllegalStateException from another thread, which has a switch of its own
     */
    @Override
    public void close() {
        if (Context.current() != context) {
            throw new IllegalStateException("Recording.close: it was switched by another thread; close it there");
        }
        if (closed) {
            return;
        }
        closed = true;
        if (context.innermost == this) {
            context.innermost = outer;
        } else {
            for (Recording r = context.innermost; r != null; r = r.outer) {
                if (r.outer == this) {
                    r.outer = outer;
                }
            }
        }
        context.recording = context.innermost == null || context.innermost.on;
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

    /**
     * Records how {@code output}, which nobody else has seen, came to be. Returns it.
     *
     * @throws NullPointerException if something is null
     */
    public static Tensor record(String name, Tensor output, Tensor[] inputs, Backward backward, List<Tensor> saved) {
        Objects.requireNonNull(name, "record: name is null; give the operation a name");
        Objects.requireNonNull(output, "record: output is null; pass the operation's result");
        Objects.requireNonNull(backward, "record: backward is null; pass what gives the gradients");
        Tensor[] from = tensors("record", "inputs", inputs == null ? null : Arrays.asList(inputs));
        Tensor[] kept = tensors("record", "saved", saved);
        for (Tensor t : kept) {
            t.checkOpen(name);
        }
        return Tape.record(name, output, from, new Own(name, from.length, backward), kept);
    }

    /** A program's own rule, which gives the gradients of all inputs at once. */
    private record Own(String name, int inputs, Backward backward) implements Node.Rule {
        @Override
        public Node.Rule forOnePass() {
            var all = new @Nullable Tensor[1] @Nullable [];
            return (i, g, saved) -> {
                if (all[0] == null) {
                    all[0] = gradients(g, saved);
                }
                return all[0][i];
            };
        }

        @Override
        public @Nullable Tensor gradient(int input, Tensor g, Node.Saved saved) {
            return gradients(g, saved)[input];
        }

        private @Nullable Tensor[] gradients(Tensor g, Node.Saved saved) {
            @Nullable Tensor[] gradients = backward.gradients(g, saved::get);
            if (gradients == null || gradients.length != inputs) {
                throw new IllegalStateException("backward: " + name + " gave "
                        + (gradients == null ? "null" : gradients.length + " gradients") + " for " + inputs
                        + " inputs; it must give one for each, null for none");
            }
            return gradients;
        }
    }

    /**
     * A copy of tensors that a program passed.
     *
     * @throws NullPointerException if there is none, or one is null
     */
    static Tensor[] tensors(String operation, String argument, @Nullable List<? extends @Nullable Tensor> given) {
        if (given == null) {
            throw new NullPointerException(operation + ": " + argument + " is null; pass tensors");
        }
        Tensor[] all = given.toArray(Tensor[]::new);
        for (int i = 0; i < all.length; i++) {
            if (all[i] == null) {
                throw new NullPointerException(
                        operation + ": " + argument + " has null at position " + i + "; pass tensors");
            }
        }
        return all;
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
