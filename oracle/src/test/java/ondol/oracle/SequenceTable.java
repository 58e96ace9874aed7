package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Device;
import ondol.Ondol;
import ondol.autograd.Autograd;
import ondol.nn.AttentionMasks;
import ondol.nn.AttentionOptions;
import ondol.nn.GRU;
import ondol.nn.GRUCell;
import ondol.nn.LSTM;
import ondol.nn.LSTMCell;
import ondol.nn.Module;
import ondol.nn.MultiheadAttention;
import ondol.nn.RNN;
import ondol.nn.RNNCell;
import ondol.nn.Transformer;
import ondol.nn.TransformerDecoder;
import ondol.nn.TransformerDecoderLayer;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.op.Attention;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GRUCellImpl;
import org.bytedeco.pytorch.GRUCellOptions;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMCellImpl;
import org.bytedeco.pytorch.LSTMCellOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.MultiheadAttentionImpl;
import org.bytedeco.pytorch.MultiheadAttentionOptions;
import org.bytedeco.pytorch.PackedSequence;
import org.bytedeco.pytorch.RNNCellImpl;
import org.bytedeco.pytorch.RNNCellOptions;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.T_PackedSequenceT_TensorTensor_T_T;
import org.bytedeco.pytorch.T_PackedSequenceTensor_T;
import org.bytedeco.pytorch.T_TensorT_TensorTensor_T_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
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
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kGELU;
import org.bytedeco.pytorch.kReLU;
import org.jspecify.annotations.Nullable;

/**
 * Attention, recurrence and transformers, on moderate numbers. PyTorch's own modules give the state, which Ondol's load by its
 * keys; compared are the results, their gradients, and the gradients of all parameters.
 */
final class SequenceTable extends Operation.Table {
    private static final double EPS = 0x1p-24;

    SequenceTable() {
        op("scaledDotProductAttention", SequenceTable::attention);
        op("attentionWeights", SequenceTable::weights);
        op("forward(MultiheadAttention)", SequenceTable::heads);
        op("forward(RNN)", SequenceTable::rnn);
        op("forward(GRU)", SequenceTable::gru);
        op("forward(LSTM)", SequenceTable::lstm);
        op("forward(RNNCell)", SequenceTable::rnnCell);
        op("forward(GRUCell)", SequenceTable::gruCell);
        op("forward(LSTMCell)", SequenceTable::lstmCell);
        op("forward(TransformerEncoderLayer)", d -> encoder(d, false));
        op("forward(TransformerEncoder)", d -> encoder(d, true));
        op("forward(TransformerDecoderLayer)", d -> decoder(d, false));
        op("forward(TransformerDecoder)", d -> decoder(d, true));
        op("forward(TransformerEncoderLayer, normFirst)", SequenceTable::encoderNormFirst);
        op("forward(TransformerDecoderLayer, normFirst)", SequenceTable::decoderNormFirst);
        op("forward(Transformer)", SequenceTable::transformer);
    }

    // ---- modules in both engines

    /** PyTorch's modules by where their parameters are in Ondol's, whose state is theirs. */
    private static final class Pair {
        private final Module ours;
        private final Map<String, org.bytedeco.pytorch.Module> theirs;

        /** Moves all parameters away from their first values, of which many are 0 or 1. */
        Pair(Draw d, Module ours, Map<String, org.bytedeco.pytorch.Module> theirs) {
            this.ours = ours;
            this.theirs = theirs;
            Map<String, ondol.Tensor> state = new LinkedHashMap<>();
            parameters().forEach((name, p) -> {
                Array first = Array.of(p);
                float[] values = ((float[]) first.elements()).clone();
                for (int i = 0; i < values.length; i++) {
                    values[i] += (float) (0.3 * d.gaussian());
                }
                Array moved = Array.of(first.shape(), values);
                p.set_data(moved.torch());
                state.put(name, moved.ondol(Device.CPU));
            });
            ours.loadStateDict(state);
        }

