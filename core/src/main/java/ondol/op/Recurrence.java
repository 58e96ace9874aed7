package ondol.op;

import java.util.List;
import java.util.Objects;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent networks, as PyTorch's {@code torch.rnn_tanh}, {@code torch.rnn_relu}, {@code torch.gru} and {@code torch.lstm}, and
 * single steps of them. {@code ondol.nn} has them as modules.
 *
 * <p>With x_t a step's input and h the hidden state, W weights and b biases:
 *
 * <pre>{@code
 * RNN   h' = tanh(W_ih x_t + b_ih + W_hh h + b_hh)                            (or relu)
 *
 * GRU   r  = sigmoid(W_ir x_t + b_ir + W_hr h + b_hr)
 *       z  = sigmoid(W_iz x_t + b_iz + W_hz h + b_hz)
 *       n  = tanh(W_in x_t + b_in + r * (W_hn h + b_hn))
 *       h' = (1 - z) * n + z * h
 *
 * LSTM  i  = sigmoid(W_ii x_t + b_ii + W_hi h + b_hi),  f and o alike
 *       g  = tanh(W_ig x_t + b_ig + W_hg h + b_hg)
 *       c' = f * c + i * g
 *       h' = o * tanh(c')                                                     (projected: W_hr h')
 * }</pre>
 *
 * <p>The gates' weights lie one below the other in that order: W_ih is [gates * hidden, in] and W_hh [gates * hidden, hidden],
 * with 1 gate for RNN, 3 (r, z, n) for GRU, 4 (i, f, g, o) for LSTM. Sources: Cho et al., "Learning phrase representations using
 * RNN encoder-decoder for statistical machine translation", 2014; Hochreiter and Schmidhuber, "Long short-term memory", 1997.
 *
 * <p>Sequences of a batch may have different lengths, in any order. The outputs after a sequence's end are zero, its last state
 * is the one at its end, and a backward direction begins there: what PyTorch does with {@code pack_padded_sequence}, without
 * packing.
 */
public final class Recurrence {
    private Recurrence() {}

    /**
     * The result of an RNN or a GRU.
     *
     * @param output the last layer's hidden state after each step, of the input's shape but for the last axis: [time, batch,
     *     directions * hidden]
     * @param hn the hidden state of each layer and direction after its last step, [layers * directions, batch, hidden]; the
     *     backward direction's after the forward's
     */
    public record Result(Tensor output, Tensor hn) {
        /** Checks that both are given. */
        public Result {
            Objects.requireNonNull(output, "Recurrence.Result: the output is null; give a tensor");
            Objects.requireNonNull(hn, "Recurrence.Result: hn is null; give a tensor");
        }
    }

    /**
     * The result of an LSTM.
     *
     * @param output as {@link Result#output}; with projection the last axis is directions * projected
     * @param hn as {@link Result#hn}
     * @param cn the cells' state likewise, [layers * directions, batch, hidden]
     */
    public record LstmResult(Tensor output, Tensor hn, Tensor cn) {
        /** Checks that all are given. */
        public LstmResult {
            Objects.requireNonNull(output, "Recurrence.LstmResult: the output is null; give a tensor");
            Objects.requireNonNull(hn, "Recurrence.LstmResult: hn is null; give a tensor");
            Objects.requireNonNull(cn, "Recurrence.LstmResult: cn is null; give a tensor");
        }
    }

    // ---- networks

    /**
     * A network of {@code h' = tanh(W_ih x + b_ih + W_hh h + b_hh)}, or with relu.
     *
     * @param input [time, batch, in], or [batch, time, in] if {@link RecurrenceOptions#batchFirst}, or [time, in] for a single
     *     sequence, which all results are without the batch's axis for; FLOAT32
     * @param h0 the hidden state before the first step, [layers * directions, batch, hidden]; null for zeros
     * @param weights for each layer, and in it for each direction: W_ih, W_hh and, if there are biases, b_ih, b_hh. The input of
     *     layers after the first has directions * hidden features
     * @param options layers, directions, biases, the nonlinearity and dropout; features follow from the weights
     * @param training whether there is dropout between layers
     * @param lengths how long each sequence is, 1 to time, INT64 [batch]; null if all are as long as the input
     * @return the output of the last layer, and the hidden states after the last step
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public static Result rnn(
            Tensor input,
            @Nullable Tensor h0,
            List<Tensor> weights,
            RecurrenceOptions options,
            boolean training,
            @Nullable Tensor lengths) {
        RecurrenceOptions given = given("rnn", options);
        RecurrentCell cell = given.nonlinearity() == RecurrenceOptions.Nonlinearity.TANH
                ? RecurrentCell.RNN_TANH
                : RecurrentCell.RNN_RELU;
        List<Tensor> results = new RecurrentNetwork(cell, given, weights).run(input, h0, null, training, lengths);
        return new Result(results.get(0), results.get(1));
    }

    /**
     * A network of gated recurrent units; everything else as for {@link #rnn}.
     *
     * @param input [time, batch, in], or [batch, time, in] if {@link RecurrenceOptions#batchFirst}, or [time, in] for a single
     *     sequence; FLOAT32
     * @param h0 the hidden state before the first step, [layers * directions, batch, hidden]; null for zeros
     * @param weights as for {@link #rnn}, with [3 * hidden, ...] for reset, update and new
     * @param options layers, directions, biases and dropout
     * @param training whether there is dropout between layers
     * @param lengths how long each sequence is, 1 to time, INT64 [batch]; null if all are as long as the input
     * @return the output of the last layer, and the hidden states after the last step
     */
    public static Result gru(
            Tensor input,
            @Nullable Tensor h0,
            List<Tensor> weights,
            RecurrenceOptions options,
            boolean training,
            @Nullable Tensor lengths) {
        RecurrenceOptions given = given("gru", options);
        List<Tensor> results =
                new RecurrentNetwork(RecurrentCell.GRU, given, weights).run(input, h0, null, training, lengths);
        return new Result(results.get(0), results.get(1));
    }

