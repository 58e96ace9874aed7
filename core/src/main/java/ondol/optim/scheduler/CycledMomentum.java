package ondol.optim.scheduler;

import java.util.List;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;

/** A momentum that goes up and down with the learning rate: SGD's, or the first of Adam's betas. */
final class CycledMomentum {
    /** The momentum as a function of the epoch. */
    interface Formula {
        double at(long epoch);
    }

    private final String setting;
    private final Formula formula;

    private CycledMomentum(String setting, Formula formula) {
        this.setting = setting;
        this.formula = formula;
    }

    /**
     * The momentum of an optimizer that has one.
     *
     * @throws IllegalArgumentException if it has none, or a bound is out of range
     */
    static CycledMomentum of(String name, Optimizer optimizer, double base, double max, Formula formula) {
        String how = "; switch it on, or give cycleMomentum(false)";
        List<ParameterGroup> groups = optimizer.paramGroups();
        boolean beta = groups.getFirst().settings().containsKey("beta1");
        String setting = beta ? "beta1" : "momentum";
        for (int i = 0; i < groups.size(); i++) {
            if (!groups.get(i).settings().containsKey(setting)) {
                throw new IllegalArgumentException(name + ": the momentum of an optimizer without any, " + optimizer
                        + ", cannot be cycled; give" + " cycleMomentum(false)");
            }
            if (!beta && groups.get(i).get(setting) == 0) {
                throw new IllegalArgumentException(
                        name + ": the momentum is to be cycled, but that of group " + i + " is 0" + how);
            }
        }
        for (double bound : new double[] {base, max}) {
            if (!(bound > 0) || Double.isInfinite(bound) || beta && bound >= 1) {
                throw new IllegalArgumentException(name + ": " + setting + " is to be cycled from " + base + " to "
                        + max + "; both must be finite and above 0" + (beta ? " and below 1" : ""));
            }
        }
        return new CycledMomentum(setting, formula);
    }

    /** Gives it to all groups, or to none. */
    void set(String name, List<ParameterGroup> groups, long epoch) {
        double value = formula.at(epoch);
        if (!(value > 0) || Double.isInfinite(value) || setting.equals("beta1") && value >= 1) {
            throw new IllegalArgumentException(
                    name + ": " + setting + " would be " + value + " in epoch " + epoch + "; that is out of range");
        }
        for (ParameterGroup group : groups) {
            group.set(setting, value);
        }
    }

    Runnable undo(List<ParameterGroup> groups) {
        double[] before = groups.stream().mapToDouble(g -> g.get(setting)).toArray();
        return () -> {
            for (int i = 0; i < before.length; i++) {
                groups.get(i).set(setting, before[i]);
            }
        };
    }
}
