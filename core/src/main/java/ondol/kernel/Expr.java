package ondol.kernel;

import static ondol.kernel.Type.BOOL;
import static ondol.kernel.Type.F32;
import static ondol.kernel.Type.I32;
import static ondol.kernel.Type.I64;

import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An expression over one element: a DAG of primitives.
 *
 * <p>Expressions are interned: two expressions of the same structure are the same object, so {@code equals} is
 * {@code ==}, common subexpressions are shared by themselves, and a kernel is a cheap cache key. Values that change
 * from call to call must be {@link Scalar run-time scalars}, not constants.
 */
public sealed interface Expr extends Arithmetic<Expr> {
    /** {@return the type of this expression's value} */
    Type type();

    /**
     * The element of input {@code index}.
     *
     * @param index the input's number, from 0
     * @param type the value's type
     */
    record Input(int index, Type type) implements Expr {
        /** Inputs are numbered from 0. */
        public Input {
            checkIndex("input", index);
            checkType("input", type);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Input o && o.index == index && o.type == type;
        }

        @Override
        public int hashCode() {
            return 31 * index + type.ordinal();
        }
    }

    /**
     * The run-time scalar {@code index}: one value for all elements, given at launch.
     *
     * @param index the scalar's number, from 0
     * @param type the value's type
     */
    record Scalar(int index, Type type) implements Expr {
        /** Scalars are numbered from 0. */
        public Scalar {
            checkIndex("scalar", index);
            checkType("scalar", type);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Scalar o && o.index == index && o.type == type;
        }

        @Override
        public int hashCode() {
            return -1 - (31 * index + type.ordinal());
        }
    }

    /**
     * A constant.
     *
     * @param type the value's type
     * @param bits F32: the float's bits; integers: the value; BOOL: 0 or 1
     */
    record Constant(Type type, long bits) implements Expr {
        /** Checks the type; the bits may be any. */
        public Constant {
            checkType("constant", type);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Constant o && o.bits == bits && o.type == type;
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(bits) + type.ordinal();
        }

        /** {@return the value of an F32 constant} */
        public float asFloat() {
            return Float.intBitsToFloat((int) bits);
        }
    }

    /**
     * A primitive of one operand.
     *
     * @param op the primitive
     * @param a the operand
     * @param type the result's type, which follows from the operands
     */
    record Unary(UnaryOp op, Expr a, Type type) implements Expr {
        /** The type follows from the others. */
        public Unary {
            checkResult(op, typeOf(op, a), type);
        }

        private static Type typeOf(UnaryOp op, Expr a) {
            Objects.requireNonNull(op, "Expr.unary: the operation is null; give a UnaryOp");
            checkGiven(op, a);
            Type t = a.type();
            boolean fits = switch (op) {
                case NEG, ABS -> t != BOOL;
                case FLOOR, SQRT, BITS -> t == F32;
                case NOT -> t != F32;
                case TO_F32, TO_I32, TO_I64, TO_BOOL -> true;
                case FROM_BITS -> t == I32;
            };
            if (!fits) {
                throw new IllegalArgumentException(op + " takes no " + t);
            }
            return switch (op) {
                case NEG, ABS, FLOOR, SQRT, NOT -> t;
                case TO_F32, FROM_BITS -> F32;
                case TO_I32, BITS -> I32;
                case TO_I64 -> I64;
                case TO_BOOL -> BOOL;
            };
        }

        @Override
        public Expr[] operands() {
            return new Expr[] {a};
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Unary u && u.op == op && u.a == a;
        }

        @Override
        public int hashCode() {
            return op.ordinal() * 31 + System.identityHashCode(a);
        }

        @Override
        public String toString() {
            return Dag.text(this);
        }
    }

    /**
     * A primitive of two operands.
     *
     * @param op the primitive
     * @param a the first operand
     * @param b the second operand, of the same type
     * @param type the result's type, which follows from the operands
     */
    record Binary(BinaryOp op, Expr a, Expr b, Type type) implements Expr {
        /** The type follows from the others. */
        public Binary {
            checkResult(op, typeOf(op, a, b), type);
        }

        private static Type typeOf(BinaryOp op, Expr a, Expr b) {
            Objects.requireNonNull(op, "Expr.binary: the operation is null; give a BinaryOp");
            checkGiven(op, a, b);
            Type t = a.type();
            boolean fits = t == b.type()
                    && switch (op) {
                        case ADD, SUB, MUL, MIN, MAX, LT, LE -> t != BOOL;
                        case DIV -> t == F32;
                        case EQ -> true;
                        case AND, OR, XOR -> t != F32;
                        case SHL, SHR, USHR -> t.isInteger();
                    };
            if (!fits) {
                throw new IllegalArgumentException(op + " takes no " + t + " and " + b.type());
            }
            return op.isComparison() ? BOOL : t;
        }

