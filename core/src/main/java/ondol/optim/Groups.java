package ondol.optim;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks of an optimizer's groups together. */
final class Groups {
    private Groups() {}

    /** Looks at groups that shall join those that are there; the name is the optimizer's, for the message. */
    static void check(Optimizer optimizer, List<ParameterGroup> there, ParameterGroup... added) {
        String name = optimizer.name();
        Map<Tensor, Integer> groupOf = new IdentityHashMap<>();
        for (int g = 0; g < there.size(); g++) {
            for (Tensor p : there.get(g).parameters()) {
                groupOf.put(p, g);
            }
        }
        boolean single = there.size() + added.length == 1;
        for (int i = 0; i < added.length; i++) {
            int g = there.size() + i;
            boolean twice = List.of(added).indexOf(added[i]) < i;
            if (twice || added[i].owner() != null) {
                throw new IllegalArgumentException(name + ": group " + g + " belongs to "
                        + (twice || added[i].owner() == optimizer ? "this optimizer" : "another optimizer")
                        + " already; make a new ParameterGroup");
            }
            List<Tensor> given = added[i].parameters();
            for (int j = 0; j < given.size(); j++) {
                String fault = fault(given.get(j), g, groupOf);
                if (fault != null) {
                    throw new IllegalArgumentException(name + ": parameter " + j + (single ? "" : " of group " + g)
                            + " of shape " + given.get(j).shape() + " " + fault);
                }
            }
        }
        if (groupOf.isEmpty()) {
            throw new IllegalArgumentException(
                    name + ": there are no parameters to optimize; pass net.parameters() of a net that has some"
                            + " (a module's fields count only when registered: register(\"name\", ...))");
        }
    }

    private static @Nullable String fault(Tensor p, int group, Map<Tensor, Integer> groupOf) {
        Integer before = groupOf.put(p, group);
        if (before == null) {
            return Faults.of(p);
        }
        return before == group ? "occurs twice; pass it once" : "is in group " + before + " too; pass it once";
    }

    /** The learning rate that all have. */
    static double lr(String optimizer, List<ParameterGroup> groups) {
        double first = groups.getFirst().lr();
        for (ParameterGroup group : groups) {
            if (group.lr() != first) {
                throw new IllegalStateException(optimizer + ".lr: the groups have different learning rates, " + first
                        + " and " + group.lr() + "; ask each of paramGroups()");
            }
        }
        return first;
    }

    /** The fault of saved groups, apart from their settings; null if there is none. */
    static @Nullable String fault(List<ParameterGroup> groups, List<Optimizer.GroupState> saved) {
        List<Integer> theirs =
                saved.stream().map(Optimizer.GroupState::parameters).toList();
        List<Integer> ours = groups.stream().map(g -> g.parameters().size()).toList();
        if (!theirs.equals(ours)) {
            return "its groups have " + theirs + " parameters, not " + ours;
        }
        for (int i = 0; i < saved.size(); i++) {
            Map<String, Double> settings = saved.get(i).settings();
            if (!settings.containsKey("lr")) {
                return "group " + i + " has no lr";
            }
            for (String rate : List.of("lr", "initialLr")) {
                double value = Objects.requireNonNull(settings.getOrDefault(rate, 0.0));
                if (!(value >= 0) || Double.isInfinite(value)) {
                    return rate + " of group " + i + " is " + value + ", which is no finite number of 0 or more";
                }
            }
        }
        return null;
    }
}
