package ondol;

import static ondol.Pointwise.Typing.CHOICE;
import static ondol.Pointwise.Typing.COMPARISON;
import static ondol.Pointwise.Typing.FLOAT;
import static ondol.Pointwise.Typing.LOGICAL;
import static ondol.Pointwise.Typing.NUMBER;
import static ondol.Pointwise.Typing.NUMBER_BEYOND_BOOL;
import static ondol.Pointwise.Typing.NUMBER_NOT_BOOL;
import static ondol.Pointwise.Typing.ONLY_FLOAT;
import static ondol.Pointwise.Typing.PREDICATE;

import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.Pointwise.Derivative;
import ondol.Pointwise.Typing;
import ondol.kernel.Expr;
import ondol.kernel.Functions;

/** The table of pointwise operations. A new activation is one row here, a formula and a derivative. */
final class Ops {
    private Ops() {}

    // ---- one input
    static final Pointwise NEG = unary("neg", "Neg", NUMBER_NOT_BOOL, Expr::neg, Derivatives::neg);
    static final Pointwise ABS = unary("abs", "Abs", NUMBER_NOT_BOOL, Expr::abs, Derivatives::abs);
    static final Pointwise SIGN = unary("sign", "Sign", NUMBER, Functions::sign, Derivatives::zero);
    static final Pointwise EXP = unary("exp", "Exp", FLOAT, Functions::exp, Derivatives::exp);
    static final Pointwise EXPM1 = unary("expm1", "Expm1", FLOAT, Functions::expm1, Derivatives::expm1);
    static final Pointwise LOG = unary("log", "Log", FLOAT, Functions::log, Derivatives::log);
    static final Pointwise LOG1P = unary("log1p", "Log1P", FLOAT, Functions::log1p, Derivatives::log1p);
    static final Pointwise SQRT = unary("sqrt", "Sqrt", FLOAT, Expr::sqrt, Derivatives::sqrt);
    static final Pointwise RSQRT = unary("rsqrt", "Rsqrt", FLOAT, Functions::rsqrt, Derivatives::rsqrt);
    static final Pointwise RECIPROCAL =
            unary("reciprocal", "Reciprocal", FLOAT, Functions::reciprocal, Derivatives::reciprocal);
    static final Pointwise FLOOR = unary("floor", "Floor", NUMBER_NOT_BOOL, whenFloat(Expr::floor), Derivatives::zero);
    static final Pointwise CEIL = unary("ceil", "Ceil", NUMBER_NOT_BOOL, whenFloat(Functions::ceil), Derivatives::zero);
    static final Pointwise ROUND =
            unary("round", "Round", NUMBER_NOT_BOOL, whenFloat(Functions::round), Derivatives::zero);
    static final Pointwise TRUNC =
            unary("trunc", "Trunc", NUMBER_NOT_BOOL, whenFloat(Functions::trunc), Derivatives::zero);
    static final Pointwise SIN = unary("sin", "Sin", FLOAT, Functions::sin, Derivatives::sin);
    static final Pointwise COS = unary("cos", "Cos", FLOAT, Functions::cos, Derivatives::cos);
    static final Pointwise TANH = unary("tanh", "Tanh", FLOAT, Functions::tanh, Derivatives::tanh);
    static final Pointwise SIGMOID = unary("sigmoid", "Sigmoid", FLOAT, Functions::sigmoid, Derivatives::sigmoid);
    static final Pointwise ERF = unary("erf", "Erf", FLOAT, Functions::erf, Derivatives::erf);
    static final Pointwise RELU = unary("relu", "Relu", NUMBER_NOT_BOOL, Functions::relu, Derivatives::relu);
    static final Pointwise GELU = unary("gelu", "Gelu", ONLY_FLOAT, Functions::gelu, Derivatives::gelu);
    static final Pointwise SILU = unary("silu", "Silu", ONLY_FLOAT, Functions::silu, Derivatives::silu);
    static final Pointwise SOFTPLUS =
            unary("softplus", "Softplus", ONLY_FLOAT, Functions::softplus, Derivatives::softplus);
    static final Pointwise CLONE = unary("clone", "Clone", NUMBER, x -> x, Derivatives::pass);
    static final Pointwise IS_NAN = predicate("isNaN", Functions::isNan);
    static final Pointwise IS_INF = predicate("isInf", Functions::isInf);
    static final Pointwise IS_FINITE = predicate("isFinite", Functions::isFinite);

