package ondol.backend;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Stream;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** One launch and its data, before there is a backend: it can be run on any, and the results compared. */
final class LaunchCase {
    /** What a buffer holds before the launch. One object is one buffer, however many operands look at it. */
    static final class Data {
        final Type type;
        final long[] bits;

        Data(Type type, long[] bits) {
            this.type = type;
            this.bits = bits;
        }

        MemorySegment toMemory() {
            MemorySegment memory = room();
            for (int i = 0; i < bits.length; i++) {
                switch (type) {
                    case F32, I32 -> memory.setAtIndex(JAVA_INT, i, (int) bits[i]);
                    case I64 -> memory.setAtIndex(JAVA_LONG, i, bits[i]);
                    case BOOL -> memory.set(JAVA_BYTE, i, (byte) bits[i]);
                }
            }
            return memory;
        }

        /** Host memory of this size, on the heap. */
        MemorySegment room() {
            return switch (type) {
                case F32 -> MemorySegment.ofArray(new float[bits.length]);
                case I32 -> MemorySegment.ofArray(new int[bits.length]);
                case I64 -> MemorySegment.ofArray(new long[bits.length]);
                case BOOL -> MemorySegment.ofArray(new byte[bits.length]);
            };
        }

        long[] fromMemory(MemorySegment memory) {
            long[] read = new long[bits.length];
            for (int i = 0; i < read.length; i++) {
                read[i] = switch (type) {
                    case F32 -> memory.getAtIndex(JAVA_INT, i) & 0xffffffffL;
                    case I32 -> memory.getAtIndex(JAVA_INT, i);
                    case I64 -> memory.getAtIndex(JAVA_LONG, i);
                    case BOOL -> memory.get(JAVA_BYTE, i);
                };
            }
            return read;
        }
    }

    /** A view of data. */
    record Operand(Data data, Layout layout) {
        View on(Buffer buffer) {
            return new View(buffer, layout.shape(), layout.strides(), layout.offset());
        }

        /** Element {@code linear} of this view in row-major order, out of its buffer's content. */
        long value(long[] buffer, long linear) {
            return buffer[layout.place(linear)];
        }

        @Override
        public String toString() {
            return data.type + " " + layout;
        }
    }

    final String name;
    private final Kernel kernel;
    private final long[] shape;
    private long reducedAxes;
    private final List<Operand> inputs = new ArrayList<>();
    private final List<Operand> outputs = new ArrayList<>();
    private long[] scalars = Launch.NO_SCALARS;
    private final Random random;

    /** A launch without operands yet; its name also seeds its random values. */
    LaunchCase(String name, Kernel kernel, long... shape) {
        this.name = name;
        this.kernel = kernel;
        this.shape = shape;
        this.random = new Random(name.hashCode() * 31L + 7);
    }

    LaunchCase reducing(long axes) {
        reducedAxes = axes;
        return this;
    }

    LaunchCase scalars(long... values) {
        scalars = values;
        return this;
    }

    /** Adds an input with values from everywhere. */
    LaunchCase input(Type type, Layout layout) {
        return input(new Operand(new Data(type, Values.wild(type, layout.length(), random)), layout));
    }

    /** Adds an input with values as programs have them. */
    LaunchCase tameInput(Type type, Layout layout) {
        return input(new Operand(new Data(type, Values.tame(type, layout.length(), random)), layout));
    }

    /** Adds an F32 input of which long products stay numbers. */
    LaunchCase nearOne(Layout layout) {
        long[] values = Values.tame(Type.F32, layout.length(), random);
        Arrays.setAll(values, i -> ScalarProgram.bits(1 + 0.01f * ScalarProgram.f32(values[i])));
        return input(new Operand(new Data(Type.F32, values), layout));
    }

    /** Adds a contiguous input of these values. */
    LaunchCase input(Type type, long[] values, long... ofShape) {
        return input(new Operand(new Data(type, values), Layout.contiguous(ofShape)));
    }

    /** Adds an I64 input of indices from 0 to {@code bound - 1}. */
    LaunchCase indices(long bound, Layout layout) {
        long[] values = new long[Math.toIntExact(layout.length())];
        Arrays.setAll(values, i -> bound == 0 ? 0 : random.nextLong(bound));
        return input(new Operand(new Data(Type.I64, values), layout));
    }