        @Override
        public Expr[] operands() {
            return new Expr[] {a, b};
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Binary o && o.op == op && o.a == a && o.b == b;
        }

        @Override
        public int hashCode() {
            return (op.ordinal() * 31 + System.identityHashCode(a)) * 31 + System.identityHashCode(b);
        }

        @Override
        public String toString() {
            return Dag.text(this);
        }
    }

    /**
     * {@code a * b + c} rounded once (F32).
     *
     * @param a a factor
     * @param b a factor
     * @param c what is added
     */
    record Fma(Expr a, Expr b, Expr c) implements Expr {
        /** Checks that all three are F32. */
        public Fma {
            checkGiven("FMA", a, b, c);
            if (a.type() != F32 || b.type() != F32 || c.type() != F32) {
                throw new IllegalArgumentException("FMA takes no " + a.type() + ", " + b.type() + " and " + c.type());
            }
        }

        @Override
        public Type type() {
            return F32;
        }

        @Override
        public Expr[] operands() {
            return new Expr[] {a, b, c};
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Fma o && o.a == a && o.b == b && o.c == c;
        }

        @Override
        public int hashCode() {
            return (System.identityHashCode(a) * 31 + System.identityHashCode(b)) * 31 + System.identityHashCode(c);
        }

        @Override
        public String toString() {
            return Dag.text(this);
        }
    }

    /**
     * {@code condition ? whenTrue : whenFalse}; the condition is BOOL, the branches share a type.
     *
     * @param condition BOOL
     * @param whenTrue the value where the condition is true
     * @param whenFalse the value elsewhere, of the same type
     */
    record Select(Expr condition, Expr whenTrue, Expr whenFalse) implements Expr {
        /** Checks that the condition is BOOL and that the branches share a type. */
        public Select {
            checkGiven("SELECT", condition, whenTrue, whenFalse);
            if (condition.type() != BOOL || whenTrue.type() != whenFalse.type()) {
                throw new IllegalArgumentException(
                        "SELECT takes no " + condition.type() + ", " + whenTrue.type() + " and " + whenFalse.type());
            }
        }

        @Override
        public Type type() {
            return whenTrue.type();
        }

        @Override
        public Expr[] operands() {
            return new Expr[] {condition, whenTrue, whenFalse};
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Select o
                    && o.condition == condition
                    && o.whenTrue == whenTrue
                    && o.whenFalse == whenFalse;
        }

        @Override
        public int hashCode() {
            return (System.identityHashCode(condition) * 31 + System.identityHashCode(whenTrue)) * 31
                    + System.identityHashCode(whenFalse);
        }

        @Override
        public String toString() {
            return Dag.text(this);
        }
    }

    /**
     * The dropout mask: true where element i (its row-major index in the launch's shape) is kept. With the run-time I32
     * scalars s and t: {@code x_0 = s mod (2^31-1)}, or 1 if that is 0, s taken as unsigned; {@code x_(i+1) =
     * 1132489760 x_i mod (2^31-1)} (the MCG31m1 generator); kept if {@code x_i < t}. Any element can be computed by
     * itself: {@code x_i = 1132489760^i x_0}.
     *
     * @param seedScalar the number of the scalar that is the seed
     * @param thresholdScalar the number of the scalar that is the threshold
     */
    record Keep(int seedScalar, int thresholdScalar) implements Expr {
        /** Scalars are numbered from 0. */
        public Keep {
            checkIndex("keep", seedScalar);
            checkIndex("keep", thresholdScalar);
        }

        /** The multiplier of the generator. */
        public static final long MULTIPLIER = 1132489760L;

        /** The modulus of the generator. */
        public static final long MODULUS = 0x7fffffffL;

        @Override
        public Type type() {
            return BOOL;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Keep o && o.seedScalar == seedScalar && o.thresholdScalar == thresholdScalar;
        }

        @Override
        public int hashCode() {
            return 31 * seedScalar + thresholdScalar;
        }

        /**
         * {@return x_0 for a 32-bit seed}
         *
         * @param seed the drawn word
         */
        public static long start(int seed) {
            long x = Integer.toUnsignedLong(seed) % MODULUS;
            return x == 0 ? 1 : x;
        }

        /**
         * {@return the multiplier to the power {@code n >= 0}, modulo the modulus}
         *
         * @param n how many steps, 0 or more
         */
        public static long skip(long n) {
            long result = 1;
            for (long factor = MULTIPLIER; n > 0; n >>= 1, factor = factor * factor % MODULUS) {
                if ((n & 1) != 0) {
                    result = result * factor % MODULUS;
                }
            }
            return result;
        }

