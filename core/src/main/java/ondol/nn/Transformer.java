package ondol.nn;

import java.util.List;
import java.util.function.Function;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Scope;
import ondol.Tensor;
import ondol.op.Arguments;

/**
 * An encoder, and a decoder that attends to what the encoder gives (Vaswani et al., "Attention is all you need", 2017); PyTorch's
 * {@code torch.nn.Transformer}. Both are normalised at the end.
 *
 * <p>Source [source's time, batch, dModel], target and output [time, batch, dModel]; with {@link TransformerOptions#batchFirst} the
 * batch comes first; single sequences are without it.
 *
 * <p>All layers of a stack start as copies of one, and then all matrices are drawn anew, Xavier uniform, in the order of {@link
 * #parameters}: with one seed the same numbers as PyTorch's.
 *
 * <pre>{@code
 * Transformer net = new Transformer(64, 8, 2, 2, new TransformerOptions().dimFeedforward(256).batchFirst(true));
 * AttentionMasks padding = new AttentionMasks().keyPadding(isPadding);
 * Tensor y = net.forward(src, tgt, padding, AttentionMasks.causal(), padding);
 * }</pre>
 */
public final class Transformer extends Module {
    private static final String NAME = "Transformer";

    private final TransformerParts parts;
    private final TransformerEncoder encoder;
    private final TransformerDecoder decoder;

    /** A transformer with PyTorch's defaults: 512 features, 8 heads, 6 layers in the encoder and 6 in the decoder. */
    public Transformer() {
        this(512, 8);
    }

    /**
     * A transformer with PyTorch's defaults: 6 layers in the encoder and 6 in the decoder.
     *
     * @param dModel how many features input and output have
     * @param nhead how many heads of attention share them
     */
    public Transformer(long dModel, long nhead) {
        this(dModel, nhead, 6, 6, new TransformerOptions());
    }

    /**
     * A transformer with options.
     *
     * @param dModel how many features there are
     * @param nhead how many heads of attention share them
     * @param numEncoderLayers how many layers the encoder has
     * @param numDecoderLayers how many layers the decoder has
     * @param options dropout, the feed-forward network's size, and the rest
     * @throws IllegalArgumentException if a size is less than 1, or dModel is no multiple of nhead
     */
    public Transformer(
            long dModel, long nhead, int numEncoderLayers, int numDecoderLayers, TransformerOptions options) {
        parts = new TransformerParts(NAME, dModel, nhead, options);
        Arguments.positive(NAME, "numEncoderLayers", numEncoderLayers);
        Arguments.positive(NAME, "numDecoderLayers", numDecoderLayers);
        Generator generator = options.generator();
        byte[] state = generator.getState();
        try {
            TransformerEncoderLayer encoding = new TransformerEncoderLayer(dModel, nhead, options);
            encoder = register(
                    "encoder", onlyCopies(encoding, norm -> new TransformerEncoder(encoding, numEncoderLayers, norm)));
            TransformerDecoderLayer decoding = new TransformerDecoderLayer(dModel, nhead, options);
            decoder = register(
                    "decoder", onlyCopies(decoding, norm -> new TransformerDecoder(decoding, numDecoderLayers, norm)));
            parameters().stream().filter(p -> p.dim() > 1).forEach(p -> Init.xavierUniform(p, 1, generator));
        } catch (RuntimeException | Error e) {
            Drawn.undo(this, generator, state);
            throw e;
        }
    }

    /** A stack of copies of a layer that nobody else has, with a normalisation. */
    private <S extends Module> S onlyCopies(Module layer, Function<LayerNorm, S> stack) {
        try {
            LayerNorm norm = parts.norm();
            try {
                return stack.apply(norm);
            } catch (RuntimeException | Error e) {
                norm.parameters().forEach(Tensor::close);
                throw e;
            }
        } finally {
            layer.parameters().forEach(Tensor::close);
        }
    }

