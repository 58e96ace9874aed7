package ondol.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** Copies a saved state into a module's tensors, all or nothing. */
final class StateDict {
    private StateDict() {}

    static void load(String module, Map<String, Tensor> members, Map<String, Tensor> state) {
        Objects.requireNonNull(
                state,
                () -> module + ".loadStateDict: the state is null; give what stateDict() of such a module returned");
        checkNull(module, state);
        List<String> faults = faults(members, state);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(module + ".loadStateDict: the state does not fit, nothing was loaded\n  "
                    + String.join("\n  ", faults) + "\nLoad the state of a module that was built the same way");
        }
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            // What needs memory comes first: from then on, nothing can fail half-way.
            Map<String, Tensor> ready = new LinkedHashMap<>();
            members.forEach((name, t) -> ready.put(name, ready(of(state, name), t, members.values())));
            members.forEach((name, t) -> t.copyFrom(of(ready, name)));
        }
    }

    /** The values for a member: on its device, and apart from what will be overwritten. */
    private static Tensor ready(Tensor values, Tensor member, Collection<Tensor> members) {
        if (values.device() != member.device()) {
            return values.to(member.device());
        }
        for (Tensor other : members) {
            if (values.sharesStorageWith(other)) {
                return values.clone();
            }
        }
        return values;
    }

    private static void checkNull(String module, Map<String, Tensor> state) {
        state.forEach((name, t) -> {
            if (name == null) {
                throw new IllegalArgumentException(
                        module + ".loadStateDict: the state has null for a name; take the names of stateDict()");
            }
            if (t == null) {
                throw new IllegalArgumentException(
                        module + ".loadStateDict: the state has null for '" + name + "'; give a tensor");
            }
        });
    }

    private static List<String> faults(Map<String, Tensor> members, Map<String, Tensor> state) {
        List<String> faults = new ArrayList<>();
        var missing = new TreeSet<>(members.keySet());
        missing.removeAll(state.keySet());
        if (!missing.isEmpty()) {
            faults.add("missing: " + String.join(", ", missing));
        }
        var unexpected = new TreeSet<>(state.keySet());
        unexpected.removeAll(members.keySet());
        if (!unexpected.isEmpty()) {
            faults.add("unexpected: " + String.join(", ", unexpected));
        }
        members.forEach((name, t) -> {
            if (!missing.contains(name)) {
                Tensor given = of(state, name);
                if (t.isClosed()) {
                    faults.add(name + ": the tensor in the module is closed");
                } else if (given.isClosed()) {
                    faults.add(name + ": the tensor in the state is closed");
                } else if (!given.shape().equals(t.shape())) {
                    faults.add(name + ": shape " + given.shape() + " in the state, " + t.shape() + " in the module");
                } else if (t.isOverlapping()) {
                    faults.add(name + ": the tensor in the module is a view in which elements share memory");
                }
            }
        });
        return faults;
    }

    private static Tensor of(Map<String, Tensor> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
