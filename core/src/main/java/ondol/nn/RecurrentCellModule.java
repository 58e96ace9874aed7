package ondol.nn;

import ondol.Tensor;
import ondol.op.RecurrenceOptions;
import org.jspecify.annotations.Nullable;

/** The common parts of {@link RNNCell}, {@link LSTMCell} and {@link GRUCell}. */
abstract sealed class RecurrentCellModule extends RecurrentWeights permits RNNCell, LSTMCell, GRUCell {
    RecurrentCellModule(String name, int gates, long inputSize, long hiddenSize, RecurrenceOptions options) {
        super(name, gates, inputSize, hiddenSize, options);
        Drawn.all(this, options.generator(), () -> drawn("", inputSize, hiddenSize));
    }

    final Tensor weight(String which) {
        return parameter("weight_" + which);
    }

    final @Nullable Tensor bias(String which) {
        return options().hasBias() ? parameter("bias_" + which) : null;
    }

    @Override
    protected final String extraRepr() {
        boolean relu = options().nonlinearity() == RecurrenceOptions.Nonlinearity.RELU && this instanceof RNNCell;
        return inputSize() + ", " + hiddenSize() + (options().hasBias() ? "" : ", bias=False")
                + (relu ? ", nonlinearity=relu" : "");
    }
}
