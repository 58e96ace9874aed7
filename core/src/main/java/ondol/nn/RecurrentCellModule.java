package ondol.nn;

import java.util.Objects;
import ondol.Tensor;
import ondol.op.RecurrenceOptions;
import org.jspecify.annotations.Nullable;

/** What {@link RNNCell}, {@link LSTMCell} and {@link GRUCell} have in common. */
abstract sealed class RecurrentCellModule extends Module permits RNNCell, LSTMCell, GRUCell {
    private final long inputSize;
    private final long hiddenSize;
    private final RecurrenceOptions options;

    RecurrentCellModule(String name, int gates, long inputSize, long hiddenSize, RecurrenceOptions options) {
        this.inputSize = Drawn.size(name, "inputSize", inputSize);
        this.hiddenSize = Drawn.size(name, "hiddenSize", hiddenSize);
        this.options = Objects.requireNonNull(
                options, () -> name + ": the options are null; give new RecurrenceOptions() for the defaults");
        Drawn.all(this, options.generator(), () -> {
            drawn("weight_ih", gates * hiddenSize, inputSize);
            drawn("weight_hh", gates * hiddenSize, hiddenSize);
            if (options.hasBias()) {
                drawn("bias_ih", gates * hiddenSize);
                drawn("bias_hh", gates * hiddenSize);
            }
        });
    }

    private void drawn(String name, long... sizes) {
        register(name, Drawn.uniform(options.generator(), 1 / Math.sqrt((double) hiddenSize), sizes));
    }

    final Tensor weight(String which) {
        return parameter("weight_" + which);
    }

    final @Nullable Tensor bias(String which) {
        return options.hasBias() ? parameter("bias_" + which) : null;
    }

    /** How many features the input has. */
    public final long inputSize() {
        return inputSize;
    }

    /** How many features the state has. */
    public final long hiddenSize() {
        return hiddenSize;
    }

    /** Biases and the rest. */
    public final RecurrenceOptions options() {
        return options;
    }

    @Override
    protected final String extraRepr() {
        boolean relu = options.nonlinearity() == RecurrenceOptions.Nonlinearity.RELU && this instanceof RNNCell;
        return inputSize + ", " + hiddenSize + (options.hasBias() ? "" : ", bias=False")
                + (relu ? ", nonlinearity=relu" : "");
    }
}
