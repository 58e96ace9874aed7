package org.example.training;

import ondol.Tensor;
import ondol.nn.AttentionOptions;
import ondol.nn.GELU;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.ModuleList;
import ondol.nn.MultiheadAttention;
import ondol.nn.PositionalEncoding;
import ondol.nn.Sequential;

/**
 * A decoder: from the numbers of characters [N, time], INT64, to the logits of what comes after each of them [N, time,
 * characters]. What it says at a place depends on that place and those before it.
 */
public final class CharTransformer extends Layer {
    private final int features;
    private final PositionalEncoding positions;
    private final ModuleList<Block> blocks = register("blocks", new ModuleList<>());
    private final LayerNorm norm;
    private final Linear head;

    /**
     * A new network.
     *
     * @param characters how many different ones there are
     * @param context how many characters it sees at most
     */
    public CharTransformer(int characters, int context, int features, int heads, int layers) {
        this.features = features;
        register("embedding", Tensor.randn(characters, features));
        positions = register("positions", new PositionalEncoding(features, context, true));
        Tensor place = Tensor.arange(context);
        registerBuffer("later", place.unsqueeze(0).gt(place.unsqueeze(1)), false);
        for (int i = 0; i < layers; i++) {
            blocks.append(new Block(features, heads));
        }
        norm = register("norm", new LayerNorm(features));
        head = register("head", new Linear(features, characters));
    }

    /** Attention, and then a small network for each place; what comes in is added to both. */
    private static final class Block extends Module {
        private final LayerNorm attentionNorm;
        private final MultiheadAttention attention;
        private final Sequential places;

        Block(int features, int heads) {
            attentionNorm = register("attention_norm", new LayerNorm(features));
            attention = register(
                    "attention", new MultiheadAttention(features, heads, new AttentionOptions().batchFirst(true)));
            places = register(
                    "places",
                    new Sequential(
                            new LayerNorm(features),
                            new Linear(features, 4 * features),
                            new GELU(),
                            new Linear(4 * features, features)));
        }

        Tensor forward(Tensor x, Tensor later) {
            Tensor normed = attentionNorm.forward(x);
            Tensor attended = x.add(attention.forward(normed, normed, normed, null, later));
            return attended.add(places.forward(attended));
        }
    }

    @Override
    public Tensor forward(Tensor characters) {
        long n = characters.size(0);
        long time = characters.size(1);
        Tensor embedded =
                parameter("embedding").indexSelect(0, characters.reshape(-1)).reshape(n, time, features);
        Tensor x = positions.forward(embedded);
        Tensor later = buffer("later").slice(0, 0, time).slice(1, 0, time);
        for (Block block : blocks) {
            x = block.forward(x, later);
        }
        return head.forward(norm.forward(x));
    }
}
