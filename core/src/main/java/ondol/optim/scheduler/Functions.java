package ondol.optim.scheduler;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongToDoubleFunction;
import ondol.optim.Optimizer;

/** Functions of the epoch, one for each group. */
final class Functions {
    private Functions() {}

    static LongToDoubleFunction[] perGroup(String name, Optimizer optimizer, LongToDoubleFunction[] given) {
        int groups = Check.given(name, optimizer).paramGroups().size();
        Objects.requireNonNull(
                given, () -> name + ": the functions are null; give one for all groups, or one for each");
        for (LongToDoubleFunction function : given) {
            Objects.requireNonNull(function, () -> name + ": a function is null; give one of the epoch");
        }
        if (given.length != 1 && given.length != groups) {
            throw new IllegalArgumentException(name + ": there are " + given.length + " functions for " + groups
                    + " groups; give one for all groups, or one for each");
        }
        LongToDoubleFunction[] all = new LongToDoubleFunction[groups];
        Arrays.setAll(all, i -> given[given.length == 1 ? 0 : i]);
        return all;
    }
}
