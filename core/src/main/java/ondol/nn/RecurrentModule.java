package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.RecurrenceOptions;

/** The common parts of {@link RNN}, {@link LSTM} and {@link GRU}: sizes, options, and weights named as PyTorch names them. */
abstract sealed class RecurrentModule extends RecurrentWeights permits RNN, LSTM, GRU {
    RecurrentModule(String name, int gates, long inputSize, long hiddenSize, RecurrenceOptions options) {
        super(name, gates, inputSize, hiddenSize, options);
        long projected = options.projSize();
        if (projected > 0 && (gates != 4 || projected >= hiddenSize)) {
            throw new IllegalArgumentException(name + ": projSize is " + projected + "; "
                    + (gates == 4
                            ? "it must be less than hiddenSize, " + hiddenSize
                            : "only an LSTM has a projection"));
        }
        Drawn.all(this, options.generator(), this::register);
    }

    private void register() {
        RecurrenceOptions options = options();
        long projected = options.projSize();
        long shown = projected > 0 ? projected : hiddenSize();
        int directions = options.isBidirectional() ? 2 : 1;
        for (int layer = 0; layer < options.numLayers(); layer++) {
            for (int d = 0; d < directions; d++) {
                String name = "_l" + layer + (d == 1 ? "_reverse" : "");
                drawn(name, layer == 0 ? inputSize() : directions * shown, shown);
                if (projected > 0) {
                    drawn("weight_hr" + name, new long[] {projected, hiddenSize()});
                }
            }
        }
    }

    /** The weights as {@code ondol.op.Recurrence} takes them. */
    final List<Tensor> weights() {
        return parameters();
    }

    @Override
    protected final String extraRepr() {
        RecurrenceOptions options = options();
        StringBuilder text = new StringBuilder(inputSize() + ", " + hiddenSize());
        if (options.projSize() > 0) {
            text.append(", proj_size=").append(options.projSize());
        }
        if (options.numLayers() != 1) {
            text.append(", num_layers=").append(options.numLayers());
        }
        text.append(options.hasBias() ? "" : ", bias=False");
        text.append(options.isBatchFirst() ? ", batch_first=True" : "");
        if (options.dropout() != 0) {
            text.append(", dropout=").append(Repr.of(options.dropout()));
        }
        return text.append(options.isBidirectional() ? ", bidirectional=True" : "")
                .toString();
    }
}