    LaunchCase input(Operand operand) {
        inputs.add(operand);
        return this;
    }

    /** Adds an output in a buffer with some other content before. */
    LaunchCase output(Type type, Layout layout) {
        return output(new Operand(new Data(type, Values.tame(type, layout.length(), random)), layout));
    }

    LaunchCase output(Operand operand) {
        outputs.add(operand);
        return this;
    }

    /** Adds the outputs of a Map, all of one layout. */
    LaunchCase outputs(Layout layout) {
        for (Expr output : ((Kernel.Map) kernel).outputs()) {
            output(output.type(), layout);
        }
        return this;
    }

    /** Adds the output of a Reduce: of size 1 on the reduced axes. */
    LaunchCase reducedOutput() {
        return reducedOutput(false);
    }

    /** The same, in a random layout if wanted. */
    LaunchCase reducedOutput(boolean randomLayout) {
        long[] kept = shape.clone();
        for (int axis = 0; axis < kept.length; axis++) {
            if ((reducedAxes >> axis & 1) != 0) {
                kept[axis] = 1;
            }
        }
        return output(
                ((Kernel.Reduce) kernel).outputType(),
                randomLayout ? Layout.random(random, true, kept) : Layout.contiguous(kept));
    }

    /** One array after the other. */
    static long[] concat(long[] first, long[] second) {
        long[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Every buffer, outputs first. */
    private Set<Data> buffers() {
        Set<Data> all = new LinkedHashSet<>();
        outputs.forEach(o -> all.add(o.data));
        inputs.forEach(o -> all.add(o.data));
        return all;
    }

    /** Runs the launch in buffers of its own and gives every buffer's content afterwards. */
    Map<Data, long[]> run(Backend backend) {
        Map<Data, Buffer> buffers = new HashMap<>();
        try {
            for (Data data : buffers()) {
                Buffer buffer = backend.allocate(data.type, data.bits.length);
                buffers.put(data, buffer);
                backend.upload(data.toMemory(), buffer, 0);
            }
            backend.run(new Launch(
                    kernel,
                    shape,
                    reducedAxes,
                    inputs.stream().map(o -> o.on(buffers.get(o.data))).toArray(View[]::new),
                    outputs.stream().map(o -> o.on(buffers.get(o.data))).toArray(View[]::new),
                    scalars));
            Map<Data, long[]> after = new HashMap<>();
            for (Data data : buffers()) {
                MemorySegment memory = data.room();
                backend.download(buffers.get(data), 0, memory);
                after.put(data, data.fromMemory(memory));
            }
            return after;
        } finally {
            buffers.values().forEach(backend::free);
        }
    }

    /** Runs the launch on a backend and on the reference, and fails where any buffer differs in any element. */
    void check(Backend backend) {
        Map<Data, long[]> expected = run(new ReferenceBackend());
        Map<Data, long[]> actual;
        try {
            actual = run(backend);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(name + ": " + e + "\n" + describe(), e);
        }
        compare(expected, actual);
    }

    void compare(Map<Data, long[]> expected, Map<Data, long[]> actual) {
        for (Data data : buffers()) {
            String difference = difference(data, expected.get(data), actual.get(data));
            if (difference != null) {
                throw new AssertionError(name + ": " + difference + "\n" + describe());
            }
        }
    }

    /** Where a buffer first differs, in the order of an output's elements if it holds an output. */
    private @Nullable String difference(Data data, long[] expected, long[] actual) {
        for (int o = 0; o < outputs.size(); o++) {
            Operand output = outputs.get(o);
            if (output.data == data) {
                long size = output.layout.size();
                long first = -1;
                long count = 0;
                for (long i = 0; i < size; i++) {
                    if (!Values.same(data.type, output.value(expected, i), output.value(actual, i))) {
                        first = first < 0 ? i : first;
                        count++;
                    }
                }
                if (count > 0) {
                    return "output " + o + " differs in " + count + " of " + size + " elements, first at "
                            + Arrays.toString(output.layout.index(first)) + " (element " + first + "): expected "
                            + Values.show(data.type, output.value(expected, first)) + ", got "
                            + Values.show(data.type, output.value(actual, first)) + inputsAt(first);
                }
            }
        }
        boolean[] written = new boolean[expected.length];
        for (Operand output : outputs) {
            for (long i = 0; output.data == data && i < output.layout.size(); i++) {
                written[output.layout.place(i)] = true;
            }
        }
        for (int i = 0; i < expected.length; i++) {
            // Not even a NaN may be touched here.
            if (!written[i] && expected[i] != actual[i]) {
                return (outputs.stream().anyMatch(o -> o.data == data) ? "an output's buffer" : "an input's buffer")
                        + " (" + data.type + ") was changed outside of the outputs, at " + i + " of " + expected.length
                        + ": expected " + Values.show(data.type, expected[i]) + ", got "
                        + Values.show(data.type, actual[i]);
            }
        }
        return null;
    }

    /** What a Map read for an element. */
    private String inputsAt(long linear) {
        StringJoiner values = new StringJoiner(", ", "; inputs there: ", "").setEmptyValue("");
        for (Operand input : inputs) {
            if (kernel instanceof Kernel.Map) {
                values.add(Values.show(input.data.type, input.value(input.data.bits, linear)));
            }
        }
        return values.toString();
    }

    /** The launch for people. */
    String describe() {
        StringBuilder text = new StringBuilder();
        switch (kernel) {
            case Kernel.Map map -> describe("Map", map.outputs(), text);
            case Kernel.Reduce reduce -> describe("Reduce " + reduce.op(), List.of(reduce.value()), text);
            case Kernel.MatMul matMul -> {
                Expr epilogue = matMul.epilogue();
                describe(
                        "MatMul of " + matMul.rowAxes() + ", " + matMul.innerAxes() + ", " + matMul.columnAxes()
                                + " axes",
                        epilogue == null ? List.of() : List.of(epilogue),
                        text);
            }
            case Kernel.Gather gather -> text.append(gather).append('\n');
            case Kernel.ScatterAdd scatterAdd -> text.append(scatterAdd).append('\n');
            case Kernel.Sort sort -> text.append(sort).append('\n');
            case Kernel.Scan scan -> text.append(scan).append('\n');
        }
        text.append("  launch shape ").append(Arrays.toString(shape));
        if (kernel instanceof Kernel.Reduce) {
            text.append(", reduced axes 0b").append(Long.toBinaryString(reducedAxes));
        }
        text.append(", scalars ").append(Arrays.toString(scalars)).append('\n');
        inputs.forEach(o -> text.append("  input ").append(o).append(sharing(o)).append('\n'));
        outputs.forEach(
                o -> text.append("  output ").append(o).append(sharing(o)).append('\n'));
        return text.toString();
    }

    private String sharing(Operand operand) {
        long users = Stream.concat(inputs.stream(), outputs.stream())
                .filter(o -> o.data == operand.data)
                .count();
        return users > 1 ? ", shared buffer " + new ArrayList<>(buffers()).indexOf(operand.data) : "";
    }

    /** One line for each part of a DAG: a record's own toString would repeat shared parts without end. */
    private static void describe(String kind, List<Expr> outputs, StringBuilder text) {
        Map<Expr, Integer> lines = new HashMap<>();
        text.append(kind).append('\n');
        outputs.forEach(o -> describe(o, lines, text));
        text.append("  gives ")
                .append(outputs.stream().map(lines::get).map(n -> "%" + n).toList())
                .append('\n');
    }

    private static void describe(Expr e, Map<Expr, Integer> lines, StringBuilder text) {
        if (lines.containsKey(e)) {
            return;
        }
        StringJoiner operands = new StringJoiner(" ");
        for (Expr operand : e.operands()) {
            describe(operand, lines, text);
            operands.add("%" + lines.get(operand));
        }
        String what = switch (e) {
            case Expr.Unary unary -> unary.op() + " " + operands;
            case Expr.Binary binary -> binary.op() + " " + operands;
            case Expr.Fma fma -> "FMA " + operands;
            case Expr.Select select -> "SELECT " + operands;
            case Expr.Constant constant -> Values.show(constant.type(), constant.bits());
            case Expr.Input input -> "input " + input.index();
            case Expr.Scalar scalar -> "scalar " + scalar.index();
            case Expr.Keep keep -> keep.toString();
        };
        lines.put(e, lines.size());
        text.append("  %")
                .append(lines.get(e))
                .append(" = ")
                .append(e.type())
                .append(' ')
                .append(what)
                .append('\n');
    }
}