    // ---- one input and scalars
    static final Pointwise ADD_SCALAR = withScalar("add", "Add", NUMBER, Expr::add, Derivatives::pass);
    static final Pointwise SUB_SCALAR = withScalar("sub", "Sub", NUMBER_NOT_BOOL, Expr::sub, Derivatives::pass);
    static final Pointwise RSUB_SCALAR =
            new Pointwise("rsub", "RsubBackward1", NUMBER_NOT_BOOL, 1, in -> in[1].sub(in[0]), Derivatives::neg);
    static final Pointwise MUL_SCALAR = withScalar("mul", "Mul", NUMBER, Expr::mul, Derivatives::timesScalar);
    static final Pointwise DIV_SCALAR = withScalar("div", "Div", FLOAT, Expr::div, Derivatives::overScalar);
    static final Pointwise RDIV_SCALAR =
            withScalar("div", "Mul", FLOAT, (x, s) -> Functions.reciprocal(x).mul(s), Derivatives::scalarOver);
    /** Scalars: the exponent, and one less. */
    static final Pointwise POW_SCALAR = withScalar("pow", "Pow", FLOAT, Functions::pow, Derivatives::powScalar);
    /** An INT64 or BOOL to a power that is a long. */
    static final Pointwise POW_WHOLE = withScalar("pow", "", NUMBER, Functions::pow);
    /** Exponents for which there is something simpler. */
    static final Map<Double, Pointwise> POW_CONSTANT = Stream.of(0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5)
            .collect(Collectors.toMap(
                    e -> e, e -> withScalar("pow", "Pow", NUMBER, (x, s) -> x.pow(e), Derivatives.power(e))));
    /** Scalars: the base, and its logarithm. */
    static final Pointwise SCALAR_POW =
            new Pointwise("pow", "PowBackward2", FLOAT, 1, in -> Functions.pow(in[1], in[0]), Derivatives::scalarPow);
    /** A long to a power that is INT64 or BOOL. */
    static final Pointwise WHOLE_POW = withScalar("pow", "", NUMBER, (x, s) -> Functions.pow(s, x));

    static final Pointwise LEAKY_RELU =
            withScalar("leakyRelu", "LeakyRelu", ONLY_FLOAT, Functions::leakyRelu, Derivatives::leakyRelu);
    static final Pointwise SOFTPLUS_BETA =
            withScalar("softplus", "Softplus", ONLY_FLOAT, Functions::softplus, Derivatives::softplusBeta);
    static final Pointwise ELU = withScalar("elu", "Elu", ONLY_FLOAT, Functions::elu, Derivatives::elu);
    static final Pointwise CLAMP = new Pointwise(
            "clamp", "ClampBackward1", NUMBER, 1, in -> Functions.clamp(in[0], in[1], in[2]), Derivatives::clamp);
    static final Pointwise LT_SCALAR = withScalar("lt", "", COMPARISON, Expr::lt);
    static final Pointwise LE_SCALAR = withScalar("le", "", COMPARISON, Expr::le);
    static final Pointwise GT_SCALAR = withScalar("gt", "", COMPARISON, (x, s) -> s.lt(x));
    static final Pointwise GE_SCALAR = withScalar("ge", "", COMPARISON, (x, s) -> s.le(x));
    static final Pointwise EQ_SCALAR = withScalar("eq", "", COMPARISON, Expr::eq);
    static final Pointwise NE_SCALAR =
            withScalar("ne", "", COMPARISON, (x, s) -> x.eq(s).not());

