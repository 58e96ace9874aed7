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

/**
 * One walk over recorded operations from some roots back to the leaves: in reverse order of creation, without recursion.
 * Whatever fails, no leaf has got a part of its gradient.
 */
final class BackwardPass {
    private final boolean retainGraph;
    private final boolean createGraph;
    private final @Nullable Set<AutogradMeta> wanted;
    private final List<AutogradMeta> roots;
    private final List<AutogradMeta> order;
    private final @Nullable Set<AutogradMeta> useful;
    private final Node.Passage passage = new Node.Passage();
    private final Map<AutogradMeta, Tensor> pending = new IdentityHashMap<>();
    private final List<AutogradMeta> leaves = new ArrayList<>();
    private final Map<AutogradMeta, Tensor> found = new IdentityHashMap<>();
    private @Nullable Tensor @Nullable [] current;

    /**
     * @param wanted the gradients to return; null to accumulate into the leaves
     */
    BackwardPass(
            List<AutogradMeta> roots, boolean retainGraph, boolean createGraph, @Nullable List<AutogradMeta> wanted) {
        this.retainGraph = retainGraph;
        this.createGraph = createGraph;
        this.roots = roots;
        this.order = reachable(roots);
        if (wanted == null) {
            this.wanted = null;
            this.useful = null;
        } else {
            this.wanted = Collections.newSetFromMap(new IdentityHashMap<>());
            this.wanted.addAll(wanted);
            this.useful = useful(this.wanted);
        }
    }

    /** Everything that there is a way to from the roots. */
    Set<AutogradMeta> reached() {
        Set<AutogradMeta> reached = Collections.newSetFromMap(new IdentityHashMap<>());
        reached.addAll(roots);
        for (AutogradMeta at : order) {
            if (at.node != null) {
                Collections.addAll(reached, at.node.inputs);
            }
        }
        return reached;
    }

    /** Runs the walk; returns what was wanted. Everything that can be refused is refused before it begins. */
    Map<AutogradMeta, Tensor> run(List<Tensor> rootGradients) {
        for (AutogradMeta at : order) {
            if (at.node != null && isPassed(at.node)) {
                at.node.check(useful);
            }
        }
        Context context = Context.current();
        Scope scope = context.scope;
        Recording recording = Recording.set(context, createGraph);
        Scope temporaries = new Scope(context, null);
        context.scope = temporaries;
        try {
            for (int i = 0; i < roots.size(); i++) {
                deposit(roots.get(i), rootGradients.get(i).alias(), temporaries);
            }
            int next;
            for (int i = 0; i < order.size(); i = next) {
                next = endOfNode(i);
                if (step(i, next, temporaries)) {
                    settle(temporaries);
                }
            }
            commit();
            settle(temporaries);
        } catch (RuntimeException | Error e) {
            failed(e);
            throw e;
        } finally {
            temporaries.releaseAll();
            context.scope = Scope.innermostOpen(scope);
            recording.close();
        }
        return found;
    }

    /** Closes the tensors that were made on the way, unless they are part of a graph by now. */
    private void settle(Scope temporaries) {
        if (createGraph) {
            temporaries.forgetAll();
        } else {
            temporaries.releaseAll();
        }
    }

    /** Closes what there is, and leaves word in the nodes that have been freed. */
    void failed(Throwable why) {
        passage.failed(why);
        if (current != null) {
            closeAll(current);
        }
        pending.values().forEach(Tensor::close);
        found.values().forEach(Tensor::close);
    }

    /** Every tensor that has a node and can be reached, the latest first. */
    private static List<AutogradMeta> reachable(List<AutogradMeta> roots) {
        Set<AutogradMeta> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        var open = new ArrayDeque<>(roots);
        var order = new ArrayList<AutogradMeta>();
        while (!open.isEmpty()) {
            AutogradMeta g = open.pop();
            if (g.node != null && seen.add(g)) {
                order.add(g);
                for (AutogradMeta input : g.node.inputs) {
                    if (input != null) {
                        open.push(input);
                    }
                }
            }
        }
        order.sort((a, b) -> Long.compare(sequence(b), sequence(a)));
        return order;
    }

