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

import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import ondol.Pointwise.Derivative;
import ondol.Pointwise.Typing;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import org.jspecify.annotations.Nullable;

/** The table of pointwise operations. A new activation is one constant and its row here, a formula and a derivative. */
enum Ops {
    // ---- one input
    NEG,
    ABS,
    SIGN,
    EXP,
    EXPM1,
    LOG,
    LOG1P,
    SQRT,
    RSQRT,
    RECIPROCAL,
    FLOOR,
    CEIL,
    ROUND,
    TRUNC,
    SIN,
    COS,
    TANH,
    SIGMOID,
    ERF,
    RELU,
    GELU,
    SILU,
    SOFTPLUS,
    CLONE,
    IS_NAN,
    IS_INF,
    IS_FINITE,
    // ---- one input and scalars
    ADD_SCALAR,
    SUB_SCALAR,
    RSUB_SCALAR,
    MUL_SCALAR,
    DIV_SCALAR,
    RDIV_SCALAR,
    /** Scalars: the exponent, and one less. */
    POW_SCALAR,
    /** An INT64 or BOOL to a power that is a long. */
    POW_WHOLE,
    /** Scalars: the base, and its logarithm. */
    SCALAR_POW,
    /** A long to a power that is INT64 or BOOL. */
    WHOLE_POW,
    LEAKY_RELU,
    SOFTPLUS_BETA,
    ELU,
    CLAMP,
    LT_SCALAR,
    LE_SCALAR,
    GT_SCALAR,
    GE_SCALAR,
    EQ_SCALAR,
    NE_SCALAR,
    // ---- two inputs
    ADD,
    SUB,
    MUL,
    DIV,
    POW,
    MINIMUM,
    MAXIMUM,
    LT,
    LE,
    GT,
    GE,
    EQ,
    NE,
    AND,
    OR,
    XOR,
    NOT,
    /** The negated second operand where the first is true; 0 elsewhere. */
    WHERE_NEG,
    // ---- three inputs
    WHERE,
    MASKED_FILL,
    /** {@code a - exp(b) * c}: the way back through a logarithm of softmax. */
    SUB_EXP_MUL;

    private volatile @Nullable Pointwise row;

    /** The operation. A row is made when it is first asked for: each takes the JVM some classes, and programs use few. */
    Pointwise row() {
        Pointwise made = row;
        if (made == null) {
            made = make();
            row = made;
        }
        return made;
    }

