package ondol.oracle;

import static ondol.oracle.ModulePair.add;
import static ondol.oracle.ModulePair.added;
import static ondol.oracle.ModulePair.causal;
import static ondol.oracle.ModulePair.given;
import static ondol.oracle.ModulePair.mask;
import static ondol.oracle.ModulePair.or;
import static ondol.oracle.ModulePair.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import ondol.Ondol;
import ondol.nn.AttentionOptions;
import ondol.nn.MultiheadAttention;
import ondol.op.Attention;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.MultiheadAttentionImpl;
import org.bytedeco.pytorch.MultiheadAttentionOptions;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Attention, on moderate numbers. */
final class AttentionTable extends Operation.Table {
    AttentionTable() {
        op("scaledDotProductAttention", AttentionTable::attention);
        op("attentionWeights", AttentionTable::weights);
        op("forward(MultiheadAttention)", AttentionTable::heads);
    }

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
        ModulePair pair = new ModulePair(d, ours, Map.of("", module));
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
}
