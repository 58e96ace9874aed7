package ondol.backend.cpu;

import static ondol.backend.cpu.FusedVectorLoop.FLOATS;
import static ondol.backend.cpu.FusedVectorLoop.INTS;
import static ondol.backend.cpu.FusedVectorLoop.LONGS;
import static ondol.backend.cpu.FusedVectorLoop.MASK;
import static ondol.backend.cpu.FusedVectorLoop.SPECIES;
import static ondol.backend.cpu.FusedVectorLoop.element;
import static ondol.backend.cpu.FusedVectorLoop.vector;
import static ondol.backend.cpu.Written.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;
import java.util.function.Consumer;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/**
 * Writes a primitive as calls of the Vector API: F32 as FloatVector, I32 as IntVector, I64 as LongVector, all of one number
 * of lanes, and BOOL as a mask of floats.
 */
final class FusedVectorPrimitives {
    private static final ClassDesc VECTOR = desc(Vector.class);
    private static final ClassDesc OPERATORS = desc(VectorOperators.class);
    private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
    private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);
    private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
    private static final ClassDesc ASSOCIATIVE = desc(VectorOperators.Associative.class);
    private static final float ALL_INTEGRAL = 0x1p23f;

    private final CodeBuilder code;
    private final Consumer<Expr> push;
    private final Consumer<Type> species;

    /**
     * @param push writes code that pushes an expression's value
     * @param species writes code that pushes the species of a type
     */
    FusedVectorPrimitives(CodeBuilder code, Consumer<Expr> push, Consumer<Type> species) {
        this.code = code;
        this.push = push;
        this.species = species;
    }

    /** Pushes the value. */
    void compute(Expr e) {
        switch (e) {
            case Expr.Unary u -> unary(u.op(), u.a(), u.type());
            case Expr.Binary b when b.op().isComparison() -> compare(b.op(), b.a(), b.b());
            case Expr.Binary b -> binary(b);
            case Expr.Fma f -> {
                push.accept(f.a());
                push.accept(f.b());
                push.accept(f.c());
                call(FLOATS, "fma", FLOATS, VECTOR, VECTOR);
            }
            case Expr.Select s
            when s.type() == Type.BOOL -> {
                push.accept(s.condition());
                push.accept(s.whenTrue());
                call(MASK, "and", MASK, MASK);
                push.accept(s.whenFalse());
                push.accept(s.condition());
                call(MASK, "andNot", MASK, MASK);
                call(MASK, "or", MASK, MASK);
            }
            case Expr.Select s -> {
                push.accept(s.whenFalse());
                push.accept(s.whenTrue());
                pushMask(s.condition(), s.type());
                call(vector(s.type()), "blend", vector(s.type()), VECTOR, MASK);
            }
            case Expr.Input in -> throw new AssertionError(in);
            case Expr.Constant c -> throw new AssertionError(c);
            case Expr.Scalar s -> throw new AssertionError(s);
            case Expr.Keep k -> throw new AssertionError(k);
        }
    }

    /**
     * Pushes the dropout mask for the powers from {@code index} on: their products with the state at the block's first index,
     * 64 bits wide, those of the even lanes and those of the odd by themselves, taken modulo 2^31 - 1 (see {@link KeepMask}). All
     * parameters are locals.
     */
    void keep(int powers, int index, int first, int threshold) {
        int pairs = code.allocateLocal(TypeKind.REFERENCE);
        int product = code.allocateLocal(TypeKind.REFERENCE);
        species.accept(Type.I32);
        code.aload(powers)
                .iload(index)
                .invokestatic(
                        INTS,
                        "fromArray",
                        MethodTypeDesc.of(INTS, SPECIES, ConstantDescs.CD_int.arrayType(), ConstantDescs.CD_int));
        call(INTS, "reinterpretAsLongs", LONGS);
        code.astore(pairs).aload(pairs).loadConstant(0xffffffffL);
        call(LONGS, "and", LONGS, ConstantDescs.CD_long);
        times(first, product);
        code.aload(pairs);
        shift("LSHR", Integer.SIZE);
        times(first, product);
        shift("LSHL", Integer.SIZE);
        call(LONGS, "or", LONGS, VECTOR);
        call(LONGS, "reinterpretAsInts", INTS);
        code.astore(product).aload(product).loadConstant((int) Expr.Keep.MODULUS);
        call(INTS, "and", INTS, ConstantDescs.CD_int);
        code.aload(product);
        operator("LSHR", BINARY);
        code.loadConstant(Integer.SIZE - 1);
        call(INTS, "lanewise", INTS, BINARY, ConstantDescs.CD_int);
        call(INTS, "add", INTS, VECTOR);
        operator("LT", COMPARISON);
        code.iload(threshold);
        call(INTS, "compare", MASK, COMPARISON, ConstantDescs.CD_int);
        castMask(Type.F32);
    }

    /** The longs that were pushed times one, the bits above the 31st added to those below. */
    private void times(int factor, int product) {
        code.lload(factor);
        call(LONGS, "mul", LONGS, ConstantDescs.CD_long);
        code.astore(product).aload(product).loadConstant(Expr.Keep.MODULUS);
        call(LONGS, "and", LONGS, ConstantDescs.CD_long);
        code.aload(product);
        shift("LSHR", Integer.SIZE - 1);
        call(LONGS, "add", LONGS, VECTOR);
    }

    private void shift(String operator, long by) {
        operator(operator, BINARY);
        code.loadConstant(by);
        call(LONGS, "lanewise", LONGS, BINARY, ConstantDescs.CD_long);
    }

    private void call(ClassDesc owner, String method, ClassDesc result, ClassDesc... parameters) {
        code.invokevirtual(owner, method, MethodTypeDesc.of(result, parameters));
    }

    private void operator(String name, ClassDesc type) {
        code.getstatic(OPERATORS, name, type);
    }

    /** Pushes a mask for vectors of a type. */
    private void pushMask(Expr condition, Type type) {
        push.accept(condition);
        if (type != Type.F32) {
            castMask(type);
        }
    }

    private void castMask(Type type) {
        species.accept(type);
        call(MASK, "cast", MASK, SPECIES);
    }

    private void compare(BinaryOp op, Expr a, Expr b) {
        Type type = a.type();
        push.accept(a);
        if (type == Type.BOOL) {
            push.accept(b);
            call(MASK, "eq", MASK, MASK); // BOOL has no order
            return;
        }
        operator(op.name(), COMPARISON);
        push.accept(b);
        call(vector(type), "compare", MASK, COMPARISON, VECTOR);
        if (type != Type.F32) {
            castMask(Type.F32);
        }
    }

    private void binary(Expr.Binary b) {
        ClassDesc vector = vector(b.type());
        ClassDesc operand = b.type() == Type.BOOL ? MASK : VECTOR;
        push.accept(b.a());
        switch (b.op()) {
            case ADD, SUB, MUL, DIV, MIN, MAX, AND, OR -> {
                push.accept(b.b());
                call(vector, b.op().name().toLowerCase(Locale.ROOT), vector, operand);
            }
            case XOR -> {
                if (b.type() == Type.BOOL) {
                    push.accept(b.b());
                    call(MASK, "xor", MASK, MASK);
                } else {
                    lanewise("XOR", ASSOCIATIVE, b);
                }
            }
            case SHL -> lanewise("LSHL", BINARY, b);
            case SHR -> lanewise("ASHR", BINARY, b);
            case USHR -> lanewise("LSHR", BINARY, b);
            case LT, LE, EQ -> throw new AssertionError(b);
        }
    }

    private void lanewise(String operator, ClassDesc type, Expr.Binary b) {
        operator(operator, type);
        push.accept(b.b());
        call(vector(b.type()), "lanewise", vector(b.type()), BINARY, VECTOR);
    }

    private void unary(UnaryOp op, Expr a, Type to) {
        switch (op) {
            case FLOOR -> floor(a);
            case TO_F32, TO_I32, TO_I64 -> convert(a, to);
            case TO_BOOL -> {
                push.accept(a);
                if (a.type() != Type.BOOL) {
                    operator("NE", COMPARISON);
                    number(a.type(), 0);
                    call(vector(a.type()), "compare", MASK, COMPARISON, element(a.type()));
                    if (a.type() != Type.F32) {
                        castMask(Type.F32);
                    }
                }
            }
            case BITS -> {
                push.accept(a);
                call(FLOATS, "reinterpretAsInts", INTS);
            }
            case FROM_BITS -> {
                push.accept(a);
                call(INTS, "reinterpretAsFloats", FLOATS);
            }
            case NEG, ABS, SQRT, NOT -> {
                if (op == UnaryOp.ABS && to == Type.I64) {
                    abs(a);
                    return;
                }
                push.accept(a);
                call(vector(to), op.name().toLowerCase(Locale.ROOT), vector(to));
            }
        }
    }

    /** For longs, of which not all processors have an instruction: the sign's bits, all or none, are exchanged and taken off. */
    private void abs(Expr a) {
        int sign = code.allocateLocal(TypeKind.REFERENCE);
        push.accept(a);
        shift("ASHR", Long.SIZE - 1);
        code.astore(sign);
        push.accept(a);
        operator("XOR", ASSOCIATIVE);
        code.aload(sign);
        call(LONGS, "lanewise", LONGS, BINARY, VECTOR);
        code.aload(sign);
        call(LONGS, "sub", LONGS, VECTOR);
    }

    private void number(Type type, int value) {
        switch (type) {
            case F32 -> code.loadConstant((float) value);
            case I32, BOOL -> code.loadConstant(value);
            case I64 -> code.loadConstant((long) value);
        }
    }

    private void convert(Expr a, Type to) {
        if (a.type() == to) {
            push.accept(a);
        } else if (a.type() == Type.BOOL) {
            species.accept(to);
            code.invokestatic(vector(to), "zero", MethodTypeDesc.of(vector(to), SPECIES));
            number(to, 1);
            pushMask(a, to);
            call(vector(to), "blend", vector(to), element(to), MASK);
        } else {
            push.accept(a);
            convert(a.type(), to);
        }
    }

    /** Converts what was pushed, between F32, I32 and I64: "F2I" and so on. */
    private void convert(Type from, Type to) {
        operator(letter(from) + "2" + letter(to), CONVERSION);
        species.accept(to);
        code.iconst_0();
        call(VECTOR, "convertShape", VECTOR, CONVERSION, SPECIES, ConstantDescs.CD_int);
        code.checkcast(vector(to));
    }

    private static String letter(Type type) {
        return switch (type) {
            case F32 -> "F";
            case I32 -> "I";
            case I64 -> "L";
            case BOOL -> throw new AssertionError(type);
        };
    }

    /**
     * Adding and taking off 2^23 rounds |x|, which below 2^23 is exact; the sign comes back, and where that went up it is
     * one too many. From 2^23 on all values are integral.
     */
    private void floor(Expr a) {
        int rounded = code.allocateLocal(TypeKind.REFERENCE);
        push.accept(a);
        call(FLOATS, "abs", FLOATS);
        code.loadConstant(ALL_INTEGRAL);
        call(FLOATS, "add", FLOATS, ConstantDescs.CD_float);
        code.loadConstant(ALL_INTEGRAL);
        call(FLOATS, "sub", FLOATS, ConstantDescs.CD_float);
        call(FLOATS, "reinterpretAsInts", INTS);
        push.accept(a);
        call(FLOATS, "reinterpretAsInts", INTS);
        code.loadConstant(Integer.MIN_VALUE);
        call(INTS, "and", INTS, ConstantDescs.CD_int);
        call(INTS, "or", INTS, VECTOR);
        call(INTS, "reinterpretAsFloats", FLOATS);
        code.astore(rounded);
        push.accept(a);
        code.aload(rounded).fconst_1().aload(rounded);
        operator("GT", COMPARISON);
        push.accept(a);
        call(FLOATS, "compare", MASK, COMPARISON, VECTOR);
        call(FLOATS, "sub", FLOATS, ConstantDescs.CD_float, MASK);
        push.accept(a);
        call(FLOATS, "abs", FLOATS);
        operator("LT", COMPARISON);
        code.loadConstant(ALL_INTEGRAL);
        call(FLOATS, "compare", MASK, COMPARISON, ConstantDescs.CD_float);
        call(FLOATS, "blend", FLOATS, VECTOR, MASK);
    }
}
