package ondol.backend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import ondol.backend.LaunchCase.Data;
import ondol.backend.LaunchCase.Operand;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Several kernels along the same axes, and their data: {@link Backend#runRows} must give what they give one after the other. */
final class RowsCase {
    private record Step(Kernel kernel, long[] shape, List<Operand> inputs, List<Operand> outputs, long[] scalars) {}

    private final String name;
    private final long[] shape;
    private final long axes;
    private final Random random;
    private final List<Step> steps = new ArrayList<>();

    /** @param axes bit a is set where rows lie along axis a */
    RowsCase(String name, long axes, long... shape) {
        this.name = name;
        this.shape = shape;
        this.axes = axes;
        random = new Random(name.hashCode());
    }

    /** The shape of what there is one of a row. */
    long[] rowShape() {
        long[] kept = shape.clone();
        for (int axis = 0; axis < kept.length; axis++) {
            kept[axis] = (axes >> axis & 1) != 0 ? 1 : kept[axis];
        }
        return kept;
    }

    /** Something to read. */
    Operand tame(Type type, Layout layout) {
        return new Operand(new Data(type, Values.tame(type, layout.length(), random)), layout);
    }

    /** The same with values from everywhere. */
    Operand wild(Type type, Layout layout) {
        return new Operand(new Data(type, Values.wild(type, layout.length(), random)), layout);
    }

    /** What there is one of a row, as each element reads it. */
    Operand ofRow(Operand value) {
        long[] strides = value.layout().strides().clone();
        for (int axis = 0; axis < strides.length; axis++) {
            strides[axis] = (axes >> axis & 1) != 0 ? 0 : strides[axis];
        }
        return new Operand(
                value.data(),
                new Layout("of a row", shape, strides, value.layout().offset(), 0));
    }

    /** A Reduce over the rows' axes. */
    Operand reduce(Kernel.Reduce kernel, List<Operand> inputs, long... scalars) {
        Operand out = tame(kernel.outputType(), Layout.contiguous(rowShape()));
        steps.add(new Step(kernel, shape, inputs, List.of(out), scalars));
        return out;
    }

    /** A Map over all elements. */
    List<Operand> map(Kernel.Map kernel, List<Operand> inputs, long... scalars) {
        return map(kernel, shape, inputs, Layout.contiguous(shape), scalars);
    }

    /** A Map over all elements that leaves its results in a layout. */
    List<Operand> map(Kernel.Map kernel, Layout layout, List<Operand> inputs, long... scalars) {
        return map(kernel, shape, inputs, layout, scalars);
    }

    /** A Map over what there is one of a row. */
    List<Operand> mapOfRow(Kernel.Map kernel, List<Operand> inputs, long... scalars) {
        return map(kernel, rowShape(), inputs, Layout.contiguous(rowShape()), scalars);
    }

    private List<Operand> map(Kernel.Map kernel, long[] over, List<Operand> inputs, Layout layout, long[] scalars) {
        List<Operand> out = kernel.outputs().stream()
                .map(Expr::type)
                .map(type -> tame(type, layout))
                .toList();
        steps.add(new Step(kernel, over, inputs, out, scalars));
        return out;
    }

    /** A Map over all elements, of one expression over what is there. */
    void mapInto(Kernel.Map kernel, Operand out, List<Operand> inputs, long... scalars) {
        steps.add(new Step(kernel, shape, inputs, List.of(out), scalars));
    }

    /** Runs everything on a backend and on the reference, and fails where any buffer differs in any element. */
    void check(Backend backend) {
        Map<Data, long[]> expected = run(new ReferenceBackend());
        Map<Data, long[]> actual = run(backend);
        int number = 0;
        for (Data data : expected.keySet()) {
            long[] right = expected.get(data);
            long[] there = actual.get(data);
            for (int i = 0; i < right.length; i++) {
                if (!Values.same(data.type, right[i], there[i])) {
                    throw new AssertionError(name + ", shape " + Arrays.toString(shape) + ", axes 0b"
                            + Long.toBinaryString(axes) + ": buffer " + number + " of " + data.type + " differs at " + i
                            + " of " + right.length + ": expected " + Values.show(data.type, right[i]) + ", got "
                            + Values.show(data.type, there[i]) + "\n" + describe());
                }
            }
            number++;
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(step.kernel)
                    .append(" of ")
                    .append(step.inputs)
                    .append(" to ")
                    .append(step.outputs)
                    .append('\n');
        }
        return text.toString();
    }

    private Map<Data, long[]> run(Backend backend) {
        Map<Data, Buffer> buffers = new LinkedHashMap<>();
        try {
            List<Launch> launches = new ArrayList<>();
            for (Step step : steps) {
                boolean isReduce = step.kernel instanceof Kernel.Reduce;
                View[] inputs = views(backend, step.inputs, buffers);
                View[] outputs = views(backend, step.outputs, buffers);
                launches.add(new Launch(step.kernel, step.shape, isReduce ? axes : 0, inputs, outputs, step.scalars));
            }
            backend.runRows(launches, axes);
            Map<Data, long[]> after = new HashMap<>();
            buffers.forEach((data, buffer) -> {
                MemorySegment memory = data.room();
                backend.download(buffer, 0, memory);
                after.put(data, data.fromMemory(memory));
            });
            return after;
        } finally {
            buffers.values().forEach(backend::free);
        }
    }

    private static View[] views(Backend backend, List<Operand> operands, Map<Data, Buffer> buffers) {
        return operands.stream()
                .map(o -> o.on(buffers.computeIfAbsent(o.data(), data -> {
                    Buffer buffer = backend.allocate(data.type, data.bits.length);
                    backend.upload(data.toMemory(), buffer, 0);
                    return buffer;
                })))
                .toArray(View[]::new);
    }
}
