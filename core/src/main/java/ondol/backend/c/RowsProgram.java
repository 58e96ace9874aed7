package ondol.backend.c;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * The computation of several kernels along a row, as expressions of the same inputs: input i is value i of the {@link
 * RowsLaunch}. A value that one kernel computes and a later one needs again is kept, if it differs from element to element;
 * places are used again when what they hold is of no more use.
 */
final class RowsProgram {
    /**
     * One kernel.
     *
     * @param op null for a Map
     * @param writes the number of its first output among the values
     * @param loads the inputs it is the first to need, of each element
     * @param finds what is kept from before that it needs
     * @param keeps what it computes that is needed later
     */
    record Step(
            List<Expr> results,
            @Nullable ReduceOp op,
            boolean isElementwise,
            int writes,
            List<Expr.Input> loads,
            List<Expr> finds,
            List<Expr> keeps) {}

    private final List<RowsLaunch.Value> values;
    private final Map<Integer, Expr> known = new TreeMap<>();
    private final List<Expr.Scalar> scalars = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** Whether a value differs from element to element. */
    private final IdentityHashMap<Expr, Boolean> elementwise = new IdentityHashMap<>();

    /** The places of what is kept, by their types. */
    private final List<Type> places = new ArrayList<>();

    private final IdentityHashMap<Expr, Integer> placeOf = new IdentityHashMap<>();
    private int nodes;

    RowsProgram(RowsLaunch launch) {
        values = launch.values();
        for (RowsLaunch.Step step : launch.steps()) {
            add(step);
        }
        keep();
    }

    List<Step> steps() {
        return steps;
    }

    /** How many primitives there are. */
    int nodes() {
        return nodes;
    }

    /** The types of the places in which values are kept. */
    List<Type> places() {
        return places;
    }

    /** The place in which a value is kept. */
    int place(Expr value) {
        return known(placeOf, value);
    }

    private static <V> V known(IdentityHashMap<Expr, V> map, Expr e) {
        V value = map.get(e);
        if (value == null) {
            throw new IllegalStateException(e + " was not seen before its use");
        }
        return value;
    }

    boolean isElementwise(Expr value) {
        return elementwise.getOrDefault(value, false);
    }

    /** Which of all kernels' run-time scalars those of the expressions are: one that is used with two types is there twice. */
    int[] scalars() {
        return scalars.stream().mapToInt(Expr.Scalar::index).toArray();
    }

    // ---- in terms of the same inputs

    private void add(RowsLaunch.Step step) {
        List<Expr> given = step.kernel() instanceof Kernel.Map map
                ? map.outputs()
                : List.of(((Kernel.Reduce) step.kernel()).value());
        IdentityHashMap<Expr, Expr> own = new IdentityHashMap<>();
        for (Expr e : Dag.nodes(given)) {
            Expr same = inCommon(e, step, own);
            own.put(e, same);
            for (Expr node : Dag.nodes(List.of(same), n -> elementwise.containsKey(n) ? new Expr[0] : n.operands())) {
                elementwise.computeIfAbsent(node, this::differs);
            }
        }
        List<Expr> results = given.stream().map(e -> known(own, e)).toList();
        ReduceOp op = step.kernel() instanceof Kernel.Reduce reduce ? reduce.op() : null;
        if (op != null) {
            Expr result = Expr.input(step.writes(), ((Kernel.Reduce) step.kernel()).outputType());
            known.put(step.writes(), result);
            elementwise.put(result, false);
        } else {
            for (int o = 0; o < results.size(); o++) {
                known.put(step.writes() + o, results.get(o));
            }
        }
        steps.add(new Step(
                results,
                op,
                step.isElementwise(),
                step.writes(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>()));
    }

    private Expr inCommon(Expr e, RowsLaunch.Step step, IdentityHashMap<Expr, Expr> own) {
        return switch (e) {
            case Expr.Input i -> {
                int value = step.reads()[i.index()];
                yield known.computeIfAbsent(value, v -> Expr.input(v, i.type()));
            }
            case Expr.Scalar s -> scalar(step.scalars()[s.index()], s.type());
            case Expr.Constant c -> c;
            case Expr.Unary u -> Expr.unary(u.op(), known(own, u.a()));
            case Expr.Binary b -> Expr.binary(b.op(), known(own, b.a()), known(own, b.b()));
            case Expr.Fma f -> Expr.fma(known(own, f.a()), known(own, f.b()), known(own, f.c()));
            case Expr.Select s ->
                Expr.select(known(own, s.condition()), known(own, s.whenTrue()), known(own, s.whenFalse()));
            case Expr.Keep k -> throw new IllegalArgumentException("kernels along rows have no dropout mask");
        };
    }

    private Expr scalar(int number, Type type) {
        Expr.Scalar wanted = new Expr.Scalar(number, type);
        if (!scalars.contains(wanted)) {
            scalars.add(wanted);
        }
        return Expr.scalar(scalars.indexOf(wanted), type);
    }

    private boolean differs(Expr e) {
        if (e instanceof Expr.Input i) {
            return values.get(i.index()).isElementwise();
        }
        for (Expr operand : e.operands()) {
            if (isElementwise(operand)) {
                return true;
            }
        }
        return false;
    }

    // ---- what is kept

    private void keep() {
        IdentityHashMap<Expr, Integer> first = new IdentityHashMap<>();
        IdentityHashMap<Expr, Integer> last = new IdentityHashMap<>();
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            Set<Expr> here = Collections.newSetFromMap(new IdentityHashMap<>());
            for (Expr e : Dag.nodes(
                    step.results, e -> first.containsKey(e) || !isElementwise(e) ? new Expr[0] : e.operands())) {
                Integer before = first.get(e);
                if (before != null) {
                    step.finds.add(e);
                    if (last.put(e, s) == null) {
                        steps.get(before).keeps.add(e);
                    }
                } else if (isElementwise(e)) {
                    here.add(e);
                    if (e instanceof Expr.Input i) {
                        step.loads.add(i);
                    }
                }
            }
            nodes += here.size();
            for (Expr e : here) {
                first.put(e, s);
            }
        }
        places(last);
    }

    private void places(IdentityHashMap<Expr, Integer> last) {
        List<Integer> free = new ArrayList<>();
        for (int s = 0; s < steps.size(); s++) {
            for (Expr e : steps.get(s).finds) {
                if (known(last, e) == s) {
                    free.add(place(e)); // an element is read before another one takes its place
                }
            }
            for (Expr e : steps.get(s).keeps) {
                placeOf.put(e, place(free, e.type()));
            }
        }
    }

    private int place(List<Integer> free, Type type) {
        for (int i = 0; i < free.size(); i++) {
            if (places.get(free.get(i)) == type) {
                return free.remove(i);
            }
        }
        places.add(type);
        return places.size() - 1;
    }
}
