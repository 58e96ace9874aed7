package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The entries to back-propagation, {@code backward} and {@code grad}: they check their arguments and run a {@link BackwardPass}. */
final class Backpropagation {
    private Backpropagation() {}

    static void backward(Tensor of, @Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
        Tensor g = rootGradient("backward", of, gradient);
        try {
            new BackwardPass(List.of(root("backward", of)), retainGraph || createGraph, createGraph, null)
                    .run(List.of(g));
        } finally {
            if (gradient == null) {
                g.close();
            }
        }
    }

    static List<@Nullable Tensor> grad(
            List<Tensor> givenOutputs,
            List<Tensor> givenInputs,
            @Nullable List<Tensor> givenGradients,
            boolean retainGraph,
            boolean createGraph,
            boolean allowUnused) {
        Tensor[] outputs = Recording.tensors("grad", "outputs", givenOutputs);
        Tensor[] inputs = Recording.tensors("grad", "inputs", givenInputs);
        Tensor[] gradients = givenGradients == null ? null : Recording.tensors("grad", "gradients", givenGradients);
        if (gradients != null && gradients.length != outputs.length) {
            throw new IllegalArgumentException("grad: " + outputs.length + " outputs but " + gradients.length
                    + " gradients; give one for each output");
        }
        var wanted = new ArrayList<AutogradMeta>();
        for (Tensor input : inputs) {
            input.checkOpen("grad");
            AutogradMeta of = input.autogradMeta();
            if (of == null) {
                throw new IllegalArgumentException("grad: an input of shape " + input.shape()
                        + " does not require a gradient; call requiresGrad(true) before it is used");
            }
            wanted.add(of);
        }
        var roots = new ArrayList<AutogradMeta>();
        var seeds = new ArrayList<Tensor>();
        try {
            for (int i = 0; i < outputs.length; i++) {
                seeds.add(rootGradient("grad", outputs[i], gradients == null ? null : gradients[i]));
                roots.add(root("grad", outputs[i]));
            }
            BackwardPass walk = new BackwardPass(roots, retainGraph || createGraph, createGraph, wanted);
            if (!allowUnused) {
                checkUsed(inputs, wanted, walk.reached());
            }
            Map<AutogradMeta, Tensor> found = walk.run(seeds);
            if (!allowUnused) {
                try {
                    checkUsed(inputs, wanted, found.keySet());
                } catch (IllegalStateException e) {
                    walk.failed(e);
                    throw e;
                }
            }
            return results(wanted, found);
        } finally {
            if (gradients == null) {
                seeds.forEach(Tensor::close);
            }
        }
    }

    private static void checkUsed(Tensor[] inputs, List<AutogradMeta> wanted, Set<AutogradMeta> used) {
        for (int i = 0; i < inputs.length; i++) {
            if (!used.contains(wanted.get(i))) {
                throw new IllegalStateException("grad: an input of shape " + inputs[i].shape()
                        + " was not used to compute the outputs; use gradAllowUnused to get null for it");
            }
        }
    }

    private static List<@Nullable Tensor> results(List<AutogradMeta> wanted, Map<AutogradMeta, Tensor> found) {
        var results = new ArrayList<@Nullable Tensor>();
        var given = new IdentityHashMap<Tensor, Boolean>();
        Scope scope = Context.current().scope;
        for (AutogradMeta g : wanted) {
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

    private static AutogradMeta root(String operation, Tensor of) {
        AutogradMeta g = of.autogradMeta();
        if (g == null) {
            throw new IllegalStateException(operation + ": a tensor of shape " + of.shape()
                    + " requires no gradient, so there is nothing to go back to; compute it from a tensor with"
                    + " requiresGrad(true), outside noGrad");
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
