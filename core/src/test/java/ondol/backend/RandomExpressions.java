package ondol.backend;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/**
 * Random DAGs over the whole vocabulary, whatever it is: what an operation takes is asked of {@link Expr} itself.
 * Input i has the type {@code inputs.get(i)}, scalar i the type {@code scalars.get(i)}; scalars 0 and 1 are I32.
 */
final class RandomExpressions {
    /** How to make a value from values of lower depth. */
    private interface Rule {
        Expr make(int depth);
    }

    /** Enough for the shape of a real formula; compilers take long over more. */
    private static final int MOST_NODES = 40;

    private final Random random;
    private final List<Type> inputs;
    private final List<Type> scalars;
    private final Map<Type, List<Rule>> rules = new EnumMap<>(Type.class);
    private final Map<Type, List<Expr>> made = new EnumMap<>(Type.class);
    private int nodes;

    RandomExpressions(Random random, List<Type> inputs, List<Type> scalars) {
        this.random = random;
        this.inputs = inputs;
        this.scalars = scalars;
        for (Type type : Type.values()) {
            rules.put(type, new ArrayList<>());
            made.put(type, new ArrayList<>());
        }
        for (Type type : Type.values()) {
            for (UnaryOp op : unaryOps(type)) {
                Type result = Expr.unary(op, Expr.input(0, type)).type();
                rules.get(result).add(depth -> Expr.unary(op, withoutNan(op, expression(type, depth))));
            }
            for (BinaryOp op : binaryOps(type)) {
                Type result = Expr.binary(op, Expr.input(0, type), Expr.input(0, type))
                        .type();
                rules.get(result)
                        .add(depth -> Expr.binary(op, expression(type, depth), shift(op, expression(type, depth / 2))));
            }
            rules.get(type)
                    .add(depth -> Expr.select(
                            expression(Type.BOOL, depth / 2), expression(type, depth), expression(type, depth / 2)));
        }
        Rule fma = depth ->
                Expr.fma(expression(Type.F32, depth), expression(Type.F32, depth / 2), expression(Type.F32, depth / 2));
        // Floats are what most formulas compute with.
        rules.get(Type.F32).addAll(Collections.nCopies(3, fma));
        rules.get(Type.BOOL).add(depth -> Expr.keep(0, 1));
    }

    /** The operations of one operand that take a type, without the cast to itself. */
    static List<UnaryOp> unaryOps(Type type) {
        List<UnaryOp> ops = new ArrayList<>();
        for (UnaryOp op : UnaryOp.values()) {
            try {
                if (Expr.unary(op, Expr.input(0, type)) instanceof Expr.Unary) {
                    ops.add(op);
                }
            } catch (IllegalArgumentException e) {
                // takes no such type
            }
        }
        return ops;
    }

    /** The operations of two operands that take a type. */
    static List<BinaryOp> binaryOps(Type type) {
        List<BinaryOp> ops = new ArrayList<>();
        for (BinaryOp op : BinaryOp.values()) {
            try {
                Expr.binary(op, Expr.input(0, type), Expr.input(1, type));
                ops.add(op);
            } catch (IllegalArgumentException e) {
                // takes no such type
            }
        }
        return ops;
    }

    /** A second operand that is legal: shifts go up to the width less one. */
    static Expr shift(BinaryOp op, Expr by) {
        return switch (op) {
            case SHL, SHR, USHR -> by.and(Expr.constant(by.type(), by.type().bytes() * 8 - 1));
            default -> by;
        };
    }

    /** The bits of a NaN are not the same everywhere, so nothing may depend on them. */
    static Expr withoutNan(UnaryOp op, Expr a) {
        return op == UnaryOp.BITS ? Expr.select(a.eq(a), a, Expr.constant(0f)) : a;
    }

    /** A new expression of its own. */
    Expr next(Type type, int depth) {
        nodes = 0;
        return expression(type, depth);
    }

    private Expr expression(Type type, int depth) {
        List<Expr> known = made.get(type);
        if (!known.isEmpty() && random.nextInt(5) == 0) {
            return known.get(random.nextInt(known.size()));
        }
        if (depth <= 0 || nodes >= MOST_NODES) {
            return leaf(type);
        }
        nodes++;
        List<Rule> possible = rules.get(type);
        Expr e = possible.get(random.nextInt(possible.size())).make(depth - 1);
        known.add(e);
        return e;
    }

    private Expr leaf(Type type) {
        return switch (random.nextInt(10)) {
            case 0 -> constant(type, Values.wild(type, 1, random)[0]);
            case 1 -> {
                int i = random.nextInt(scalars.size());
                yield Expr.scalar(i, scalars.get(i)).to(type);
            }
            default -> {
                // One of this type if there is any.
                int i = inputs.indexOf(type);
                if (i < 0 || random.nextInt(4) == 0) {
                    i = random.nextInt(inputs.size());
                }
                yield Expr.input(i, inputs.get(i)).to(type);
            }
        };
    }

    /** The constant of these bits. */
    static Expr constant(Type type, long bits) {
        return switch (type) {
            case F32 -> Expr.constant(ScalarProgram.f32(bits));
            case I32 -> Expr.constantI32((int) bits);
            case I64 -> Expr.constantI64(bits);
            case BOOL -> Expr.constant(bits != 0);
        };
    }
}
