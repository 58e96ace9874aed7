package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import org.jspecify.annotations.Nullable;

/**
 * A single step of an {@link LSTM}; PyTorch's {@code torch.nn.LSTMCell}. The formula is {@link Recurrence}'s. Input [batch, in] or [in], states
 * [batch, hidden] or [hidden].
 *
 * <p>The parameters are {@code weight_ih} [4 hidden, in], {@code weight_hh} [4 hidden, hidden] and, if there are biases,
 * {@code bias_ih} and {@code bias_hh} [4 hidden]; they start as those of {@link LSTM}.
 */
public final class LSTMCell extends RecurrentCellModule {
    /**
     * A cell with biases.
     *
     * @param inputSize how many features a step's input has
     * @param hiddenSize how many features the hidden state has
     */
    public LSTMCell(long inputSize, long hiddenSize) {
        this(inputSize, hiddenSize, new RecurrenceOptions());
    }

    /**
     * A cell with options, of which it reads the biases, the generator and, for an RNN, the nonlinearity.
     *
     * @param inputSize how many features a step's input has
     * @param hiddenSize how many features the hidden state has
     * @param options biases and the generator
     * @throws IllegalArgumentException if a size is less than 1
     */
    public LSTMCell(long inputSize, long hiddenSize, RecurrenceOptions options) {
        super("LSTMCell", 4, inputSize, hiddenSize, options);
    }

    /**
     * Makes one step from states of zeros.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @return the hidden state and the cell's state after
     */
    public List<Tensor> forward(Tensor input) {
        return forward(input, null, null);
    }

    /**
     * Makes one step.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @param h the hidden state before; null for zeros
     * @param c the cell's state before; null for zeros
     * @return the hidden state and the cell's state after
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public List<Tensor> forward(Tensor input, @Nullable Tensor h, @Nullable Tensor c) {
        return Recurrence.lstmCell(input, h, c, weight("ih"), weight("hh"), bias("ih"), bias("hh"));
    }

    /**
     * {@link #forward(Tensor, Tensor, Tensor)}, with the hooks that are registered at this module.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @param h the hidden state before; null for zeros
     * @param c the cell's state before; null for zeros
     * @return the hidden state and the cell's state after
     */
    public List<Tensor> call(Tensor input, @Nullable Tensor h, @Nullable Tensor c) {
        if (!hasHooks()) {
            return forward(input, h, c);
        }
        Inputs given = new Inputs(Arguments.given("LSTMCell.call", "input", input), h, c);
        return callWithHooks(given.present(), in -> forward(in.getFirst(), given.get(in, 1), given.get(in, 2)));
    }
}
