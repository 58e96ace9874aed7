package ondol.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** Copies a saved state into a module's tensors, all or nothing. */
final class StateDict {
    private StateDict() {}

    static void load(String module, Map<String, Tensor> members, Map<String, Tensor> state) {
        List<String> faults = faults(members, state);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(module + ".loadStateDict: the state does not fit, nothing was loaded\n  "
                    + String.join("\n  ", faults) + "\nLoad the state of a module that was built the same way");
        }
        try (var _ = Autograd.noGrad()) {
            members.forEach((name, t) -> t.copyFrom(of(state, name)));
        }
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
                if (given.isClosed()) {
                    faults.add(name + ": the tensor in the state is closed");
                } else if (!given.shape().equals(t.shape())) {
                    faults.add(name + ": shape " + given.shape() + " in the state, " + t.shape() + " in the module");
                }
            }
        });
        return faults;
    }

    private static Tensor of(Map<String, Tensor> state, String name) {
        Tensor t = state.get(name);
        if (t == null) {
            throw new IllegalArgumentException("loadStateDict: the state has null for '" + name + "'; give a tensor");
        }
        return t;
    }
}
