package ondol.nn;

import java.util.List;
import java.util.Objects;
import ondol.Tensor;
import ondol.op.RecurrenceOptions;

/** What {@link RNN}, {@link LSTM} and {@link GRU} have in common: sizes, options, and weights named as PyTorch names them. */
abstract sealed class RecurrentModule extends Module permits RNN, LSTM, GRU {
    private final long inputSize;
    private final long hiddenSize;
    private final RecurrenceOptions options;

    RecurrentModule(String name, int gates, long inputSize, long hiddenSize, RecurrenceOptions options) {
        this.inputSize = Drawn.size(name, "inputSize", inputSize);
        this.hiddenSize = Drawn.size(name, "hiddenSize", hiddenSize);
        this.options = Objects.requireNonNull(
                options, () -> name + ": the options are null; give new RecurrenceOptions() for the defaults");
        long projected = options.projSize();
        if (projected > 0 && (gates != 4 || projected >= hiddenSize)) {
            throw new IllegalArgumentException(name + ": projSize is " + projected + "; "
                    + (gates == 4
                            ? "it must be less than hiddenSize, " + hiddenSize
                            : "only an LSTM has a projection"));
        }
        Drawn.all(this, options.generator(), () -> register(gates));
    }

    private void register(int gates) {
        long projected = options.projSize();
        long shown = projected > 0 ? projected : hiddenSize;
        int directions = options.isBidirectional() ? 2 : 1;
        for (int layer = 0; layer < options.numLayers(); layer++) {
            for (int d = 0; d < directions; d++) {
                String name = "_l" + layer + (d == 1 ? "_reverse" : "");
                drawn("weight_ih" + name, gates * hiddenSize, layer == 0 ? inputSize : directions * shown);
                drawn("weight_hh" + name, gates * hiddenSize, shown);
                if (options.hasBias()) {
                    drawn("bias_ih" + name, gates * hiddenSize);
                    drawn("bias_hh" + name, gates * hiddenSize);
                }
                if (projected > 0) {
                    drawn("weight_hr" + name, projected, hiddenSize);
                }
            }
        }
    }

    private void drawn(String name, long... sizes) {
        register(name, Drawn.uniform(options.generator(), 1 / Math.sqrt((double) hiddenSize), sizes));
    }

    /** The weights as {@code ondol.op.Recurrence} takes them. */
    final List<Tensor> weights() {
        return parameters();
    }

    /** How many features a step's input has. */
    public final long inputSize() {
        return inputSize;
    }

    /** How many features the hidden state has, before a projection. */
    public final long hiddenSize() {
        return hiddenSize;
    }

    /** Layers, directions and the rest. */
    public final RecurrenceOptions options() {
        return options;
    }

    @Override
    protected final String extraRepr() {
        StringBuilder text = new StringBuilder(inputSize + ", " + hiddenSize);
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
