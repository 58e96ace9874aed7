package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import ondol.Generator;
import ondol.Tensor;
import ondol.op.BagMode;
import ondol.op.EmbeddingOptions;
import ondol.op.Embeddings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Layers of embeddings: their weight, what they print and refuse, and that they do what {@link Embeddings} does. */
final class EmbeddingLayerTest {
    private static final EmbeddingOptions PLAIN = new EmbeddingOptions();

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toFloatArray(), actual.toFloatArray());
    }

    /** As PyTorch, one normal number for each element in their order, and then zeros over the padding's. */
    @Test
    void firstValues() {
        Tensor drawn = Tensor.randn(new Generator(3), 10, 3);
        assertSame(drawn, new Embedding(10, 3, PLAIN, new Generator(3)).weight());
        Tensor padded = new Embedding(10, 3, PLAIN.paddingIdx(-1), new Generator(3)).weight();
        assertSame(drawn.slice(0, 0, 9), padded.slice(0, 0, 9));
        assertArrayEquals(new float[3], padded.select(0, 9).toFloatArray());
        EmbeddingBag bag = new EmbeddingBag(10, 3, BagMode.SUM, false, PLAIN.paddingIdx(2), new Generator(3));
        assertArrayEquals(new float[3], bag.weight().select(0, 2).toFloatArray());
        assertSame(drawn.slice(0, 3, 10), bag.weight().slice(0, 3, 10));
        assertEquals(List.of("weight"), List.copyOf(bag.stateDict().keySet()));
        assertEquals(
                List.of("weight"), List.copyOf(new Embedding(2, 1).stateDict().keySet()));
        assertTrue(bag.weight().requiresGrad());
    }

    @Test
    void stateIsLoaded() {
        Embedding from = new Embedding(4, 3);
        Embedding to = new Embedding(4, 3, PLAIN.paddingIdx(1));
        to.loadStateDict(Map.of("weight", from.weight()));
        assertSame(from.weight(), to.weight());
    }

    @Test
    void pretrained() {
        Tensor weight = Tensor.randn(new Generator(5), 4, 2);
        Embedding frozen = Embedding.fromPretrained(weight);
        assertFalse(frozen.weight().requiresGrad());
        Embedding trained = Embedding.fromPretrained(weight, false, PLAIN.paddingIdx(1));
        assertTrue(trained.weight().requiresGrad());
        assertSame(weight, trained.weight());
        assertTrue(weight.sharesStorageWith(trained.weight()));
        assertEquals(4, trained.numEmbeddings());
        assertEquals(2, trained.embeddingDim());
        assertFalse(weight.requiresGrad());
        EmbeddingBag bag = EmbeddingBag.fromPretrained(weight);
        assertSame(
                Embeddings.embeddingBag(Tensor.tensor(new long[][] {{0, 3}}), weight, BagMode.MEAN),
                bag.forward(Tensor.tensor(new long[][] {{0, 3}})));
    }

    @Test
    void asTheFunctions() {
        EmbeddingOptions options = PLAIN.paddingIdx(1).scaleGradByFreq(true);
        Embedding layer = new Embedding(5, 3, options);
        Tensor input = Tensor.tensor(new long[][] {{1, 0}, {4, 4}});
        assertSame(Embeddings.embedding(input, layer.weight(), options), layer.forward(input));
        EmbeddingBag bag = new EmbeddingBag(5, 3, BagMode.SUM, true, options, new Generator(1));
        Tensor flat = input.flatten();
        Tensor offsets = Tensor.tensor(0L, 1L, 4L);
        Tensor factors = Tensor.tensor(1f, 2f, 3f, 4f);
        assertSame(
                Embeddings.embeddingBag(flat, bag.weight(), offsets, factors, BagMode.SUM, true, options),
                bag.call(flat, offsets, factors));
        bag.registerForwardHook(
                (module, inputs, outputs) -> List.of(outputs.getFirst().mul(inputs.size())));
        assertSame(bag.forward(flat, offsets).mul(2.0), bag.call(flat, offsets, null));
        assertSame(bag.forward(input).mul(1.0), bag.call(input));
    }

    @Test
    void asPyTorchPrintsThem() {
        Map<Module, String> expected = Map.of(
                new Embedding(10, 3),
                "Embedding(10, 3)",
                new Embedding(10, 3, PLAIN.paddingIdx(0)),
                "Embedding(10, 3, padding_idx=0)",
                new Embedding(10, 3, PLAIN.paddingIdx(-1).maxNorm(2).normType(1).scaleGradByFreq(true)),
                "Embedding(10, 3, padding_idx=9, max_norm=2.0, norm_type=1.0, scale_grad_by_freq=True)",
                new EmbeddingBag(10, 3),
                "EmbeddingBag(10, 3, mode='mean')",
                new EmbeddingBag(10, 3, BagMode.MAX, false, PLAIN.paddingIdx(1).maxNorm(0.5), new Generator(1)),
                "EmbeddingBag(10, 3, max_norm=0.5, mode='max', padding_idx=1)");
        expected.forEach((module, text) -> assertEquals(text, module.toString()));
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void refusals() {
        refused(
                "Embedding: the number of embeddings is -1; it must be 0 or more",
                () -> new Embedding(-1, 3, PLAIN, new Generator(1)));
        refused(
                "EmbeddingBag: the embeddings' size is -2; it must be 0 or more",
                () -> new EmbeddingBag(1, -2, BagMode.SUM, false, PLAIN, new Generator(1)));
        refused(
                "Embedding: paddingIdx is 3, but there are 3 rows; give -3 to 2",
                () -> new Embedding(3, 2, PLAIN.paddingIdx(3), new Generator(1)));
        refused(
                "Embedding.fromPretrained: the weight has shape [3]; it must have 2 axes",
                () -> Embedding.fromPretrained(Tensor.ones(3)));
        assertEquals(
                "embedding: index 3 is out of range for a weight of 3 rows; indices go from 0 to 2",
                assertThrows(IndexOutOfBoundsException.class, () -> new Embedding(3, 2).forward(Tensor.tensor(3L)))
                        .getMessage());
    }
}
