package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import org.jspecify.annotations.Nullable;

/**
 * A single step of a {@link GRU}; PyTorch's {@code torch.nn.GRUCell}. The formula is {@link Recurrence}'s. Input [batch, in] or [in], states
 * [batch, hidden] or [hidden].
 *
 * <p>The parameters are {@code weight_ih} [3 hidden, in], {@code weight_hh} [3 hidden, hidden] and, if there are biases,
 * {@code bias_ih} and {@code bias_hh} [3 hidden]; they start as those of {@link GRU}.
 */
public final class GRUCell extends RecurrentCellModule {
    /**
     * A cell with biases.
     *
     * @param inputSize how many features a step's input has
     * @param hiddenSize how many features the hidden state has
     */
    public GRUCell(long inputSize, long hiddenSize) {
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
    public GRUCell(long inputSize, long hiddenSize, RecurrenceOptions options) {
        super("GRUCell", 3, inputSize, hiddenSize, options);
    }

    /**
     * Makes one step from states of zeros.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @return the hidden state after, [batch, hiddenSize] or [hiddenSize]
     */
    public Tensor forward(Tensor input) {
        return forward(input, null);
    }

    /**
     * Makes one step.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @param h the hidden state before; null for zeros
     * @return the hidden state after, of its shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Tensor forward(Tensor input, @Nullable Tensor h) {
        return Recurrence.gruCell(input, h, weight("ih"), weight("hh"), bias("ih"), bias("hh"));
    }

    /**
     * {@link #forward(Tensor, Tensor)}, with the hooks that are registered at this module.
     *
     * @param input [batch, inputSize] or [inputSize]
     * @param h the hidden state before; null for zeros
     * @return the hidden state after, [batch, hiddenSize] or [hiddenSize]
     */
    public Tensor call(Tensor input, @Nullable Tensor h) {
        if (!hasHooks()) {
            return forward(input, h);
        }
        Inputs given = new Inputs(Arguments.given("GRUCell.call", "input", input), h);
        return callWithHooks(given.present(), in -> List.of(forward(in.getFirst(), given.get(in, 1))))
                .getFirst();
    }
}
