package ondol.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import ondol.RemovableHandle;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Functions that programs may hang into the calls of a {@link Module}: into {@link Layer#call} and its like, not into {@code
 * forward} itself, as in PyTorch. A {@link Sequential} calls its layers.
 */
public final class Hooks {
    private final List<ForwardPre> before = new CopyOnWriteArrayList<>();
    private final List<Forward> after = new CopyOnWriteArrayList<>();
    private final List<FullBackward> backward = new CopyOnWriteArrayList<>();

    Hooks() {}

    /** See {@link Module#registerForwardPreHook}. */
    @FunctionalInterface
    public interface ForwardPre {
        /**
         * Called before forward.
         *
         * @param module the module that is called
         * @param inputs the call's inputs
         * @return the inputs to take in place of these, or null to leave them
         */
        @Nullable
        List<Tensor> call(Module module, List<Tensor> inputs);
    }

    /** See {@link Module#registerForwardHook}. */
    @FunctionalInterface
    public interface Forward {
        /**
         * Called after forward.
         *
         * @param module the module that is called
         * @param inputs the call's inputs
         * @param outputs the call's outputs
         * @return the outputs to take in place of these, or null to leave them
         */
        @Nullable
        List<Tensor> call(Module module, List<Tensor> inputs, List<Tensor> outputs);
    }

    /** See {@link Module#registerFullBackwardHook}. */
    @FunctionalInterface
    public interface FullBackward {
        /**
         * Called when the gradients by the module's inputs are known.
         *
         * @param module the module that is called
         * @param gradInputs null for an input through which no gradient flows
         * @param gradOutputs null for an output through which none flows; zeros for one at which none arrived
         * @return the gradients to take in place of {@code gradInputs}, or null to leave them
         */
        @Nullable
        List<@Nullable Tensor> call(
                Module module, List<@Nullable Tensor> gradInputs, List<@Nullable Tensor> gradOutputs);
    }

    RemovableHandle add(ForwardPre hook) {
        return add(before, "registerForwardPreHook", hook);
    }

    RemovableHandle add(Forward hook) {
        return add(after, "registerForwardHook", hook);
    }

    RemovableHandle add(FullBackward hook) {
        return add(backward, "registerFullBackwardHook", hook);
    }

    /** A hook that is registered twice is called twice, and each handle takes back one. */
    private static <H> RemovableHandle add(List<H> to, String operation, H hook) {
        Objects.requireNonNull(hook, () -> operation + ": the hook is null; give one");
        to.add(hook);
        boolean[] removed = new boolean[1];
        return () -> {
            if (!removed[0]) {
                removed[0] = true;
                to.remove(hook);
            }
        };
    }

    boolean isEmpty() {
        return before.isEmpty() && after.isEmpty() && backward.isEmpty();
    }

    List<Tensor> call(Module module, List<Tensor> given, UnaryOperator<List<Tensor>> forward) {
        List<Tensor> inputs = given;
        for (ForwardPre hook : before) {
            List<Tensor> others = hook.call(module, inputs);
            inputs = others == null ? inputs : checked(module, "a forward pre-hook", "inputs", others, inputs.size());
        }
        Passage passage = backward.isEmpty() ? null : new Passage(module, backward);
        inputs = passage == null ? inputs : passage.enter(inputs);
        List<Tensor> outputs = forward.apply(inputs);
        for (Forward hook : after) {
            List<Tensor> others = hook.call(module, inputs, outputs);
            outputs = others == null ? outputs : checked(module, "a forward hook", "outputs", others, outputs.size());
        }
        return passage == null ? outputs : passage.leave(outputs);
    }

    private static List<Tensor> checked(Module module, String hook, String what, List<Tensor> given, int size) {
        if (given.size() != size || given.stream().anyMatch(Objects::isNull)) {
            throw new IllegalStateException(module.name() + ": " + hook + " gave " + given.size() + " " + what
                    + " in place of " + size + "; give a tensor for each, or null to leave them");
        }
        return List.copyOf(given);
    }

