package ondol.oracle;

import static ondol.oracle.ModulePair.add;
import static ondol.oracle.ModulePair.given;
import static ondol.oracle.ModulePair.or;
import static ondol.oracle.ModulePair.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import ondol.nn.GRU;
import ondol.nn.GRUCell;
import ondol.nn.LSTM;
import ondol.nn.LSTMCell;
import ondol.nn.RNN;
import ondol.nn.RNNCell;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.GRUCellImpl;
import org.bytedeco.pytorch.GRUCellOptions;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMCellImpl;
import org.bytedeco.pytorch.LSTMCellOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.PackedSequence;
import org.bytedeco.pytorch.RNNCellImpl;
import org.bytedeco.pytorch.RNNCellOptions;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.T_PackedSequenceT_TensorTensor_T_T;
import org.bytedeco.pytorch.T_PackedSequenceTensor_T;
import org.bytedeco.pytorch.T_TensorT_TensorTensor_T_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kReLU;
import org.jspecify.annotations.Nullable;

/** Recurrent networks and their cells, on moderate numbers. */
final class RecurrenceTable extends Operation.Table {
    RecurrenceTable() {
        op("forward(RNN)", RecurrenceTable::rnn);
        op("forward(GRU)", RecurrenceTable::gru);
        op("forward(LSTM)", RecurrenceTable::lstm);
        op("forward(RNNCell)", RecurrenceTable::rnnCell);
        op("forward(GRUCell)", RecurrenceTable::gruCell);
        op("forward(LSTMCell)", RecurrenceTable::lstmCell);
    }

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
                new ModulePair(d, ours, Map.of("", theirs)),
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
                new ModulePair(d, ours, Map.of("", theirs)),
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

    private static Trial network(Draw d, Network n, ModulePair pair, Ours ours, Theirs theirs, Packed packed) {
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
        ModulePair pair = new ModulePair(d, ours, Map.of("", theirs));
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
        return cell(d, n, new ModulePair(d, ours, Map.of("", theirs)), ours::forward, theirs::forward);
    }

    private static Trial gruCell(Draw d) {
        Network n = Network.of(d);
        GRUCellOptions options = new GRUCellOptions(n.in, n.hidden);
        options.bias().put(n.bias);
        GRUCellImpl theirs = new GRUCellImpl(options);
        GRUCell ours = new GRUCell(n.in, n.hidden, new RecurrenceOptions().bias(n.bias));
        return cell(d, n, new ModulePair(d, ours, Map.of("", theirs)), ours::forward, theirs::forward);
    }

    private static Trial cell(
            Draw d, Network n, ModulePair pair, BinaryOperator<ondol.Tensor> ours, BinaryOperator<Tensor> theirs) {
        List<Operand> operands = List.of(d.tame().floats(n.batch, n.in), d.floats(n.batch, n.hidden));
        return within(pair.trial(
                operands,
                in -> List.of(ours.apply(in.get(0), in.get(1))),
                in -> List.of(theirs.apply(in.get(0), in.get(1)))));
    }

    private static Trial lstmCell(Draw d) {
        Network n = Network.of(d);
        LSTMCellOptions options = new LSTMCellOptions(n.in, n.hidden);
        options.bias().put(n.bias);
        LSTMCellImpl theirs = new LSTMCellImpl(options);
        LSTMCell ours = new LSTMCell(n.in, n.hidden, new RecurrenceOptions().bias(n.bias));
        List<Operand> operands =
                List.of(d.tame().floats(n.batch, n.in), d.floats(n.batch, n.hidden), d.floats(n.batch, n.hidden));
        return within(new ModulePair(d, ours, Map.of("", theirs))
                .trial(operands, in -> ours.forward(in.get(0), in.get(1), in.get(2)), in -> {
                    T_TensorTensor_T r = theirs.forward(in.get(0), new T_TensorTensor_T(in.get(1), in.get(2)));
                    return List.of(r.get0(), r.get1());
                }));
    }
}
