package ondol.backend.cpu;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import ondol.kernel.BinaryOp;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/**
 * The order in which a DAG's expressions are computed: operands first, depth first, without recursion. Some instructions
 * do the work of several expressions, and the schedule leaves out what they take in.
 */
final class Schedule {
    /** What an instruction may take in. */
    enum Merging {
        /** Nothing: every expression is computed by itself. */
        NONE,
        /** A selection takes in its comparison or dropout mask. */
        SELECTIONS,
        /** And an addition the product before it, a step of Horner's rule the steps before it. */
        CHAINS
    }

    private final Merging merging;
    private final Map<Expr, Integer> uses = new IdentityHashMap<>();
    private final Map<Expr, Polynomial> polynomials = new IdentityHashMap<>();
    private final List<Expr> order;

    Schedule(List<Expr> results, Merging merging) {
        this.merging = merging;
        results.forEach(result -> uses.merge(result, 2, Integer::sum));
        for (Expr e : Dag.nodes(results)) {
            for (Expr operand : e.operands()) {
                uses.merge(operand, 1, Integer::sum);
            }
        }
        this.order = Dag.nodes(results, this::operands);
    }

    /** Every expression that has to be computed, once. */
    List<Expr> order() {
        return order;
    }

    /** What the instruction for {@code e} reads: a selection of floats makes a comparison or a dropout mask itself. */
    Expr[] operands(Expr e) {
        if (e instanceof Expr.Fma f) {
            Polynomial polynomial = polynomial(f);
            return polynomial == null ? f.operands() : polynomial.operands();
        }
        if (e instanceof Expr.Binary b) {
            Expr product = product(b);
            return product == null ? b.operands() : withAddend(product, b);
        }
        if (!(e instanceof Expr.Select s)) {
            return e.operands();
        }
        if (merging == Merging.NONE) {
            return s.operands();
        }
        Expr condition = withoutNot(s);
        boolean negated = isNegated(s);
        Expr whenTrue = negated ? s.whenFalse() : s.whenTrue();
        Expr whenFalse = negated ? s.whenTrue() : s.whenFalse();
        if (isByKeep(s)) {
            return new Expr[] {whenTrue, whenFalse};
        }
        if (isByComparison(s)) {
            Expr.Binary c = (Expr.Binary) condition;
            return new Expr[] {c.a(), c.b(), whenTrue, whenFalse};
        }
        return new Expr[] {condition, whenTrue, whenFalse};
    }

    /** The polynomial an fma is the last step of, or null. */
    @Nullable
    Polynomial polynomial(Expr.Fma f) {
        Polynomial known = polynomials.get(f);
        if (known == null && merging == Merging.CHAINS) {
            known = Polynomial.of(f, uses);
            if (known != null) {
                polynomials.put(f, known);
            }
        }
        return known;
    }

    /** The product (MUL or FMA) that a sum takes in because nothing else wants it, or null. */
    @Nullable
    Expr product(Expr.Binary b) {
        if (merging != Merging.CHAINS || b.op() != BinaryOp.ADD || b.type() != Type.F32) {
            return null;
        }
        return isProduct(b.a()) ? b.a() : isProduct(b.b()) ? b.b() : null;
    }

    private boolean isProduct(Expr e) {
        boolean multiplies = e instanceof Expr.Binary m && m.op() == BinaryOp.MUL
                || e instanceof Expr.Fma f && polynomial(f) == null;
        return multiplies && uses.getOrDefault(e, 0) == 1;
    }

    private static Expr[] withAddend(Expr product, Expr.Binary sum) {
        Expr addend = sum.a() == product ? sum.b() : sum.a();
        Expr[] operands = Arrays.copyOf(product.operands(), product.operands().length + 1);
        operands[operands.length - 1] = addend;
        return operands;
    }

    /** Whether a dropout mask is computed. */
    boolean keeps() {
        return order.stream().anyMatch(e -> e instanceof Expr.Keep || e instanceof Expr.Select s && isByKeep(s));
    }

    /** Whether a selection makes a comparison of floats itself. */
    boolean isByComparison(Expr.Select s) {
        return merging != Merging.NONE
                && s.type() == Type.F32
                && withoutNot(s) instanceof Expr.Binary b
                && b.op().isComparison()
                && b.a().type() == Type.F32;
    }

    /** That comparison. */
    static Expr.Binary comparison(Expr.Select s) {
        return (Expr.Binary) withoutNot(s);
    }

    /** Whether a selection makes a dropout mask itself. */
    boolean isByKeep(Expr.Select s) {
        return merging != Merging.NONE && s.type() == Type.F32 && withoutNot(s) instanceof Expr.Keep;
    }

    /** That mask. */
    static Expr.Keep keep(Expr.Select s) {
        return (Expr.Keep) withoutNot(s);
    }

    private static Expr withoutNot(Expr.Select s) {
        Expr condition = s.condition();
        while (condition instanceof Expr.Unary u && u.op() == UnaryOp.NOT) {
            condition = u.a();
        }
        return condition;
    }

    private static boolean isNegated(Expr.Select s) {
        boolean negated = false;
        for (Expr c = s.condition(); c instanceof Expr.Unary u && u.op() == UnaryOp.NOT; c = u.a()) {
            negated = !negated;
        }
        return negated;
    }
}
