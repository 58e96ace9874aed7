package ondol;

import java.util.List;
import java.util.Objects;
import java.util.Set;
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

    /**
     * Switches recording on or off for this thread until closed.
     *
     * @param on whether operations are recorded from now on
     * @return what closing puts recording back to what it was
     */
    public static Recording set(boolean on) {
        return set(Context.current(), on);
    }

    static Recording set(Context context, boolean on) {
        Recording r = new Recording(context, on);
        context.innermost = r;
        context.recording = on;
        return r;
    }

    /** {@return whether this thread records operations} */
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

    /** The recorded call, as a backward sees it while it runs. */
    public interface Call {
        /**
         * {@return the i-th tensor kept; fails if it was changed in place since}
         *
         * @param i the tensor's position among those kept, from 0
         */
        Tensor saved(int i);

        /**
         * {@return whether the gradient of an input is wanted in this backward; what nobody wants may be null}
         *
         * @param input the input's position, from 0
         */
        boolean needsGradient(int input);
    }

    /** The gradients for all inputs; null for none. */
    @FunctionalInterface
    public interface Backward {
        /**
         * Called once when the results' gradients have arrived.
         *
         * @param grads one for each result; null for those that none arrived at
         * @param call what was kept of the recorded call
         * @return one gradient for each input, of its shape; null for none
         */
        @Nullable
        Tensor[] gradients(@Nullable Tensor[] grads, Call call);
    }

    /**
     * Records how tensors, which nobody else has seen, came to be.
     *
     * @param name what {@link Tensor#gradFn} calls the operation
     * @param outputs its differentiable results, FLOAT32 each
     * @param inputs what it was given
     * @param backward the way from the results' gradients to the inputs'
     * @param saved what backward reads: inputs, results or others
     * @throws NullPointerException if something is null
     */
    public static void record(
            String name, List<Tensor> outputs, List<Tensor> inputs, Backward backward, List<Tensor> saved) {
        Objects.requireNonNull(name, "record: name is null; give the operation a name");
        Objects.requireNonNull(backward, "record: backward is null; pass what gives the gradients");
        Tensor[] results = tensors("record", "outputs", outputs);
        Tensor[] from = tensors("record", "inputs", inputs);
        Tensor[] kept = tensors("record", "saved", saved);
        for (Tensor t : kept) {
            t.checkOpen(name);
        }
        for (Tensor t : results) {
            Reductions.requireFloat(name, t);
        }
        Tape.record(name, results, from, new Own(name, backward), kept);
    }

    /** A program's own rule, which gives the gradients of all inputs at once. */
    private record Own(String name, Backward backward) implements Node.Rule {
        @Override
        public Node.Rule forOnePass(
                @Nullable Tensor[] grads, @Nullable AutogradMeta[] inputs, @Nullable Set<AutogradMeta> useful) {
            var all = new @Nullable Tensor[1] @Nullable [];
            return (i, any, saved) -> {
                @Nullable Tensor[] gradients = all[0];
                if (gradients == null) {
                    gradients = checked(backward.gradients(grads, call(saved, inputs, useful)), inputs.length);
                    all[0] = gradients;
                }
                return gradients[i];
            };
        }

        private static Call call(Node.Saved kept, @Nullable AutogradMeta[] inputs, @Nullable Set<AutogradMeta> useful) {
            return new Call() {
                @Override
                public Tensor saved(int i) {
                    return kept.get(i);
                }

                @Override
                public boolean needsGradient(int input) {
                    AutogradMeta g = inputs[Objects.checkIndex(input, inputs.length)];
                    return g != null && (useful == null || useful.contains(g));
                }
            };
        }

        private @Nullable Tensor[] checked(@Nullable Tensor @Nullable [] gradients, int inputs) {
            if (gradients == null || gradients.length != inputs) {
                throw new IllegalStateException("backward: " + name + " gave "
                        + (gradients == null ? "null" : gradients.length + " gradients") + " for " + inputs
                        + " inputs; it must give one for each, null for none");
            }
            return gradients;
        }

        @Override
        public @Nullable Tensor gradient(int input, Tensor grad, Node.Saved saved) {
            throw new AssertionError("asked without forOnePass");
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

    /**
     * See {@code Autograd.grad}.
     *
     * @param outputs the tensors whose sum is differentiated
     * @param inputs the tensors by which it is
     * @param gradients the outputs' own gradients; null for single numbers
     * @param retainGraph whether what was recorded stays, for another backward
     * @param createGraph whether the gradients can be differentiated again
     * @param allowUnused whether inputs that were not used get null instead of an exception
     * @return one gradient for each input, of its shape; null for none
     */
    public static List<@Nullable Tensor> grad(
            List<Tensor> outputs,
            List<Tensor> inputs,
            @Nullable List<Tensor> gradients,
            boolean retainGraph,
            boolean createGraph,
            boolean allowUnused) {
        return Backpropagation.grad(outputs, inputs, gradients, retainGraph, createGraph, allowUnused);
    }
}