    // ---- two inputs
    static final Pointwise ADD = binary("add", "Add", NUMBER, Expr::add, Derivatives::pass, Derivatives::pass);
    static final Pointwise SUB = binary("sub", "Sub", NUMBER_NOT_BOOL, Expr::sub, Derivatives::pass, Derivatives::neg);
    static final Pointwise MUL = binary("mul", "Mul", NUMBER, Expr::mul, Derivatives::mulA, Derivatives::mulB);
    static final Pointwise DIV = binary("div", "Div", FLOAT, Expr::div, Derivatives::divA, Derivatives::divB);
    static final Pointwise POW = new Pointwise(
            "pow",
            "PowBackward1",
            NUMBER_BEYOND_BOOL,
            2,
            in -> Functions.pow(in[0], in[1]),
            Derivatives::powA,
            Derivatives::powB);
    static final Pointwise MINIMUM =
            binary("minimum", "Minimum", NUMBER, Expr::min, Derivatives::minA, Derivatives::minB);
    static final Pointwise MAXIMUM =
            binary("maximum", "Maximum", NUMBER, Expr::max, Derivatives::maxA, Derivatives::maxB);
    static final Pointwise LT = binary("lt", "", COMPARISON, Expr::lt);
    static final Pointwise LE = binary("le", "", COMPARISON, Expr::le);
    static final Pointwise GT = binary("gt", "", COMPARISON, (a, b) -> b.lt(a));
    static final Pointwise GE = binary("ge", "", COMPARISON, (a, b) -> b.le(a));
    static final Pointwise EQ = binary("eq", "", COMPARISON, Expr::eq);
    static final Pointwise NE = binary("ne", "", COMPARISON, (a, b) -> a.eq(b).not());
    static final Pointwise AND = binary("logicalAnd", "", LOGICAL, Expr::and);
    static final Pointwise OR = binary("logicalOr", "", LOGICAL, Expr::or);
    static final Pointwise XOR =
            binary("logicalXor", "", LOGICAL, (a, b) -> a.eq(b).not());
    static final Pointwise NOT = new Pointwise("logicalNot", "", LOGICAL, 1, in -> in[0].not());

    // ---- three inputs
    static final Pointwise WHERE = new Pointwise(
            "where",
            "WhereBackward0",
            CHOICE,
            3,
            in -> in[0].choose(in[1], in[2]),
            Derivatives::zero,
            Derivatives::whereTrue,
            Derivatives::whereFalse);

    static final Pointwise MASKED_FILL = new Pointwise(
            "maskedFill",
            "MaskedFillBackward0",
            CHOICE,
            3,
            in -> in[0].choose(in[1], in[2]),
            Derivatives::zero,
            Derivatives::whereTrue,
            Derivatives::whereFalse);

    private static UnaryOperator<Expr> whenFloat(UnaryOperator<Expr> f) {
        return x -> x.type().isInteger() ? x : f.apply(x);
    }

    private static Pointwise unary(String name, String gradName, Typing typing, UnaryOperator<Expr> f, Derivative d) {
        return new Pointwise(name, gradName + "Backward0", typing, 1, in -> f.apply(in[0]), d);
    }

    private static Pointwise predicate(String name, Function<Expr, Expr> f) {
        return new Pointwise(name, "", PREDICATE, 1, in -> f.apply(in[0]));
    }

    private static Pointwise withScalar(
            String name, String gradName, Typing typing, BinaryOperator<Expr> f, Derivative... d) {
        return new Pointwise(name, gradName + "Backward0", typing, 1, in -> f.apply(in[0], in[1]), d);
    }

    private static Pointwise binary(
            String name, String gradName, Typing typing, BinaryOperator<Expr> f, Derivative... d) {
        return new Pointwise(name, gradName + "Backward0", typing, 2, in -> f.apply(in[0], in[1]), d);
    }
}
