package ondol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Goes back over recorded operations: in reverse order of creation, without recursion. */
final class Tape {
    private Tape() {}

    /** Whether an operation on these inputs is to be recorded. */
    static boolean records(Tensor... inputs) {
        for (Tensor t : inputs) {
            if (t.gradient() != null) {
                return Context.current().recording;
            }
        }
        return false;
    }

    /** Records how {@code output} came to be, if an input needs a gradient. Returns the output. */
    static Tensor record(String name, Tensor output, Tensor[] inputs, Node.Rule rule, Tensor... saved) {
        output.standingAlone();
        if (records(inputs)) {
            // An output among the saved tensors learns its own node through the Gradient that they share.
            Gradient gradient = output.derivedLater();
            gradient.node = new Node(name, output.sizes(), rule, inputs, saved);
        }
        return output;
    }

    /** As {@link #record}, with the output itself saved after the other tensors. */
    static Tensor recordWithOutput(String name, Tensor output, Tensor[] inputs, Node.Rule rule, Tensor... saved) {
        if (records(inputs)) {
            Tensor[] all = Arrays.copyOf(saved, saved.length + 1);
            all[saved.length] = output;
            record(name, output, inputs, rule, all);
        }
        return output;
    }

    /** One walk from some roots back to the leaves. */
    static final class Walk {
        private final boolean retainGraph;
        private final boolean createGraph;
        private final @Nullable Set<Gradient> wanted;
        private final Map<Gradient, Tensor> pending = new IdentityHashMap<>();
        private final List<Gradient> leaves = new ArrayList<>();
        private final Map<Gradient, Tensor> found = new IdentityHashMap<>();
        private @Nullable Tensor current;

        /**
         * @param wanted the gradients to return; null to accumulate into the leaves
         */
        Walk(boolean retainGraph, boolean createGraph, @Nullable List<Gradient> wanted) {
            this.retainGraph = retainGraph;
            this.createGraph = createGraph;
            if (wanted == null) {
                this.wanted = null;
            } else {
                this.wanted = Collections.newSetFromMap(new IdentityHashMap<>());
                this.wanted.addAll(wanted);
            }
        }

        /** Runs the walk; returns what was wanted. */
        Map<Gradient, Tensor> run(List<Gradient> roots, List<Tensor> rootGradients) {
            List<Gradient> order = reachable(roots);
            Set<Gradient> useful = wanted == null ? null : useful(order);
            for (Gradient at : order) {
                if (at.node != null && at.node.isFreed() && isPassed(at.node, useful)) {
                    throw new IllegalStateException(Node.freedMessage());
                }
            }
            Context context = Context.current();
            Scope scope = context.scope;
            boolean recording = context.recording;
            Scope temporaries = new Scope(context, null);
            context.scope = createGraph ? null : temporaries;
            context.recording = createGraph;
            try {
                for (int i = 0; i < roots.size(); i++) {
                    deposit(roots.get(i), rootGradients.get(i).alias(), temporaries);
                }
                for (Gradient at : order) {
                    Tensor grad = pending.remove(at);
                    if (grad != null) {
                        current = grad;
                        step(at, grad, useful, temporaries);
                        temporaries.releaseAll();
                    }
                }
                leaves.forEach(this::commit);
                temporaries.releaseAll();
            } catch (RuntimeException | Error e) {
                if (current != null) {
                    current.close();
                }
                pending.values().forEach(Tensor::close);
                found.values().forEach(Tensor::close);
                throw e;
            } finally {
                temporaries.releaseAll();
                context.scope = scope;
                context.recording = recording;
            }
            return found;
        }

        /** Every tensor that has a node and can be reached, the latest first. */
        private static List<Gradient> reachable(List<Gradient> roots) {
            Set<Gradient> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            var open = new ArrayDeque<>(roots);
            var order = new ArrayList<Gradient>();
            while (!open.isEmpty()) {
                Gradient g = open.pop();
                if (g.node != null && seen.add(g)) {
                    order.add(g);
                    for (Gradient input : g.node.inputs) {
                        if (input != null) {
                            open.push(input);
                        }
                    }
                }
            }
            order.sort((a, b) -> Long.compare(sequence(b), sequence(a)));
            return order;
        }

        private static long sequence(Gradient g) {
            return g.node == null ? -1 : g.node.sequence;
        }