        private Map<String, Tensor> parameters() {
            Map<String, Tensor> all = new LinkedHashMap<>();
            theirs.forEach((prefix, module) -> {
                StringTensorDict named = module.named_parameters();
                StringVector keys = named.keys();
                for (long i = 0; i < keys.size(); i++) {
                    String key = keys.get(i).getString();
                    all.put(prefix.isEmpty() ? key : prefix + "." + key, named.get(key));
                }
            });
            return all;
        }

        /**
         * Both give their results, and then the gradients of half the sum of the results' squares by all parameters. Results are
         * multiplied by 1, because what comes last has another name where the same is computed in another way.
         */
        Trial trial(List<Operand> operands, Trial.Body<ondol.Tensor> ondol, Trial.Body<Tensor> pytorch) {
            return Trial.many(
                    ours.toString().replace("\n", ""),
                    operands,
                    in -> {
                        ours.to(in.getFirst().device());
                        return withOurGradients(ondol.apply(in));
                    },
                    in -> {
                        theirs.values().forEach(m -> m.to(in.getFirst().scalar_type(), false));
                        return withTheirGradients(pytorch.apply(in));
                    });
        }

        private List<ondol.Tensor> withOurGradients(List<ondol.Tensor> results) {
            List<ondol.Tensor> by =
                    parameters().keySet().stream().map(ours::getParameter).toList();
            List<ondol.Tensor> all = new ArrayList<>();
            List<ondol.Tensor> weights = new ArrayList<>();
            results.forEach(r -> {
                all.add(r.mul(1.0));
                weights.add(r.detach());
            });
            List<ondol.@Nullable Tensor> found = Autograd.gradAllowUnused(results, by, weights, true, false);
            for (int i = 0; i < by.size(); i++) {
                ondol.Tensor g = found.get(i);
                all.add(g == null ? ondol.Tensor.zeros(by.get(i).shape().toArray()) : g);
            }
            return all;
        }

        private List<Tensor> withTheirGradients(List<Tensor> results) {
            List<Tensor> all = new ArrayList<>();
            results.forEach(r -> all.add(r.mul(Torch.number(1))));
            TensorVector by = Torch.vector(parameters().values());
            TensorVector weights =
                    Torch.vector(results.stream().map(Tensor::detach).toList());
            TensorVector found = Torch.grad(Torch.vector(results), by, weights, false);
            for (long i = 0; i < by.size(); i++) {
                Tensor g = found.get(i);
                all.add(g.defined() ? g : torch.zeros_like(by.get(i)));
            }
            return all;
        }
    }

    private static Trial within(Trial trial) {
        return trial.within(
                Bound.norm(128)
                        .plusAbsolute(4096 * EPS), // PyTorch's own bits change from run to run in the order of 300
                Bound.norm(512).plusCotangent(1024),
                Bound.norm(4096).plusCotangent(16384));
    }

    private static Tensor or(List<Tensor> in, int i) {
        return i >= 0 ? in.get(i) : new Tensor();
    }

    /** A mask for queries and keys in floats: PyTorch's C++ module adds one of BOOL to the scores as zeros and ones. */
    private static Tensor added(List<Tensor> in, int i) {
        Tensor mask = or(in, i);
        if (i < 0 || mask.scalar_type().intern() != ScalarType.Bool) {
            return mask;
        }
        Tensor zeros = torch.zeros(Torch.sizes(mask)).to(in.getFirst().scalar_type());
        return zeros.masked_fill(mask, Torch.scalar(Double.NEGATIVE_INFINITY));
    }

    private static ondol.@Nullable Tensor given(List<ondol.Tensor> in, int i) {
        return i >= 0 ? in.get(i) : null;
    }

