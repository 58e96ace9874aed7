package ondol.nn;

import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Arguments;

/**
 * Adds to each position of a sequence what tells it from the others (Vaswani et al., "Attention is all you need", 2017, section
 * 3.5):
 *
 * <pre>{@code
 * PE[pos, 2i]     = sin(pos / 10000^(2i / d))
 * PE[pos, 2i + 1] = cos(pos / 10000^(2i / d))
 * }</pre>
 *
 * <p>Input and output [time, batch, d], or [batch, time, d] if the batch is first, or [time, d]. The encodings are a buffer {@code
 * pe} [maxLen, d], which is no part of the state.
 */
public final class PositionalEncoding extends BuiltInLayer {
    private static final String NAME = "PositionalEncoding";

    private final long dModel;
    private final long maxLen;
    private final boolean batchFirst;

    /**
     * An encoding of up to 5000 positions, time first.
     *
     * @param dModel how many features there are
     */
    public PositionalEncoding(long dModel) {
        this(dModel, 5000, false);
    }

    /**
     * For sequences of up to so many positions.
     *
     * @param dModel how many features there are
     * @param maxLen how many positions there are at most
     * @param batchFirst whether inputs are [batch, time, d]
     * @throws IllegalArgumentException if a size is less than 1, or there are more encodings than a Java array takes
     */
    public PositionalEncoding(long dModel, long maxLen, boolean batchFirst) {
        this.dModel = Drawn.size(NAME, "dModel", dModel);
        this.maxLen = Drawn.size(NAME, "maxLen", maxLen);
        this.batchFirst = batchFirst;
        if (dModel * maxLen > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    NAME + ": " + maxLen + " positions of " + dModel + " features are more than a Java array takes, "
                            + (Integer.MAX_VALUE - 8) + "; use fewer positions");
        }
        try (var _ = Scope.open()) {
            Tensor.empty(maxLen, dModel).close(); // before the array is made: it may fail
            registerBuffer("pe", Tensor.tensor(encodings((int) maxLen, (int) dModel), Shape.of(maxLen, dModel)), false);
        }
    }

    private static float[] encodings(int positions, int features) {
        float[] all = new float[positions * features];
        for (int i = 0; i < features; i++) {
            double frequency = Math.pow(10000, -(i - i % 2) / (double) features);
            for (int at = 0; at < positions; at++) {
                double angle = at * frequency;
                all[at * features + i] = (float) (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return all;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input is longer than maxLen, has another number of features, or is not FLOAT32 on the
     *     buffer's device
     */
    @Override
    public Tensor forward(Tensor x) {
        Arguments.axes(NAME, "input", Arguments.floats(NAME, "input", given(x)), 2, 3);
        long steps = x.size(x.dim() == 3 && batchFirst ? 1 : 0);
        if (x.size(-1) != dModel || steps > maxLen) {
            throw new IllegalArgumentException(NAME + ": the input has shape " + x.shape() + ", " + steps
                    + " positions of " + x.size(-1) + " features; there may be up to " + maxLen + " of " + dModel);
        }
        Arguments.sameDevice(NAME, x, buffer("pe"));
        return Scope.result(() -> {
            Tensor pe = buffer("pe").slice(0, 0, steps);
            return x.add(x.dim() == 3 && !batchFirst ? pe.unsqueeze(1) : pe);
        });
    }

    @Override
    protected String extraRepr() {
        return dModel + ", max_len=" + maxLen + (batchFirst ? ", batch_first=True" : "");
    }
}
