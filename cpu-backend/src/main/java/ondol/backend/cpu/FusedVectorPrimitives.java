package ondol.backend.cpu;

import static ondol.backend.cpu.FusedVectorLoop.FLOATS;
import static ondol.backend.cpu.FusedVectorLoop.INTS;
import static ondol.backend.cpu.FusedVectorLoop.MASK;
import static ondol.backend.cpu.FusedVectorLoop.SPECIES;
import static ondol.backend.cpu.Written.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.function.Consumer;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/** Writes a primitive as calls of the Vector API: F32 as FloatVector, I32 as IntVector, BOOL as a mask of floats. */
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

    /** Whether there is code for this expression. */
    static boolean has(Expr e) {
        if (e.type() == Type.I64) {
            return false;
        }
        for (Expr operand : e.operands()) {
            if (operand.type() == Type.I64) {
                return false;
            }
        }
        return true;
    }

    /** Pushes the value. */
    void compute(Expr e) {
        switch (e) {
            case Expr.Unary u -> unary(u.op(), u.a());
            case Expr.Binary b when b.op().isComparison() -> compare(b);
            case Expr.Binary b -> binary(b);
            case Expr.Fma f -> {
                push.accept(f.a());
                push.accept(f.b());
                push.accept(f.c());
                call(FLOATS, "fma", FLOATS, VECTOR, VECTOR);
            }
            case Expr.Select s -> select(s);
            case Expr.Input in -> throw new AssertionError(in);
            case Expr.Constant c -> throw new AssertionError(c);
            case Expr.Scalar s -> throw new AssertionError(s);
            case Expr.Keep k -> throw new AssertionError(k);
        }
    }

    private void call(ClassDesc owner, String method, ClassDesc result, ClassDesc... parameters) {
        code.invokevirtual(owner, method, MethodTypeDesc.of(result, parameters));
    }

    private void operator(String name, ClassDesc type) {
        code.getstatic(OPERATORS, name, type);
    }

    private void select(Expr.Select s) {
        switch (s.type()) {
            case F32 -> {
                push.accept(s.whenFalse());
                push.accept(s.whenTrue());
                push.accept(s.condition());
                call(FLOATS, "blend", FLOATS, VECTOR, MASK);
            }
            case I32 -> {
                push.accept(s.whenFalse());
                push.accept(s.whenTrue());
                push.accept(s.condition());
                castMask(Type.I32);
                call(INTS, "blend", INTS, VECTOR, MASK);
            }
            case BOOL -> {
                push.accept(s.condition());
                push.accept(s.whenTrue());
                call(MASK, "and", MASK, MASK);
                push.accept(s.whenFalse());
                push.accept(s.condition());
                call(MASK, "andNot", MASK, MASK);
                call(MASK, "or", MASK, MASK);
            }
            case I64 -> throw new AssertionError(s);
        }
    }

    private void castMask(Type type) {
        species.accept(type);
        call(MASK, "cast", MASK, SPECIES);
    }

    private void compare(Expr.Binary b) {
        Type type = b.a().type();
        push.accept(b.a());
        if (type == Type.BOOL) {
            push.accept(b.b());
            call(MASK, "eq", MASK, MASK); // BOOL has no order
            return;
        }
        operator(
                switch (b.op()) {
                    case LT -> "LT";
                    case LE -> "LE";
                    case EQ -> "EQ";
                    default -> throw new AssertionError(b);
                },
                COMPARISON);
        push.accept(b.b());
        call(type == Type.F32 ? FLOATS : INTS, "compare", MASK, COMPARISON, VECTOR);
        if (type == Type.I32) {
            castMask(Type.F32);
        }
    }

    private void binary(Expr.Binary b) {
        push.accept(b.a());
        switch (b.type()) {
            case F32 -> {
                push.accept(b.b());
                call(FLOATS, arithmetic(b.op()), FLOATS, VECTOR);
            }
            case BOOL -> {
                push.accept(b.b());
                call(
                        MASK,
                        switch (b.op()) {
                            case AND -> "and";
                            case OR -> "or";
                            case XOR -> "xor";
                            default -> throw new AssertionError(b);
                        },
                        MASK,
                        MASK);
            }
            case I32 -> {
                switch (b.op()) {
                    case XOR -> operator("XOR", ASSOCIATIVE);
                    case SHL -> operator("LSHL", BINARY);
                    case SHR -> operator("ASHR", BINARY);
                    case USHR -> operator("LSHR", BINARY);
                    default -> {
                        push.accept(b.b());
                        call(INTS, arithmetic(b.op()), INTS, VECTOR);
                        return;
                    }
                }
                push.accept(b.b());
                call(INTS, "lanewise", INTS, BINARY, VECTOR);
            }
            case I64 -> throw new AssertionError(b);
        }
    }

    private static String arithmetic(BinaryOp op) {
        return switch (op) {
            case ADD -> "add";
            case SUB -> "sub";
            case MUL -> "mul";
            case DIV -> "div";
            case MIN -> "min";
            case MAX -> "max";
            case AND -> "and";
            case OR -> "or";
            case LT, LE, EQ, XOR, SHL, SHR, USHR -> throw new AssertionError(op);
        };
    }

    private void unary(UnaryOp op, Expr a) {
        ClassDesc type = switch (a.type()) {
            case F32 -> FLOATS;
            case I32 -> INTS;
            case BOOL -> MASK;
            case I64 -> throw new AssertionError(a);
        };
        switch (op) {
            case FLOOR -> floor(a);
            case TO_F32 -> {
                switch (a.type()) {
                    case F32 -> push.accept(a);
                    case I32 -> convert(a, "I2F", FLOATS);
                    default -> zeroOrOne(a, Type.F32, FLOATS, ConstantDescs.CD_float);
                }
            }
            case TO_I32 -> {
                switch (a.type()) {
                    case F32 -> convert(a, "F2I", INTS);
                    case I32 -> push.accept(a);
                    default -> zeroOrOne(a, Type.I32, INTS, ConstantDescs.CD_int);
                }
            }
            case TO_BOOL -> {
                push.accept(a);
                if (a.type() == Type.F32) {
                    operator("NE", COMPARISON);
                    code.fconst_0();
                    call(FLOATS, "compare", MASK, COMPARISON, ConstantDescs.CD_float);
                } else if (a.type() == Type.I32) {
                    operator("NE", COMPARISON);
                    code.iconst_0();
                    call(INTS, "compare", MASK, COMPARISON, ConstantDescs.CD_int);
                    castMask(Type.F32);
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
                push.accept(a);
                call(
                        type,
                        switch (op) {
                            case NEG -> "neg";
                            case ABS -> "abs";
                            case SQRT -> "sqrt";
                            default -> "not";
                        },
                        type);
            }
            case TO_I64 -> throw new AssertionError(op);
        }
    }

    private void convert(Expr a, String conversion, ClassDesc to) {
        push.accept(a);
        convert(conversion, to);
    }

    /** Converts what was pushed. */
    private void convert(String conversion, ClassDesc to) {
        operator(conversion, CONVERSION);
        code.iconst_0();
        call(VECTOR, "convert", VECTOR, CONVERSION, ConstantDescs.CD_int);
        code.checkcast(to);
    }

    private void zeroOrOne(Expr a, Type type, ClassDesc vector, ClassDesc element) {
        species.accept(type);
        code.invokestatic(vector, "zero", MethodTypeDesc.of(vector, SPECIES));
        if (type == Type.F32) {
            code.fconst_1();
        } else {
            code.iconst_1();
        }
        push.accept(a);
        if (type == Type.I32) {
            castMask(Type.I32);
        }
        call(vector, "blend", vector, element, MASK);
    }

    /** Cut, go one down where that went up, give -0 its sign back; from 2^23 on all values are integral. */
    private void floor(Expr a) {
        int cut = code.allocateLocal(TypeKind.REFERENCE);
        push.accept(a);
        convert("F2I", INTS);
        convert("I2F", FLOATS);
        code.astore(cut);
        push.accept(a);
        code.aload(cut).fconst_1().aload(cut);
        operator("GT", COMPARISON);
        push.accept(a);
        call(FLOATS, "compare", MASK, COMPARISON, VECTOR);
        call(FLOATS, "sub", FLOATS, ConstantDescs.CD_float, MASK);
        call(FLOATS, "reinterpretAsInts", INTS);
        push.accept(a);
        call(FLOATS, "reinterpretAsInts", INTS);
        code.loadConstant(Integer.MIN_VALUE);
        call(INTS, "and", INTS, ConstantDescs.CD_int);
        call(INTS, "or", INTS, VECTOR);
        call(INTS, "reinterpretAsFloats", FLOATS);
        push.accept(a);
        call(FLOATS, "abs", FLOATS);
        operator("LT", COMPARISON);
        code.loadConstant(ALL_INTEGRAL);
        call(FLOATS, "compare", MASK, COMPARISON, ConstantDescs.CD_float);
        call(FLOATS, "blend", FLOATS, VECTOR, MASK);
    }
}