    /** BOOL, true for about a third of the keys, but never for the first: no query is left without one. */
    private static Operand mask(Draw d, long rows, long keys) {
        boolean[] values = new boolean[(int) (rows * keys)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % keys > 0 && d.chance(0.35);
        }
        return Operand.plain(Array.of(new long[] {rows, keys}, values));
    }

    // ---- attention

    private static Trial attention(Draw d) {
        long[] leading = new long[d.between(0, 2)];
        Arrays.setAll(leading, i -> d.between(1, 3));
        long l = d.between(1, 5);
        long s = d.between(1, 5);
        long e = d.between(1, 6);
        List<Operand> operands = new ArrayList<>(List.of(
                d.tame().floats(shape(leading, l, e)),
                d.floats(shape(leading, s, e)),
                d.floats(shape(leading, s, d.chance(0.5) ? e : d.between(1, 6)))));
        boolean causal = d.chance(0.25);
        long[] scores = shape(leading, l, s);
        if (!causal) {
            long[] ofMask = d.flag() ? scores : new long[] {l, s};
            switch (d.below(3)) {
                case 0 -> operands.add(d.booleans(ofMask));
                case 1 -> operands.add(d.floats(ofMask));
                default -> {}
            }
        }
        Double scale = d.chance(0.3) ? d.uniform(0.1, 1) : null;
        Trial trial = Trial.one(
                "scaledDotProductAttention(causal " + causal + ", scale " + scale + ")",
                operands,
                in -> Attention.scaledDotProductAttention(
                                in.get(0), in.get(1), in.get(2), in.size() > 3 ? in.get(3) : null, 0, causal, scale)
                        .mul(1.0),
                in -> torch.scaled_dot_product_attention(
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                in.size() > 3 ? new TensorOptional(in.get(3)) : new TensorOptional(),
                                0,
                                causal,
                                scale == null ? new DoubleOptional() : new DoubleOptional(scale),
                                false)
                        .mul(Torch.number(1)));
        // Of four axes PyTorch computes in a kernel that has no second derivative.
        return within(trial).orders(leading.length == 2 ? 1 : 2);
    }

    /** PyTorch has no function for them: the formula. */
    private static Trial weights(Draw d) {
        long[] leading = new long[d.between(0, 2)];
        Arrays.setAll(leading, i -> d.between(1, 3));
        long l = d.between(1, 5);
        long s = d.between(1, 5);
        long e = d.between(1, 6);
        List<Operand> operands =
                new ArrayList<>(List.of(d.tame().floats(shape(leading, l, e)), d.floats(shape(leading, s, e))));
        boolean causal = d.chance(0.25);
        if (!causal && d.flag()) {
            operands.add(d.flag() ? d.floats(shape(leading, l, s)) : d.floats(l, s));
        }
        double scale = d.uniform(0.1, 1);
        return within(Trial.one(
                "attentionWeights(causal " + causal + ", scale " + scale + ")",
                operands,
                in -> Attention.attentionWeights(
                                in.get(0),
                                in.get(1),
                                in.size() > 2 ? in.get(2) : null,
                                0,
                                causal,
                                scale,
                                Ondol.generator())
                        .mul(1.0),
                in -> {
                    Tensor scores =
                            in.get(0).matmul(in.get(1).transpose(-2, -1)).mul(Torch.scalar(scale));
                    Tensor masked =
                            causal ? scores.add(causal(l, s, scores)) : in.size() > 2 ? scores.add(in.get(2)) : scores;
                    return torch.softmax(masked, -1).mul(Torch.number(1));
                }));
    }

    /** Minus infinity for later keys. */
    private static Tensor causal(long queries, long keys, Tensor like) {
        Tensor all = torch.full(new long[] {queries, keys}, Torch.scalar(Double.NEGATIVE_INFINITY));
        return torch.triu(all, 1).to(like.scalar_type());
    }

    private static long[] shape(long[] leading, long... last) {
        long[] all = Arrays.copyOf(leading, leading.length + last.length);
        System.arraycopy(last, 0, all, leading.length, last.length);
        return all;
    }

