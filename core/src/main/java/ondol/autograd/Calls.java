package ondol.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import ondol.DType;
import ondol.Device;
import ondol.Recording;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** The common parts of {@link Function} and {@link MultiFunction}: forward without a record, and then the record of the whole. */
final class Calls {
    private Calls() {}

    /** A function, whatever the number of its results. */
    interface Body {
        Tensor[] forward(Function.Context context, Tensor[] inputs);

        @Nullable
        Tensor @Nullable [] backward(Function.Context context, @Nullable Tensor[] grads);
    }

    static List<Tensor> call(String function, String gradName, Body body, Tensor[] given) {
        Objects.requireNonNull(gradName, () -> function + ".gradName: the name is null; give the operation a name");
        Tensor[] inputs = checked(function + ".apply", "inputs", given);
        Function.Context context = new Function.Context(inputs);
        try {
            Results results;
            try (var _ = Recording.set(false)) {
                results = Results.of(body.forward(context, inputs.clone()), inputs, context);
            }
            List<Tensor> known = new ArrayList<>(List.of(inputs));
            known.addAll(results.all);
            Recording.record(
                    gradName,
                    results.differentiable(),
                    List.of(inputs),
                    new Backward(function, body, inputs.length, results.shapes(), context.materializes()),
                    context.kept(known));
            return results.all;
        } finally {
            context.release();
        }
    }

    /** The results of forward, each a tensor of its own, and through which of them gradients flow. */
    private record Results(List<Tensor> all, List<Boolean> flows) {
        static Results of(Tensor[] outputs, Tensor[] inputs, Function.Context context) {
            List<Tensor> all = new ArrayList<>();
            List<Boolean> flows = new ArrayList<>();
            List<Tensor> taken = new ArrayList<>(List.of(inputs)); // tensors are equal only to themselves
            for (Tensor output : outputs) {
                flows.add(output.dtype() == DType.FLOAT32 && !context.isConstant(output));
                Tensor own = taken.contains(output) ? output.detach() : output;
                all.add(own.isOverlapping() ? own.clone() : own);
                taken.add(output);
            }
            return new Results(List.copyOf(all), flows);
        }

        List<Tensor> differentiable() {
            List<Tensor> some = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                if (flows.get(i)) {
                    some.add(all.get(i));
                }
            }
            return some;
        }

        /** The results' shapes; null for those through which no gradient flows. */
        List<@Nullable Shape> shapes() {
            List<@Nullable Shape> shapes = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                shapes.add(flows.get(i) ? all.get(i).shape() : null);
            }
            return shapes;
        }
    }

    /** The way back, which keeps nothing of the call itself. */
    private record Backward(String function, Body body, int inputs, List<@Nullable Shape> shapes, boolean materialize)
            implements Recording.Backward {
        @Override
        public @Nullable Tensor[] gradients(@Nullable Tensor[] grads, Recording.Call call) {
            @Nullable Tensor[] gradients = body.backward(new Function.Context(call, inputs), ofAll(grads));
            if (gradients == null || gradients.length != inputs) {
                throw new IllegalStateException(function + ".backward: "
                        + (gradients == null ? "null" : gradients.length + " gradients") + " for " + inputs
                        + " inputs; return one for each, null for none");
            }
            return gradients;
        }

        /** The gradients of all results, from those that arrived for the differentiable ones. */
        private @Nullable Tensor[] ofAll(@Nullable Tensor[] arrived) {
            Device device = null;
            for (Tensor t : arrived) {
                device = t == null ? device : t.device();
            }
            @Nullable Tensor[] all = new @Nullable Tensor[shapes.size()];
            int next = 0;
            for (int i = 0; i < all.length; i++) {
                Shape shape = shapes.get(i);
                if (shape != null) {
                    Tensor grad = next < arrived.length ? arrived[next] : null;
                    next++;
                    all[i] = grad == null && materialize ? Tensor.zeros(shape, DType.FLOAT32, present(device)) : grad;
                }
            }
            return all;
        }
    }

    /** Takes a value that is there whenever a node is passed, because a gradient has arrived. */
    static <T> T present(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    /** A copy of tensors that a program passed. */
    static Tensor[] checked(String operation, String argument, Tensor @Nullable [] tensors) {
        if (tensors == null) {
            throw new NullPointerException(operation + ": " + argument + " is null; pass tensors");
        }
        Tensor[] copy = tensors.clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == null) {
                throw new NullPointerException(
                        operation + ": " + argument + " has null at position " + i + "; pass tensors");
            }
        }
        return copy;
    }
}
