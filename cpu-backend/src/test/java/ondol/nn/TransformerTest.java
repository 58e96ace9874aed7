package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Device;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.backend.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

/** Layers of transformers and stacks of them: values by the formulas, names, masks, copies, modes, and what is refused. */
final class TransformerTest {
    private static final int L = 3;
    private static final int S = 4;
    private static final int BATCH = 2;
    private static final int D = 6;
    private static final int HEADS = 2;
    private static final AttentionMasks NONE = new AttentionMasks();

    private final Generator generator = new Generator(20260101);

    private TransformerOptions options() {
        return new TransformerOptions().dimFeedforward(5).dropout(0).generator(generator);
    }

    private Tensor random(long... sizes) {
        return Tensor.randn(generator, sizes);
    }

    /** Biases and the weights of normalisations start at 0 and 1, which would hide mistakes. */
    private <M extends Module> M shaken(M module) {
        try (var _ = Autograd.noGrad()) {
            module.parameters()
                    .forEach(p -> p.addInPlace(random(p.shape().toArray()).mul(0.3)));
        }
        return module;
    }

    private static void same(Tensor expected, Tensor found) {
        assertEquals(expected.shape(), found.shape());
        assertArrayEquals(expected.toFloatArray(), found.toFloatArray(), 2e-5f);
    }

    private static void differ(Tensor a, Tensor b) {
        assertTrue(a.sub(b).abs().max().item() > 1e-3, "the same");
    }

    // ---- the formulas, written once more in operations

    private static Tensor norm(Map<String, Tensor> state, String name, Tensor x, double eps) {
        Tensor centred = x.sub(x.mean(new int[] {-1}, true));
        Tensor y = centred.div(
                        centred.square().mean(new int[] {-1}, true).add(eps).sqrt())
                .mul(state.get(name + ".weight"));
        Tensor bias = state.get(name + ".bias");
        return bias == null ? y : y.add(bias);
    }

    private static Tensor fed(Map<String, Tensor> state, Tensor x, UnaryOperator<Tensor> activation) {
        Tensor wide = activation.apply(x.linear(state.get("linear1.weight"), state.get("linear1.bias")));
        return wide.linear(state.get("linear2.weight"), state.get("linear2.bias"));
    }

    /** Attention of a module with the state's weights of such a name; {@code mask} is added. */
    private Tensor attended(
            Map<String, Tensor> state, String name, Tensor query, Tensor memory, Tensor mask, boolean batchFirst) {
        boolean bias = state.containsKey(name + ".in_proj_bias");
        MultiheadAttention m = new MultiheadAttention(
                D,
                HEADS,
                new AttentionOptions().generator(new Generator(1)).bias(bias).batchFirst(batchFirst));
        m.stateDict().forEach((key, t) -> t.copyFrom(state.get(name + "." + key)));
        return m.forward(query, memory, memory, null, mask);
    }