    private static Trial heads(Draw d) {
        long heads = d.between(1, 3);
        long embed = heads * d.between(1, 4);
        boolean sameSizes = d.flag();
        long kdim = sameSizes ? embed : d.between(1, 5);
        long vdim = kdim; // PyTorch's C++ module wants keys and values of one shape
        boolean bias = d.chance(0.7);
        boolean biasKv = d.chance(0.2);
        boolean zero = d.chance(0.2);
        MultiheadAttentionOptions theirs = new MultiheadAttentionOptions(embed, heads);
        theirs.kdim().put(kdim);
        theirs.vdim().put(vdim);
        theirs.bias().put(bias);
        theirs.add_bias_kv().put(biasKv);
        theirs.add_zero_attn().put(zero);
        MultiheadAttentionImpl module = new MultiheadAttentionImpl(theirs);
        AttentionOptions options = new AttentionOptions()
                .kdim(kdim)
                .vdim(vdim)
                .bias(bias)
                .addBiasKv(biasKv)
                .addZeroAttn(zero);
        MultiheadAttention ours = new MultiheadAttention(embed, heads, options);
        Pair pair = new Pair(d, ours, Map.of("", module));
        long l = d.between(1, 4);
        long s = d.between(1, 4);
        long batch = d.between(1, 3);
        List<Operand> operands = new ArrayList<>(List.of(
                d.tame().floatsBetween(-2, 2, l, batch, embed),
                d.floatsBetween(-2, 2, s, batch, kdim),
                d.floatsBetween(-2, 2, s, batch, vdim)));
        int padding = d.flag() ? add(operands, mask(d, batch, s)) : -1;
        int mask = d.flag()
                ? add(operands, d.flag() ? mask(d, l, s) : d.floats(l, s).constant())
                : -1;
        boolean average = d.flag();
        return within(pair.trial(
                operands,
                in -> {
                    MultiheadAttention.Result both =
                            ours.forward(in.get(0), in.get(1), in.get(2), given(in, padding), given(in, mask), average);
                    return List.of(both.output(), both.weights());
                },
                in -> {
                    T_TensorTensor_T both = module.forward(
                            in.get(0), in.get(1), in.get(2), or(in, padding), true, added(in, mask), average);
                    return List.of(both.get0(), both.get1());
                }));
    }

    private static int add(List<Operand> operands, Operand more) {
        operands.add(more);
        return operands.size() - 1;
    }

    // ---- recurrence

    /** What a network is given, in both engines' words. */
    private record Network(
            long in, long hidden, int layers, boolean bias, boolean batchFirst, boolean both, long time, long batch) {
        static Network of(Draw d) {
            return new Network(
                    d.between(1, 4),
                    d.between(2, 4),
                    d.between(1, 2),
                    d.chance(0.8),
                    d.flag(),
                    d.flag(),
                    d.between(1, 4),
                    d.between(1, 3));
        }

        RecurrenceOptions options() {
            return new RecurrenceOptions()
                    .numLayers(layers)
                    .bias(bias)
                    .batchFirst(batchFirst)
                    .bidirectional(both);
        }

        Operand input(Draw d) {
            return batchFirst ? d.tame().floats(batch, time, in) : d.tame().floats(time, batch, in);
        }

        Operand state(Draw d, long features) {
            return d.floats((both ? 2 : 1) * layers, batch, features);
        }

        /** How long the sequences are, one of them as long as the input. */
        Operand lengths(Draw d) {
            long[] lengths = new long[(int) batch];
            Arrays.setAll(lengths, i -> d.between(1, (int) time));
            lengths[d.below((int) batch)] = time;
            return Operand.plain(Array.of(new long[] {batch}, lengths));
        }

        PackedSequence packed(Tensor input, Tensor lengths) {
            return torch.pack_padded_sequence(input, lengths, batchFirst, false);
        }

        Tensor padded(PackedSequence output) {
            return torch.pad_packed_sequence(output, batchFirst, 0, new LongOptional(time))
                    .get0();
        }
    }