    /**
     * {@return the mask [size, size] of an attention in which no query takes later keys: minus infinity for these, otherwise 0;
     * PyTorch's {@code generate_square_subsequent_mask}} On the {@linkplain Ondol#defaultDevice default device}. {@link
     * AttentionMasks#causal} says the same without a tensor.
     *
     * @param size how many positions a sequence has
     * @throws IllegalArgumentException if the size is negative
     */
    public static Tensor generateSquareSubsequentMask(long size) {
        Arguments.notNegative("generateSquareSubsequentMask", "size", size);
        Device device = Ondol.defaultDevice();
        return Scope.result(() -> Tensor.zeros(size, size)
                .maskedFill(AttentionScores.later(size, size, device), Double.NEGATIVE_INFINITY));
    }

    /**
     * Encodes and decodes without masks.
     *
     * @param src the source, [time, batch, dModel], or as the options say
     * @param tgt the output so far, [time, batch, dModel], or as the options say
     * @return a tensor of the shape of {@code tgt}
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Tensor forward(Tensor src, Tensor tgt) {
        return forward(src, tgt, new AttentionMasks(), new AttentionMasks(), new AttentionMasks());
    }

    /**
     * Encodes and decodes with masks.
     *
     * @param src the source, [time, batch, dModel], or as the options say
     * @param tgt the output so far, [time, batch, dModel], or as the options say
     * @param srcMasks for the encoder's attention: [source's time, source's time]
     * @param tgtMasks for the decoder's attention to itself: [time, time]
     * @param memoryMasks for the decoder's attention to what the encoder gives: [time, source's time]
     * @return of the target's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Tensor forward(
            Tensor src, Tensor tgt, AttentionMasks srcMasks, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        encoder.check(NAME, src, srcMasks);
        parts.sequence(NAME, "tgt", tgt, src);
        parts.memory(NAME, "src", src, "tgt", tgt, tgt);
        decoder.check(NAME, tgt, src, tgtMasks, memoryMasks);
        boolean isDiscreet = encoder.isDiscreet() && decoder.isDiscreet();
        return TransformerParts.run(
                isDiscreet, () -> decoder.call(tgt, encoder.call(src, srcMasks), tgtMasks, memoryMasks));
    }

    /**
     * {@link #forward(Tensor, Tensor, AttentionMasks, AttentionMasks, AttentionMasks)}, with the hooks that are registered at this
     * module.
     *
     * @param src the source, [time, batch, dModel], or as the options say
     * @param tgt the output so far, [time, batch, dModel], or as the options say
     * @param srcMasks for the encoder's attention: [source's time, source's time]
     * @param tgtMasks for the decoder's attention to itself: [time, time]
     * @param memoryMasks for the decoder's attention to the encoder's output: [time, source's time]
     * @return a tensor of the shape of {@code tgt}
     */
    public Tensor call(
            Tensor src, Tensor tgt, AttentionMasks srcMasks, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        if (!hasHooks()) {
            return forward(src, tgt, srcMasks, tgtMasks, memoryMasks);
        }
        String name = NAME + ".call";
        TransformerParts.given(name, "src", srcMasks);
        TransformerParts.given(name, "tgt", tgtMasks);
        TransformerParts.given(name, "memory", memoryMasks);
        Inputs inputs = new Inputs(
                Arguments.given(name, "src", src),
                Arguments.given(name, "tgt", tgt),
                srcMasks.mask(),
                tgtMasks.mask(),
                memoryMasks.mask(),
                srcMasks.keyPadding(),
                tgtMasks.keyPadding(),
                memoryMasks.keyPadding());
        return callWithHooks(
                        inputs.present(),
                        in -> List.of(forward(
                                in.get(0),
                                in.get(1),
                                srcMasks.left(inputs, in, 2, 5),
                                tgtMasks.left(inputs, in, 3, 6),
                                memoryMasks.left(inputs, in, 4, 7))))
                .getFirst();
    }

    /** {@return the encoder, which reads the source} */
    public TransformerEncoder encoder() {
        return encoder;
    }

    /** {@return the decoder, which writes the output} */
    public TransformerDecoder decoder() {
        return decoder;
    }

    /** {@return how many features there are} */
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
