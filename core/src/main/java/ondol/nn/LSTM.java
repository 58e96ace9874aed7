package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import org.jspecify.annotations.Nullable;

/**
 * Long short-term memory; PyTorch's {@code torch.nn.LSTM}. The formulas are {@link Recurrence}'s.
 *
 * <p>Input [time, batch, in] ([batch, time, in] with {@link RecurrenceOptions#batchFirst}), or [time, in] for a single sequence.
 * The output has the same axes, the last of size directions * hidden (projected, if so).
 *
 * <p>The parameters are, for each layer k and then for its backward direction with {@code _reverse} behind the name,
 * {@code weight_ih_lk} [4 hidden, in], {@code weight_hh_lk} [4 hidden, hidden or projected] and, if there are biases, {@code bias_ih_lk} and
 * {@code bias_hh_lk} [4 hidden] and, if projected, {@code weight_hr_lk}
 * [projected, hidden]. They start uniform between {@code -1 / sqrt(hidden)} and {@code 1 / sqrt(hidden)}, drawn in
 * that order: with one seed the same numbers as PyTorch's.
 *
 * <pre>{@code
 * LSTM net = new LSTM(10, 20, new RecurrenceOptions().numLayers(2).bidirectional(true));
 * Tensor y = net.forward(x).output();                      // [time, batch, 40]
 * }</pre>
 */
public final class LSTM extends RecurrentModule {
    /**
     * A network of one layer and one direction, with biases, time first.
     *
     * @param inputSize how many features a step's input has
     * @param hiddenSize how many features the hidden state has
     */
    public LSTM(long inputSize, long hiddenSize) {
        this(inputSize, hiddenSize, new RecurrenceOptions());
    }

    /**
     * A network with options.
     *
     * @param inputSize how many features a step's input has
     * @param hiddenSize how many features the hidden state has
     * @param options layers, directions, biases, dropout and the order of axes
     * @throws IllegalArgumentException if a size is less than 1, or for a projection that is not smaller than the hidden state
     */
    public LSTM(long inputSize, long hiddenSize, RecurrenceOptions options) {
        super("LSTM", 4, inputSize, hiddenSize, options);
    }

    /**
     * Runs over sequences as long as the input, from states of zeros.
     *
     * @param input [time, batch, inputSize], or as the options say
     * @return the outputs of all steps, and the hidden and cells' states after the last
     */
    public Recurrence.LstmResult forward(Tensor input) {
        return forward(input, null, null, null);
    }

    /**
     * Through all layers.
     *
     * @param input as above, FLOAT32
     * @param h0 the hidden states before the first step, [layers * directions, batch, hidden or projected]; null for zeros
     * @param c0 the cells' states before the first step, [layers * directions, batch, hidden]; null for zeros
     * @param lengths how long each sequence is, INT64 [batch]; null if all are as long as the input
     * @return the last layer's hidden states, and the last of all layers
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Recurrence.LstmResult forward(
            Tensor input, @Nullable Tensor h0, @Nullable Tensor c0, @Nullable Tensor lengths) {
        return Recurrence.lstm(input, h0, c0, weights(), options(), training(), lengths);
    }

    /**
     * {@link #forward(Tensor, Tensor, Tensor, Tensor)}, with the hooks that are registered at this module.
     *
     * @param input [time, batch, inputSize], or as the options say
     * @param h0 the hidden states before the first step; null for zeros
     * @param c0 the cells' states before the first step; null for zeros
     * @param lengths how long each sequence is, INT64 [batch]; null if all are as long as the input
     * @return the outputs of all steps, and the hidden and cells' states after the last
     */
    public Recurrence.LstmResult call(
            Tensor input, @Nullable Tensor h0, @Nullable Tensor c0, @Nullable Tensor lengths) {
        if (!hasHooks()) {
            return forward(input, h0, c0, lengths);
        }
        Inputs given = new Inputs(Arguments.given("LSTM.call", "input", input), h0, c0, lengths);
        List<Tensor> results = callWithHooks(given.present(), in -> {
            Recurrence.LstmResult all = forward(in.getFirst(), given.get(in, 1), given.get(in, 2), given.get(in, 3));
            return List.of(all.output(), all.hn(), all.cn());
        });
        return new Recurrence.LstmResult(results.get(0), results.get(1), results.get(2));
    }
}