    private static Trial rnn(Draw d) {
        Network n = Network.of(d);
        boolean relu = d.chance(0.3);
        RNNOptions options = new RNNOptions(n.in, n.hidden);
        options.num_layers().put(n.layers);
        options.bias().put(n.bias);
        options.batch_first().put(n.batchFirst);
        options.bidirectional().put(n.both);
        if (relu) {
            options.nonlinearity().put(new kReLU());
        }
        RNNImpl theirs = new RNNImpl(options);
        RNN ours = new RNN(
                n.in,
                n.hidden,
                n.options()
                        .nonlinearity(
                                relu ? RecurrenceOptions.Nonlinearity.RELU : RecurrenceOptions.Nonlinearity.TANH));
        return network(
                d,
                n,
                new Pair(d, ours, Map.of("", theirs)),
                ours::forward,
                theirs::forward,
                theirs::forward_with_packed_input);
    }

    private static Trial gru(Draw d) {
        Network n = Network.of(d);
        GRUOptions options = new GRUOptions(n.in, n.hidden);
        options.num_layers().put(n.layers);
        options.bias().put(n.bias);
        options.batch_first().put(n.batchFirst);
        options.bidirectional().put(n.both);
        GRUImpl theirs = new GRUImpl(options);
        GRU ours = new GRU(n.in, n.hidden, n.options());
        return network(
                d,
                n,
                new Pair(d, ours, Map.of("", theirs)),
                ours::forward,
                theirs::forward,
                theirs::forward_with_packed_input);
    }

    private interface Ours {
        Recurrence.Result forward(ondol.Tensor input, ondol.@Nullable Tensor h0, ondol.@Nullable Tensor lengths);
    }

    private interface Theirs {
        T_TensorTensor_T forward(Tensor input, Tensor h0);
    }

    private interface Packed {
        T_PackedSequenceTensor_T forward(PackedSequence input, Tensor h0);
    }

    private static Trial network(Draw d, Network n, Pair pair, Ours ours, Theirs theirs, Packed packed) {
        List<Operand> operands = new ArrayList<>(List.of(n.input(d)));
        int h0 = d.flag() ? add(operands, n.state(d, n.hidden)) : -1;
        int lengths = d.chance(0.4) ? add(operands, n.lengths(d)) : -1;
        return within(pair.trial(
                operands,
                in -> {
                    Recurrence.Result r = ours.forward(in.get(0), given(in, h0), given(in, lengths));
                    return List.of(r.output(), r.hn());
                },
                in -> {
                    if (lengths < 0) {
                        T_TensorTensor_T r = theirs.forward(in.get(0), or(in, h0));
                        return List.of(r.get0(), r.get1());
                    }
                    T_PackedSequenceTensor_T r = packed.forward(n.packed(in.get(0), in.get(lengths)), or(in, h0));
                    return List.of(n.padded(r.get0()), r.get1());
                }));
    }

