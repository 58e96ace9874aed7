package ondol.nn;

import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Layers of an encoder one after the other, and a normalisation if it is wanted; PyTorch's {@code torch.nn.TransformerEncoder}. Input
 * and output are those of {@link TransformerEncoderLayer}.
 *
 * <p>All layers are {@linkplain TransformerEncoderLayer#copy copies} of the one that is given, and start with its values; it takes
 * no part itself. In the state they are {@code layers.0}, {@code layers.1}, ..., and the normalisation {@code norm}.
 *
 * <pre>{@code
 * TransformerEncoder encoder = new TransformerEncoder(new TransformerEncoderLayer(64, 8), 6, new LayerNorm(64));
 * Tensor memory = encoder.forward(src, new AttentionMasks().keyPadding(isPadding));
 * }</pre>
 */
public final class TransformerEncoder extends EncodingModule {
    private static final String NAME = "TransformerEncoder";

    private final ModuleList<TransformerEncoderLayer> layers;
    private final @Nullable Layer norm;

    /**
     * A stack of layers without a normalisation at the end.
     *
     * @param layer the first layer, of which the others are copies
     * @param numLayers how many layers there are, 1 or more
     */
    public TransformerEncoder(TransformerEncoderLayer layer, int numLayers) {
        this(layer, numLayers, null);
    }

    /**
     * A stack of layers with a normalisation at the end, which is taken as it is, not copied.
     *
     * @param layer what all layers are copies of
     * @param numLayers how many there are
     * @param norm what the last layer's output goes through, {@link LayerNorm} usually; null for nothing
     * @throws IllegalArgumentException if there would be less than 1 layer
     */
    public TransformerEncoder(TransformerEncoderLayer layer, int numLayers, @Nullable Layer norm) {
        TransformerParts.given(NAME, layer);
        layers = register("layers", TransformerParts.copies(NAME, numLayers, layer::copy));
        this.norm = norm;
        if (norm != null) {
            register("norm", norm);
        }
    }

    @Override
    void check(String name, Tensor src, AttentionMasks masks) {
        layers.forEach(layer -> layer.check(name, src, masks));
    }

    @Override
    Tensor encoded(Tensor src, AttentionMasks masks) {
        AttentionMasks spelledOut = layers.get(0).spelledOut(src, masks);
        Tensor x = src;
        for (TransformerEncoderLayer layer : layers) {
            x = layer.call(x, spelledOut);
        }
        return norm == null ? x : norm.call(x);
    }

    @Override
    boolean isDiscreet() {
        return TransformerParts.isDiscreet(this, layers, norm);
    }

    /** {@return the layers, the first first} */
    public ModuleList<TransformerEncoderLayer> layers() {
        return layers;
    }

    /** {@return the normalisation of the last layer's output, or null if there is none} */
    public @Nullable Layer norm() {
        return norm;
    }
}