        /**
         * {@return the threshold scalar for keeping with probability {@code keepProbability}}
         *
         * @param keepProbability from 0 to 1
         */
        public static int threshold(double keepProbability) {
            return (int) Math.ceil(keepProbability * MODULUS);
        }
    }

    // ---- construction

    /**
     * {@return the element of input {@code index}}
     *
     * @param index the input's number, from 0
     * @param type the value's type
     */
    static Expr input(int index, Type type) {
        return intern(new Input(index, type));
    }

    /**
     * {@return the run-time scalar {@code index}}
     *
     * @param index the scalar's number, from 0
     * @param type the value's type
     */
    static Expr scalar(int index, Type type) {
        return intern(new Scalar(index, type));
    }

    /**
     * {@return an F32 constant}
     *
     * @param value the value
     */
    static Expr constant(float value) {
        return intern(new Constant(F32, Float.floatToRawIntBits(value) & 0xffffffffL));
    }

    /**
     * {@return an I32 constant}
     *
     * @param value the value
     */
    static Expr constantI32(int value) {
        return intern(new Constant(I32, value));
    }

    /**
     * {@return an I64 constant}
     *
     * @param value the value
     */
    static Expr constantI64(long value) {
        return intern(new Constant(I64, value));
    }

    /**
     * {@return a BOOL constant}
     *
     * @param value the value
     */
    static Expr constant(boolean value) {
        return intern(new Constant(BOOL, value ? 1 : 0));
    }

    /**
     * {@return a constant of the given type: {@code value} converted as Java casts it}
     *
     * @param type the value's type
     * @param value the value
     */
    static Expr constant(Type type, double value) {
        checkType("constant", type);
        return switch (type) {
            case F32 -> constant((float) value);
            case I32 -> constantI32((int) value);
            case I64 -> constantI64((long) value);
            case BOOL -> constant(value != 0);
        };
    }

    /**
     * {@return the dropout mask; see {@link Keep}}
     *
     * @param seedScalar the number of the scalar that is the seed
     * @param thresholdScalar the number of the scalar that is the threshold
     */
    static Expr keep(int seedScalar, int thresholdScalar) {
        return intern(new Keep(seedScalar, thresholdScalar));
    }

    /**
     * {@return a primitive of one operand}
     *
     * @param op the primitive
     * @param a the operand
     */
    static Expr unary(UnaryOp op, Expr a) {
        Type result = Unary.typeOf(op, a);
        boolean isCast = op.ordinal() >= UnaryOp.TO_F32.ordinal() && op.ordinal() <= UnaryOp.TO_BOOL.ordinal();
        return isCast && result == a.type() ? a : intern(new Unary(op, a, result));
    }

    /**
     * {@return a primitive of two operands}
     *
     * @param op the primitive
     * @param a the first operand
     * @param b the second operand, of the same type
     */
    static Expr binary(BinaryOp op, Expr a, Expr b) {
        return intern(new Binary(op, a, b, Binary.typeOf(op, a, b)));
    }

    /**
     * {@return {@code a * b + c} rounded once}
     *
     * @param a a factor
     * @param b a factor
     * @param c what is added
     */
    static Expr fma(Expr a, Expr b, Expr c) {
        return intern(new Fma(a, b, c));
    }

    /**
     * {@return {@code condition ? whenTrue : whenFalse}}
     *
     * @param condition BOOL
     * @param whenTrue the value where the condition is true
     * @param whenFalse the value elsewhere, of the same type
     */
    static Expr select(Expr condition, Expr whenTrue, Expr whenFalse) {
        return intern(new Select(condition, whenTrue, whenFalse));
    }

    /**
     * {@return this value converted to {@code type}; itself if it has that type}
     *
     * @param type the type wanted
     */
    default Expr to(Type type) {
        checkType("to", type);
        return unary(
                switch (type) {
                    case F32 -> UnaryOp.TO_F32;
                    case I32 -> UnaryOp.TO_I32;
                    case I64 -> UnaryOp.TO_I64;
                    case BOOL -> UnaryOp.TO_BOOL;
                },
                this);
    }

    /** {@return every operand of this expression, in order} */
    default Expr[] operands() {
        return NO_OPERANDS;
    }

    /** No operands. */
    Expr[] NO_OPERANDS = {};

    // ---- arithmetic

    @Override
    default Expr add(Expr other) {
        return binary(BinaryOp.ADD, this, other);
    }

    @Override
    default Expr sub(Expr other) {
        return binary(BinaryOp.SUB, this, other);
    }

    @Override
    default Expr mul(Expr other) {
        return binary(BinaryOp.MUL, this, other);
    }

    @Override
    default Expr div(Expr other) {
        return binary(BinaryOp.DIV, this, other);
    }

