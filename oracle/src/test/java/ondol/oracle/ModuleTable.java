package ondol.oracle;

import java.util.List;
import java.util.function.UnaryOperator;
import ondol.Generator;
import ondol.nn.ELU;
import ondol.nn.Flatten;
import ondol.nn.GELU;
import ondol.nn.Identity;
import ondol.nn.Layer;
import ondol.nn.LeakyReLU;
import ondol.nn.Linear;
import ondol.nn.LogSoftmax;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.SiLU;
import ondol.nn.Sigmoid;
import ondol.nn.Softmax;
import ondol.nn.Softplus;
import ondol.nn.Tanh;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** What the layers of {@code ondol.nn} compute, on moderate numbers; the operations they call have tables of their own. */
final class ModuleTable extends Operation.Table {
    private static final double EPS = 0x1p-24;

    /** A layer in both engines. */
    private record Pair(Layer ondol, UnaryOperator<Tensor> torch) {}

    ModuleTable() {
        layer("Identity", d -> new Pair(new Identity(), x -> x), Bound.EXACT);
        layer("ReLU", d -> new Pair(new ReLU(), torch::relu), Bound.EXACT);
        layer("LeakyReLU", d -> new Pair(new LeakyReLU(), torch::leaky_relu), Bound.EXACT);
        layer("LeakyReLU(slope)", ModuleTable::leaky, Bound.EXACT);
        layer("ELU", d -> new Pair(new ELU(), torch::elu), Bound.ulps(3));
        layer("ELU(alpha)", ModuleTable::elu, Bound.ulps(4));
        layer("GELU", d -> new Pair(new GELU(), torch::gelu), Bound.ulps(3).plusAbsolute(16 * EPS));
        layer("SiLU", d -> new Pair(new SiLU(), torch::silu), Bound.ulps(4));
        layer("Sigmoid", d -> new Pair(new Sigmoid(), torch::sigmoid), Bound.ulps(3));
        layer("Softplus", d -> new Pair(new Softplus(), torch::softplus), Bound.ulps(4));
        layer("Softplus(beta)", ModuleTable::softplus, Bound.ulps(4));
        layer("Tanh", d -> new Pair(new Tanh(), torch::tanh), Bound.ulps(3));
        alongAxis("Softmax", axis -> new Pair(new Softmax(axis), x -> torch.softmax(x, axis)), 0);
        alongAxis("LogSoftmax", axis -> new Pair(new LogSoftmax(axis), x -> torch.log_softmax(x, axis)), 6 * EPS);
        op("forward(Flatten)", ModuleTable::flatten).explain(Difference.FLIP_IS_A_VIEW, ModuleTable::namedByLayout);
        op("forward(Linear)", ModuleTable::linear).explain(Difference.FLIP_IS_A_VIEW, ModuleTable::namedByLayout);
        op("forward(Sequential)", ModuleTable::sequential)
                .explain(Difference.FLIP_IS_A_VIEW, ModuleTable::namedByLayout);
    }

    private interface Drawn {
        Pair of(Draw d);
    }

    private interface AlongAxis {
        Pair of(int axis);
    }

    private static Trial trial(Pair pair, Operand x) {
        return Trial.one(
                pair.ondol.toString().replace("\n", ""),
                List.of(x),
                in -> pair.ondol.to(in.get(0).device()).forward(in.get(0)),
                in -> pair.torch.apply(in.get(0)));
    }

    private void layer(String name, Drawn drawn, Bound forward) {
        op(
                "forward(" + name + ")",
                d -> trial(drawn.of(d), d.tame().floats(d.shape()))
                        .within(
                                forward,
                                Bound.ulps(4).plusCotangent(4),
                                Bound.ulps(16).plusNorm(16).plusCotangent(32)));
    }

    private static Pair leaky(Draw d) {
        double slope = d.pick(0.01, 0.2, 1.0, 0.0, -0.5, 2.5, d.gaussian());
        return new Pair(new LeakyReLU(slope), x -> torch.leaky_relu(x, new Scalar(slope)));
    }

