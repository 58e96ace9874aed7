package ondol.oracle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Device;
import ondol.autograd.Autograd;
import ondol.nn.Module;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A module of Ondol's and PyTorch's own, which give the state that Ondol's load by its keys: PyTorch's modules by where their
 * parameters are in Ondol's. Compared are the results, their gradients, and the gradients of all parameters.
 */
final class ModulePair {
    private static final double EPS = 0x1p-24;

    private final Module ours;
    private final Map<String, org.bytedeco.pytorch.Module> theirs;

    /** Moves all parameters away from their first values, of which many are 0 or 1. */
    ModulePair(Draw d, Module ours, Map<String, org.bytedeco.pytorch.Module> theirs) {
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
        TensorVector weights = Torch.vector(results.stream().map(Tensor::detach).toList());
        TensorVector found = Torch.grad(Torch.vector(results), by, weights, false);
        for (long i = 0; i < by.size(); i++) {
            Tensor g = found.get(i);
            all.add(g.defined() ? g : torch.zeros_like(by.get(i)));
        }
        return all;
    }

    // ---- what tables of modules share

    /**
     * Within bounds for what is compared here: the gradients of parameters are sums that nearly cancel, and the last bits of
     * PyTorch's are not the same in every run.
     */
    static Trial within(Trial trial) {
        return within(trial, 1);
    }

    /**
     * The same of so many layers one after the other, each of which may make the difference four times as large: in one of two runs
     * with the same seed gradients of three decoder layers, of 9.1 at most, were 4.5e-4 from PyTorch 2.10's, in the other within the
     * bound of one layer.
     */
    static Trial within(Trial trial, long layers) {
        return trial.within(
                Bound.norm(128).plusAbsolute(1024 * EPS * Math.pow(4, layers - 1)),
                Bound.norm(512).plusCotangent(1024),
                Bound.norm(4096).plusCotangent(16384));
    }

    static Tensor or(List<Tensor> in, int i) {
        return i >= 0 ? in.get(i) : new Tensor();
    }

    /** A mask for queries and keys in floats: PyTorch's C++ module adds one of BOOL to the scores as zeros and ones. */
    static Tensor added(List<Tensor> in, int i) {
        Tensor mask = or(in, i);
        if (i < 0 || mask.scalar_type().intern() != ScalarType.Bool) {
            return mask;
        }
        Tensor zeros = torch.zeros(Torch.sizes(mask)).to(in.getFirst().scalar_type());
        return zeros.masked_fill(mask, Torch.scalar(Double.NEGATIVE_INFINITY));
    }

    static ondol.@Nullable Tensor given(List<ondol.Tensor> in, int i) {
        return i >= 0 ? in.get(i) : null;
    }

    /** BOOL, true for about a third of the keys, but never for the first: no query is left without one. */
    static Operand mask(Draw d, long rows, long keys) {
        boolean[] values = new boolean[(int) (rows * keys)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % keys > 0 && d.chance(0.35);
        }
        return Operand.plain(Array.of(new long[] {rows, keys}, values));
    }

    /** Minus infinity for later keys. */
    static Tensor causal(long queries, long keys, Tensor like) {
        Tensor all = torch.full(new long[] {queries, keys}, Torch.scalar(Double.NEGATIVE_INFINITY));
        return torch.triu(all, 1).to(like.scalar_type());
    }

    static int add(List<Operand> operands, Operand more) {
        operands.add(more);
        return operands.size() - 1;
    }
}
