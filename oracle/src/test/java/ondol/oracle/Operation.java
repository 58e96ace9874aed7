package ondol.oracle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** One operation and how its trials are drawn. */
final class Operation {
    final String name;
    final Function<Draw, Trial> trials;
    /** The explained differences it may show, and how each is recognised. */
    final Map<Difference, Predicate<Mismatch>> explanations = new LinkedHashMap<>();

    Operation(String name, Function<Draw, Trial> trials) {
        this.name = name;
        this.trials = trials;
    }

    /** Mismatches that satisfy the condition are counted as this difference instead of failing. */
    Operation explain(Difference difference, Predicate<Mismatch> when) {
        explanations.merge(difference, when, Predicate::or);
        return this;
    }

    @Override
    public String toString() {
        return name;
    }

    /** A table of operations being written. */
    abstract static class Table {
        final List<Operation> operations = new ArrayList<>();

        /**
         * Adds an operation.
         *
         * @param name the public method's name, with something in brackets if it has several rows: {@code sum(axes)}
         */
        Operation op(String name, Function<Draw, Trial> trials) {
            Operation operation = new Operation(name, trials);
            operations.add(operation);
            return operation;
        }
    }
}
