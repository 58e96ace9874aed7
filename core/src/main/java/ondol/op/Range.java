package ondol.op;

import java.util.function.Function;
import java.util.function.Supplier;
import ondol.Scope;
import ondol.Tensor;

/** The least and the most of some numbers: of classes, rows or places. */
record Range(long least, long most) {
    /** The range of numbers (INT64), of which there is at least one. */
    static Range of(Tensor numbers) {
        return new Range(numbers.min().itemLong(), numbers.max().itemLong());
    }

    /** Which of the two is wrong, if one is, where numbers begin with 0. */
    long wrong() {
        return least < 0 ? least : most;
    }

    /**
     * Looks something up by numbers. Those out of range are found by looking up, and refused in an operation's own words; so
     * their range is asked for only then.
     */
    static Tensor named(Supplier<Tensor> numbers, Function<Range, RuntimeException> refusal, Supplier<Tensor> lookUp) {
        try {
            return lookUp.get();
        } catch (IndexOutOfBoundsException e) {
            RuntimeException refused;
            try (var _ = Scope.open()) {
                refused = refusal.apply(of(numbers.get()));
            }
            refused.initCause(e);
            throw refused;
        }
    }
}
