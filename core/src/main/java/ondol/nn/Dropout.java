package ondol.nn;

import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.op.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * In training mode, drops each element with probability p and divides those that are kept by {@code 1 - p}; in
 * evaluation mode, returns its input, the same tensor. PyTorch's {@code torch.nn.Dropout} (Srivastava et al., "Dropout:
 * a simple way to prevent neural networks from overfitting", 2014). The input may have any shape.
 *
 * <p>A call in training mode draws one word from the generator, whatever the size; with p = 0 or p = 1, and in
 * evaluation mode, it draws none.
 */
public final class Dropout extends BuiltInLayer {
    private final double p;
    private final @Nullable Generator generator;

    /** Drops half of the elements, with the default generator. */
    public Dropout() {
        this(0.5);
    }

    /**
     * A dropout that draws from the default generator.
     *
     * @param p the probability of dropping, 0 to 1
     * @throws IllegalArgumentException if p is not from 0 to 1
     */
    public Dropout(double p) {
        this(p, null);
    }

    /**
     * A dropout with a generator of its own.
     *
     * @param p the probability of dropping, 0 to 1
     * @param generator where the words are drawn; null for the default generator
     * @throws IllegalArgumentException if p is not from 0 to 1
     */
    public Dropout(double p, @Nullable Generator generator) {
        this.p = Arguments.probability("Dropout", "p", p);
        this.generator = generator;
    }

    /** {@return the probability of dropping} */
    public double p() {
        return p;
    }

    @Override
    public Tensor forward(Tensor x) {
        return training() ? given(x).dropout(p, generator == null ? Ondol.generator() : generator) : given(x);
    }

    @Override
    protected String extraRepr() {
        return "p=" + Repr.of(p) + ", inplace=False";
    }
}