    private Pointwise make() {
        return switch (this) {
            case NEG -> unary("neg", "Neg", NUMBER_NOT_BOOL, Expr::neg, Derivatives::neg);
            case ABS -> unary("abs", "Abs", NUMBER_NOT_BOOL, Expr::abs, Derivatives::abs);
            case SIGN -> unary("sign", "Sign", NUMBER, Functions::sign, Derivatives::zero);
            case EXP -> unary("exp", "Exp", FLOAT, Functions::exp, Derivatives::exp);
            case EXPM1 -> unary("expm1", "Expm1", FLOAT, Functions::expm1, Derivatives::expm1);
            case LOG -> unary("log", "Log", FLOAT, Functions::log, Derivatives::log);
            case LOG1P -> unary("log1p", "Log1P", FLOAT, Functions::log1p, Derivatives::log1p);
            case SQRT -> unary("sqrt", "Sqrt", FLOAT, Expr::sqrt, Derivatives::sqrt);
            case RSQRT -> unary("rsqrt", "Rsqrt", FLOAT, Functions::rsqrt, Derivatives::rsqrt);
            case RECIPROCAL -> unary("reciprocal", "Reciprocal", FLOAT, Functions::reciprocal, Derivatives::reciprocal);
            case FLOOR -> unary("floor", "Floor", NUMBER_NOT_BOOL, whenFloat(Expr::floor), Derivatives::zero);
            case CEIL -> unary("ceil", "Ceil", NUMBER_NOT_BOOL, whenFloat(Functions::ceil), Derivatives::zero);
            case ROUND -> unary("round", "Round", NUMBER_NOT_BOOL, whenFloat(Functions::round), Derivatives::zero);
            case TRUNC -> unary("trunc", "Trunc", NUMBER_NOT_BOOL, whenFloat(Functions::trunc), Derivatives::zero);
            case SIN -> unary("sin", "Sin", FLOAT, Functions::sin, Derivatives::sin);
            case COS -> unary("cos", "Cos", FLOAT, Functions::cos, Derivatives::cos);
            case TANH -> unary("tanh", "Tanh", FLOAT, Functions::tanh, Derivatives::tanh);
            case SIGMOID -> unary("sigmoid", "Sigmoid", FLOAT, Functions::sigmoid, Derivatives::sigmoid);
            case ERF -> unary("erf", "Erf", FLOAT, Functions::erf, Derivatives::erf);
            case RELU -> unary("relu", "Relu", NUMBER_NOT_BOOL, Functions::relu, Derivatives::relu);
            case GELU -> unary("gelu", "Gelu", ONLY_FLOAT, Functions::gelu, Derivatives::gelu);
            case SILU -> unary("silu", "Silu", ONLY_FLOAT, Functions::silu, Derivatives::silu);
            case SOFTPLUS -> unary("softplus", "Softplus", ONLY_FLOAT, Functions::softplus, Derivatives::softplus);
            case CLONE -> unary("clone", "Clone", NUMBER, x -> x, Derivatives::pass);
            case IS_NAN -> predicate("isNaN", Functions::isNan);
            case IS_INF -> predicate("isInf", Functions::isInf);
            case IS_FINITE -> predicate("isFinite", Functions::isFinite);
            case ADD_SCALAR -> withScalar("add", "Add", NUMBER, Expr::add, Derivatives::pass);
            case SUB_SCALAR -> withScalar("sub", "Sub", NUMBER_NOT_BOOL, Expr::sub, Derivatives::pass);
            case RSUB_SCALAR ->
                new Pointwise("rsub", "RsubBackward1", NUMBER_NOT_BOOL, 1, in -> in[1].sub(in[0]), Derivatives::neg);
            case MUL_SCALAR -> withScalar("mul", "Mul", NUMBER, Expr::mul, Derivatives::timesScalar);
            case DIV_SCALAR -> withScalar("div", "Div", FLOAT, Expr::div, Derivatives::overScalar);
            case RDIV_SCALAR ->
                withScalar(
                        "div", "Mul", FLOAT, (x, s) -> Functions.reciprocal(x).mul(s), Derivatives::scalarOver);
            case POW_SCALAR -> withScalar("pow", "Pow", FLOAT, Functions::pow, Derivatives::powScalar);
            case POW_WHOLE -> withScalar("pow", "", NUMBER, Functions::pow);
            case SCALAR_POW ->
                new Pointwise(
                        "pow", "PowBackward2", FLOAT, 1, in -> Functions.pow(in[1], in[0]), Derivatives::scalarPow);
            case WHOLE_POW -> withScalar("pow", "", NUMBER, (x, s) -> Functions.pow(s, x));
            case LEAKY_RELU ->
                withScalar("leakyRelu", "LeakyRelu", ONLY_FLOAT, Functions::leakyRelu, Derivatives::leakyRelu);
            case SOFTPLUS_BETA ->
                withScalar("softplus", "Softplus", ONLY_FLOAT, Functions::softplus, Derivatives::softplusBeta);
            case ELU -> withScalar("elu", "Elu", ONLY_FLOAT, Functions::elu, Derivatives::elu);
            case CLAMP ->
                new Pointwise(
                        "clamp",
                        "ClampBackward1",
                        NUMBER,
                        1,
                        in -> Functions.clamp(in[0], in[1], in[2]),
                        Derivatives::clamp);
            case LT_SCALAR -> withScalar("lt", "", COMPARISON, Expr::lt);
            case LE_SCALAR -> withScalar("le", "", COMPARISON, Expr::le);
            case GT_SCALAR -> withScalar("gt", "", COMPARISON, (x, s) -> s.lt(x));
            case GE_SCALAR -> withScalar("ge", "", COMPARISON, (x, s) -> s.le(x));
            case EQ_SCALAR -> withScalar("eq", "", COMPARISON, Expr::eq);
            case NE_SCALAR -> withScalar("ne", "", COMPARISON, (x, s) -> x.eq(s).not());
            case ADD -> binary("add", "Add", NUMBER, Expr::add, Derivatives::pass, Derivatives::pass);
            case SUB -> binary("sub", "Sub", NUMBER_NOT_BOOL, Expr::sub, Derivatives::pass, Derivatives::neg);
            case MUL -> binary("mul", "Mul", NUMBER, Expr::mul, Derivatives::mulA, Derivatives::mulB);
            case DIV -> binary("div", "Div", FLOAT, Expr::div, Derivatives::divA, Derivatives::divB);
            case POW ->
                new Pointwise(
                        "pow",
                        "PowBackward1",
                        NUMBER_BEYOND_BOOL,
                        2,
                        in -> Functions.pow(in[0], in[1]),
                        Derivatives::powA,
                        Derivatives::powB);
            case MINIMUM -> binary("minimum", "Minimum", NUMBER, Expr::min, Derivatives::minA, Derivatives::minB);
            case MAXIMUM -> binary("maximum", "Maximum", NUMBER, Expr::max, Derivatives::maxA, Derivatives::maxB);
            case LT -> binary("lt", "", COMPARISON, Expr::lt);
            case LE -> binary("le", "", COMPARISON, Expr::le);
            case GT -> binary("gt", "", COMPARISON, (a, b) -> b.lt(a));
            case GE -> binary("ge", "", COMPARISON, (a, b) -> b.le(a));
            case EQ -> binary("eq", "", COMPARISON, Expr::eq);
            case NE -> binary("ne", "", COMPARISON, (a, b) -> a.eq(b).not());
            case AND -> binary("logicalAnd", "", LOGICAL, Expr::and);
            case OR -> binary("logicalOr", "", LOGICAL, Expr::or);
            case XOR -> binary("logicalXor", "", LOGICAL, (a, b) -> a.eq(b).not());
            case NOT -> new Pointwise("logicalNot", "", LOGICAL, 1, in -> in[0].not());
            case WHERE_NEG ->
                new Pointwise(
                        "where",
                        "WhereBackward0",
                        CHOICE,
                        2,
                        in -> in[0].choose(in[1].neg(), Expr.constant(in[1].type(), 0)),
                        Derivatives::zero,
                        Derivatives::whereNeg);
            case SUB_EXP_MUL ->
                new Pointwise(
                        "sub",
                        "SubBackward0",
                        ONLY_FLOAT,
                        3,
                        in -> in[0].sub(Functions.exp(in[1]).mul(in[2])),
                        Derivatives::pass,
                        Derivatives::subExpMulB,
                        Derivatives::subExpMulC);
            case WHERE ->
                new Pointwise(
                        "where",
                        "WhereBackward0",
                        CHOICE,
                        3,
                        in -> in[0].choose(in[1], in[2]),
                        Derivatives::zero,
                        Derivatives::whereTrue,
                        Derivatives::whereFalse);
            case MASKED_FILL ->
                new Pointwise(
                        "maskedFill",
                        "MaskedFillBackward0",
                        CHOICE,
                        3,
                        in -> in[0].choose(in[1], in[2]),
                        Derivatives::zero,
                        Derivatives::whereTrue,
                        Derivatives::whereFalse);
        };
    }

    /** Powers for whose exponents there is something simpler. */
    static final class Powers {
        static final Map<Double, Pointwise> ROWS = new HashMap<>();

        static {
            for (double e : new double[] {0, 1, 2, 3, -1, -2, 0.5, -0.5}) {
                ROWS.put(e, withScalar("pow", "Pow", NUMBER, (x, s) -> x.pow(e), Derivatives.power(e)));
            }
        }

        private Powers() {}
    }

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