    private static Pair elu(Draw d) {
        double alpha = d.pick(1.0, 0.3, 2.5, d.uniform(0, 3));
        return new Pair(new ELU(alpha), x -> torch.elu(x, new Scalar(alpha), new Scalar(1.0), new Scalar(1.0)));
    }

    /** With a large beta, many products are beyond the threshold of 20. */
    private static Pair softplus(Draw d) {
        double beta = d.pick(1.0, 2.0, 0.3, 30.0, -1.5, d.uniform(0.1, 10));
        return new Pair(new Softplus(beta), x -> torch.softplus(x, new Scalar(beta), new Scalar(20.0)));
    }

    private void alongAxis(String name, AlongAxis layer, double absolute) {
        op("forward(" + name + ")", d -> {
            long[] shape = d.shape();
            return trial(layer.of(d.axis(shape.length)), d.tame().floats(shape))
                    .within(
                            Bound.ulps(6).plusAbsolute(absolute),
                            Bound.ulps(4).plusCotangent(absolute == 0 ? 8 : 8 + 4 * Array.count(shape)),
                            Bound.ulps(16).plusNorm(16).plusCotangent(32 + 4 * Array.count(shape)));
        });
    }

    private static Trial flatten(Draw d) {
        long[] shape = d.shape();
        if (d.flag()) {
            return trial(new Pair(new Flatten(), x -> torch.flatten(x, 1, -1)), d.floats(shape));
        }
        int from = d.axis(shape.length);
        int to = d.axis(shape.length);
        return trial(new Pair(new Flatten(from, to), x -> torch.flatten(x, from, to)), d.floats(shape))
                .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }

    /** Both draw their parameters from the same seed. */
    private static Pair linear(long in, long out, boolean bias, long seed) {
        return new Pair(new Linear(in, out, bias, new Generator(seed)), x -> {
            torch.manual_seed(seed);
            LinearOptions options = new LinearOptions(in, out);
            options.bias().put(bias);
            LinearImpl made = new LinearImpl(options);
            // As Python's layer; the C++ layer's own forward multiplies and adds in two steps.
            return torch.linear(x, made.weight(), bias ? new TensorOptional(made.bias()) : new TensorOptional());
        });
    }

    private static Trial linear(Draw d) {
        long[] shape = d.finite().shape(1, 5);
        long in = Math.max(1, shape[shape.length - 1]);
        shape[shape.length - 1] = d.chance(0.97) ? in : in + 1;
        return trial(linear(in, d.size(), d.flag(), d.below(1L << 40)), d.floats(shape))
                .within(Bound.norm(16), Bound.norm(16), Bound.norm(64));
    }

    /** A few layers one after the other: each keeps the scale of moderate numbers. */
    private static Trial sequential(Draw d) {
        long[] shape = d.tame().shape(1, 3);
        long width = Math.max(1, Math.min(8, shape[shape.length - 1]));
        shape[shape.length - 1] = width;
        Sequential net = new Sequential();
        UnaryOperator<Tensor> torchNet = x -> x;
        for (int i = d.below(5); i > 0; i--) {
            Pair next;
            if (d.chance(0.6)) {
                long out = 1 + d.below(8);
                next = linear(width, out, d.flag(), d.below(1000));
                width = out;
            } else {
                next = d.pick(
                        new Pair(new Tanh(), torch::tanh),
                        new Pair(new Sigmoid(), torch::sigmoid),
                        new Pair(new ReLU(), torch::relu),
                        new Pair(new Identity(), x -> x),
                        new Pair(new Softmax(-1), x -> torch.softmax(x, -1)));
            }
            net.append(next.ondol);
            UnaryOperator<Tensor> before = torchNet;
            torchNet = x -> next.torch.apply(before.apply(x));
        }
        return trial(new Pair(net, torchNet), d.floats(shape))
                .within(
                        Bound.ulps(4).plusAbsolute(64 * EPS),
                        Bound.ulps(4).plusCotangent(64),
                        Bound.ulps(16).plusNorm(64).plusCotangent(256));
    }

    private static boolean namedByLayout(Mismatch m) {
        return m.is(Mismatch.Stage.FORWARD, Mismatch.Kind.GRAD_FN)
                && !m.trial().operands().getFirst().layout().same();
    }
}
