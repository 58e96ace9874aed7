package ondol.backend.c;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
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

    /** Primitives that are as fast computed as their result is read from memory. */
    private static final int CHEAP = 8;

    private final List<RowsLaunch.Value> values;
    private final Map<Integer, Expr> known = new TreeMap<>();
    private final List<Expr.Scalar> scalars = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** Whether a value differs from element to element. */
    private final IdentityHashMap<Expr, Boolean> elementwise = new IdentityHashMap<>();

    /** The places of what is kept, by their types. */
    private final List<Type> places = new ArrayList<>();

    private final IdentityHashMap<Expr, Integer> placeOf = new IdentityHashMap<>();

    /** The values in whose memory something is kept. */
    private final IdentityHashMap<Expr, Integer> homes = new IdentityHashMap<>();

    /** The first step that needs a value of an element. */
    private final IdentityHashMap<Expr, Integer> first = new IdentityHashMap<>();

    /** The last step that needs what is kept. */
    private final IdentityHashMap<Expr, Integer> last = new IdentityHashMap<>();

    private int nodes;

    /** @param inMemory whether rows are too long for registers and local memory, and only results' memory has room to keep things */
    RowsProgram(RowsLaunch launch, boolean inMemory) {
        values = launch.values();
        for (RowsLaunch.Step step : launch.steps()) {
            add(step);
        }
        keep(_ -> true);
        if (inMemory) {
            keepInMemory();
        } else {
            assignPlaces();
        }
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

    /** Goes over all steps: what a step needs that an earlier one has computed it finds, or computes again. */
    private void keep(Predicate<Expr> isKept) {
        first.clear();
        last.clear();
        nodes = 0;
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            step.loads.clear();
            step.finds.clear();
            step.keeps.clear();
            Set<Expr> here = Collections.newSetFromMap(new IdentityHashMap<>());
            for (Expr e : Dag.nodes(
                    step.results,
                    e -> first.containsKey(e) && isKept.test(e) || !isElementwise(e) ? new Expr[0] : e.operands())) {
                Integer before = first.get(e);
                if (before != null && isKept.test(e)) {
                    step.finds.add(e);
                    if (last.put(e, s) == null && !isWritten(e, before)) {
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
                first.putIfAbsent(e, s);
            }
        }
    }

    private void assignPlaces() {
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

    // ---- what is kept in the memory of results

    /** The value in whose memory something is kept. */
    int home(Expr value) {
        return known(homes, value);
    }

    /** Whether a value is a result of that step that is found where it was written. */
    private boolean isWritten(Expr e, int step) {
        Integer home = homes.get(e);
        return home != null && writer(home) == step;
    }

    /** The step that writes a value; -1 if none does. */
    private int writer(int value) {
        for (int s = 0; s < steps.size(); s++) {
            Step step = steps.get(s);
            int count = step.op == null ? step.results.size() : 1;
            if (value >= step.writes && value < step.writes + count) {
                return s;
            }
        }
        return -1;
    }

    private void keepInMemory() {
        Set<Integer> taken = new HashSet<>();
        for (Step step : steps) {
            for (Expr e : List.copyOf(step.finds)) {
                if (!(e instanceof Expr.Input) && !homes.containsKey(e)) {
                    int home = home(e, taken);
                    if (home >= 0) {
                        homes.put(e, home);
                        taken.add(home);
                    }
                }
            }
        }
        // What is not kept makes more uses of what it is computed from.
        do {
            keep(homes::containsKey);
        } while (homes.entrySet().removeIf(home -> !holds(home.getKey(), home.getValue())));
    }

    /** A value in whose memory an expression can be until its last use; -1 if none is, or it is as fast to compute it again. */
    private int home(Expr e, Set<Integer> taken) {
        for (int v = 0; v < values.size(); v++) {
            int by = writer(v);
            if (by == known(first, e)
                    && steps.get(by).op == null
                    && steps.get(by).results.get(v - steps.get(by).writes) == e
                    && values.get(v).isElementwise()) {
                return v;
            }
        }
        int primitives = Dag.nodes(List.of(e), n -> isElementwise(n) ? n.operands() : new Expr[0])
                .size();
        for (int v = 0; v < values.size() && primitives > CHEAP; v++) {
            if (writer(v) > known(first, e)
                    && values.get(v).isElementwise()
                    && values.get(v).view().type() == e.type()
                    && !taken.contains(v)) {
                return v;
            }
        }
        return -1;
    }

    /** Whether a value's memory holds an expression until its last use. */
    private boolean holds(Expr e, int home) {
        Integer until = last.get(e);
        if (until == null) {
            return true; // nobody looks for it
        }
        int from = known(first, e);
        int by = writer(home);
        if (by > from && by < until) {
            return false;
        }
        for (int v = 0; v < values.size(); v++) {
            if (v != home
                    && values.get(v).view().buffer() == values.get(home).view().buffer()) {
                int other = writer(v);
                if (by > from || other > from && other < until) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether a step loads what an earlier one has overwritten. */
    boolean readsWhatIsOverwritten() {
        for (int s = 0; s < steps.size(); s++) {
            for (Expr.Input input : steps.get(s).loads) {
                for (int v = 0; v < values.size(); v++) {
                    boolean isSame = values.get(v).view().buffer()
                            == values.get(input.index()).view().buffer();
                    if (isSame && writer(v) >= 0 && writer(v) < s) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