    @Override
    default Expr add(double constant) {
        return add(constant(constant));
    }

    @Override
    default Expr mul(double constant) {
        return mul(constant(constant));
    }

    /**
     * {@return the smaller of two, {@link BinaryOp#MIN}}
     *
     * @param other the second operand, of the same type
     */
    default Expr min(Expr other) {
        return binary(BinaryOp.MIN, this, other);
    }

    /**
     * {@return the larger of two, {@link BinaryOp#MAX}}
     *
     * @param other the second operand, of the same type
     */
    default Expr max(Expr other) {
        return binary(BinaryOp.MAX, this, other);
    }

    /**
     * {@return whether both are true, of integers the common bits: {@link BinaryOp#AND}}
     *
     * @param other the second operand, of the same type
     */
    default Expr and(Expr other) {
        return binary(BinaryOp.AND, this, other);
    }

    /**
     * {@return whether one is true, of integers the bits of both: {@link BinaryOp#OR}}
     *
     * @param other the second operand, of the same type
     */
    default Expr or(Expr other) {
        return binary(BinaryOp.OR, this, other);
    }

    /** {@return the opposite, {@link UnaryOp#NOT}} */
    default Expr not() {
        return unary(UnaryOp.NOT, this);
    }

    /**
     * {@return {@code this * factor + addend}, rounded once}
     *
     * @param factor the second factor (F32)
     * @param addend what is added (F32)
     */
    default Expr fma(Expr factor, Expr addend) {
        return fma(this, factor, addend);
    }

    /** {@return the largest integral value not above this, {@link UnaryOp#FLOOR}} */
    default Expr floor() {
        return unary(UnaryOp.FLOOR, this);
    }

    @Override
    default Expr neg() {
        return unary(UnaryOp.NEG, this);
    }

    @Override
    default Expr abs() {
        return unary(UnaryOp.ABS, this);
    }

    @Override
    default Expr sqrt() {
        return unary(UnaryOp.SQRT, this);
    }

    @Override
    default Expr lt(Expr other) {
        return binary(BinaryOp.LT, this, other);
    }

    @Override
    default Expr le(Expr other) {
        return binary(BinaryOp.LE, this, other);
    }

    @Override
    default Expr eq(Expr other) {
        return binary(BinaryOp.EQ, this, other);
    }

    @Override
    default Expr choose(Expr whenTrue, Expr whenFalse) {
        return select(this, whenTrue, whenFalse);
    }

    @Override
    default Expr constant(double value) {
        return constant(type() == BOOL ? F32 : type(), value);
    }

    @Override
    default Expr sign() {
        return Functions.sign(this);
    }

    @Override
    default Expr exp() {
        return Functions.exp(this);
    }

    @Override
    default Expr log() {
        return Functions.log(this);
    }

    @Override
    default Expr sin() {
        return Functions.sin(this);
    }

    @Override
    default Expr cos() {
        return Functions.cos(this);
    }

    @Override
    default Expr tanh() {
        return Functions.tanh(this);
    }

    @Override
    default Expr sigmoid() {
        return Functions.sigmoid(this);
    }

    @Override
    default Expr erf() {
        return Functions.erf(this);
    }

    @Override
    default Expr pow(Expr exponent) {
        return Functions.pow(this, exponent);
    }

    @Override
    default Expr pow(double exponent) {
        return Functions.pow(this, exponent);
    }

    // ---- what is refused

    private static void checkIndex(String what, int index) {
        if (index < 0 || index > Interned.LAST_INDEX) {
            throw new IndexOutOfBoundsException(
                    "Expr." + what + ": index " + index + " is out of range; use 0 to " + Interned.LAST_INDEX);
        }
    }

    private static void checkType(String what, Type type) {
        if (type == null) {
            throw new NullPointerException("Expr." + what + ": the type is null; give one, such as Type.F32");
        }
    }

    private static void checkGiven(Object op, Expr... operands) {
        for (Expr e : operands) {
            if (e == null) {
                throw new NullPointerException(op + ": an operand is null; give an expression");
            }
        }
    }

    private static void checkResult(Object op, Type result, Type given) {
        if (given != result) {
            throw new IllegalArgumentException(op + " gives " + result + " here, not " + given);
        }
    }

    /** The one object of this structure. */
    private static Expr intern(Expr e) {
        Expr known = Interned.TABLE.putIfAbsent(e, e);
        return known == null ? e : known;
    }

    /** Holds the intern table. It only grows, by the expressions a program writes, not by the values it computes. */
    final class Interned {
        private static final int LAST_INDEX = 999;
        private static final ConcurrentHashMap<Expr, Expr> TABLE = new ConcurrentHashMap<>();

        private Interned() {}
    }
}
