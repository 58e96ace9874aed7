package ondol;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One recorded operation: what went in, what backward needs, and the rule. Its results know it: each result's {@link
 * AutogradMeta} has it as its node, and its number. Several threads may go back through it at once; what it saved is released
 * when it has been freed and the last of them has left.
 */
final class Node {
    private static final AtomicLong SEQUENCE = new AtomicLong();

    /** The gradient of one input, in tensor operations; null for none (zero). */
    @FunctionalInterface
    interface Rule {
        @Nullable
        Tensor gradient(int input, Tensor grad, Saved saved);

        /** Which saved tensors the gradient of an input reads, as bits; all, if the rule does not say. */
        default int reads(int input) {
            return -1;
        }

        /**
         * The rule that gives the gradients of all inputs, one after the other, in one walk.
         *
         * @param grads the results' gradients; null for those that none arrived at. If there is one result, {@link #gradient}
         *     is called with its gradient, else with any of them
         * @param inputs the node's, of which some are asked for: those in {@code useful}, or all if that is null
         */
        default Rule forOnePass(
                @Nullable Tensor[] grads, @Nullable AutogradMeta[] inputs, @Nullable Set<AutogradMeta> useful) {
            return this;
        }
    }

    /** A rule that does not read everything for each input. */
    static Rule reading(IntUnaryOperator reads, Rule rule) {
        return new Reading(reads, rule);
    }

    private record Reading(IntUnaryOperator reads, Rule rule) implements Rule {
        @Override
        public @Nullable Tensor gradient(int input, Tensor grad, Saved saved) {
            return rule.gradient(input, grad, saved);
        }

        @Override
        public int reads(int input) {
            return reads.applyAsInt(input);
        }
    }

    /** How a walk ended that frees the nodes it passes. */
    static final class Passage {
        private volatile @Nullable Throwable failure;

        /** Notes the error that stopped the walk. */
        void failed(Throwable why) {
            failure = why;
        }
    }

    /** The tensors that backward needs, as they were when they were saved. */
    static final class Saved {
        private final String operation;
        private final Tensor[] tensors;
        private final int[] versions;

        Saved(String operation, Tensor[] tensors) {
            this.operation = operation;
            this.tensors = new Tensor[tensors.length];
            this.versions = new int[tensors.length];
            for (int i = 0; i < tensors.length; i++) {
                tensors[i].checkOpen(operation);
                this.tensors[i] = tensors[i].alias();
                this.versions[i] = tensors[i].storage().version();
            }
        }

        Tensor get(int i) {
            if (i < 0 || i >= tensors.length) {
                throw new IndexOutOfBoundsException("backward: saved tensor " + i + " was asked for, but " + operation
                        + " saved " + tensors.length + "; the first is 0");
            }
            if (tensors[i].storage().version() != versions[i]) {
                throw new IllegalStateException("backward: a tensor of shape " + tensors[i].shape() + " that "
                        + operation + " needs was changed in place after it was used; change a clone() instead");
            }
            return tensors[i];
        }

        /** Fails if one of those was changed. */
        void check(int which) {
            for (int i = 0; i < tensors.length; i++) {
                if ((which >> Math.min(i, Integer.SIZE - 1) & 1) != 0) {
                    get(i);
                }
            }
        }

        void release() {
            for (Tensor t : tensors) {
                t.close();
            }
        }
    }

    final String name;
    final long sequence = SEQUENCE.getAndIncrement();
    final @Nullable AutogradMeta[] inputs;
    final long[][] inputShapes;
    private @Nullable Rule rule;
    private final Saved saved;

    /** How many walks are in here. */
    private int visitors;

    private @Nullable Passage freedBy;

    Node(String name, Rule rule, Tensor[] inputs, Tensor[] saved) {
        this(name, rule, gradients(inputs), shapes(inputs), saved);
    }

    /** A node whose inputs are known by their gradients and shapes alone, and which saves nothing. */
    Node(String name, Rule rule, @Nullable AutogradMeta[] inputs, long[][] inputShapes) {
        this(name, rule, inputs, inputShapes, new Tensor[0]);
    }

    private Node(String name, Rule rule, @Nullable AutogradMeta[] inputs, long[][] inputShapes, Tensor[] saved) {
        this.name = name;
        this.rule = rule;
        this.inputs = inputs;
        this.inputShapes = inputShapes;
        this.saved = new Saved(name, saved);
    }

    private static @Nullable AutogradMeta[] gradients(Tensor[] tensors) {
        @Nullable AutogradMeta[] gradients = new @Nullable AutogradMeta[tensors.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = tensors[i].autogradMeta();
        }
        return gradients;
    }

    private static long[][] shapes(Tensor[] tensors) {
        long[][] shapes = new long[tensors.length][];
        for (int i = 0; i < shapes.length; i++) {
            shapes[i] = tensors[i].sizes();
        }
        return shapes;
    }

    /**
     * Refuses what could not be passed, before anything is changed.
     *
     * @param useful the inputs whose gradients will be asked for; null for all
     */
    synchronized void check(@Nullable Set<AutogradMeta> useful) {
        if (rule == null) {
            throw freed();
        }
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] != null && (useful == null || useful.contains(inputs[i]))) {
                saved.check(rule.reads(i));
            }
        }
    }

    /** Lets a walk in: until it leaves, the saved tensors are there, whoever frees the node meanwhile. */
    synchronized Rule enter() {
        if (rule == null) {
            throw freed();
        }
        visitors++;
        return rule;
    }

    /** The saved tensors that the rule reads, for a walk that is in. */
    Saved saved() {
        return saved;
    }

    /** Lets a walk out. With {@code frees}, nobody can enter any more. */
    synchronized void leave(@Nullable Passage frees) {
        visitors--;
        if (frees != null && rule != null) {
            rule = null;
            freedBy = frees;
        }
        if (rule == null && visitors == 0) {
            saved.release();
        }
    }

    private IllegalStateException freed() {
        Throwable failure = freedBy == null ? null : freedBy.failure;
        if (failure != null) {
            return new IllegalStateException(
                    "backward: this graph was gone through in part by a backward that failed; compute the loss again."
                            + " It failed with " + failure,
                    failure);
        }
        return new IllegalStateException(
                "backward: this graph was already gone through and freed; call the first backward with retainGraph ="
                        + " true, or compute the loss again");
    }
}
