package ondol.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** Copies a saved state into a module's tensors, all or nothing. */
final class StateDict {
    private StateDict() {}

    static IncompatibleKeys load(
            String module, Map<String, Tensor> members, Map<String, Tensor> state, boolean strict) {
        checkNull(module, state);
        Set<String> missing = without(members.keySet(), state.keySet());
        Set<String> unexpected = without(state.keySet(), members.keySet());
        Map<String, Tensor> common = new LinkedHashMap<>(members);
        common.keySet().removeAll(missing);
        List<String> faults = faults(common, state);
        if (strict) {
            addNames(faults, "unexpected: ", unexpected);
            addNames(faults, "missing: ", missing);
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(module + ".loadStateDict: the state does not fit, nothing was loaded\n  "
                    + String.join("\n  ", faults) + "\nLoad the state of a module that was built the same way");
        }
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            // All memory is taken first: from then on, nothing can fail half-way.
            Map<String, Tensor> ready = new LinkedHashMap<>();
            common.forEach((name, t) -> ready.put(name, ready(of(state, name), t, common.values())));
            common.forEach((name, t) -> t.copyFrom(of(ready, name)));
        }
        return new IncompatibleKeys(List.copyOf(missing), List.copyOf(unexpected));
    }

    private static Set<String> without(Set<String> names, Set<String> others) {
        Set<String> rest = new TreeSet<>(names);
        rest.removeAll(others);
        return rest;
    }

    private static void addNames(List<String> faults, String what, Set<String> names) {
        if (!names.isEmpty()) {
            faults.addFirst(what + String.join(", ", names));
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

    /** A state under other names. */
    static Map<String, Tensor> renamed(String module, Map<String, Tensor> state, UnaryOperator<String> rename) {
        Objects.requireNonNull(
                rename, () -> module + ".loadStateDict: the renaming is null; give name -> name to keep the names");
        checkNull(module, state);
        Map<String, Tensor> renamed = new LinkedHashMap<>();
        Map<String, String> from = new HashMap<>();
        state.forEach((name, t) -> {
            String as = rename.apply(name);
            if (as == null) {
                throw new IllegalArgumentException(module + ".loadStateDict: the renaming gives null for '" + name
                        + "'; give a name, and leave out of the state what is not to be loaded");
            }
            String other = from.put(as, name);
            if (other != null) {
                throw new IllegalArgumentException(module + ".loadStateDict: '" + other + "' and '" + name
                        + "' both become '" + as + "'; give names that differ");
            }
            renamed.put(as, t);
        });
        return renamed;
    }

    private static void checkNull(String module, Map<String, Tensor> state) {
        Objects.requireNonNull(
                state,
                () -> module + ".loadStateDict: the state is null; give what stateDict() of such a module returned");
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
        members.forEach((name, t) -> {
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
        });
        return faults;
    }

    private static Tensor of(Map<String, Tensor> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
