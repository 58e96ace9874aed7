package ondol;

import static ondol.GradientCase.avoiding;
import static ondol.GradientCase.between;
import static ondol.GradientCase.shape;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** Gradient cases of {@link PointwiseOps}. */
final class PointwiseCases {
    private static final int[][][] PAIRS = {
        {shape(), shape()},
        {shape(5), shape(5)},
        {shape(3, 4), shape(3, 4)},
        {shape(3, 1), shape(4)},
        {shape(2, 3, 4), shape(3, 1)},
        {shape(4), shape(2, 3, 4)},
        {shape(), shape(2, 2)},
        {shape(1, 1), shape(1)}
    };

    private final GradientCase.Builder cases = new GradientCase.Builder();

    private PointwiseCases() {}

    static List<GradientCase> all() {
        PointwiseCases c = new PointwiseCases();
        c.smooth();
        c.kinked();
        c.activations();
        c.withConstants();
        c.pairs();
        c.mixedTypes();
        c.choices();
        return c.cases.cases();
    }

    private void unary(String method, double low, double high, UnaryOperator<Tensor> op, DoubleUnaryOperator f) {
        cases.sampler(between(low, high)).one(method, "", op, x -> x.map(f));
    }

    private void kinked(String method, UnaryOperator<Tensor> op, DoubleUnaryOperator f, double... kinks) {
        cases.sampler(avoiding(-2.2, 2.2, kinks)).one(method, "", op, x -> x.map(f));
    }

    private void binary(String method, BinaryOperator<Tensor> op, DoubleBinaryOperator f) {
        cases.add(method, "", in -> op.apply(in[0], in[1]), in -> in[0].zip(in[1], f));
    }

    private void smooth() {
        cases.shapes(GradientCase.ANY_RANK).within(4, 0);
        unary("neg()", -2, 2, Tensor::neg, x -> -x);
        unary("exp()", -3, 3, Tensor::exp, Math::exp);
        unary("expm1()", -2, 2, Tensor::expm1, Math::expm1);
        unary("log()", 0.1, 4, Tensor::log, Math::log);
        unary("log1p()", -0.8, 3, Tensor::log1p, Math::log1p);
        unary("sqrt()", 0.1, 4, Tensor::sqrt, Math::sqrt);
        unary("rsqrt()", 0.3, 4, Tensor::rsqrt, x -> 1 / Math.sqrt(x));
        unary("square()", -2, 2, Tensor::square, x -> x * x);
        unary("reciprocal()", 0.4, 3, Tensor::reciprocal, x -> 1 / x);
        unary("sin()", -6, 6, Tensor::sin, Math::sin);
        unary("cos()", -6, 6, Tensor::cos, Math::cos);
        unary("tanh()", -3, 3, Tensor::tanh, Math::tanh);
        unary("sigmoid()", -4, 4, Tensor::sigmoid, PointwiseCases::sigmoid);
        unary("erf()", -2, 2, Tensor::erf, PointwiseCases::erf);
        unary("clone()", -2, 2, Tensor::clone, x -> x);
        unary("contiguous()", -2, 2, Tensor::contiguous, x -> x);
        unary("to(Device)", -2, 2, x -> x.to(Second.DEVICE).to(x.device()), x -> x);
    }

    /** A device besides the default one. */
    private static final class Second {
        static final Device DEVICE = Device.of("gradient-test", new ondol.backend.ReferenceBackend());
    }

    private void kinked() {
        double[] steps = {-2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5};
        kinked("abs()", Tensor::abs, Math::abs, 0);
        kinked("sign()", Tensor::sign, Math::signum, 0);
        kinked("floor()", Tensor::floor, Math::floor, steps);
        kinked("ceil()", Tensor::ceil, Math::ceil, steps);
        kinked("round()", Tensor::round, Math::rint, steps);
        kinked("trunc()", Tensor::trunc, x -> x < 0 ? Math.ceil(x) : Math.floor(x), steps);
        kinked("clamp(double,double)", x -> x.clamp(-0.5, 0.7), x -> Math.clamp(x, -0.5, 0.7f), -0.5, 0.7);
        kinked("clamp(long,long)", x -> x.clamp(-1, 1), x -> Math.clamp(x, -1.0, 1.0), -1, 1);
    }

