package ondol.optim;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Checks of an optimizer's tensors. Each gives the fault in words that follow the tensor's name, or null if there is none. */
final class Faults {
    /** The largest number of steps in a state: doubles count no further, and no training makes so many. */
    private static final long MOST_STEPS = 1L << 53;

    private Faults() {}

    /** The tensors to optimize, without nulls. */
    static List<Tensor> tensors(String who, Collection<Tensor> parameters) {
        Objects.requireNonNull(parameters, () -> who + ": the parameters are null; pass net.parameters()");
        int at = 0;
        for (Tensor p : parameters) {
            if (p == null) {
                throw new IllegalArgumentException(
                        who + ": parameter " + at + " is null; pass tensors only, such as net.parameters()");
            }
            at++;
        }
        return List.copyOf(parameters);
    }

    /** A setting that is a finite number of 0 or more. */
    static double atLeastZero(String who, String setting, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    who + ": " + setting + " is " + value + "; it must be a finite number of 0 or more");
        }
        return value;
    }

    /** The fault of a tensor that is to be optimized. */
    static @Nullable String of(Tensor p) {
        if (p.isClosed()) {
            return "is closed";
        }
        if (!p.isLeaf()) {
            return "was computed by " + p.gradFn() + "; only leaves can be optimized: pass what it was computed from";
        }
        if (!p.requiresGrad() && !p.isParameter()) {
            return "requires no gradient; call requiresGrad(true) before it is used";
        }
        if (p.isOverlapping()) {
            return "is a view in which elements share memory; pass a clone() of it";
        }
        return null;
    }

    /** The fault of a parameter that is to be changed now. */
    static @Nullable String of(Tensor p, Tensor gradient, Map<String, Tensor> state) {
        if (p.isClosed()) {
            return "is closed; make the optimizer of tensors that stay open";
        }
        if (!p.isLeaf()) {
            return "was computed by " + p.gradFn() + "; change parameters under Autograd.noGrad()";
        }
        if (gradient.isClosed()) {
            return "has a gradient that is closed; call zeroGrad() and backward() again";
        }
        if (gradient.device() != p.device()
                || gradient.dtype() != p.dtype()
                || !gradient.shape().equals(p.shape())) {
            return "is " + text(p) + " but its gradient is " + text(gradient)
                    + "; call zeroGrad() and backward() again";
        }
        for (var entry : state.entrySet()) {
            if (entry.getValue().isClosed()) {
                return "has a state in which " + entry.getKey() + " is closed; load a state, or make a new optimizer";
            }
        }
        return null;
    }

    private static String text(Tensor t) {
        return t.dtype() + " of shape " + t.shape() + " on " + t.device();
    }

    /** The fault of the state of a parameter; the text begins with the parameter. */
    static @Nullable String of(
            String name, Tensor p, Optimizer.ParameterState saved, @Nullable Set<String> known, Set<String> required) {
        long steps = saved.step();
        if (p.isClosed()) {
            return "the optimizer's " + name + " is closed";
        }
        if (steps < 0 || steps > MOST_STEPS) {
            return name + " has made " + steps + " steps, not 0 to 2^53";
        }
        for (var entry : new TreeMap<>(saved.tensors()).entrySet()) {
            Tensor t = entry.getValue();
            if (known != null && !known.contains(entry.getKey())) {
                return name + " has a tensor '" + entry.getKey() + "', which is none of " + new TreeSet<>(known);
            }
            if (t.isClosed() || !t.shape().equals(p.shape()) || t.dtype() != p.dtype()) {
                return entry.getKey() + " of " + name + " is "
                        + (t.isClosed() ? "closed" : t.dtype() + " of shape " + t.shape()) + ", not " + p.dtype()
                        + " of shape " + p.shape();
            }
        }
        for (String needed : new TreeSet<>(required)) {
            if (steps > 0 && !saved.tensors().containsKey(needed)) {
                return name + " has made " + steps + " steps but has no '" + needed + "'";
            }
        }
        return null;
    }

    /** An immutable copy, without nulls. */
    static <V> Map<String, V> copy(String what, Map<String, V> map) {
        Objects.requireNonNull(map, () -> what + " are null; give a map, empty if there are none");
        map.forEach((name, value) -> {
            if (name == null || value == null) {
                throw new IllegalArgumentException(
                        what + " have " + value + " for '" + name + "'; leave out what is null");
            }
        });
        return Map.copyOf(map);
    }

    /** An immutable copy of a state's list, without nulls. */
    static <V> List<V> copy(String what, List<V> list) {
        Objects.requireNonNull(
                list, () -> "Optimizer.State: the " + what + "s' states are null; give one for each " + what);
        for (int i = 0; i < list.size(); i++) {
            int at = i;
            Objects.requireNonNull(
                    list.get(i),
                    () -> "Optimizer.State: the state of " + what + " " + at + " is null; give one for each " + what);
        }
        return List.copyOf(list);
    }

    /** The settings of a saved group that are neither the learning rate nor where it started. */
    static Map<String, Double> own(Optimizer.GroupState saved) {
        Map<String, Double> own = new TreeMap<>(saved.settings());
        own.remove("lr");
        own.remove("initialLr");
        return own;
    }
}
