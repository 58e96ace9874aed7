package ondol.nn;

import ondol.Generator;
import ondol.Tensor;

/**
 * Attention of a sequence to itself, attention to a memory, and a feed-forward network (Vaswani et al., "Attention is all you
 * need", 2017); PyTorch's {@code torch.nn.TransformerDecoderLayer}.
 *
 * <pre>{@code
 * x = norm1(tgt + attention(tgt, tgt, tgt))
 * z = norm2(x + attention(x, memory, memory))
 * y = norm3(z + linear2(activation(linear1(z))))
 *
 * x = tgt + attention(norm1(tgt), norm1(tgt), norm1(tgt))      with normFirst
 * z = x + attention(norm2(x), memory, memory)
 * y = z + linear2(activation(linear1(norm3(z))))
 * }</pre>
 *
 * <p>In training mode, what attention and the network give is dropped out before it is added, and so is what the activation gives.
 *
 * <p>Input and output [time, batch, dModel], memory [memory's time, batch, dModel]; with {@link TransformerOptions#batchFirst} the
 * batch comes first; a single sequence is without it.
 *
 * <p>It consists of {@code self_attn}, {@code multihead_attn}, {@code linear1} [dimFeedforward, dModel], {@code linear2} [dModel,
 * dimFeedforward], {@code norm1}, {@code norm2} and {@code norm3}, drawn in that order: with one seed the same numbers as PyTorch's.
 *
 * <pre>{@code
 * TransformerDecoderLayer layer = new TransformerDecoderLayer(64, 8, new TransformerOptions().batchFirst(true));
 * Tensor y = layer.forward(tgt, memory, AttentionMasks.causal(), new AttentionMasks());
 * }</pre>
 */
public final class TransformerDecoderLayer extends DecodingModule {
    private static final String NAME = "TransformerDecoderLayer";

    private final TransformerParts parts;
    private final MultiheadAttention selfAttn;
    private final MultiheadAttention multiheadAttn;
    private final Linear linear1;
    private final Dropout dropout;
    private final Linear linear2;
    private final LayerNorm norm1;
    private final LayerNorm norm2;
    private final LayerNorm norm3;
    private final Dropout dropout1;
    private final Dropout dropout2;
    private final Dropout dropout3;

    /**
     * A layer with PyTorch's defaults.
     *
     * @param dModel how many features input and output have
     * @param nhead how many heads of attention share them
     */
    public TransformerDecoderLayer(long dModel, long nhead) {
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
    public TransformerDecoderLayer(long dModel, long nhead, TransformerOptions options) {
        parts = new TransformerParts(NAME, dModel, nhead, options);
        Generator generator = options.generator();
        byte[] state = generator.getState();
        try {
            selfAttn = register("self_attn", parts.attention());
            multiheadAttn = register("multihead_attn", parts.attention());
            linear1 = register("linear1", parts.widening());
            dropout = register("dropout", parts.dropout());
            linear2 = register("linear2", parts.narrowing());
            norm1 = register("norm1", parts.norm());
            norm2 = register("norm2", parts.norm());
            norm3 = register("norm3", parts.norm());
            dropout1 = register("dropout1", parts.dropout());
            dropout2 = register("dropout2", parts.dropout());
            dropout3 = register("dropout3", parts.dropout());
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
    public TransformerDecoderLayer copy() {
        TransformerOptions options = parts.options();
        return TransformerParts.copy(
                this, options.generator(), () -> new TransformerDecoderLayer(parts.dModel(), parts.nhead(), options));
    }

    @Override
    void check(String name, Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        parts.sequence(name, "tgt", tgt, linear1.weight());
        parts.memory(name, "memory", memory, "tgt", tgt, linear1.weight());
        parts.scores(tgt, tgt).check(name, "tgt", TransformerParts.given(name, "tgt", tgtMasks));
        parts.scores(tgt, memory).check(name, "memory", TransformerParts.given(name, "memory", memoryMasks));
    }

    @Override
    Tensor decoded(Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        AttentionMasks own = spelledOut(tgt, tgt, tgtMasks);
        AttentionMasks toMemory = spelledOut(tgt, memory, memoryMasks);
        if (parts.options().isNormFirst()) {
            Tensor x = tgt.add(own(norm1.call(tgt), own));
            Tensor z = x.add(toMemory(norm2.call(x), memory, toMemory));
            return z.add(fed(norm3.call(z)));
        }
        Tensor x = norm1.call(tgt.add(own(tgt, own)));
        Tensor z = norm2.call(x.add(toMemory(x, memory, toMemory)));
        return norm3.call(z.add(fed(z)));
    }

    private Tensor own(Tensor x, AttentionMasks spelledOut) {
        return TransformerParts.attended(selfAttn, x, x, spelledOut, dropout1);
    }

    private Tensor toMemory(Tensor x, Tensor memory, AttentionMasks spelledOut) {
        return TransformerParts.attended(multiheadAttn, x, memory, spelledOut, dropout2);
    }

    private Tensor fed(Tensor x) {
        return parts.fed(x, linear1, dropout, linear2, dropout3);
    }

    /** The masks as all layers of a stack want them. */
    AttentionMasks spelledOut(Tensor queries, Tensor keys, AttentionMasks masks) {
        return parts.scores(queries, keys).spelledOut(masks);
    }

    @Override
    boolean isDiscreet() {
        return parts.isDiscreet(this);
    }

    /** {@return the attention of the sequence to itself} */
    public MultiheadAttention selfAttn() {
        return selfAttn;
    }

    /** {@return the attention to the memory} */
    public MultiheadAttention multiheadAttn() {
        return multiheadAttn;
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
