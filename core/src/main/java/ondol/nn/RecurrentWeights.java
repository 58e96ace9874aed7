package ondol.nn;

import java.util.Objects;
import ondol.op.RecurrenceOptions;

/** The common parts of recurrent networks and their cells: sizes, options, and how weights are drawn. */
abstract sealed class RecurrentWeights extends Module permits RecurrentModule, RecurrentCellModule {
    private final int gates;
    private final long inputSize;
    private final long hiddenSize;
    private final RecurrenceOptions options;

    RecurrentWeights(String name, int gates, long inputSize, long hiddenSize, RecurrenceOptions options) {
        this.gates = gates;
        this.inputSize = Drawn.size(name, "inputSize", inputSize);
        this.hiddenSize = Drawn.size(name, "hiddenSize", hiddenSize);
        this.options = Objects.requireNonNull(
                options, () -> name + ": the options are null; give new RecurrenceOptions() for the defaults");
    }

    /** The weights and biases of one layer and direction, which reads {@code in} features and shows {@code shown}. */
    final void drawn(String suffix, long in, long shown) {
        drawn("weight_ih" + suffix, new long[] {gates * hiddenSize, in});
        drawn("weight_hh" + suffix, new long[] {gates * hiddenSize, shown});
        if (options.hasBias()) {
            drawn("bias_ih" + suffix, new long[] {gates * hiddenSize});
            drawn("bias_hh" + suffix, new long[] {gates * hiddenSize});
        }
    }

    final void drawn(String name, long[] sizes) {
        register(name, Drawn.uniform(options.generator(), 1 / Math.sqrt((double) hiddenSize), sizes));
    }

    /** {@return how many features an input has} */
    public final long inputSize() {
        return inputSize;
    }

    /** {@return how many features the hidden state has, before a projection} */
    public final long hiddenSize() {
        return hiddenSize;
    }

    /** {@return the settings: biases, of a network also layers and directions, and the rest} */
    public final RecurrenceOptions options() {
        return options;
    }
}
