package org.example.training;

import ondol.Tensor;
import ondol.nn.AttentionMasks;
import ondol.nn.Embedding;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.PositionalEncoding;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.nn.TransformerOptions.Activation;

/**
 * A model of a language: from the numbers of characters [N, time], INT64, to the logits of what comes after each of them [N, time,
 * characters]. What it says at a place depends on that place and those before it.
 */
public final class CharTransformer extends Layer {
    private final Embedding embedding;
    private final PositionalEncoding positions;
    private final TransformerEncoder blocks;
    private final Linear head;

    /**
     * A new network.
     *
     * @param characters how many different ones there are
     * @param context how many characters it sees at most
     */
    public CharTransformer(int characters, int context, int features, int heads, int layers) {
        embedding = register("embedding", new Embedding(characters, features));
        positions = register("positions", new PositionalEncoding(features, context, true));
        TransformerOptions options = new TransformerOptions()
                .dimFeedforward(4L * features)
                .dropout(0)
                .activation(Activation.GELU)
                .batchFirst(true)
                .normFirst(true);
        TransformerEncoderLayer block = new TransformerEncoderLayer(features, heads, options);
        blocks = register("blocks", new TransformerEncoder(block, layers, new LayerNorm(features)));
        head = register("head", new Linear(features, characters));
    }

    @Override
    public Tensor forward(Tensor characters) {
        Tensor x = positions.forward(embedding.forward(characters));
        return head.forward(blocks.forward(x, AttentionMasks.causal()));
    }
}
