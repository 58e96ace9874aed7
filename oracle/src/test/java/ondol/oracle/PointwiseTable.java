package ondol.oracle;

import static ondol.oracle.Difference.ELU_OF_NAN;
import static ondol.oracle.Difference.EXPONENTS;
import static ondol.oracle.Difference.GELU_OF_THE_LARGEST;
import static ondol.oracle.Difference.POWER_OF_BOOL;
import static ondol.oracle.Difference.ZEROS;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Tensor;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.global.torch;

/** The operations of {@link ondol.PointwiseOps}. */
final class PointwiseTable extends Operation.Table {
    private static final double[] CONSTANTS = {
        0, -0.0, 1, -1, 2, -2, 3, 0.5, -0.5, 0.1, 2.5, 1e-3, 16777217, 1e10, 1e-40, 1e30, 1e300, 1e-300
    };

    private static final double[] NOT_FINITE = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};

    /** The smallest normal number: PyTorch rounds some results below it to 0. */
    private static final double TINY = 0x1p-126;

    /** How far PyTorch's vectorised error function is off: it is exact to this much of 1, not of the result. */
    private static final double ERF = 6e-7;

    /** ERF, times up to 4, where 1 + erf is not yet 0, and 1/2. */
    private static final double GELU = 2 * ERF;

    private static final long[] WIDE = {
        Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, 1L << 62, -(1L << 62), (1L << 24) + 1, 3037000500L
    };

    PointwiseTable() {
        unary("neg", Tensor::neg, torch::neg, exact());
        unary("abs", Tensor::abs, torch::abs, exact());
        unary("sign", Tensor::sign, torch::sign, exact());
        unary("exp", Tensor::exp, torch::exp, ulps(2));
        unary("expm1", Tensor::expm1, torch::expm1, ulps(2, Bound.ulps(4).plusCotangent(4)));
        unary("log", Tensor::log, torch::log, ulps(2));
        unary("log1p", Tensor::log1p, torch::log1p, ulps(2));
        unary("sqrt", Tensor::sqrt, torch::sqrt, exact());
        unary("rsqrt", Tensor::rsqrt, torch::rsqrt, ulps(2));
        unary("square", Tensor::square, torch::square, exact());
        unary("reciprocal", Tensor::reciprocal, torch::reciprocal, exact());
        unary("floor", Tensor::floor, torch::floor, exact());
        unary("ceil", Tensor::ceil, torch::ceil, exact());
        unary("round", Tensor::round, torch::round, exact());
        unary("trunc", Tensor::trunc, torch::trunc, exact());
        unary("sin", Tensor::sin, torch::sin, ulps(3));
        unary("cos", Tensor::cos, torch::cos, ulps(3));
        unary("tanh", Tensor::tanh, torch::tanh, ulps(2, Bound.ulps(4).plusCotangent(6)));
        unary(
                "sigmoid",
                Tensor::sigmoid,
                torch::sigmoid,
                ulps(2, TINY, Bound.ulps(4).plusCotangent(2)));
        unary("erf", Tensor::erf, torch::erf, ulps(2, ERF, Bound.ulps(4)));
        unary("relu", Tensor::relu, torch::relu, exact());
        unary("gelu", Tensor::gelu, torch::gelu, ulps(3, GELU, Bound.ulps(4).plusCotangent(4)))
                .explain(
                        GELU_OF_THE_LARGEST,
                        m -> m.isValue()
                                && Double.isNaN(m.expected())
                                && (m.stage() == Mismatch.Stage.FORWARD
                                        ? m.actual() == Double.POSITIVE_INFINITY
                                        : m.stage() == Mismatch.Stage.SECOND && m.actual() == 0));
        unary(
                "silu",
                Tensor::silu,
                torch::silu,
                ulps(3, 100 * TINY, Bound.ulps(4).plusCotangent(4)));
        unary("softplus", Tensor::softplus, torch::softplus, ulps(4));
        unary("leakyRelu", Tensor::leakyRelu, torch::leaky_relu, exact());
        unary("elu", Tensor::elu, torch::elu, ulps(2)).explain(ELU_OF_NAN, PointwiseTable::isNaN);
        unary("isNaN", Tensor::isNaN, torch::isnan, exact());
        unary("isInf", Tensor::isInf, torch::isinf, exact());
        unary("isFinite", Tensor::isFinite, torch::isfinite, exact());
        unary("logicalNot", Tensor::logicalNot, torch::logical_not, exact());

        real("leakyRelu(slope)", Tensor::leakyRelu, (x, c) -> torch.leaky_relu(x, new Scalar(c)), exact());
        real(
                        "elu(alpha)",
                        PointwiseTable::finiteConstant,
                        Tensor::elu,
                        (x, c) -> torch.elu(x, new Scalar(c), new Scalar(1.0), new Scalar(1.0)),
                        ulps(2))
                .explain(ELU_OF_NAN, PointwiseTable::isNaN);
        clamps();

        binary("add", Tensor::add, torch::add, exact());
        binary("sub", Tensor::sub, torch::sub, exact());
        binary("mul", Tensor::mul, torch::mul, exact());
        binary("div", Tensor::div, torch::div, exact());
        powers();
        binary("minimum", Tensor::minimum, torch::minimum, exact()).explain(ZEROS, PointwiseTable::isZero);
        binary("maximum", Tensor::maximum, torch::maximum, exact()).explain(ZEROS, PointwiseTable::isZero);
        binary("lt", Tensor::lt, torch::lt, exact());
        binary("le", Tensor::le, torch::le, exact());
        binary("gt", Tensor::gt, torch::gt, exact());
        binary("ge", Tensor::ge, torch::ge, exact());
        binary("eq", Tensor::eq, torch::eq, exact());
        binary("ne", Tensor::ne, torch::ne, exact());
        binary("logicalAnd", Tensor::logicalAnd, torch::logical_and, exact());
        binary("logicalOr", Tensor::logicalOr, torch::logical_or, exact());
        binary("logicalXor", Tensor::logicalXor, torch::logical_xor, exact());

        real("add(double)", Tensor::add, (x, c) -> torch.add(x, wrapped(c)), exact());
        real("sub(double)", Tensor::sub, (x, c) -> torch.sub(x, wrapped(c)), exact());
        real("mul(double)", Tensor::mul, (x, c) -> torch.mul(x, wrapped(c)), exact());
        real("div(double)", Tensor::div, (x, c) -> torch.div(x, wrapped(c)), exact());
        real("pow(double)", Tensor::pow, (x, c) -> torch.pow(x, new Scalar(c)), POWER)
                .explain(EXPONENTS, PointwiseTable::hasInexactExponent);
        real("rsub(double)", Tensor::rsub, (x, c) -> torch.rsub(x, new Scalar(c)), exact());
        real("rdiv(double)", Tensor::rdiv, (x, c) -> torch.mul(torch.reciprocal(x), wrapped(c)), exact());
        real("rpow(double)", Tensor::rpow, (x, c) -> torch.pow(new Scalar(c), x), POWER);
        real("lt(double)", Tensor::lt, (x, c) -> torch.lt(x, new Scalar(c)), exact());
        real("le(double)", Tensor::le, (x, c) -> torch.le(x, new Scalar(c)), exact());
        real("gt(double)", Tensor::gt, (x, c) -> torch.gt(x, new Scalar(c)), exact());
        real("ge(double)", Tensor::ge, (x, c) -> torch.ge(x, new Scalar(c)), exact());
        real("eq(double)", Tensor::eq, (x, c) -> torch.eq(x, new Scalar(c)), exact());
        real("ne(double)", Tensor::ne, (x, c) -> torch.ne(x, new Scalar(c)), exact());

        whole("add(long)", Tensor::add, (x, c) -> torch.add(x, wrapped(c)), exact());
        whole("sub(long)", Tensor::sub, (x, c) -> torch.sub(x, wrapped(c)), exact());
        whole("mul(long)", Tensor::mul, (x, c) -> torch.mul(x, wrapped(c)), exact());
        whole("pow(long)", Tensor::pow, (x, c) -> torch.pow(x, new Scalar(c)), POWER)
                .explain(EXPONENTS, PointwiseTable::hasInexactExponent);
        whole("rpow(long)", Tensor::rpow, (x, c) -> torch.pow(new Scalar(c), x), POWER);
        whole("rsub(long)", Tensor::rsub, (x, c) -> torch.rsub(x, new Scalar(c)), exact());
        whole("lt(long)", Tensor::lt, (x, c) -> torch.lt(x, new Scalar(c)), exact());
        whole("le(long)", Tensor::le, (x, c) -> torch.le(x, new Scalar(c)), exact());
        whole("gt(long)", Tensor::gt, (x, c) -> torch.gt(x, new Scalar(c)), exact());
        whole("ge(long)", Tensor::ge, (x, c) -> torch.ge(x, new Scalar(c)), exact());
        whole("eq(long)", Tensor::eq, (x, c) -> torch.eq(x, new Scalar(c)), exact());
        whole("ne(long)", Tensor::ne, (x, c) -> torch.ne(x, new Scalar(c)), exact());

        choices();
        whether();
    }

    // ---- operands and constants

    static Operand any(Draw d, long... shape) {
        return switch (d.below(4)) {
            case 0 -> integers(d, shape);
            case 1 -> d.booleans(shape);
            default -> d.floats(shape);
        };
    }

    /** INT64 of any size: small ones, some beyond a float's precision, and the largest there are. */
    private static Operand integers(Draw d, long... shape) {
        if (d.flag()) {
            return d.longs(-5, 5, shape);
        }
        Layout layout = Layout.draw(d, shape);
        long[] values = new long[(int) Array.count(layout.base())];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(d);
        }
        return new Operand(Array.of(layout.base(), values), layout, false);
    }

    private static long integer(Draw d) {
        return d.chance(0.2)
                ? WIDE[d.below(WIDE.length)]
                : (d.below(Long.MAX_VALUE) - d.below(Long.MAX_VALUE)) >> d.below(64);
    }

    static double constant(Draw d) {
        return d.chance(0.1) ? NOT_FINITE[d.below(NOT_FINITE.length)] : finiteConstant(d);
    }

    private static double finiteConstant(Draw d) {
        return d.chance(0.5) ? CONSTANTS[d.below(CONSTANTS.length)] : d.gaussian();
    }

    private static long wholeConstant(Draw d) {
        return d.chance(0.7) ? d.between(-4, 9) : integer(d);
    }

    /** Two or more shapes that are broadcast against each other; once in a while they do not fit. */
    private static long[][] shapes(Draw d, int n) {
        long[] shape = d.shape();
        long[][] shapes = new long[n][];
        for (int i = 0; i < n; i++) {
            shapes[i] = d.chance(0.5) ? shape : d.narrower(shape);
        }
        if (shape.length > 0 && d.chance(0.03)) {
            shapes[0] = shape.clone();
            shapes[0][d.below(shape.length)] += 1;
        }
        return shapes;
    }

    /** A number as Python's operators pass it on. */
    private static org.bytedeco.pytorch.Tensor wrapped(double value) {
        return torch.wrapped_scalar_tensor(new Scalar(value));
    }

    private static org.bytedeco.pytorch.Tensor wrapped(long value) {
        return torch.wrapped_scalar_tensor(new Scalar(value));
    }

    // ---- bounds

    private static UnaryOperator<Trial> exact() {
        return t ->
                t.within(Bound.EXACT, Bound.ulps(2), Bound.ulps(16).plusNorm(16).plusCotangent(2));
    }

    private static UnaryOperator<Trial> ulps(double n) {
        return ulps(n, Bound.ulps(4));
    }

    private static UnaryOperator<Trial> ulps(double n, Bound gradient) {
        return ulps(n, 0, gradient);
    }

    private static UnaryOperator<Trial> ulps(double n, double absolute, Bound gradient) {
        return t -> t.within(
                Bound.ulps(n).plusAbsolute(absolute),
                gradient,
                Bound.ulps(16).plusNorm(16).plusCotangent(2 + gradient.cotangent()));
    }

    /** The gradient is a multiple of the result, which may be subnormal. */
    private static final UnaryOperator<Trial> POWER = ulps(3, Bound.ulps(4).plusAbsolute(1e-42));

    // ---- explanations

    /** The gradient of a NaN. */
    private static boolean isNaN(Mismatch m) {
        return m.stage() != Mismatch.Stage.FORWARD
                && m.isValue()
                && Double.isNaN(m.actual())
                && Double.isNaN(
                        m.output() == 0 ? m.trial().operands().getFirst().base().at(m.element()) : m.input(0));
    }

    private static boolean isZero(Mismatch m) {
        return m.is(Mismatch.Stage.FORWARD, Mismatch.Kind.VALUE) && m.expected() == 0 && m.actual() == 0;
    }

    /**
     * Whether a power's constant exponent, or one or two less, is rounded to FLOAT32, and the difference is no larger than
     * that makes it: a half unit in the last place of the exponent, times the result's logarithm of at most 104.
     */
    private static boolean hasInexactExponent(Mismatch m) {
        double e = Double.parseDouble(m.trial().call().replaceFirst(".* with ", ""));
        boolean isRounded = (float) e != e || (float) (e - 1) != e - 1 || (float) (e - 2) != e - 2;
        boolean isOther = (float) e == 0 || Math.abs(e) >= 0x1p24; // no longer above 0, or no longer odd
        double error = Math.abs(m.actual() - m.expected());
        return m.isValue() && isRounded && (isOther || error <= 200 * Math.ulp((float) m.expected()));
    }

    // ---- rows

    /**
     * Numbers of very different magnitudes are not differentiated twice: what a broadcast or expanded operand gets then is
     * a sum of which little may be left, and no bound knows its terms.
     */
    @Override
    Operation op(String name, Function<Draw, Trial> trials) {
        return super.op(name, d -> {
            Trial trial = trials.apply(d);
            return d.flavour() == Draw.Flavour.WIDE ? trial.orders(1) : trial;
        });
    }

    private Operation unary(
            String name,
            UnaryOperator<Tensor> ondol,
            UnaryOperator<org.bytedeco.pytorch.Tensor> torch,
            UnaryOperator<Trial> bounds) {
        return op(
                name,
                d -> bounds.apply(Trial.one(
                        name, List.of(any(d, d.shape())), t -> ondol.apply(t.get(0)), t -> torch.apply(t.get(0)))));
    }

    private Operation binary(
            String name,
            BinaryOperator<Tensor> ondol,
            BinaryOperator<org.bytedeco.pytorch.Tensor> torch,
            UnaryOperator<Trial> bounds) {
        return op(name, d -> {
            long[][] shapes = shapes(d, 2);
            List<Operand> operands = List.of(any(d, shapes[0]), any(d, shapes[1]));
            return bounds.apply(Trial.one(
                            name, operands, t -> ondol.apply(t.get(0), t.get(1)), t -> torch.apply(t.get(0), t.get(1)))
                    .broadcast());
        });
    }

    private interface WithReal<T> {
        T apply(T x, double constant);
    }

    private interface WithWhole<T> {
        T apply(T x, long constant);
    }

    private Operation real(
            String name,
            WithReal<Tensor> ondol,
            WithReal<org.bytedeco.pytorch.Tensor> torch,
            UnaryOperator<Trial> bounds) {
        return real(name, PointwiseTable::constant, ondol, torch, bounds);
    }

    private Operation real(
            String name,
            ToDoubleFunction<Draw> constant,
            WithReal<Tensor> ondol,
            WithReal<org.bytedeco.pytorch.Tensor> torch,
            UnaryOperator<Trial> bounds) {
        return op(name, d -> {
            double c = constant.applyAsDouble(d);
            return bounds.apply(Trial.one(
                    name + " with " + c,
                    List.of(any(d, d.shape())),
                    t -> ondol.apply(t.get(0), c),
                    t -> torch.apply(t.get(0), c)));
        });
    }

    private Operation whole(
            String name,
            WithWhole<Tensor> ondol,
            WithWhole<org.bytedeco.pytorch.Tensor> torch,
            UnaryOperator<Trial> bounds) {
        return op(name, d -> {
            long c = wholeConstant(d);
            return bounds.apply(Trial.one(
                    name + " with " + c,
                    List.of(any(d, d.shape())),
                    t -> ondol.apply(t.get(0), c),
                    t -> torch.apply(t.get(0), c)));
        });
    }

    private void powers() {
        op("pow", d -> {
                    long[][] shapes = shapes(d, 2);
                    Operand exponent = switch (d.below(4)) {
                        case 0 -> d.longs(-40, 40, shapes[1]);
                        case 1 -> d.booleans(shapes[1]);
                        default -> d.floats(shapes[1]);
                    };
                    return POWER.apply(Trial.one(
                                    "pow",
                                    List.of(any(d, shapes[0]), exponent),
                                    t -> t.get(0).pow(t.get(1)),
                                    t -> torch.pow(t.get(0), t.get(1)))
                            .broadcast());
                })
                .explain(
                        POWER_OF_BOOL,
                        m -> m.is(Mismatch.Stage.GRADIENT, Mismatch.Kind.ONLY_TORCH_FAILS)
                                && m.trial().operands().get(1).base().dtype() == DType.BOOL);
        op("pow(integers)", d -> {
            long[][] shapes = shapes(d, 2);
            return Trial.one(
                    "pow",
                    List.of(integers(d, shapes[0]), integers(d, shapes[1])),
                    t -> t.get(0).pow(t.get(1)),
                    t -> torch.pow(t.get(0), t.get(1)));
        });
    }

    private void clamps() {
        op("clamp(double)", d -> {
            double a = constant(d);
            double b = constant(d);
            double low = d.chance(0.8) ? Math.min(a, b) : a;
            double high = d.chance(0.8) ? Math.max(a, b) : b;
            return exact().apply(Trial.one(
                    "clamp(" + low + ", " + high + ")",
                    List.of(any(d, d.shape())),
                    t -> t.get(0).clamp(low, high),
                    t -> torch.clamp(
                            t.get(0), new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)))));
        });
        op("clamp(long)", d -> {
            long a = wholeConstant(d);
            long b = wholeConstant(d);
            long low = d.chance(0.9) ? Math.min(a, b) : a;
            long high = d.chance(0.9) ? Math.max(a, b) : b;
            return exact().apply(Trial.one(
                    "clamp(" + low + ", " + high + ")",
                    List.of(any(d, d.shape())),
                    t -> t.get(0).clamp(low, high),
                    t -> torch.clamp(
                            t.get(0), new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)))));
        });
    }

    private void choices() {
        choice("where", t -> t.get(1).where(t.get(0), t.get(2)));
        choice("choose", t -> t.get(0).choose(t.get(1), t.get(2)));
        op("maskedFill", d -> {
            long[][] shapes = shapes(d, 2);
            double c = constant(d);
            Operand mask = d.chance(0.95) ? d.booleans(shapes[0]) : any(d, shapes[0]);
            return exact().apply(Trial.one(
                            "maskedFill with " + c,
                            List.of(mask, any(d, shapes[1])),
                            t -> t.get(1).maskedFill(t.get(0), c),
                            t -> torch.masked_fill(t.get(1), t.get(0), new Scalar(c)))
                    .broadcast());
        });
    }

    /** Of three operands the condition comes first. */
    private void choice(String name, Trial.One<Tensor> ondol) {
        op(name, d -> {
            long[][] shapes = shapes(d, 3);
            Operand condition = d.chance(0.95) ? d.booleans(shapes[0]) : any(d, shapes[0]);
            return exact().apply(Trial.one(
                            name,
                            List.of(condition, any(d, shapes[1]), any(d, shapes[2])),
                            ondol,
                            t -> torch.where(t.get(0), t.get(1), t.get(2)))
                    .broadcast());
        });
    }

    /** What answers true or false for all elements together. */
    private void whether() {
        op("equal", d -> {
            Operand a = any(d, d.shape());
            Operand b = d.chance(0.6)
                    ? similar(d, a)
                    : any(d, d.chance(0.7) ? a.seen().shape() : d.shape());
            return Trial.one(
                    "equal",
                    List.of(a, b),
                    t -> Tensor.tensor(t.get(0).equal(t.get(1))),
                    t -> truth(torch.equal(t.get(0), t.get(1))));
        });
        op("allClose", d -> {
            Operand a = any(d, d.shape());
            Operand b = d.chance(0.6)
                    ? similar(d, a)
                    : any(d, d.chance(0.7) ? a.seen().shape() : d.shape());
            double rtol = d.pick(0.0, 1e-5, 0.1, 1.0, -1.0);
            double atol = d.pick(0.0, 1e-8, 0.1, 2.0, 1e10);
            return Trial.one(
                    "allClose(" + rtol + ", " + atol + ")",
                    List.of(a, b),
                    t -> Tensor.tensor(t.get(0).allClose(t.get(1), rtol, atol)),
                    t -> truth(torch.allclose(t.get(0), t.get(1), rtol, atol, false)));
        });
    }

    private static org.bytedeco.pytorch.Tensor truth(boolean value) {
        return Array.of(new long[0], new boolean[] {value}).torch();
    }

    /** The same elements, or nearly, in memory of their own. */
    private static Operand similar(Draw d, Operand a) {
        Array seen = a.seen();
        if (seen.elements() instanceof float[] f && d.flag()) {
            for (int i = 0; i < f.length; i++) {
                f[i] *= (float) (1 + d.pick(0.0, 1e-6, 1e-4, 0.05) * d.gaussian());
            }
        }
        return Operand.plain(seen);
    }
}