    /**
     * A network of long short-term memory; everything else as for {@link #rnn}.
     *
     * @param input [time, batch, in], or [batch, time, in] if {@link RecurrenceOptions#batchFirst}, or [time, in] for a single
     *     sequence; FLOAT32
     * @param h0 the hidden state before the first step, [layers * directions, batch, hidden (projected, if so)]; null for zeros
     * @param c0 the cells' state before the first step, [layers * directions, batch, hidden]; null for zeros
     * @param weights as there; with a projection each layer's and direction's end with W_hr [projected, hidden]
     * @param options layers, directions, biases and dropout
     * @param training whether there is dropout between layers
     * @param lengths how long each sequence is, 1 to time, INT64 [batch]; null if all are as long as the input
     * @return the output of the last layer, and the hidden and cells' states after the last step
     */
    public static LstmResult lstm(
            Tensor input,
            @Nullable Tensor h0,
            @Nullable Tensor c0,
            List<Tensor> weights,
            RecurrenceOptions options,
            boolean training,
            @Nullable Tensor lengths) {
        RecurrenceOptions given = given("lstm", options);
        List<Tensor> results =
                new RecurrentNetwork(RecurrentCell.LSTM, given, weights).run(input, h0, c0, training, lengths);
        return new LstmResult(results.get(0), results.get(1), results.get(2));
    }

    private static RecurrenceOptions given(String operation, RecurrenceOptions options) {
        return Objects.requireNonNull(
                options,
                () -> operation + ": the options are null; give new RecurrenceOptions() for PyTorch's defaults");
    }

    // ---- single steps

    /**
     * One step of an RNN with tanh.
     *
     * @param x [batch, in], or [in]
     * @param h [batch, hidden], or [hidden]; null for zeros
     * @param wIh [hidden, in]
     * @param wHh [hidden, hidden]
     * @param bIh [hidden]; null together with bHh for none
     * @param bHh [hidden]
     * @return h', of h's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public static Tensor rnnTanhCell(
            Tensor x, @Nullable Tensor h, Tensor wIh, Tensor wHh, @Nullable Tensor bIh, @Nullable Tensor bHh) {
        return RecurrentNetwork.step("rnnTanhCell", RecurrentCell.RNN_TANH, x, h, null, wIh, wHh, bIh, bHh)
                .getFirst();
    }

    /**
     * One step of an RNN with relu; everything else as for {@link #rnnTanhCell}.
     *
     * @param x [batch, in], or [in]
     * @param h [batch, hidden], or [hidden]; null for zeros
     * @param wIh [hidden, in]
     * @param wHh [hidden, hidden]
     * @param bIh [hidden]; null together with bHh for none
     * @param bHh [hidden]
     * @return h', of h's shape
     */
    public static Tensor rnnReluCell(
            Tensor x, @Nullable Tensor h, Tensor wIh, Tensor wHh, @Nullable Tensor bIh, @Nullable Tensor bHh) {
        return RecurrentNetwork.step("rnnReluCell", RecurrentCell.RNN_RELU, x, h, null, wIh, wHh, bIh, bHh)
                .getFirst();
    }

    /**
     * One step of a GRU, with weights [3 * hidden, ...]; everything else as for {@link #rnnTanhCell}.
     *
     * @param x [batch, in], or [in]
     * @param h [batch, hidden], or [hidden]; null for zeros
     * @param wIh [3 * hidden, in]
     * @param wHh [3 * hidden, hidden]
     * @param bIh [3 * hidden]; null together with bHh for none
     * @param bHh [3 * hidden]
     * @return h', of h's shape
     */
    public static Tensor gruCell(
            Tensor x, @Nullable Tensor h, Tensor wIh, Tensor wHh, @Nullable Tensor bIh, @Nullable Tensor bHh) {
        return RecurrentNetwork.step("gruCell", RecurrentCell.GRU, x, h, null, wIh, wHh, bIh, bHh)
                .getFirst();
    }

    /**
     * One step of an LSTM, with weights [4 * hidden, ...]; everything else as for {@link #rnnTanhCell}.
     *
     * @param x [batch, in], or [in]
     * @param h [batch, hidden], or [hidden]; null for zeros
     * @param c of h's shape; null for zeros
     * @param wIh [4 * hidden, in]
     * @param wHh [4 * hidden, hidden]
     * @param bIh [4 * hidden]; null together with bHh for none
     * @param bHh [4 * hidden]
     * @return h' and c'
     */
    public static List<Tensor> lstmCell(
            Tensor x,
            @Nullable Tensor h,
            @Nullable Tensor c,
            Tensor wIh,
            Tensor wHh,
            @Nullable Tensor bIh,
            @Nullable Tensor bHh) {
        return RecurrentNetwork.step("lstmCell", RecurrentCell.LSTM, x, h, c, wIh, wHh, bIh, bHh);
    }
}
