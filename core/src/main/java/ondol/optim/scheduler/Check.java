package ondol.optim.scheduler;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;

/** Refuses settings, states and learning rates that cannot be; the name is the scheduler's, for the message. */
final class Check {
    private Check() {}

    static Optimizer given(String name, Optimizer optimizer) {
        return Objects.requireNonNull(optimizer, () -> name + ": the optimizer is null; give the one to schedule");
    }

    static long atLeast(String name, String setting, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " is " + value + "; it must be " + least + " or more");
        }
        return value;
    }

    static double atLeastZero(String name, String setting, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " is " + value + "; it must be a finite number of 0 or more");
        }
        return value;
    }

    static double positive(String name, String setting, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " is " + value + "; it must be a finite number above 0");
        }
        return value;
    }

    /** A number between two, both included. */
    static double between(String name, String setting, double least, double most, double value) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " is " + value + "; it must be from " + least + " to " + most);
        }
        return value;
    }

    /** A factor above 0, at most 1. */
    static double fraction(String name, String setting, double value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " is " + value + "; it must be above 0 and at most 1");
        }
        return value;
    }

    /** Learning rates, one for each group, or one for all. */
    static double[] perGroup(String name, String setting, Optimizer optimizer, double[] values) {
        Objects.requireNonNull(
                values, () -> name + ": " + setting + " is null; give one for all groups, or one for each");
        double[] all = new double[optimizer.paramGroups().size()];
        if (values.length != 1 && values.length != all.length) {
            throw new IllegalArgumentException(name + ": there are " + values.length + " values of " + setting + " for "
                    + all.length + " groups; give one for all groups, or one for each");
        }
        for (int i = 0; i < all.length; i++) {
            all[i] = atLeastZero(name, setting, values[values.length == 1 ? 0 : i]);
        }
        return all;
    }

    /** A learning rate that a formula gave. */
    static double rate(String name, int group, long epoch, double lr) {
        if (!(lr >= 0) || Double.isInfinite(lr)) {
            throw new IllegalArgumentException(name + ": the learning rate of group " + group + " would be " + lr
                    + " in epoch " + epoch + "; it must be a finite number of 0 or more");
        }
        return lr;
    }

    static double[] rates(List<ParameterGroup> groups) {
        return groups.stream().mapToDouble(ParameterGroup::lr).toArray();
    }

    static void put(Map<String, Double> values, String setting, double[] perGroup) {
        for (int i = 0; i < perGroup.length; i++) {
            values.put(setting + "." + i, perGroup[i]);
        }
    }

    // ---- states

    /** Whether a state is one of a scheduler with these settings; the names of what a step changes are those of the state. */
    static void fits(String name, SchedulerState state, Map<String, Double> settings, Map<String, Double> changing) {
        Objects.requireNonNull(state, () -> name + ".loadStateDict: the state is null; give what stateDict() returned");
        if (!state.scheduler().equals(name)) {
            throw notFitting(name, "it is the state of " + state.scheduler());
        }
        Map<String, Double> expected = new LinkedHashMap<>(changing);
        expected.putAll(settings);
        if (!state.values().keySet().equals(expected.keySet())) {
            throw notFitting(name, "it has " + state.values().keySet() + ", not " + expected.keySet());
        }
        settings.forEach((setting, value) -> {
            if (!value.equals(state.values().get(setting))) {
                throw notFitting(name, setting + " is " + state.values().get(setting) + " in it, not " + value);
            }
        });
    }

    /** A saved number of steps, of at least so many. */
    static long count(String name, SchedulerState state, String key, long least) {
        double value = value(state, key);
        if (!(value >= least && value <= 0x1p53) || value != Math.rint(value)) {
            throw notFitting(name, key + " is " + value + ", no whole number from " + least + " to 2^53");
        }
        return (long) value;
    }

    /** Saved learning rates, one for each group. */
    static double[] rates(String name, SchedulerState state, String key, int groups) {
        double[] all = new double[groups];
        for (int i = 0; i < groups; i++) {
            all[i] = value(state, key + "." + i);
            if (!(all[i] >= 0) || Double.isInfinite(all[i])) {
                throw notFitting(name, key + "." + i + " is " + all[i] + ", no finite number of 0 or more");
            }
        }
        return all;
    }

    static double value(SchedulerState state, String key) {
        return Objects.requireNonNull(state.values().get(key));
    }

    static IllegalArgumentException notFitting(String name, String fault) {
        return new IllegalArgumentException(name + ".loadStateDict: the state does not fit: " + fault
                + "; load the state of a scheduler that was made the same way");
    }

    static List<Double> list(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