    private static long sequence(AutogradMeta g) {
        return g.node == null ? -1 : g.node.sequence;
    }

    /** The nodes on a path to something wanted. */
    private Set<AutogradMeta> useful(Set<AutogradMeta> targets) {
        Set<AutogradMeta> onPath = Collections.newSetFromMap(new IdentityHashMap<>());
        onPath.addAll(targets);
        for (int i = order.size() - 1; i >= 0; i--) {
            AutogradMeta g = order.get(i);
            if (g.node != null) {
                for (AutogradMeta input : g.node.inputs) {
                    if (input != null && onPath.contains(input)) {
                        onPath.add(g);
                    }
                }
            }
        }
        return onPath;
    }

    /** Where the results of the next node begin: those of one node lie side by side in {@link #order}. */
    private int endOfNode(int from) {
        int to = from + 1;
        while (to < order.size() && order.get(to).node == order.get(from).node) {
            to++;
        }
        return to;
    }

    /** Passes the node of some of its results, {@code order} from one place to another; false if no gradient arrived. */
    private boolean step(int from, int to, Scope temporaries) {
        Node node = order.get(from).node;
        int outputs = 0;
        for (int i = from; i < to; i++) {
            outputs = Math.max(outputs, order.get(i).output + 1);
        }
        @Nullable Tensor[] grads = new @Nullable Tensor[outputs];
        Tensor any = null;
        current = grads;
        for (int i = from; i < to; i++) {
            AutogradMeta at = order.get(i);
            Tensor arrived = pending.remove(at);
            if (arrived != null) {
                grads[at.output] = arrived; // closed there, should a hook fail
                Tensor grad = hooked(at, arrived);
                grads[at.output] = grad;
                any = grad;
                arrive(at, grad);
            }
        }
        if (node == null || any == null) {
            return false;
        }
        if (isPassed(node)) {
            pass(node, grads, any, temporaries);
        }
        if (!createGraph) {
            closeAll(grads);
        }
        return true;
    }

    private static void closeAll(@Nullable Tensor[] grads) {
        for (Tensor grad : grads) {
            if (grad != null) {
                grad.close();
            }
        }
    }

    /** The gradient after the program's hooks, which may keep what they see. */
    private Tensor hooked(AutogradMeta at, Tensor arrived) {
        Tensor grad = arrived;
        for (GradientHook hook : at.hooks()) {
            Tensor seen = grad.alias();
            Tensor other = Scope.outside(() -> hook.apply(seen));
            if (other != null) {
                checkHooked(other, grad);
                Tensor next = other.alias();
                if (!createGraph) {
                    grad.close();
                }
                grad = next;
            }
        }
        return grad;
    }

    private static void checkHooked(Tensor given, Tensor grad) {
        given.checkOpen("registerHook");
        if (given.dtype() != DType.FLOAT32
                || given.device() != grad.device()
                || !Arrays.equals(given.sizes(), grad.sizes())) {
            throw new IllegalStateException("backward: a hook gave a gradient of shape " + given.shape() + ", "
                    + given.dtype() + " on " + given.device() + ", in place of one of shape " + grad.shape()
                    + ", FLOAT32 on " + grad.device() + "; it must be alike");
        }
    }

    /** Keeps what has arrived in full, where somebody wants it. */
    private void arrive(AutogradMeta at, Tensor grad) {
        if (wanted != null && wanted.contains(at)) {
            found.put(at, grad.alias());
        }
        if (at.retained && (useful == null || useful.contains(at))) {
            pending.put(at, grad.alias());
            leaves.add(at);
        }
    }

