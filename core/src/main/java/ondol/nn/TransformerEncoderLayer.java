package ondol.nn;

import ondol.Generator;
import ondol.Tensor;

/**
 * Attention of a sequence to itself, and a feed-forward network (Vaswani et al., "Attention is all you need", 2017); PyTorch's
 * {@code torch.nn.TransformerEncoderLayer}.
 *
 * <pre>{@code
 * x = norm1(src + attention(src, src, src))
 * y = norm2(x + linear2(activation(linear1(x))))
 *
 * x = src + attention(norm1(src), norm1(src), norm1(src))      with normFirst
 * y = x + linear2(activation(linear1(norm2(x))))
 * }</pre>
 *
 * <p>In training mode, what attention and the network give is dropped out before it is added, and so is what the activation gives.
 *
 * <p>Input and output [time, batch, dModel]; with {@link TransformerOptions#batchFirst} [batch, time, dModel]; a single sequence
 * [time, dModel].
 *
 * <p>It consists of {@code self_attn}, {@code linear1} [dimFeedforward, dModel], {@code linear2} [dModel, dimFeedforward], {@code
 * norm1} and {@code norm2}, drawn in that order: with one seed the same numbers as PyTorch's. Evaluation computes what training
 * does, without dropout: PyTorch's fast path there is off by rounding.
 *
 * <pre>{@code
 * TransformerEncoderLayer layer = new TransformerEncoderLayer(64, 8, new TransformerOptions().batchFirst(true));
 * Tensor y = layer.forward(x, new AttentionMasks().keyPadding(isPadding));       // both [batch, time, 64]
 * }</pre>
 */
public final class TransformerEncoderLayer extends EncodingModule {
    private static final String NAME = "TransformerEncoderLayer";

    private final TransformerParts parts;
    private final MultiheadAttention selfAttn;
    private final Linear linear1;
    private final Dropout dropout;
    private final Linear linear2;
    private final LayerNorm norm1;
    private final LayerNorm norm2;
    private final Dropout dropout1;
    private final Dropout dropout2;

    /**
     * A layer with PyTorch's defaults.
     *
     * @param dModel how many features input and output have
     * @param nhead how many heads of attention share them
     */
    public TransformerEncoderLayer(long dModel, long nhead) {
        this(dModel, nhead, new TransformerOptions());
    }

    /**
     * A layer with options.
     *
     * @param dModel how many features input and output have
     * @param nhead how many heads of attention share them
     * @param options dropout, the feed-forward network's size, and the rest
     * @throws IllegalArgumentException if a size is less than 1, or dModel is no multiple of nhead
     */
    public TransformerEncoderLayer(long dModel, long nhead, TransformerOptions options) {
        parts = new TransformerParts(NAME, dModel, nhead, options);
        Generator generator = options.generator();
        byte[] state = generator.getState();
        try {
            selfAttn = register("self_attn", parts.attention());
            linear1 = register("linear1", parts.widening());
            dropout = register("dropout", parts.dropout());
            linear2 = register("linear2", parts.narrowing());
            norm1 = register("norm1", parts.norm());
            norm2 = register("norm2", parts.norm());
            dropout1 = register("dropout1", parts.dropout());
            dropout2 = register("dropout2", parts.dropout());
        } catch (RuntimeException | Error e) {
            Drawn.undo(this, generator, state);
            throw e;
        }
    }

    /**
     * A layer with the same settings, modes and devices, and with tensors of its own that have the same values: what PyTorch's
     * {@code copy.deepcopy} makes. Nothing is drawn; hooks and gradients are not copied, and a function that is the activation is
     * shared.
     *
     * @return the copy
     */
    public TransformerEncoderLayer copy() {
        TransformerOptions options = parts.options();
        return TransformerParts.copy(
                this, options.generator(), () -> new TransformerEncoderLayer(parts.dModel(), parts.nhead(), options));
    }

    @Override
    Tensor encoded(Tensor src, AttentionMasks masks) {
        AttentionMasks spelledOut = spelledOut(src, masks);
        if (parts.options().isNormFirst()) {
            Tensor x = src.add(attended(norm1.call(src), spelledOut));
            return x.add(fed(norm2.call(x)));
        }
        Tensor x = norm1.call(src.add(attended(src, spelledOut)));
        return norm2.call(x.add(fed(x)));
    }

    private Tensor attended(Tensor x, AttentionMasks spelledOut) {
        return TransformerParts.attended(selfAttn, x, x, spelledOut, dropout1);
    }

    private Tensor fed(Tensor x) {
        return parts.fed(x, linear1, dropout, linear2, dropout2);
    }

    @Override
    void check(String name, Tensor src, AttentionMasks masks) {
        parts.sequence(name, "src", src, linear1.weight());
        parts.scores(src, src).check(name, "src", TransformerParts.given(name, "src", masks));
    }

    /** The masks as all layers of a stack want them. */
    AttentionMasks spelledOut(Tensor src, AttentionMasks masks) {
        return parts.scores(src, src).spelledOut(masks);
    }

    @Override
    boolean isDiscreet() {
        return parts.isDiscreet(this);
    }

    /** {@return the attention of the sequence to itself} */
    public MultiheadAttention selfAttn() {
        return selfAttn;
    }

    /** {@return how many features input and output have} */
    public long dModel() {
        return parts.dModel();
    }

    /** {@return how many heads of attention there are} */
    public long nhead() {
        return parts.nhead();
    }

    /** {@return the settings: dropout, the feed-forward networks' size, and the rest} */
    public TransformerOptions options() {
        return parts.options();
    }
}
