package ondol;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One recorded operation: what went in, what backward needs, and the rule. */
final class Node {
    private static final AtomicLong SEQUENCE = new AtomicLong();

    /** The gradient of one input, in tensor operations; null for none (zero). */
    @FunctionalInterface
    interface Rule {
        @Nullable
        Tensor gradient(int input, Tensor grad, Saved saved);
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
            if (tensors[i].storage().version() != versions[i]) {
                throw new IllegalStateException("backward: a tensor of shape " + tensors[i].shape() + " that "
                        + operation + " needs was changed in place after it was used; change a clone() instead");
            }
            return tensors[i];
        }

        void release() {
            for (Tensor t : tensors) {
                t.close();
            }
        }
    }

    final String name;
    final long sequence = SEQUENCE.getAndIncrement();
    final long[] shape;
    final @Nullable Gradient[] inputs;
    final long[][] inputShapes;
    private @Nullable Rule rule;
    private final Saved saved;

    Node(String name, long[] shape, Rule rule, Tensor[] inputs, Tensor[] saved) {
        this(name, shape, rule, gradients(inputs), shapes(inputs), saved);
    }

    /** A node whose inputs are known by their gradients and shapes alone, and which saves nothing. */
    Node(String name, long[] shape, Rule rule, @Nullable Gradient[] inputs, long[][] inputShapes) {
        this(name, shape, rule, inputs, inputShapes, new Tensor[0]);
    }

    private Node(
            String name, long[] shape, Rule rule, @Nullable Gradient[] inputs, long[][] inputShapes, Tensor[] saved) {
        this.name = name;
        this.shape = shape;
        this.rule = rule;
        this.inputs = inputs;
        this.inputShapes = inputShapes;
        this.saved = new Saved(name, saved);
    }

    private static @Nullable Gradient[] gradients(Tensor[] tensors) {
        @Nullable Gradient[] gradients = new @Nullable Gradient[tensors.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = tensors[i].gradient();
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

    boolean isFreed() {
        return rule == null;
    }

    @Nullable
    Tensor gradient(int input, Tensor grad) {
        if (rule == null) {
            throw new IllegalStateException(freedMessage());
        }
        return rule.gradient(input, grad, saved);
    }

    static String freedMessage() {
        return "backward: this graph was already gone through and freed; call the first backward with retainGraph = true,"
                + " or compute the loss again";
    }

    void free() {
        rule = null;
        saved.release();
    }
}
