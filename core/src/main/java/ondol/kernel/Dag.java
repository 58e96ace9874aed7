package ondol.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;

/**
 * The walk over expressions. Subexpressions are shared, so there are many more ways to a node than there are nodes:
 * every walk goes to each node once, and without recursion, since fused expressions can be deep.
 */
public final class Dag {
    private Dag() {}

    /**
     * {@return every node that the roots consist of, once, operands before what uses them, depth first from the first root}
     *
     * @param roots the expressions to begin with
     */
    public static List<Expr> nodes(List<Expr> roots) {
        return nodes(roots, Expr::operands);
    }

    /**
     * {@return every node that the roots consist of, as {@link #nodes(List)}, over other edges}
     *
     * @param roots the expressions to begin with
     * @param operands what a node needs; asked once for each
     */
    public static List<Expr> nodes(List<Expr> roots, Function<Expr, Expr[]> operands) {
        Objects.requireNonNull(roots, "Dag.nodes: the list of roots is null; give expressions");
        Objects.requireNonNull(operands, "Dag.nodes: the edges are null; give Expr::operands");
        for (Expr root : roots) {
            Objects.requireNonNull(root, "Dag.nodes: a root is null; give an expression");
        }
        List<Expr> order = new ArrayList<>();
        Set<Expr> done = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Expr> opened = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Expr> stack = new ArrayList<>(roots.reversed());
        while (!stack.isEmpty()) {
            Expr e = stack.getLast();
            if (opened.add(e)) {
                Expr[] of = operands.apply(e);
                for (int k = of.length - 1; k >= 0; k--) {
                    if (!opened.contains(of[k])) {
                        stack.add(of[k]);
                    }
                }
            } else {
                stack.removeLast();
                if (done.add(e)) {
                    order.add(e);
                }
            }
        }
        return order;
    }

    /** An expression as steps, each of its nodes once: {@code v0 = LT(input 0, 0.0); SELECT(v0, 0.0, input 0)}. */
    static String text(Expr root) {
        Map<Expr, String> names = new IdentityHashMap<>();
        StringBuilder text = new StringBuilder();
        int count = 0;
        for (Expr e : nodes(List.of(root))) {
            String value = value(e, names);
            boolean isStep = e.operands().length != 0 && e != root;
            if (isStep) {
                text.append('v').append(count).append(" = ").append(value).append("; ");
            }
            names.put(e, isStep ? "v" + count++ : value);
        }
        return text.append(names.get(root)).toString();
    }

    private static String value(Expr e, Map<Expr, String> names) {
        String operation = switch (e) {
            case Expr.Input i -> "input " + i.index();
            case Expr.Scalar s -> "scalar " + s.index();
            case Expr.Constant c -> c.type() == Type.F32 ? String.valueOf(c.asFloat()) : String.valueOf(c.bits());
            case Expr.Keep k -> "KEEP(scalar " + k.seedScalar() + ", scalar " + k.thresholdScalar() + ")";
            case Expr.Unary u -> u.op().name();
            case Expr.Binary b -> b.op().name();
            case Expr.Fma f -> "FMA";
            case Expr.Select s -> "SELECT";
        };
        if (e.operands().length == 0) {
            return operation;
        }
        StringJoiner operands = new StringJoiner(", ", operation + "(", ")");
        for (Expr operand : e.operands()) {
            operands.add(names.get(operand));
        }
        return operands.toString();
    }
}
