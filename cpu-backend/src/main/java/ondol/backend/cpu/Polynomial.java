package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import ondol.kernel.Expr;
import org.jspecify.annotations.Nullable;

/**
 * Horner's rule found in an expression: {@code fma(... fma(fma(start, x, c0), x, c1) ...)} with constants or run-time
 * scalars for coefficients.
 *
 * @param coefficients at least two
 */
record Polynomial(Expr start, Expr x, List<Expr> coefficients) {
    /**
     * The polynomial that {@code f} is the last step of, or null.
     *
     * @param uses how often each expression is used: a step is taken in only if nothing else wants its value
     */
    static @Nullable Polynomial of(Expr.Fma f, Map<Expr, Integer> uses) {
        Polynomial byFirst = of(f, f.b(), f.a(), uses);
        Polynomial bySecond = of(f, f.a(), f.b(), uses);
        if (byFirst == null || bySecond == null) {
            return byFirst == null ? bySecond : byFirst;
        }
        return byFirst.coefficients.size() >= bySecond.coefficients.size() ? byFirst : bySecond;
    }

    private static @Nullable Polynomial of(Expr.Fma last, Expr x, Expr rest, Map<Expr, Integer> uses) {
        if (!isLeaf(last.c()) || isLeaf(x)) {
            return null;
        }
        List<Expr> coefficients = new ArrayList<>(List.of(last.c()));
        Expr start = rest;
        while (start instanceof Expr.Fma step
                && uses.getOrDefault(step, 0) == 1
                && isLeaf(step.c())
                && (step.a() == x || step.b() == x)) {
            coefficients.add(0, step.c());
            start = step.b() == x ? step.a() : step.b();
        }
        return coefficients.size() < 2 ? null : new Polynomial(start, x, List.copyOf(coefficients));
    }

    private static boolean isLeaf(Expr e) {
        return e instanceof Expr.Constant || e instanceof Expr.Scalar;
    }

    /** What it reads: the start, x and the coefficients. */
    Expr[] operands() {
        List<Expr> all = new ArrayList<>(List.of(start, x));
        all.addAll(coefficients);
        return all.toArray(Expr[]::new);
    }
}
