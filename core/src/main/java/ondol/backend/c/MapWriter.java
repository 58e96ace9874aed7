package ondol.backend.c;

import java.util.List;
import java.util.Map;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Map kernels: one work item for each element. */
final class MapWriter {
    static final int GROUP = 256;

    private MapWriter() {}

    static Space space(Launch launch) {
        int inputs = launch.inputs().length;
        long[][] strides = new long[inputs + launch.outputs().length][];
        for (int v = 0; v < strides.length; v++) {
            strides[v] = view(launch, v).strides();
        }
        return Space.of(launch.shape(), strides);
    }

    private static View view(Launch launch, int v) {
        int inputs = launch.inputs().length;
        return v < inputs ? launch.inputs()[v] : launch.outputs()[v - inputs];
    }

    static Plan plan(Kernel.Map kernel, Space space, boolean wide, int inputCount) {
        List<Expr> roots = kernel.outputs();
        var scalars = Expressions.scalars(roots);
        var fields = new Arguments.Fields(wide, scalars);
        Map<Integer, Type> inputs = Expressions.inputs(roots);
        StringBuilder body = new StringBuilder();
        StringBuilder parameters = new StringBuilder();
        String indent = "        ";
        String n = fields.index("n");
        Space.Places places = space.new Places(fields, "i", "i");
        places.print(body, indent);
        Expressions expressions = new Expressions(body, 2, "i", wide);
        for (int v = 0; v < inputCount; v++) {
            String name = "in" + v;
            Type type = inputs.get(v);
            // An input that the expressions do not read is passed all the same: arguments are counted once, not per
            // kernel.
            parameters
                    .append("GLOBAL const ")
                    .append(Expressions.memory(type == null ? Type.BOOL : type))
                    .append("* ")
                    .append(name)
                    .append(", ");
            String at = fields.index(name + "_at");
            String place = places.place(fields, v, name);
            if (type != null) {
                body.append("%sconst %s x%d = %s;\n"
                        .formatted(
                                indent,
                                Expressions.local(type),
                                v,
                                Expressions.load(type, name + "[" + at + place + "]")));
                expressions.input(v, type, "x" + v);
            }
        }
        List<String> results = expressions.print(roots);
        for (int o = 0; o < roots.size(); o++) {
            Type type = roots.get(o).type();
            String name = "out" + o;
            parameters
                    .append("GLOBAL ")
                    .append(Expressions.memory(type))
                    .append("* ")
                    .append(name)
                    .append(", ");
            String at = fields.index(name + "_at");
            body.append("%s%s[%s%s] = %s;\n"
                    .formatted(indent, name, at, places.place(fields, inputCount + o, name), results.get(o)));
        }
        String text = """
                %s
                KERNEL GROUP_SIZE(%d) void map(%sconst Args a) {
                    const idx i = (idx) (GROUP_ID * %d + LOCAL_ID);
                    if (i < %s) {
                %s    }
                }
                """.formatted(fields, GROUP, parameters, GROUP, n, body);
        return new Plan(new Source("map", text, GROUP, Expressions.keeps(roots)), wide, fields.count(), scalars);
    }

    /** @param each how many elements a work item does */
    static Call call(Plan plan, Space space, Launch launch, int each) {
        long n = space.size();
        Arguments arguments = plan.arguments(launch.scalars());
        arguments.index(n);
        space.sizes(arguments);
        int views = space.strides().length;
        Buffer[] buffers = new Buffer[views];
        for (int v = 0; v < views; v++) {
            View view = view(launch, v);
            buffers[v] = view.buffer();
            arguments.index(view.offset());
            space.place(arguments, v);
        }
        return new Call(plan.source(), buffers, arguments.bytes(), Math.ceilDiv(n, GROUP * each));
    }
}
