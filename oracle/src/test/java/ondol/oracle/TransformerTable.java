package ondol.oracle;

import static ondol.oracle.ModulePair.add;
import static ondol.oracle.ModulePair.added;
import static ondol.oracle.ModulePair.given;
import static ondol.oracle.ModulePair.or;
import static ondol.oracle.ModulePair.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import ondol.nn.AttentionMasks;
import ondol.nn.Transformer;
import ondol.nn.TransformerDecoder;
import ondol.nn.TransformerDecoderLayer;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.MultiheadAttentionImpl;
import org.bytedeco.pytorch.MultiheadAttentionOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TransformerDecoderImpl;
import org.bytedeco.pytorch.TransformerDecoderLayerImpl;
import org.bytedeco.pytorch.TransformerDecoderLayerOptions;
import org.bytedeco.pytorch.TransformerDecoderOptions;
import org.bytedeco.pytorch.TransformerEncoderImpl;
import org.bytedeco.pytorch.TransformerEncoderLayerImpl;
import org.bytedeco.pytorch.TransformerEncoderLayerOptions;
import org.bytedeco.pytorch.TransformerEncoderOptions;
import org.bytedeco.pytorch.TransformerImpl;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kGELU;

/** Transformers and their layers, on moderate numbers. */
final class TransformerTable extends Operation.Table {
    TransformerTable() {
        op("forward(TransformerEncoderLayer)", d -> encoder(d, false));
        op("forward(TransformerEncoder)", d -> encoder(d, true));
        op("forward(TransformerDecoderLayer)", d -> decoder(d, false));
        op("forward(TransformerDecoder)", d -> decoder(d, true));
        op("forward(TransformerEncoderLayer, normFirst)", TransformerTable::encoderNormFirst);
        op("forward(TransformerDecoderLayer, normFirst)", TransformerTable::decoderNormFirst);
        op("forward(Transformer)", TransformerTable::transformer);
    }

    /** What layers are given. */
    private record Sizes(
            long model, long heads, long inside, boolean gelu, int layers, long time, long memory, long batch) {
        static Sizes of(Draw d) {
            d.tame();
            long heads = d.between(1, 3);
            // Normalised, two features are nearly always 1 and -1, and their gradients nothing but rounding.
            return new Sizes(
                    heads * d.between(heads == 1 ? 8 : 4, 8),
                    heads,
                    d.between(1, 8),
                    d.flag(),
                    d.between(1, 3),
                    d.between(1, 4),
                    d.between(1, 4),
                    d.between(1, 3));
        }

        TransformerOptions options() {
            return new TransformerOptions()
                    .dimFeedforward(inside)
                    .dropout(0)
                    .activation(gelu ? TransformerOptions.Activation.GELU : TransformerOptions.Activation.RELU);
        }

        TransformerEncoderLayerOptions encoder() {
            TransformerEncoderLayerOptions options = new TransformerEncoderLayerOptions(model, heads);
            options.dim_feedforward().put(inside);
            options.dropout().put(0);
            if (gelu) {
                options.activation().put(new kGELU());
            }
            return options;
        }

        TransformerDecoderLayerOptions decoder() {
            TransformerDecoderLayerOptions options = new TransformerDecoderLayerOptions(model, heads);
            options.dim_feedforward().put(inside);
            options.dropout().put(0);
            if (gelu) {
                options.activation().put(new kGELU());
            }
            return options;
        }

        /** Of any numbers, but not expanded: normalising features that are equal would show nothing but rounding. */
        Operand sequence(Draw d, long steps) {
            long[] shape = {steps, batch, model};
            float[] values = new float[(int) Array.count(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) d.gaussian();
            }
            return new Operand(Array.of(shape, values), Layout.contiguous(shape), d.chance(0.85));
        }
    }

    /** Where the masks of an attention are among the operands; -1 for none. */
    private record Masks(int mask, int padding, boolean causal) {
        static Masks draw(Draw d, List<Operand> operands, long queries, long keys, long batch) {
            int mask = -1;
            boolean causal = d.chance(0.3);
            if (!causal && d.flag()) {
                mask = add(operands, d.flag() ? ModulePair.mask(d, queries, keys) : d.floats(queries, keys));
            }
            int padding = d.flag() ? add(operands, ModulePair.mask(d, batch, keys)) : -1;
            return new Masks(mask, padding, causal);
        }