    private static Trial lstm(Draw d) {
        Network n = Network.of(d);
        long projected = d.chance(0.3) ? d.between(1, (int) n.hidden - 1) : 0;
        LSTMOptions options = new LSTMOptions(n.in, n.hidden);
        options.num_layers().put(n.layers);
        options.bias().put(n.bias);
        options.batch_first().put(n.batchFirst);
        options.bidirectional().put(n.both);
        options.proj_size().put(projected);
        LSTMImpl theirs = new LSTMImpl(options);
        LSTM ours = new LSTM(n.in, n.hidden, n.options().projSize(projected));
        Pair pair = new Pair(d, ours, Map.of("", theirs));
        List<Operand> operands = new ArrayList<>(List.of(n.input(d)));
        boolean states = d.flag();
        if (states) {
            operands.add(n.state(d, projected > 0 ? projected : n.hidden));
            operands.add(n.state(d, n.hidden));
        }
        int lengths = d.chance(0.4) ? add(operands, n.lengths(d)) : -1;
        return within(pair.trial(
                        operands,
                        in -> {
                            Recurrence.LstmResult r = ours.forward(
                                    in.get(0),
                                    states ? in.get(1) : null,
                                    states ? in.get(2) : null,
                                    given(in, lengths));
                            return List.of(r.output(), r.hn(), r.cn());
                        },
                        in -> {
                            if (lengths < 0) {
                                T_TensorT_TensorTensor_T_T r = states
                                        ? theirs.forward(in.get(0), new T_TensorTensor_T(in.get(1), in.get(2)))
                                        : theirs.forward(in.get(0));
                                return List.of(
                                        r.get0(), r.get1().get0(), r.get1().get1());
                            }
                            PackedSequence input = n.packed(in.get(0), in.get(lengths));
                            T_PackedSequenceT_TensorTensor_T_T r = states
                                    ? theirs.forward_with_packed_input(
                                            input, new T_TensorTensor_T(in.get(1), in.get(2)))
                                    : theirs.forward_with_packed_input(input);
                            return List.of(
                                    n.padded(r.get0()),
                                    r.get1().get0(),
                                    r.get1().get1());
                        }))
                .orders(1); // PyTorch's kernel has no second derivative
    }

    private static Trial rnnCell(Draw d) {
        Network n = Network.of(d);
        RNNCellOptions options = new RNNCellOptions(n.in, n.hidden);
        options.bias().put(n.bias);
        boolean relu = d.chance(0.3);
        if (relu) {
            options.nonlinearity().put(new kReLU());
        }
        RNNCellImpl theirs = new RNNCellImpl(options);
        RNNCell ours = new RNNCell(
                n.in,
                n.hidden,
                new RecurrenceOptions()
                        .bias(n.bias)
                        .nonlinearity(
                                relu ? RecurrenceOptions.Nonlinearity.RELU : RecurrenceOptions.Nonlinearity.TANH));
        List<Operand> operands = List.of(d.tame().floats(n.batch, n.in), d.floats(n.batch, n.hidden));
        return within(new Pair(d, ours, Map.of("", theirs))
                .trial(
                        operands,
                        in -> List.of(ours.forward(in.get(0), in.get(1))),
                        in -> List.of(theirs.forward(in.get(0), in.get(1)))));
    }

    private static Trial gruCell(Draw d) {
        Network n = Network.of(d);
        GRUCellOptions options = new GRUCellOptions(n.in, n.hidden);
        options.bias().put(n.bias);
        GRUCellImpl theirs = new GRUCellImpl(options);
        GRUCell ours = new GRUCell(n.in, n.hidden, new RecurrenceOptions().bias(n.bias));
        List<Operand> operands = List.of(d.tame().floats(n.batch, n.in), d.floats(n.batch, n.hidden));
        return within(new Pair(d, ours, Map.of("", theirs))
                .trial(
                        operands,
                        in -> List.of(ours.forward(in.get(0), in.get(1))),
                        in -> List.of(theirs.forward(in.get(0), in.get(1)))));
    }

    private static Trial lstmCell(Draw d) {
        Network n = Network.of(d);
        LSTMCellOptions options = new LSTMCellOptions(n.in, n.hidden);
        options.bias().put(n.bias);
        LSTMCellImpl theirs = new LSTMCellImpl(options);
        LSTMCell ours = new LSTMCell(n.in, n.hidden, new RecurrenceOptions().bias(n.bias));
        List<Operand> operands =
                List.of(d.tame().floats(n.batch, n.in), d.floats(n.batch, n.hidden), d.floats(n.batch, n.hidden));
        return within(new Pair(d, ours, Map.of("", theirs))
                .trial(operands, in -> ours.forward(in.get(0), in.get(1), in.get(2)), in -> {
                    T_TensorTensor_T r = theirs.forward(in.get(0), new T_TensorTensor_T(in.get(1), in.get(2)));
                    return List.of(r.get0(), r.get1());
                }));
    }