    private void activations() {
        kinked("relu()", Tensor::relu, x -> Math.max(x, 0), 0);
        kinked("leakyRelu()", Tensor::leakyRelu, x -> x > 0 ? x : 0.01f * x, 0);
        kinked("leakyRelu(double)", x -> x.leakyRelu(0.25), x -> x > 0 ? x : 0.25 * x, 0);
        kinked("elu()", Tensor::elu, x -> x > 0 ? x : Math.expm1(x), 0);
        kinked("elu(double)", x -> x.elu(1.5), x -> x > 0 ? x : 1.5 * Math.expm1(x), 0);
        unary("silu()", -4, 4, Tensor::silu, x -> x * sigmoid(x));
        unary("softplus()", -4, 4, Tensor::softplus, x -> Math.log1p(Math.exp(x)));
        cases.sampler(between(21, 30)).one("softplus()", "where it is the identity", Tensor::softplus, x -> x);
        unary("softplus(double)", -4, 4, x -> x.softplus(2.0), x -> Math.log1p(Math.exp(2 * x)) / 2);
        cases.sampler(between(11, 15))
                .one("softplus(double)", "where it is the identity", x -> x.softplus(2.0), x -> x);
        cases.within(4, 1);
        unary("gelu()", -3, 3, Tensor::gelu, x -> x * 0.5 * (1 + erf(x * Math.sqrt(0.5))));
        cases.within(4, 0);
    }

    private void withConstants() {
        unary("add(double)", -2, 2, x -> x.add(1.25), x -> x + 1.25);
        unary("sub(double)", -2, 2, x -> x.sub(1.25), x -> x - 1.25);
        unary("mul(double)", -2, 2, x -> x.mul(-1.5), x -> x * -1.5);
        unary("div(double)", -2, 2, x -> x.div(3.0), x -> x / 3);
        unary("rsub(double)", -2, 2, x -> x.rsub(1.25), x -> 1.25 - x);
        unary("rdiv(double)", 0.4, 3, x -> x.rdiv(1.25), x -> 1.25 / x);
        unary("add(long)", -2, 2, x -> x.add(3L), x -> x + 3);
        unary("sub(long)", -2, 2, x -> x.sub(3L), x -> x - 3);
        unary("mul(long)", -2, 2, x -> x.mul(3L), x -> x * 3);
        unary("rsub(long)", -2, 2, x -> x.rsub(3L), x -> 3 - x);
        for (double e : new double[] {2, 3, 1, 0, -1, -2}) {
            cases.sampler(avoiding(-2, 2, -0.2, -0.1, 0, 0.1, 0.2))
                    .one("pow(double)", "of " + e, x -> x.pow(e), x -> x.map(v -> Math.pow(v, e)));
        }
        for (double e : new double[] {0.5, 1.5, -0.75}) {
            cases.sampler(between(0.3, 3))
                    .one("pow(double)", "of " + e, x -> x.pow(e), x -> x.map(v -> Math.pow(v, e)));
        }
        for (long e : new long[] {3, -2}) {
            cases.sampler(avoiding(-2, 2, -0.2, -0.1, 0, 0.1, 0.2))
                    .one("pow(long)", "of " + e, x -> x.pow(e), x -> x.map(v -> Math.pow(v, e)));
        }
        unary("rpow(double)", -2, 2, x -> x.rpow(2.5), x -> Math.pow(2.5, x));
        unary("rpow(long)", -2, 2, x -> x.rpow(3L), x -> Math.pow(3, x));
    }

    private void pairs() {
        cases.shapes(PAIRS).sampler(between(-2, 2));
        binary("add(Tensor)", Tensor::add, Double::sum);
        binary("sub(Tensor)", Tensor::sub, (a, b) -> a - b);
        binary("mul(Tensor)", Tensor::mul, (a, b) -> a * b);
        cases.sampler((random, input, shape) -> (input == 0
                        ? between(-2, 2)
                        : avoiding(-2, 2, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3))
                .sample(random, input, shape));
        binary("div(Tensor)", Tensor::div, (a, b) -> a / b);
        cases.sampler(
                (random, input, shape) -> (input == 0 ? between(0.3, 2) : between(-2, 2)).sample(random, input, shape));
        binary("pow(Tensor)", Tensor::pow, Math::pow);
        // Two grids with nothing in common: no two elements are equal.
        cases.sampler((random, input, shape) -> between(0, 0.05)
                .sample(random, input, shape)
                .map(x -> (float) (x + 0.2 * random.nextInt(-9, 9) + 0.1 * input)));
        binary("minimum(Tensor)", Tensor::minimum, Math::min);
        binary("maximum(Tensor)", Tensor::maximum, Math::max);
        cases.shapes(GradientCase.ANY_RANK).sampler(between(-2, 2));
        cases.one("mul(Tensor)", "by itself", x -> x.mul(x), x -> x.map(v -> v * v));
        cases.one("add(Tensor)", "to itself", x -> x.add(x), x -> x.map(v -> v + v));
    }