    private static Tensor causalMask(long queries, long keys) {
        float[] mask = new float[(int) (queries * keys)];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = i % keys > i / keys ? Float.NEGATIVE_INFINITY : 0;
        }
        return Tensor.tensor(mask).reshape(queries, keys);
    }

    // ---- the encoder's layer

    @Test
    void theEncodersFormulas() {
        for (boolean normFirst : new boolean[] {false, true}) {
            for (boolean batchFirst : new boolean[] {false, true}) {
                TransformerOptions o =
                        options().normFirst(normFirst).batchFirst(batchFirst).layerNormEps(0.1);
                TransformerEncoderLayer layer =
                        shaken(new TransformerEncoderLayer(D, HEADS, o.activation(TransformerOptions.Activation.GELU)));
                Map<String, Tensor> s = layer.stateDict();
                Tensor src = batchFirst ? random(BATCH, L, D) : random(L, BATCH, D);
                Tensor expected;
                if (normFirst) {
                    Tensor n = norm(s, "norm1", src, 0.1);
                    Tensor x = src.add(attended(s, "self_attn", n, n, null, batchFirst));
                    expected = x.add(fed(s, norm(s, "norm2", x, 0.1), Tensor::gelu));
                } else {
                    Tensor x = norm(s, "norm1", src.add(attended(s, "self_attn", src, src, null, batchFirst)), 0.1);
                    expected = norm(s, "norm2", x.add(fed(s, x, Tensor::gelu)), 0.1);
                }
                same(expected, layer.forward(src));
                layer.eval();
                same(expected, layer.forward(src));
            }
        }
    }

    @Test
    void aFunctionOfOnesOwnAndNoBiases() {
        TransformerEncoderLayer layer = shaken(
                new TransformerEncoderLayer(D, HEADS, options().bias(false).activation(x -> x.mul(x))));
        Map<String, Tensor> s = layer.stateDict();
        assertEquals(
                "[self_attn.in_proj_weight, self_attn.out_proj.weight, linear1.weight, linear2.weight, norm1.weight,"
                        + " norm2.weight]",
                s.keySet().toString());
        Tensor src = random(L, D);
        Tensor x = norm(s, "norm1", src.add(attended(s, "self_attn", src, src, null, false)), 1e-5);
        same(norm(s, "norm2", x.add(fed(s, x, Tensor::square)), 1e-5), layer.forward(src));
    }

    @Test
    void theEncodersMasks() {
        TransformerEncoderLayer layer = shaken(new TransformerEncoderLayer(D, HEADS, options()));
        Tensor src = random(L, BATCH, D);
        Tensor causal = Transformer.generateSquareSubsequentMask(L);
        Tensor expected = layer.forward(src, NONE.mask(causal));
        differ(layer.forward(src), expected);
        same(expected, layer.forward(src, AttentionMasks.causal()));
        same(expected, layer.forward(src, NONE.mask(causal.lt(0.0))));
        same(expected, layer.forward(src, NONE.mask(causal).isCausal(true)));
        same(expected, layer.forward(src, NONE.mask(causal.lt(0.0)).isCausal(true)));
        same(expected, layer.forward(src, NONE.mask(causal.expand(BATCH * HEADS, L, L))));
        // Without the last key of sequence 1, it is as if that sequence were shorter.
        Tensor padding = Tensor.tensor(new boolean[][] {{false, false, false}, {false, false, true}});
        Tensor padded = layer.forward(src, NONE.keyPadding(padding));
        Tensor second = src.select(1, 1).slice(0, 0, 2);
        same(layer.forward(second), padded.select(1, 1).slice(0, 0, 2));
        same(layer.forward(src).select(1, 0), padded.select(1, 0));
        Tensor both = layer.forward(src, AttentionMasks.causal().keyPadding(padding));
        same(layer.forward(second, AttentionMasks.causal()), both.select(1, 1).slice(0, 0, 2));
        // The first place sees itself alone.
        same(layer.forward(src.slice(0, 0, 1)), both.slice(0, 0, 1));
    }

    @Test
    void theSubsequentMask() {
        assertArrayEquals(
                causalMask(4, 4).toFloatArray(),
                Transformer.generateSquareSubsequentMask(4).toFloatArray());
        assertEquals(Shape.of(0, 0), Transformer.generateSquareSubsequentMask(0).shape());
    }

    /** As PyTorch draws: attention, whose output layer comes first, and then the two layers. */
    @Test
    void firstValues() {
        TransformerEncoderLayer layer =
                new TransformerEncoderLayer(D, HEADS, options().generator(new Generator(7)));
        Generator g = new Generator(7);
        MultiheadAttention attention = new MultiheadAttention(D, HEADS, new AttentionOptions().generator(g));
        Linear linear1 = new Linear(D, 5, true, g);
        Linear linear2 = new Linear(5, D, true, g);
        Map<String, Tensor> s = layer.stateDict();
        assertArrayEquals(
                attention.getParameter("in_proj_weight").toFloatArray(),
                s.get("self_attn.in_proj_weight").toFloatArray());
        assertArrayEquals(linear1.bias().toFloatArray(), s.get("linear1.bias").toFloatArray());
        assertArrayEquals(
                linear2.weight().toFloatArray(), s.get("linear2.weight").toFloatArray());
        assertEquals(
                "[self_attn.in_proj_weight, self_attn.in_proj_bias, self_attn.out_proj.weight, self_attn.out_proj.bias,"
                        + " linear1.weight, linear1.bias, linear2.weight, linear2.bias, norm1.weight, norm1.bias,"
                        + " norm2.weight, norm2.bias]",
                s.keySet().toString());
        assertEquals(2048, new TransformerEncoderLayer(2, 1).options().dimFeedforward());
        assertEquals(0.1, new TransformerOptions().dropout());
    }

    // ---- the decoder's layer

    @Test
    void theDecodersFormulas() {
        for (boolean normFirst : new boolean[] {false, true}) {
            TransformerDecoderLayer layer =
                    shaken(new TransformerDecoderLayer(D, HEADS, options().normFirst(normFirst)));
            Map<String, Tensor> s = layer.stateDict();
            Tensor tgt = random(L, BATCH, D);
            Tensor memory = random(S, BATCH, D);
            Tensor own = causalMask(L, L);
            Tensor cross = causalMask(L, S);
            Tensor expected;
            if (normFirst) {
                Tensor n = norm(s, "norm1", tgt, 1e-5);
                Tensor x = tgt.add(attended(s, "self_attn", n, n, own, false));
                Tensor z = x.add(attended(s, "multihead_attn", norm(s, "norm2", x, 1e-5), memory, cross, false));
                expected = z.add(fed(s, norm(s, "norm3", z, 1e-5), Tensor::relu));
            } else {
                Tensor x = norm(s, "norm1", tgt.add(attended(s, "self_attn", tgt, tgt, own, false)), 1e-5);
                Tensor z = norm(s, "norm2", x.add(attended(s, "multihead_attn", x, memory, cross, false)), 1e-5);
                expected = norm(s, "norm3", z.add(fed(s, z, Tensor::relu)), 1e-5);
            }
            same(expected, layer.forward(tgt, memory, AttentionMasks.causal(), AttentionMasks.causal()));
            same(expected, layer.forward(tgt, memory, NONE.mask(own), NONE.mask(cross)));
            differ(expected, layer.forward(tgt, memory));
            // A memory's padding is as if it were shorter.
            Tensor padding = Tensor.tensor(new boolean[][] {{false, false, true, true}, {false, false, true, true}});
            same(layer.forward(tgt, memory.slice(0, 0, 2)), layer.forward(tgt, memory, NONE, NONE.keyPadding(padding)));
        }
        TransformerDecoderLayer layer = new TransformerDecoderLayer(D, HEADS, options());
        assertEquals(
                "[self_attn.in_proj_weight, self_attn.in_proj_bias, self_attn.out_proj.weight, self_attn.out_proj.bias,"
                        + " multihead_attn.in_proj_weight, multihead_attn.in_proj_bias, multihead_attn.out_proj.weight,"
                        + " multihead_attn.out_proj.bias, linear1.weight, linear1.bias, linear2.weight, linear2.bias,"
                        + " norm1.weight, norm1.bias, norm2.weight, norm2.bias, norm3.weight, norm3.bias]",
                layer.stateDict().keySet().toString());
    }

    // ---- stacks

    @Test
    void aStackStartsWithCopies() {
        TransformerEncoderLayer layer = shaken(new TransformerEncoderLayer(D, HEADS, options()));
        layer.selfAttn().requiresGrad(false);
        layer.eval();
        layer.selfAttn().train();
        LayerNorm norm = shaken(new LayerNorm(D));
        byte[] state = generator.getState();
        TransformerEncoder encoder = new TransformerEncoder(layer, 3, norm);
        assertArrayEquals(state, generator.getState(), "nothing is drawn for copies");
        assertEquals(3, encoder.layers().size());
        Map<String, Tensor> given = layer.stateDict();
        for (TransformerEncoderLayer copy : encoder.layers()) {
            assertNotSame(layer, copy);
            copy.stateDict().forEach((name, t) -> {
                assertArrayEquals(given.get(name).toFloatArray(), t.toFloatArray(), name);
                assertFalse(t.sharesStorageWith(given.get(name)), name);
            });
            assertFalse(copy.selfAttn().outProj().weight().requiresGrad());
            assertTrue(copy.getParameter("linear1.weight").requiresGrad());
            assertFalse(copy.training());
            assertTrue(copy.selfAttn().outProj().training());
        }
        assertEquals(
                List.of("layers.0.self_attn.in_proj_weight", "norm.bias"),
                List.of(
                        encoder.stateDict().keySet().iterator().next(),
                        List.copyOf(encoder.stateDict().keySet()).getLast()));
        Tensor src = random(L, BATCH, D);
        Tensor x = src;
        for (int i = 0; i < 3; i++) {
            x = layer.forward(x, AttentionMasks.causal());
        }
        same(norm.forward(x), encoder.forward(src, AttentionMasks.causal()));
        // Changing one leaves the others.
        Init.zeros(encoder.layers().get(1).getParameter("linear1.weight"));
        assertTrue(encoder.layers()
                        .get(0)
                        .getParameter("linear1.weight")
                        .abs()
                        .max()
                        .item()
                > 0);
    }

    @Test
    void copiesAreWhereTheLayerIs() {
        Device other = Device.of("transformers", new CpuBackend(1, false));
        TransformerEncoderLayer layer = new TransformerEncoderLayer(D, HEADS, options());
        Tensor src = random(L, D);
        Tensor expected = layer.forward(src, AttentionMasks.causal());
        layer.to(other);
        TransformerEncoder encoder = new TransformerEncoder(layer, 1);
        encoder.parameters().forEach(p -> assertSame(other, p.device()));
        Tensor y = encoder.forward(src.to(other), AttentionMasks.causal());
        assertArrayEquals(expected.toFloatArray(), y.toFloatArray());
        encoder.to(Device.CPU);
        same(expected, encoder.forward(src, AttentionMasks.causal()));
    }

    @Test
    void aDecodersStack() {
        TransformerDecoderLayer layer = shaken(new TransformerDecoderLayer(D, HEADS, options()));
        TransformerDecoder decoder = new TransformerDecoder(layer, 2);
        assertNull(decoder.norm());
        Tensor tgt = random(L, BATCH, D);
        Tensor memory = random(S, BATCH, D);
        AttentionMasks own = AttentionMasks.causal();
        same(
                layer.forward(layer.forward(tgt, memory, own, NONE), memory, own, NONE),
                decoder.forward(tgt, memory, own, NONE));
    }

    @Test
    void theWholeTransformer() {
        TransformerOptions o = options().generator(new Generator(11));
        Transformer net = new Transformer(D, HEADS, 2, 1, o);
        // All matrices drawn anew, after one layer of each kind.
        Generator g = new Generator(11);
        TransformerEncoderLayer encoding =
                new TransformerEncoderLayer(D, HEADS, options().generator(g));
        TransformerDecoderLayer decoding =
                new TransformerDecoderLayer(D, HEADS, options().generator(g));
        net.namedParameters().forEach((name, p) -> {
            if (p.dim() > 1) {
                Tensor expected = Init.xavierUniform(Tensor.zeros(p.shape().toArray()), 1, g);
                assertArrayEquals(expected.toFloatArray(), p.toFloatArray(), name);
            }
        });
        assertArrayEquals(
                encoding.getParameter("linear1.bias").toFloatArray(),
                net.getParameter("encoder.layers.1.linear1.bias").toFloatArray());
        assertArrayEquals(
                decoding.getParameter("linear2.bias").toFloatArray(),
                net.getParameter("decoder.layers.0.linear2.bias").toFloatArray());
        shaken(net);
        Tensor src = random(S, BATCH, D);
        Tensor tgt = random(L, BATCH, D);
        AttentionMasks padding = NONE.keyPadding(
                Tensor.tensor(new boolean[][] {{false, false, false, true}, {false, false, false, false}}));
        Tensor memory = net.encoder().forward(src, padding);
        same(
                net.decoder().forward(tgt, memory, AttentionMasks.causal(), padding),
                net.forward(src, tgt, padding, AttentionMasks.causal(), padding));
        same(net.decoder().forward(tgt, net.encoder().forward(src)), net.forward(src, tgt));
    }

    @Test
    void gradientsReachAllParameters() {
        for (boolean normFirst : new boolean[] {false, true}) {
            Transformer net = new Transformer(D, HEADS, 2, 2, options().normFirst(normFirst));
            Tensor src = random(S, BATCH, D).requiresGrad(true);
            Tensor tgt = random(L, BATCH, D).requiresGrad(true);
            net.forward(src, tgt).mul(random(L, BATCH, D)).sum().backward();
            net.namedParameters()
                    .forEach((name, p) ->
                            assertTrue(p.grad() != null && p.grad().abs().max().item() > 0, name));
            assertTrue(
                    src.grad().abs().max().item() > 0 && tgt.grad().abs().max().item() > 0);
        }
    }

    // ---- modes, hooks, text

    @Test
    void dropoutInTrainingOnly() {
        TransformerEncoderLayer layer =
                new TransformerEncoderLayer(D, HEADS, options().dropout(0.5));
        Tensor src = random(L, BATCH, D);
        differ(layer.forward(src), layer.forward(src));
        layer.eval();
        byte[] state = generator.getState();
        same(layer.forward(src), layer.forward(src));
        assertArrayEquals(state, generator.getState());
        // With everything dropped, the sums are their first terms.
        TransformerDecoderLayer all = shaken(
                new TransformerDecoderLayer(D, HEADS, options().dropout(1).normFirst(true)));
        same(src, all.forward(src, random(S, BATCH, D)));
    }

    @Test
    void hooksSeeWhatIsInside() {
        Transformer net = new Transformer(D, HEADS, 1, 1, options());
        Tensor src = random(S, BATCH, D);
        Tensor tgt = random(L, BATCH, D);
        Tensor expected = net.forward(src, tgt, NONE, AttentionMasks.causal(), NONE);
        List<Tensor> seen = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        net.encoder().layers().get(0).selfAttn().registerForwardHook((m, in, out) -> {
            seen.add(out.getFirst());
            return null;
        });
        net.registerForwardPreHook((m, in) -> {
            sizes.add(in.size());
            return null;
        });
        same(expected, net.forward(src, tgt, NONE, AttentionMasks.causal(), NONE));
        same(expected, net.call(src, tgt, NONE, NONE.mask(causalMask(L, L)), NONE));
        assertEquals(List.of(3), sizes);
        assertEquals(2, seen.size());
        seen.forEach(t -> assertFalse(t.isClosed()));
        TransformerEncoderLayer layer = net.encoder().layers().get(0);
        layer.registerForwardHook((m, in, out) -> List.of(out.getFirst().mul(0.0)));
        differ(expected, net.forward(src, tgt, NONE, AttentionMasks.causal(), NONE));
    }

    /** What a function of a program's own keeps stays open; what only the layer has seen is closed. */
    @Test
    void nothingIsLeftBehind() {
        TransformerEncoderLayer layer = new TransformerEncoderLayer(D, HEADS, options());
        Tensor src = random(L, BATCH, D);
        long inUse = src.device().memoryStats().inUse();
        Tensor y = Autograd.noGrad(() -> layer.forward(src, AttentionMasks.causal()));
        long left = src.device().memoryStats().inUse() - inUse;
        y.close();
        long after = src.device().memoryStats().inUse() - inUse;
        assertTrue(after <= 0 && left >= 0, left + " and then " + after + " bytes are left");
        List<Tensor> kept = new ArrayList<>();
        new TransformerEncoderLayer(D, HEADS, options().activation(x -> {
                    kept.add(x);
                    return x.relu();
                }))
                .forward(src);
        assertFalse(kept.getFirst().isClosed());
    }

    @Test
    void printedAsPyTorchPrints() {
        assertEquals(
                """
                TransformerEncoder(
                  (layers): ModuleList(
                    (0-1): 2 x TransformerEncoderLayer(
                      (self_attn): MultiheadAttention(
                        (out_proj): NonDynamicallyQuantizableLinear(in_features=6, out_features=6, bias=True)
                      )
                      (linear1): Linear(in_features=6, out_features=5, bias=True)
                      (dropout): Dropout(p=0.1, inplace=False)
                      (linear2): Linear(in_features=5, out_features=6, bias=True)
                      (norm1): LayerNorm((6,), eps=1e-05, elementwise_affine=True)
                      (norm2): LayerNorm((6,), eps=1e-05, elementwise_affine=True)
                      (dropout1): Dropout(p=0.1, inplace=False)
                      (dropout2): Dropout(p=0.1, inplace=False)
                    )
                  )
                  (norm): LayerNorm((6,), eps=1e-05, elementwise_affine=True)
                )""",
                new TransformerEncoder(
                                new TransformerEncoderLayer(D, HEADS, options().dropout(0.1)), 2, new LayerNorm(D))
                        .toString());
        String decoder = new TransformerDecoder(new TransformerDecoderLayer(D, HEADS, options()), 1).toString();
        assertEquals(
                List.of(
                        "layers",
                        "0",
                        "self_attn",
                        "out_proj",
                        "multihead_attn",
                        "out_proj",
                        "linear1",
                        "dropout",
                        "linear2",
                        "norm1",
                        "norm2",
                        "norm3",
                        "dropout1",
                        "dropout2",
                        "dropout3"),
                decoder.lines()
                        .filter(l -> l.contains("): "))
                        .map(l -> l.substring(l.indexOf('(') + 1, l.indexOf(')')))
                        .toList());
        assertEquals(
                "TransformerEncoderLayer",
                new TransformerEncoderLayer(D, HEADS, options()).toString().split("\\(", 2)[0]);
    }

    // ---- what is refused

    private static void refused(String message, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals(message, e.getMessage());
    }

    @Test
    void badInput() {
        TransformerEncoderLayer layer = new TransformerEncoderLayer(D, HEADS, options());
        TransformerEncoder encoder = new TransformerEncoder(layer, 1);
        TransformerDecoderLayer decoding =
                new TransformerDecoderLayer(D, HEADS, options().batchFirst(true).dropout(0.5));
        Transformer net = new Transformer(D, HEADS, 1, 1, options());
        Tensor x = Tensor.ones(L, BATCH, D);
        byte[] state = generator.getState();
        refused(
                "TransformerEncoderLayer: dModel is 6 and nhead 4; the heads share the features, so it must be a multiple",
                () -> new TransformerEncoderLayer(6, 4, options()));
        refused(
                "TransformerEncoderLayer: nhead is 0; sizes are 1 to 2147483647",
                () -> new TransformerEncoderLayer(6, 0, options()));
        refused("TransformerEncoder: numLayers is 0; it must be 1 or more", () -> new TransformerEncoder(layer, 0));
        refused(
                "Transformer: the numDecoderLayers is -1; it must be 1 or more",
                () -> new Transformer(6, 2, 1, -1, options()));
        refused(
                "TransformerOptions.dimFeedforward: it is 0; sizes are 1 to 2147483647",
                () -> options().dimFeedforward(0));
        refused(
                "TransformerEncoderLayer: the src has shape [3, 2, 5]; it must be [time, batch, 6]",
                () -> layer.forward(Tensor.ones(L, BATCH, 5)));
        refused(
                "TransformerEncoder: the src has shape [5]; it must have 2 to 3 axes",
                () -> encoder.forward(Tensor.ones(5)));
        refused(
                "TransformerEncoderLayer: the src mask has shape [3, 2]; it must be [3, 3]",
                () -> layer.forward(x, NONE.mask(Tensor.ones(3, 2))));
        refused(
                "TransformerEncoder: the src key padding has shape [3, 2]; it must be [2, 3]",
                () -> encoder.forward(x, NONE.keyPadding(Tensor.ones(3, 2))));
        refused(
                "TransformerEncoder: the src key padding is INT64; it must be BOOL (true: takes no part) or FLOAT32"
                        + " (added): use to(...)",
                () -> encoder.forward(x, NONE.keyPadding(Tensor.ones(2, 3).to(DType.INT64))));
        refused(
                "TransformerDecoderLayer: the memory has shape [4, 4, 6] and the tgt [3, 2, 6]; both must have the same"
                        + " axes, and the same number of sequences",
                () -> decoding.forward(x, Tensor.ones(4, 4, 6)));
        refused(
                "TransformerDecoderLayer: the memory has shape [3, 4, 5]; it must be [batch, time, 6]",
                () -> decoding.forward(x, Tensor.ones(3, 4, 5)));
        refused(
                "TransformerDecoderLayer: the memory mask has shape [4, 2]; it must be [2, 4]",
                () -> decoding.forward(x, Tensor.ones(3, 4, 6), NONE, NONE.mask(Tensor.ones(4, 2))));
        refused(
                "Transformer: the src has shape [3, 1, 6] and the tgt [3, 2, 6]; both must have the same axes, and the"
                        + " same number of sequences",
                () -> net.forward(Tensor.ones(3, 1, 6), x));
        refused(
                "generateSquareSubsequentMask: the size is -1; it must be 0 or more",
                () -> Transformer.generateSquareSubsequentMask(-1));
        assertEquals(
                "Transformer: the masks of the tgt are null; give new AttentionMasks() for none",
                assertThrows(NullPointerException.class, () -> net.forward(x, x, NONE, null, NONE))
                        .getMessage());
        assertArrayEquals(state, generator.getState(), "nothing was drawn");
    }
}