    private void pass(Node node, @Nullable Tensor[] grads, Tensor grad, Scope temporaries) {
        Node.Rule entered = node.enter();
        boolean passed = false;
        try {
            Node.Rule rule = entered.forOnePass(grads, node.inputs, useful);
            for (int i = 0; i < node.inputs.length; i++) {
                AutogradMeta input = node.inputs[i];
                if (input == null || (useful != null && !useful.contains(input))) {
                    continue;
                }
                Tensor g = rule.gradient(i, grad, node.saved());
                if (g != null) {
                    check(g, node, i);
                    deposit(input, g == grad ? grad.alias() : owned(g, temporaries), temporaries);
                }
            }
            passed = true;
        } finally {
            node.leave(passed && !retainGraph ? passage : null);
        }
    }

    private static void check(Tensor g, Node node, int input) {
        g.checkOpen(node.name);
        if (g.dtype() != DType.FLOAT32) {
            throw new IllegalStateException(
                    "backward: " + node.name + " gave a gradient that is " + g.dtype() + "; it must be FLOAT32");
        }
        if (!Arrays.equals(g.sizes(), node.inputShapes[input])) {
            throw new IllegalStateException("backward: " + node.name + " gave a gradient of shape " + g.shape()
                    + " for an input of shape " + Axes.name(node.inputShapes[input]) + "; it must have that shape");
        }
    }

    /** Whether the walk goes on from a node to an input: what it only arrives at is neither needed nor freed. */
    private boolean isPassed(Node node) {
        if (useful == null) {
            return true;
        }
        for (AutogradMeta input : node.inputs) {
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

    private void deposit(AutogradMeta to, Tensor arrived, Scope temporaries) {
        Tensor g = atHome(to, arrived, temporaries);
        Tensor before = pending.get(to);
        if (before == null) {
            pending.put(to, g);
            if (to.node == null) {
                leaves.add(to);
            }
            return;
        }
        if (!createGraph && AutogradMeta.standsAlone(before)) {
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
    private Tensor atHome(AutogradMeta to, Tensor g, Scope temporaries) {
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

    /** A leaf's gradient and, if it is recorded, its sum with {@code before}, what the leaf had. */
    private record Arrival(
            AutogradMeta leaf, Tensor gradient, @Nullable Tensor before, Tensor sum) {}

    /** The leaves' gradients have arrived in full. All that may fail is done before the first leaf is changed. */
    private void commit() {
        List<Arrival> arrivals = new ArrayList<>();
        for (AutogradMeta leaf : leaves) {
            Tensor g = pending.get(leaf);
            if (g == null) {
                continue;
            }
            if (leaf.node == null && !leaf.hooks().isEmpty()) {
                g = hooked(leaf, g);
                pending.put(leaf, g);
            }
            if (wanted != null && leaf.node == null) {
                pending.remove(leaf);
                if (wanted.contains(leaf)) {
                    found.put(leaf, g);
                } else if (!createGraph) {
                    g.close();
                }
                continue;
            }
            Tensor before = leaf.open();
            if (!createGraph && before == null) {
                g = AutogradMeta.standingAlone(g);
                pending.put(leaf, g);
            }
            arrivals.add(new Arrival(leaf, g, before, createGraph ? recordedSum(before, g) : g));
        }
        for (Arrival arrival : arrivals) {
            pending.remove(arrival.leaf);
            if (createGraph) {
                replace(arrival);
            } else {
                arrival.leaf.add(arrival.gradient);
            }
        }
    }

    private static Tensor recordedSum(@Nullable Tensor before, Tensor g) {
        return before != null ? before.add(g) : AutogradMeta.standsAlone(g) ? g : g.clone();
    }

    private static void replace(Arrival arrival) {
        Tensor before = arrival.before;
        Tensor sum = arrival.sum;
        while (!arrival.leaf.replace(before, sum)) { // another thread has added its own meanwhile
            before = arrival.leaf.open();
            sum = recordedSum(before, arrival.gradient);
        }
    }
}
