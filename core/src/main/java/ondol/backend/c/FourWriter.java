package ondol.backend.c;

import java.util.List;
import java.util.Map;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Expr.Keep;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Map kernels for GPUs whose views go along the last axis one by one, or not at all: a work item does four neighbours, which it
 * reads and writes at once. A multiprocessor has only so many loads on their way, so wider ones use more of the memory's
 * bandwidth. Where elements lie is worked out once for four, and a dropout mask's state goes from one to the next.
 */
final class FourWriter {
    /** Elements of a work item. */
    static final int FOUR = 4;

    /** The most nodes of an expression: in longer ones arithmetic takes the time, and registers would not suffice. */
    private static final int MOST_NODES = 80;

    private static final String STEP = "    ";

    private final Kernel.Map kernel;
    private final Space space;
    private final boolean wide;
    private final Arguments.Fields fields;
    private final List<Expressions.ScalarUse> scalars;
    private final StringBuilder parameters = new StringBuilder();
    private final StringBuilder begin = new StringBuilder();
    private final StringBuilder loads = new StringBuilder();
    private final StringBuilder fewLoads = new StringBuilder();
    private final StringBuilder body = new StringBuilder();
    private final StringBuilder step = new StringBuilder();
    private final StringBuilder stores = new StringBuilder();
    private final StringBuilder fewStores = new StringBuilder();

    private FourWriter(Kernel.Map kernel, Space space, boolean wide) {
        this.kernel = kernel;
        this.space = space;
        this.wide = wide;
        scalars = Expressions.scalars(kernel.outputs());
        fields = new Arguments.Fields(wide, scalars);
    }

    /** Whether an expression gains by it. */
    static boolean suits(Kernel.Map kernel) {
        return Dag.nodes(kernel.outputs()).size() <= MOST_NODES;
    }

    /** Whether a launch's views lie as they must: wide loads begin at multiples of their size. */
    static boolean suits(Launch launch, Space space) {
        int last = space.rank() - 1;
        if (last > 0 && space.sizes()[last] % FOUR != 0) {
            return false;
        }
        int inputs = launch.inputs().length;
        for (int v = 0; v < space.strides().length; v++) {
            View view = v < inputs ? launch.inputs()[v] : launch.outputs()[v - inputs];
            long along = space.strides()[v][last];
            if (along != 1 && (along != 0 || v >= inputs)) {
                return false;
            }
            boolean aligned = view.offset() % FOUR == 0;
            for (int axis = 0; axis < last; axis++) {
                aligned &= space.strides()[v][axis] % FOUR == 0;
            }
            if (along == 1 && !aligned) {
                return false;
            }
        }
        return true;
    }

    /** The properties of a launch on which a text depends. */
    static String signature(Space space) {
        StringBuilder s = new StringBuilder(space.signature()).append(FOUR);
        for (long[] strides : space.strides()) {
            s.append(strides[space.rank() - 1]);
        }
        return s.toString();
    }

    static Plan plan(Kernel.Map kernel, Space space, boolean wide, int inputCount) {
        return new FourWriter(kernel, space, wide).plan(inputCount);
    }

    private Plan plan(int inputCount) {
        List<Expr> roots = kernel.outputs();
        fields.index("n");
        Space.Places places = space.new Places(fields, "i", "first");
        places.print(begin, STEP.repeat(2));
        Expressions expressions = new Expressions(body, 3, "first", wide);
        Map<Integer, Type> inputs = Expressions.inputs(roots);
        for (int v = 0; v < inputCount; v++) {
            Type type = inputs.get(v);
            String name = "in" + v;
            parameters.append(
                    "GLOBAL const %s* %s, ".formatted(Expressions.memory(type == null ? Type.BOOL : type), name));
            String place = fields.index(name + "_at") + places.place(fields, v, name);
            if (type != null) {
                read(v, type, name, place);
                expressions.input(v, type, "x" + v);
            }
        }
        masks(expressions);
        List<String> results = expressions.print(roots);
        for (int o = 0; o < roots.size(); o++) {
            String name = "out" + o;
            String place = fields.index(name + "_at") + places.place(fields, inputCount + o, name);
            write(o, Expressions.memory(roots.get(o).type()), name, place, results.get(o));
        }
        Source source = new Source("map", text(), MapWriter.GROUP, Expressions.keeps(roots));
        return new Plan(source, wide, fields.count(), scalars);
    }

    private void read(int v, Type type, String name, String place) {
        String memory = Expressions.memory(type);
        String local = Expressions.local(type);
        if (space.strides()[v][space.rank() - 1] == 0) {
            String value = Expressions.load(type, "%s[%s]".formatted(name, place));
            line(begin, 2, "const %s x%d = %s;".formatted(local, v, value));
            return;
        }
        line(begin, 2, "%s four%d[4];".formatted(memory, v));
        line(loads, 3, "load4_%s(%s + %s, four%d);".formatted(memory, name, place, v));
        line(fewLoads, 4, "four%d[e] = first + e < a.n ? %s[%s + e] : 0;".formatted(v, name, place));
        line(body, 3, "const %s x%d = %s;".formatted(local, v, Expressions.load(type, "four%d[e]".formatted(v))));
    }

    private void masks(Expressions expressions) {
        for (Keep keep : Expressions.masks(kernel.outputs())) {
            String state = "state" + keep.seedScalar();
            String seed = Arguments.Fields.scalar(keep.seedScalar());
            line(begin, 2, "u32 %s = %s(first, %s);".formatted(state, wide ? "keep_state_wide" : "keep_state", seed));
            line(step, 3, "%1$s = keep_times(%1$s, %2$du);".formatted(state, Keep.skip(1)));
            expressions.state(keep.seedScalar(), state);
        }
    }

    private void write(int o, String memory, String name, String place, String result) {
        parameters.append("GLOBAL %s* %s, ".formatted(memory, name));
        line(begin, 2, "%s result%d[4];".formatted(memory, o));
        line(body, 3, "result%d[e] = %s;".formatted(o, result));
        line(stores, 3, "store4_%s(%s + %s, result%d);".formatted(memory, name, place, o));
        line(fewStores, 5, "%s[%s + e] = result%d[e];".formatted(name, place, o));
    }

    private static void line(StringBuilder text, int depth, String line) {
        text.append(STEP.repeat(depth)).append(line).append('\n');
    }

    private String text() {
        return """
                %s
                KERNEL GROUP_SIZE(%d) void map(%sconst Args a) {
                    const idx first = (idx) (GROUP_ID * %d + LOCAL_ID) * 4;
                    if (first < a.n) {
                        const bool all = a.n - first >= 4;
                %s%s        #pragma unroll
                        for (i32 e = 0; e < 4; e++) {
                %s%s        }
                %s    }
                }
                """.formatted(
                fields,
                MapWriter.GROUP,
                parameters,
                MapWriter.GROUP,
                begin,
                loads.isEmpty() ? "" : either(loads, fewLoads),
                body,
                step,
                either(stores, "                if (first + e < a.n) {\n%s                }\n".formatted(fewStores)));
    }

    /** All four at once, or as many as there are, one by one. */
    private static String either(CharSequence four, CharSequence few) {
        return """
                        if (all) {
                %s        } else {
                            #pragma unroll
                            for (i32 e = 0; e < 4; e++) {
                %s            }
                        }
                """.formatted(four, few);
    }
}