        AttentionMasks ours(List<ondol.Tensor> in) {
            return new AttentionMasks(given(in, mask), given(in, padding), causal);
        }

        Tensor mask(List<Tensor> in, long queries, long keys) {
            return causal ? ModulePair.causal(queries, keys, in.getFirst()) : added(in, mask);
        }

        Tensor padding(List<Tensor> in) {
            return or(in, padding);
        }
    }

    private interface Encoding {
        Tensor forward(Tensor src, Tensor mask, Tensor padding);
    }

    private static Trial encoder(Draw d, boolean stack) {
        Sizes s = Sizes.of(d);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.time)));
        Masks masks = Masks.draw(d, operands, s.time, s.time, s.batch);
        TransformerEncoderLayer layer = new TransformerEncoderLayer(s.model, s.heads, s.options());
        if (stack) {
            TransformerEncoder ours = new TransformerEncoder(layer, s.layers);
            TransformerEncoderImpl theirs =
                    new TransformerEncoderImpl(new TransformerEncoderOptions(s.encoder(), s.layers));
            ModulePair pair = new ModulePair(d, ours, Map.of("", theirs));
            return encoding(s, operands, masks, pair, ours::forward, theirs::forward);
        }
        TransformerEncoderLayerImpl theirs = new TransformerEncoderLayerImpl(s.encoder());
        ModulePair pair = new ModulePair(d, layer, Map.of("", theirs));
        return encoding(s, operands, masks, pair, layer::forward, theirs::forward);
    }

    private static Trial encoding(
            Sizes s,
            List<Operand> operands,
            Masks masks,
            ModulePair pair,
            BiFunction<ondol.Tensor, AttentionMasks, ondol.Tensor> ours,
            Encoding theirs) {
        return within(pair.trial(
                operands,
                in -> List.of(ours.apply(in.get(0), masks.ours(in))),
                in -> List.of(theirs.forward(in.get(0), masks.mask(in, s.time, s.time), masks.padding(in)))));
    }

    private interface OurDecoding {
        ondol.Tensor forward(ondol.Tensor tgt, ondol.Tensor memory, AttentionMasks own, AttentionMasks cross);
    }

    private interface Decoding {
        Tensor forward(Tensor tgt, Tensor memory, Tensor mask, Tensor crossMask, Tensor padding, Tensor crossPadding);
    }

    private static Trial decoder(Draw d, boolean stack) {
        Sizes s = Sizes.of(d);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.time), s.sequence(d, s.memory)));
        Masks own = Masks.draw(d, operands, s.time, s.time, s.batch);
        Masks cross = Masks.draw(d, operands, s.time, s.memory, s.batch);
        TransformerDecoderLayer layer = new TransformerDecoderLayer(s.model, s.heads, s.options());
        if (stack) {
            TransformerDecoder ours = new TransformerDecoder(layer, s.layers);
            TransformerDecoderImpl theirs =
                    new TransformerDecoderImpl(new TransformerDecoderOptions(s.decoder(), s.layers));
            ModulePair pair = new ModulePair(d, ours, Map.of("", theirs));
            return within(decoding(s, operands, own, cross, pair, ours::forward, theirs::forward), s.layers);
        }
        TransformerDecoderLayerImpl theirs = new TransformerDecoderLayerImpl(s.decoder());
        ModulePair pair = new ModulePair(d, layer, Map.of("", theirs));
        return decoding(s, operands, own, cross, pair, layer::forward, theirs::forward);
    }

    private static Trial decoding(
            Sizes s,
            List<Operand> operands,
            Masks own,
            Masks cross,
            ModulePair pair,
            OurDecoding ours,
            Decoding theirs) {
        return within(pair.trial(
                operands,
                in -> List.of(ours.forward(in.get(0), in.get(1), own.ours(in), cross.ours(in))),
                in -> List.of(theirs.forward(
                        in.get(0),
                        in.get(1),
                        own.mask(in, s.time, s.time),
                        cross.mask(in, s.time, s.memory),
                        own.padding(in),
                        cross.padding(in)))));
    }

    /** PyTorch's C++ layers have no normFirst: the same of their parts. */
    private static final class Parts {
        private final Sizes sizes;
        private final Map<String, org.bytedeco.pytorch.Module> all = new LinkedHashMap<>();

        Parts(Sizes sizes, int norms, String... attentions) {
            this.sizes = sizes;
            for (String name : attentions) {
                all.put(name, new MultiheadAttentionImpl(new MultiheadAttentionOptions(sizes.model, sizes.heads)));
            }
            all.put("linear1", new LinearImpl(sizes.model, sizes.inside));
            all.put("linear2", new LinearImpl(sizes.inside, sizes.model));
            for (int i = 1; i <= norms; i++) {
                all.put("norm" + i, new LayerNormImpl(new LongVector(new long[] {sizes.model})));
            }
        }

        Tensor norm(int number, Tensor x) {
            return ((LayerNormImpl) all.get("norm" + number)).forward(x);
        }

        Tensor attended(String name, Tensor query, Tensor memory, Tensor mask, Tensor padding) {
            return ((MultiheadAttentionImpl) all.get(name))
                    .forward(query, memory, memory, padding, false, mask, true)
                    .get0();
        }

        Tensor fed(Tensor x) {
            Tensor wide = ((LinearImpl) all.get("linear1")).forward(x);
            return ((LinearImpl) all.get("linear2")).forward(sizes.gelu ? torch.gelu(wide) : torch.relu(wide));
        }
    }

    private static Trial encoderNormFirst(Draw d) {
        Sizes s = Sizes.of(d);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.time)));
        Masks masks = Masks.draw(d, operands, s.time, s.time, s.batch);
        TransformerEncoderLayer ours =
                new TransformerEncoderLayer(s.model, s.heads, s.options().normFirst(true));
        Parts parts = new Parts(s, 2, "self_attn");
        ModulePair pair = new ModulePair(d, ours, parts.all);
        return encoding(s, operands, masks, pair, ours::forward, (src, mask, padding) -> {
            Tensor n = parts.norm(1, src);
            Tensor x = src.add(parts.attended("self_attn", n, n, mask, padding));
            return x.add(parts.fed(parts.norm(2, x)));
        });
    }

    private static Trial decoderNormFirst(Draw d) {
        Sizes s = Sizes.of(d);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.time), s.sequence(d, s.memory)));
        Masks own = Masks.draw(d, operands, s.time, s.time, s.batch);
        Masks cross = Masks.draw(d, operands, s.time, s.memory, s.batch);
        TransformerDecoderLayer ours =
                new TransformerDecoderLayer(s.model, s.heads, s.options().normFirst(true));
        Parts parts = new Parts(s, 3, "self_attn", "multihead_attn");
        ModulePair pair = new ModulePair(d, ours, parts.all);
        return decoding(
                s, operands, own, cross, pair, ours::forward, (tgt, memory, mask, crossMask, padding, crossPadding) -> {
                    Tensor n = parts.norm(1, tgt);
                    Tensor x = tgt.add(parts.attended("self_attn", n, n, mask, padding));
                    Tensor m = parts.norm(2, x);
                    Tensor z = x.add(parts.attended("multihead_attn", m, memory, crossMask, crossPadding));
                    return z.add(parts.fed(parts.norm(3, z)));
                });
    }

    private static Trial transformer(Draw d) {
        Sizes s = Sizes.of(d);
        int decoders = d.between(1, 2);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.memory), s.sequence(d, s.time)));
        Masks source = Masks.draw(d, operands, s.memory, s.memory, s.batch);
        Masks own = Masks.draw(d, operands, s.time, s.time, s.batch);
        Masks cross = Masks.draw(d, operands, s.time, s.memory, s.batch);
        Transformer ours = new Transformer(s.model, s.heads, s.layers, decoders, s.options());
        org.bytedeco.pytorch.TransformerOptions options =
                new org.bytedeco.pytorch.TransformerOptions(s.model, s.heads, s.layers, decoders);
        options.dim_feedforward().put(s.inside);
        options.dropout().put(0);
        if (s.gelu) {
            options.activation().put(new kGELU());
        }
        TransformerImpl theirs = new TransformerImpl(options);
        return within(new ModulePair(d, ours, Map.of("", theirs))
                .trial(
                        operands,
                        in -> List.of(
                                ours.forward(in.get(0), in.get(1), source.ours(in), own.ours(in), cross.ours(in))),
                        in -> List.of(theirs.forward(
                                in.get(0),
                                in.get(1),
                                source.mask(in, s.memory, s.memory),
                                own.mask(in, s.time, s.time),
                                cross.mask(in, s.time, s.memory),
                                source.padding(in),
                                own.padding(in),
                                cross.padding(in)))));
    }
}