    /**
     * One call whose way back is watched: all inputs go in, and all outputs come out, through functions that change nothing.
     * On the way back the one at the outputs is passed first and leaves their gradients to the one at the inputs.
     */
    private static final class Passage {
        private final Module module;
        private final List<FullBackward> hooks;
        private int inputs;
        private boolean watchesInputs;

        /** The outputs' gradients, kept by a thread from the outputs' end of its walk to the inputs'. */
        private final ThreadLocal<List<@Nullable Tensor>> gradOutputs = new ThreadLocal<>();

        Passage(Module module, List<FullBackward> hooks) {
            this.module = module;
            this.hooks = hooks;
        }

        private static boolean isRecorded(List<Tensor> tensors) {
            return Autograd.isGradEnabled() && tensors.stream().anyMatch(Tensor::requiresGrad);
        }

        List<Tensor> enter(List<Tensor> given) {
            inputs = given.size();
            watchesInputs = isRecorded(given);
            return watchesInputs ? new End(this::atInputs).apply(given.toArray(Tensor[]::new)) : given;
        }

        List<Tensor> leave(List<Tensor> outputs) {
            return isRecorded(outputs) ? new End(this::atOutputs).apply(outputs.toArray(Tensor[]::new)) : outputs;
        }

        private @Nullable Tensor[] atOutputs(@Nullable Tensor[] grads) {
            List<@Nullable Tensor> seen = keepable(grads);
            if (watchesInputs) {
                gradOutputs.set(seen);
                return grads;
            }
            List<@Nullable Tensor> none = Collections.nCopies(inputs, null);
            for (FullBackward hook : hooks) {
                List<@Nullable Tensor> others = Scope.outside(() -> hook.call(module, none, seen));
                if (others != null && others.stream().anyMatch(Objects::nonNull)) {
                    throw new IllegalStateException(module.name()
                            + ": a backward hook gave gradients, but no input requires" + " one; return null");
                }
            }
            return grads;
        }

        private @Nullable Tensor[] atInputs(@Nullable Tensor[] grads) {
            List<@Nullable Tensor> seen = gradOutputs.get();
            gradOutputs.remove();
            if (seen == null) { // the gradient came from something inside the module, not from its outputs
                return grads;
            }
            List<@Nullable Tensor> now = keepable(grads);
            boolean changed = false;
            for (FullBackward hook : hooks) {
                List<@Nullable Tensor> current = now;
                List<@Nullable Tensor> others = Scope.outside(() -> hook.call(module, current, seen));
                if (others != null && others.size() != inputs) {
                    throw new IllegalStateException(module.name() + ": a backward hook gave " + others.size()
                            + " gradients for " + inputs + " inputs; return one for each, or null to leave them");
                }
                changed |= others != null;
                now = others == null ? now : others;
            }
            return changed ? now.toArray(new @Nullable Tensor[0]) : grads;
        }

        /** Gradients that a program may keep: what walks without a graph has them closed when it has passed. */
        private static List<@Nullable Tensor> keepable(@Nullable Tensor[] grads) {
            List<@Nullable Tensor> all = new ArrayList<>(Arrays.asList(grads));
            if (!Autograd.isGradEnabled()) {
                all.replaceAll(g -> g == null ? null : Scope.escape(g.detach()));
            }
            return Collections.unmodifiableList(all);
        }
    }

    /** A function from the gradients of tensors that were passed on to the gradients of the originals. */
    private interface Back {
        @Nullable
        Tensor[] gradients(@Nullable Tensor[] grads);
    }

    /** Passes tensors on as they are, and their gradients through a function. */
    private static final class End extends MultiFunction {
        private final Back back;

        End(Back back) {
            this.back = back;
        }

        @Override
        protected Tensor[] forward(Function.Context context, Tensor... tensors) {
            for (Tensor t : tensors) {
                if (!t.requiresGrad()) {
                    context.markNonDifferentiable(t);
                }
            }
            return tensors;
        }

        @Override
        protected @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor... grads) {
            return back.gradients(grads);
        }

        @Override
        protected String gradName() {
            return "BackwardHookFunctionBackward";
        }
    }
}
