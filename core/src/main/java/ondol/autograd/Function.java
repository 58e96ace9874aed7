package ondol.autograd;

import java.util.ArrayList;
import java.util.List;
import ondol.Recording;
import ondol.Scope;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An operation with a gradient of its own, as {@code torch.autograd.Function}. One that gives several tensors is a {@link
 * MultiFunction}.
 *
 * <pre>{@code
 * class Cube extends Function {
 *     protected Tensor forward(Context context, Tensor... inputs) {
 *         context.save(inputs[0]);
 *         return inputs[0].mul(inputs[0]).mul(inputs[0]);
 *     }
 *
 *     protected Tensor[] backward(Context context, Tensor grad) {
 *         Tensor x = context.saved(0);
 *         return new Tensor[] {grad.mul(x).mul(x).mul(3.0)};
 *     }
 * }
 * Tensor y = new Cube().apply(x);
 * }</pre>
 *
 * <p>Gradients of gradients work if {@code backward} is written in tensor operations, other functions among them. {@link
 * ondol.Fused} records nothing, and so belongs into a {@code forward}.
 *
 * <p>Settings, such as an axis, are fields of the function's object.
 */
public abstract class Function {
    /** A function that keeps nothing between calls. */
    protected Function() {}

    /**
     * The memory of one call: forward keeps tensors in it, and backward asks for them. Forward and each backward get one of
     * their own.
     */
    public static final class Context {
        private final Recording.@Nullable Call backward;
        private final boolean[] needed;
        private final List<Tensor> saved = new ArrayList<>();
        private final List<Tensor> handles = new ArrayList<>();
        private final List<Tensor> constants = new ArrayList<>();
        private boolean materialize = true;
        private boolean over;

        /** The context of a forward. */
        Context(Tensor[] inputs) {
            backward = null;
            needed = new boolean[inputs.length];
            for (int i = 0; i < needed.length; i++) {
                needed[i] = Recording.isOn() && inputs[i].requiresGrad();
            }
        }

        /** The context of a backward. */
        Context(Recording.Call call, int inputs) {
            backward = call;
            needed = new boolean[inputs];
            for (int i = 0; i < needed.length; i++) {
                needed[i] = call.needsGradient(i);
            }
        }

        /**
         * Keeps tensors for backward: inputs, results, or others computed in forward, which may be closed then, for example
         * by a {@link Scope}. If one is changed in place before backward, that is refused.
         *
         * @param tensors the tensors, in the order in which {@link #saved} gives them
         * @throws NullPointerException if one is null
         * @throws IllegalStateException if one is closed, or in backward
         */
        public void save(Tensor... tensors) {
            Tensor[] given = Calls.checked("save", "tensors", tensors);
            checkForward("save");
            for (Tensor t : given) {
                if (t.isClosed()) {
                    throw new IllegalStateException(
                            "save: the tensor of shape " + t.shape() + " is closed; save it before close()");
                }
            }
            for (Tensor t : given) {
                saved.add(t);
                handles.add(Scope.escape(t.detach()));
            }
        }

        /**
         * {@return the i-th tensor kept}
         *
         * @param i the tensor's position among those kept, from 0
         * @throws IndexOutOfBoundsException if there is none
         */
        public Tensor saved(int i) {
            if (backward != null) {
                return backward.saved(i);
            }
            if (i < 0 || i >= saved.size()) {
                throw new IndexOutOfBoundsException(
                        "saved: tensor " + i + " was asked for, but " + saved.size() + " were saved; the first is 0");
            }
            return saved.get(i);
        }

        /**
         * {@return whether an input's gradient will be needed, or is needed in this backward: for others it may be left out,
         * and what only they read need not be saved} PyTorch's {@code ctx.needs_input_grad}.
         *
         * @param input the input's position, from 0
         * @throws IndexOutOfBoundsException if there is no such input
         */
        public boolean needsGradient(int input) {
            if (input < 0 || input >= needed.length) {
                throw new IndexOutOfBoundsException("needsGradient: input " + input + " was asked for, but there are "
                        + needed.length + "; the first is 0");
            }
            return needed[input];
        }

        /**
         * Says in forward that no gradient flows through some results. Those that are not FLOAT32 need no mention.
         *
         * @param results tensors that forward returns
         * @throws NullPointerException if one is null
         * @throws IllegalStateException in backward
         */
        public void markNonDifferentiable(Tensor... results) {
            Tensor[] given = Calls.checked("markNonDifferentiable", "results", results);
            checkForward("markNonDifferentiable");
            constants.addAll(List.of(given));
        }

        /**
         * Says in forward whether backward gets zeros, as by default, or null for results at which no gradient arrived.
         * PyTorch's {@code ctx.set_materialize_grads}.
         *
         * @param zeros true for zeros, false for null
         * @throws IllegalStateException in backward
         */
        public void materializeGrads(boolean zeros) {
            checkForward("materializeGrads");
            materialize = zeros;
        }

        private void checkForward(String operation) {
            if (backward != null || over) {
                throw new IllegalStateException(
                        operation + ": " + (over ? "forward is over" : "this is backward") + "; call it in forward");
            }
        }

        boolean materializes() {
            return materialize;
        }

        boolean isConstant(Tensor result) {
            return constants.contains(result); // tensors are equal only to themselves
        }

        /** The saved tensors: inputs and results themselves, so that they know where they came from, of others handles of our own. */
        List<Tensor> kept(List<Tensor> known) {
            List<Tensor> kept = new ArrayList<>();
            for (int i = 0; i < saved.size(); i++) {
                kept.add(known.contains(saved.get(i)) ? saved.get(i) : handles.get(i));
            }
            return kept;
        }

        /** Forward is over: what is recorded has handles of its own. */
        void release() {
            over = true;
            saved.clear();
            handles.forEach(Tensor::close);
            handles.clear();
        }
    }

    /**
     * Computes the result; nothing in here is recorded.
     *
     * @param context what the two directions share: tensors and settings
     * @param inputs the inputs, on any device
     * @return the result
     */
    protected abstract Tensor forward(Context context, Tensor... inputs);

    /**
     * Computes the gradients of the inputs from that of the result.
     *
     * @param context what the two directions share: tensors and settings
     * @param grad the gradient of the result, of its shape
     * @return one gradient for each input, of the input's shape; null for none
     */
    protected abstract @Nullable Tensor[] backward(Context context, Tensor grad);

    /** {@return the name that {@link Tensor#gradFn} gives for the result, by default the class's name and {@code Backward}} */
    protected String gradName() {
        return getClass().getSimpleName() + "Backward";
    }

    /**
     * Calls {@link #forward} and records it. Several threads may go back through one call at once: then {@link
     * #backward} runs in each.
     *
     * @param inputs the inputs, on any device
     * @return forward's result, recorded
     * @throws NullPointerException if an input is null, or forward returns null
     */
    public final Tensor apply(Tensor... inputs) {
        Calls.Body body = new Calls.Body() {
            @Override
            public Tensor[] forward(Context context, Tensor[] given) {
                Tensor result = Function.this.forward(context, given);
                if (result == null) {
                    throw new NullPointerException(
                            Function.this.getClass().getSimpleName() + ".forward: the result is null; return a tensor");
                }
                return new Tensor[] {result};
            }

            @Override
            public @Nullable Tensor[] backward(Context context, @Nullable Tensor[] grads) {
                return Function.this.backward(context, Calls.present(grads[0]));
            }
        };
        return Calls.call(getClass().getSimpleName(), gradName(), body, inputs).getFirst();
    }
}