    // ---- transformers

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
                mask = add(operands, d.flag() ? SequenceTable.mask(d, queries, keys) : d.floats(queries, keys));
            }
            int padding = d.flag() ? add(operands, SequenceTable.mask(d, batch, keys)) : -1;
            return new Masks(mask, padding, causal);
        }

        AttentionMasks ours(List<ondol.Tensor> in) {
            return new AttentionMasks(given(in, mask), given(in, padding), causal);
        }

        Tensor mask(List<Tensor> in, long queries, long keys) {
            return causal ? SequenceTable.causal(queries, keys, in.getFirst()) : added(in, mask);
        }

        Tensor padding(List<Tensor> in) {
            return or(in, padding);
        }
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
            return within(new Pair(d, ours, Map.of("", theirs))
                    .trial(
                            operands,
                            in -> List.of(ours.forward(in.get(0), masks.ours(in))),
                            in -> List.of(
                                    theirs.forward(in.get(0), masks.mask(in, s.time, s.time), masks.padding(in)))));
        }
        TransformerEncoderLayerImpl theirs = new TransformerEncoderLayerImpl(s.encoder());
        return within(new Pair(d, layer, Map.of("", theirs))
                .trial(
                        operands,
                        in -> List.of(layer.forward(in.get(0), masks.ours(in))),
                        in -> List.of(theirs.forward(in.get(0), masks.mask(in, s.time, s.time), masks.padding(in)))));
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
            return within(new Pair(d, ours, Map.of("", theirs))
                    .trial(
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
        TransformerDecoderLayerImpl theirs = new TransformerDecoderLayerImpl(s.decoder());
        return within(new Pair(d, layer, Map.of("", theirs))
                .trial(
                        operands,
                        in -> List.of(layer.forward(in.get(0), in.get(1), own.ours(in), cross.ours(in))),
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
        return within(new Pair(d, ours, parts.all)
                .trial(operands, in -> List.of(ours.forward(in.get(0), masks.ours(in))), in -> {
                    Tensor n = parts.norm(1, in.get(0));
                    Tensor x = in.get(0)
                            .add(parts.attended("self_attn", n, n, masks.mask(in, s.time, s.time), masks.padding(in)));
                    return List.of(x.add(parts.fed(parts.norm(2, x))));
                }));
    }

    private static Trial decoderNormFirst(Draw d) {
        Sizes s = Sizes.of(d);
        List<Operand> operands = new ArrayList<>(List.of(s.sequence(d, s.time), s.sequence(d, s.memory)));
        Masks own = Masks.draw(d, operands, s.time, s.time, s.batch);
        Masks cross = Masks.draw(d, operands, s.time, s.memory, s.batch);
        TransformerDecoderLayer ours =
                new TransformerDecoderLayer(s.model, s.heads, s.options().normFirst(true));
        Parts parts = new Parts(s, 3, "self_attn", "multihead_attn");
        return within(new Pair(d, ours, parts.all)
                .trial(
                        operands,
                        in -> List.of(ours.forward(in.get(0), in.get(1), own.ours(in), cross.ours(in))),
                        in -> {
                            Tensor n = parts.norm(1, in.get(0));
                            Tensor x = in.get(0)
                                    .add(parts.attended(
                                            "self_attn", n, n, own.mask(in, s.time, s.time), own.padding(in)));
                            Tensor z = x.add(parts.attended(
                                    "multihead_attn",
                                    parts.norm(2, x),
                                    in.get(1),
                                    cross.mask(in, s.time, s.memory),
                                    cross.padding(in)));
                            return List.of(z.add(parts.fed(parts.norm(3, z))));
                        }));
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
        return within(new Pair(d, ours, Map.of("", theirs))
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
