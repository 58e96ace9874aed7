package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ways into backward: checks, then a {@link Tape.Walk}. */
final class Gradients {
    private Gradients() {}

    static void backward(Tensor of, @Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
        Tensor g = rootGradient("backward", of, gradient);
        try {
            new Tape.Walk(retainGraph || createGraph, createGraph, null).run(List.of(root("backward", of)), List.of(g));
        } finally {
            if (gradient == null) {
                g.close();
            }
        }
    }

    static List<@Nullable Tensor> grad(
            List<Tensor> outputs,
            List<Tensor> inputs,
            @Nullable List<Tensor> gradients,
            boolean retainGraph,
            boolean createGraph,
            boolean allowUnused) {
        if (gradients != null && gradients.size() != outputs.size()) {
            throw new IllegalArgumentException("grad: " + outputs.size() + " outputs but " + gradients.size()
                    + " gradients; give one for each output");
        }
        var wanted = new ArrayList<Gradient>();
        for (Tensor input : inputs) {
            input.checkOpen("grad");
            if (input.gradient() == null) {
                throw new IllegalArgumentException("grad: an input of shape " + input.shape()
                        + " does not require a gradient; call requiresGrad(true) before it is used");
            }
            wanted.add(input.gradient());
        }
        var roots = new ArrayList<Gradient>();
        var seeds = new ArrayList<Tensor>();
        Map<Gradient, Tensor> found;
        try {
            for (int i = 0; i < outputs.size(); i++) {
                seeds.add(rootGradient("grad", outputs.get(i), gradients == null ? null : gradients.get(i)));
                roots.add(root("grad", outputs.get(i)));
            }
            found = new Tape.Walk(retainGraph || createGraph, createGraph, wanted).run(roots, seeds);
        } finally {
            if (gradients == null) {
                seeds.forEach(Tensor::close);
            }
        }
        if (!allowUnused) {
            for (Tensor input : inputs) {
                if (!found.containsKey(input.gradient())) {
                    found.values().forEach(Tensor::close);
                    throw new IllegalStateException("grad: an input of shape " + input.shape()
                            + " was not used to compute the outputs; use gradAllowUnused to get null for it");
                }
            }
        }
        return results(wanted, found);
    }

    private static List<@Nullable Tensor> results(List<Gradient> wanted, Map<Gradient, Tensor> found) {
        var results = new ArrayList<@Nullable Tensor>();
        var given = new IdentityHashMap<Tensor, Boolean>();
        Scope scope = Context.current().scope;
        for (Gradient g : wanted) {
            Tensor t = found.get(g);
            if (t != null && given.put(t, true) != null) {
                t = t.alias();
            }
            if (t != null && scope != null) {
                scope.join(t);
            }
            results.add(t);
        }
        return results;
    }

    private static Gradient root(String operation, Tensor of) {
        Gradient g = of.gradient();
        if (g == null) {
            throw new IllegalStateException(
                    operation + ": a tensor of shape " + of.shape()
                            + " requires no gradient, so there is nothing to go back to; compute it from a tensor with requiresGrad(true), outside noGrad");
        }
        return g;
    }

    private static Tensor rootGradient(String operation, Tensor of, @Nullable Tensor gradient) {
        of.checkOpen(operation);
        root(operation, of);
        if (gradient == null) {
            if (of.numel() != 1) {
                throw new IllegalArgumentException(operation + ": the output has shape " + of.shape()
                        + "; without a gradient it must be a single number: reduce it with sum() or mean(), or pass a"
                        + " gradient of its shape");
            }
            return Scope.outside(() -> TensorFactory.full(of.shape(), 1, DType.FLOAT32, of.device()));
        }
        gradient.checkOpen(operation);
        if (!Arrays.equals(gradient.sizes(), of.sizes())) {
            throw new IllegalArgumentException(operation + ": the gradient has shape " + gradient.shape()
                    + " but the output has " + of.shape() + "; they must be equal");
        }
        if (gradient.dtype() != DType.FLOAT32 || gradient.device() != of.device()) {
            throw new IllegalArgumentException(operation + ": the gradient is " + gradient.dtype() + " on "
                    + gradient.device() + "; it must be FLOAT32 on " + of.device());
        }
        return gradient;
    }
}