        /** What lies on a path to something wanted. */
        private Set<Gradient> useful(List<Gradient> order) {
            Set<Gradient> useful = Collections.newSetFromMap(new IdentityHashMap<>());
            if (wanted != null) {
                useful.addAll(wanted);
            }
            for (int i = order.size() - 1; i >= 0; i--) {
                Gradient g = order.get(i);
                if (g.node != null) {
                    for (Gradient input : g.node.inputs) {
                        if (input != null && useful.contains(input)) {
                            useful.add(g);
                        }
                    }
                }
            }
            return useful;
        }

        private void step(Gradient at, Tensor grad, @Nullable Set<Gradient> useful, Scope temporaries) {
            Node node = at.node;
            if (node == null) {
                return;
            }
            if (wanted != null && wanted.contains(at)) {
                found.put(at, grad.alias());
            }
            if (at.retained && (useful == null || useful.contains(at))) {
                pending.put(at, grad.alias());
                leaves.add(at);
            }
            for (int i = 0; i < node.inputs.length; i++) {
                Gradient input = node.inputs[i];
                if (input == null || (useful != null && !useful.contains(input))) {
                    continue;
                }
                Tensor g = node.gradient(i, grad);
                if (g == null) {
                    continue;
                }
                g.checkOpen(node.name);
                if (g.dtype() != DType.FLOAT32) {
                    throw new IllegalStateException("backward: " + node.name + " gave a gradient that is " + g.dtype()
                            + "; it must be FLOAT32");
                }
                if (!Arrays.equals(g.sizes(), node.inputShapes[i])) {
                    throw new IllegalStateException("backward: " + node.name + " gave a gradient of shape " + g.shape()
                            + " for an input of shape " + Axes.name(node.inputShapes[i]) + "; it must have that shape");
                }
                deposit(input, g == grad ? grad.alias() : owned(g, temporaries), temporaries);
            }
            if (!createGraph) {
                grad.close();
            }
            if (!retainGraph && isPassed(node, useful)) {
                node.free();
            }
        }

        /** Whether the walk goes on from a node to an input: what it only arrives at is neither needed nor freed. */
        private static boolean isPassed(Node node, @Nullable Set<Gradient> useful) {
            if (useful == null) {
                return true;
            }
            for (Gradient input : node.inputs) {
                if (input != null && useful.contains(input)) {
                    return true;
                }
            }
            return false;
        }

        /** Out of the temporaries: from now on the walk closes it. A tensor that is none is left to its owner. */
        private static Tensor owned(Tensor g, Scope temporaries) {
            return temporaries.remove(g) ? g : g.alias();
        }

        private void deposit(Gradient to, Tensor arrived, Scope temporaries) {
            Tensor g = atHome(to, arrived, temporaries);
            Tensor before = pending.get(to);
            if (before == null) {
                pending.put(to, g);
                if (to.node == null) {
                    leaves.add(to);
                }
                return;
            }
            if (!createGraph && before.isContiguous() && !before.storage().isShared()) {
                before.addInPlace(g);
                g.close();
            } else {
                Tensor sum = before.add(g);
                pending.put(to, createGraph ? sum : owned(sum, temporaries));
                if (!createGraph) {
                    before.close();
                    g.close();
                }
            }
        }

        /** The gradient where the leaf is now: it may have been moved since it was used. */
        private Tensor atHome(Gradient to, Tensor g, Scope temporaries) {
            if (to.home == null || to.home == g.device()) {
                return g;
            }
            if (createGraph) {
                return g.to(to.home);
            }
            try {
                return owned(g.to(to.home), temporaries);
            } finally {
                g.close();
            }
        }

        /** A leaf's gradient has arrived in full. */
        private void commit(Gradient leaf) {
            Tensor g = pending.remove(leaf);
            if (g == null) {
                return;
            }
            if (wanted != null && leaf.node == null) {
                if (wanted.contains(leaf)) {
                    found.put(leaf, g);
                } else if (!createGraph) {
                    g.close();
                }
                return;
            }
            Tensor before = leaf.accumulated;
            if (before != null && before.isClosed()) {
                before = null; // closed by the program: forgotten, as by zeroGrad
            }
            if (before != null && !createGraph) {
                before.addInPlace(g);
                g.close();
            } else if (before != null) {
                leaf.accumulated = before.add(g);
            } else if (!g.isContiguous() || g.storage().isShared()) {
                leaf.accumulated = createGraph ? g.clone() : g.copyOutsideScopes();
                if (!createGraph) {
                    g.close();
                }
            } else {
                leaf.accumulated = g;
            }
        }
    }
}