    /** Operands without a gradient, of types that become FLOAT32. */
    private void mixedTypes() {
        cases.shapes(GradientCase.single(shape(4), shape(3, 4), shape(3, 1))).sampler(between(0.3, 2));
        NdArray small = NdArray.vector(1, 2, 3, -2);
        Tensor integers = Tensor.tensor(1L, 2L, 3L, -2L);
        cases.one("add(Tensor)", "INT64", x -> x.add(integers), x -> x.zip(small, Double::sum));
        cases.one("mul(Tensor)", "INT64", x -> x.mul(integers), x -> x.zip(small, (a, b) -> a * b));
        cases.one("div(Tensor)", "by INT64", x -> x.div(integers), x -> x.zip(small, (a, b) -> a / b));
        cases.one("div(Tensor)", "of INT64", integers::div, x -> small.zip(x, (a, b) -> a / b));
        cases.one("pow(Tensor)", "to INT64", x -> x.pow(integers), x -> x.zip(small, Math::pow));
        Tensor flags = Tensor.tensor(true, false, true, true);
        NdArray ones = NdArray.vector(1, 0, 1, 1);
        cases.one("mul(Tensor)", "by BOOL", x -> x.mul(flags), x -> x.zip(ones, (a, b) -> a * b));
        cases.one("mul(Tensor)", "of BOOL", flags::mul, x -> x.zip(ones, (a, b) -> a * b));
        cases.one("add(Tensor)", "BOOL", x -> x.add(flags), x -> x.zip(ones, Double::sum));
        cases.one("pow(Tensor)", "to BOOL", x -> x.pow(flags), x -> x.zip(ones, Math::pow));
        cases.one("div(Tensor)", "of BOOL", flags::div, x -> ones.zip(x, (a, b) -> a / b));
        cases.one("maximum(Tensor)", "of INT64", integers::maximum, x -> small.zip(x, Math::max));
    }

    private void choices() {
        cases.shapes(PAIRS).sampler(between(-2, 2));
        cases.add(
                "where(Tensor,Tensor)",
                "",
                in -> in[0].where(mask(outputShape(in)), in[1]),
                in -> choose(in[0], in[1]));
        cases.add(
                "choose(Tensor,Tensor)",
                "",
                in -> mask(outputShape(in)).choose(in[0], in[1]),
                in -> choose(in[0], in[1]));
        cases.add(
                "where(Tensor,Tensor,Tensor)",
                "",
                in -> Tensor.where(mask(outputShape(in)), in[0], in[1]),
                in -> choose(in[0], in[1]));
        Tensor rows = Tensor.tensor(new boolean[][] {{true}, {false}, {true}});
        int[] wide = {3, 4};
        NdArray flags = new NdArray(shape(3, 1), new double[] {1, 0, 1});
        cases.shapes(new int[][] {shape(4), shape(3, 1)}, new int[][] {shape(), shape(4)});
        cases.add(
                "where(Tensor,Tensor,Tensor)",
                "condition broadcast",
                in -> Tensor.where(rows, in[0], in[1]),
                in -> in[0].zip(flags, (a, c) -> a * c)
                        .zip(in[1].zip(flags, (b, c) -> b * (1 - c)), Double::sum)
                        .expand(wide.clone()));
        cases.shapes(GradientCase.ANY_RANK);
        cases.one(
                "maskedFill(Tensor,double)",
                "",
                x -> x.maskedFill(mask(x.shape().toArray()), 5.5),
                x -> choose(NdArray.zeros(x.shape).map(v -> 5.5), x));
    }

    private static long[] outputShape(Tensor[] in) {
        return Axes.broadcast("test", in[0].sizes(), in[1].sizes());
    }

    /** True for every third element and the one before. */
    private static boolean isChosen(int i) {
        return i % 3 != 1;
    }

    private static Tensor mask(long[] shape) {
        boolean[] values = new boolean[(int) Shape.numel(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = isChosen(i);
        }
        return TensorFactory.from(values, shape, Ondol.defaultDevice());
    }

    private static NdArray choose(NdArray a, NdArray b) {
        NdArray out = NdArray.zeros(NdArray.broadcast(a.shape, b.shape));
        NdArray left = a.expand(out.shape);
        NdArray right = b.expand(out.shape);
        for (int i = 0; i < out.data.length; i++) {
            out.data[i] = isChosen(i) ? left.data[i] : right.data[i];
        }
        return out;
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** {@code 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!}: all terms have one sign. */
    static double erf(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
