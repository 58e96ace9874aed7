package ondol.backend;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static ondol.backend.ScalarProgram.bits;
import static ondol.backend.ScalarProgram.f32;
import static ondol.kernel.Kernel.Scan.GROUP;
import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * The oracle: every kernel as its Javadoc says it, one element after the other, over plain arrays. Slow and obviously
 * right is all it wants to be; every other backend must give its bits.
 *
 * <p>It also checks what core promises a backend (types, shapes, bounds, no freed buffer), so that a test that breaks
 * the promise fails here first.
 */
public final class ReferenceBackend implements Backend {
    @Override
    public DeviceInfo info() {
        return new DeviceInfo(
                "reference", DeviceInfo.Kind.CPU, Runtime.getRuntime().maxMemory(), null, "scalar, one thread");
    }

    // ---- memory

    /** Elements as longs: F32 as the float's bits (zero-extended), integers as the value, BOOL as 0 or 1. */
    private static final class Memory implements Buffer {
        final Type type;
        final long[] bits;
        boolean freed;

        Memory(Type type, int length) {
            this.type = type;
            this.bits = new long[length];
        }

        @Override
        public Type type() {
            return type;
        }

        @Override
        public long length() {
            return bits.length;
        }
    }

    private static Memory memory(Buffer buffer) {
        Memory memory = (Memory) buffer;
        require(!memory.freed, "a freed buffer is used");
        return memory;
    }

    @Override
    public synchronized Buffer allocate(Type type, long length) {
        if (length > Integer.MAX_VALUE - 8) {
            throw new OutOfDeviceMemoryException(length + " elements are more than a Java array holds");
        }
        Memory memory = new Memory(type, (int) length);
        // The content is arbitrary, so make it something nobody should rely on.
        Arrays.fill(memory.bits, type == Type.BOOL ? 1 : 0x7e57_7e57L);
        return memory;
    }

    @Override
    public synchronized void free(Buffer buffer) {
        memory(buffer).freed = true;
    }

    @Override
    public synchronized void upload(MemorySegment source, Buffer target, long offset) {
        Memory to = memory(target);
        int bytes = to.type.bytes();
        require(source.byteSize() % bytes == 0, "an upload ends inside an element");
        for (long i = 0; i < source.byteSize() / bytes; i++) {
            to.bits[Math.toIntExact(offset + i)] = switch (to.type) {
                case F32 -> source.get(JAVA_INT_UNALIGNED, i * bytes) & 0xffffffffL;
                case I32 -> source.get(JAVA_INT_UNALIGNED, i * bytes);
                case I64 -> source.get(JAVA_LONG_UNALIGNED, i * bytes);
                case BOOL -> source.get(JAVA_BYTE, i);
            };
        }
    }

    @Override
    public synchronized void download(Buffer source, long offset, MemorySegment target) {
        Memory from = memory(source);
        int bytes = from.type.bytes();
        require(target.byteSize() % bytes == 0, "a download ends inside an element");
        for (long i = 0; i < target.byteSize() / bytes; i++) {
            long value = from.bits[Math.toIntExact(offset + i)];
            switch (from.type) {
                case F32, I32 -> target.set(JAVA_INT_UNALIGNED, i * bytes, (int) value);
                case I64 -> target.set(JAVA_LONG_UNALIGNED, i * bytes, value);
                case BOOL -> target.set(JAVA_BYTE, i, (byte) value);
            }
        }
    }

    @Override
    public void synchronize() {}

    @Override
    public void close() {}

    // ---- views

    private static int place(View view, long[] index) {
        long place = view.offset();
        for (int axis = 0; axis < index.length; axis++) {
            place += index[axis] * view.strides()[axis];
        }
        return Math.toIntExact(place);
    }

    private static long get(View view, long[] index) {
        return memory(view.buffer()).bits[place(view, index)];
    }

    private static void set(View view, long[] index, long bits) {
        memory(view.buffer()).bits[place(view, index)] = bits;
    }

    private static long size(long[] shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /** Moves to the next index in row-major order; back to all zeros after the last. */
    private static void advance(long[] index, long[] shape) {
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            if (++index[axis] < shape[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    private static long rowMajor(long[] index, long[] shape) {
        long place = 0;
        for (int axis = 0; axis < shape.length; axis++) {
            place = place * shape[axis] + index[axis];
        }
        return place;
    }

    private static long[] with(long[] shape, int axis, long value) {
        long[] changed = shape.clone();
        changed[axis] = value;
        return changed;
    }

    // ---- kernels

    @Override
    public synchronized void run(Launch launch) {
        switch (launch.kernel()) {
            case Kernel.Map kernel -> map(kernel, launch);
            case Kernel.Reduce kernel -> reduce(kernel, launch);
            case Kernel.MatMul kernel -> matMul(kernel, launch);
            case Kernel.Gather kernel -> gather(kernel, launch);
            case Kernel.ScatterAdd kernel -> scatterAdd(kernel, launch);
            case Kernel.Sort kernel -> sort(kernel, launch);
            case Kernel.Scan kernel -> scan(kernel, launch);
        }
    }

    private static void map(Kernel.Map kernel, Launch launch) {
        require(launch.reducedAxes() == 0, "a Map reduces nothing");
        for (View view : launch.inputs()) {
            requireShape(view, launch.shape());
        }
        require(kernel.outputs().size() == launch.outputs().length, "one view for each output");
        for (int o = 0; o < launch.outputs().length; o++) {
            requireShape(launch.outputs()[o], launch.shape());
            requireType(launch.outputs()[o], kernel.outputs().get(o).type());
        }
        ScalarProgram program = new ScalarProgram(kernel.outputs(), launch.scalars());
        long[] index = new long[launch.shape().length];
        for (long i = 0; i < launch.size(); i++) {
            // All inputs are read before the first output is written: an output may be an input.
            program.evaluate(read(launch.inputs(), index), i);
            for (int o = 0; o < launch.outputs().length; o++) {
                set(launch.outputs()[o], index, program.result(o));
            }
            advance(index, launch.shape());
        }
    }

    private static long[] read(View[] views, long[] index) {
        long[] values = new long[views.length];
        for (int v = 0; v < views.length; v++) {
            values[v] = get(views[v], index);
        }
        return values;
    }

    private static void reduce(Kernel.Reduce kernel, Launch launch) {
        int rank = launch.shape().length;
        long[] kept = launch.shape().clone();
        long[] reduced = launch.shape().clone();
        for (int axis = 0; axis < rank; axis++) {
            boolean isReduced = (launch.reducedAxes() >> axis & 1) != 0;
            (isReduced ? kept : reduced)[axis] = 1;
        }
        for (View view : launch.inputs()) {
            requireShape(view, launch.shape());
        }
        requireShape(launch.outputs()[0], kept);
        requireType(launch.outputs()[0], kernel.outputType());

        ScalarProgram program = new ScalarProgram(List.of(kernel.value()), launch.scalars());
        long[] outer = new long[rank];
        for (long o = 0; o < size(kept); o++) {
            long[] values = new long[Math.toIntExact(size(reduced))];
            long[] inner = new long[rank];
            for (int i = 0; i < values.length; i++) {
                long[] index = new long[rank];
                for (int axis = 0; axis < rank; axis++) {
                    index[axis] = outer[axis] + inner[axis];
                }
                program.evaluate(read(launch.inputs(), index), rowMajor(index, launch.shape()));
                values[i] = program.result(0);
                advance(inner, reduced);
            }
            set(launch.outputs()[0], outer, reduce(kernel.op(), kernel.value().type(), values));
            advance(outer, kept);
        }
    }

    /** Combines values as {@link ReduceOp} says. */
    static long reduce(ReduceOp op, Type type, long[] values) {
        require(values.length > 0 || op.hasIdentity(), op + " over nothing has no value");
        return switch (op) {
            case SUM, PROD -> inLanes(op, type, values);
            case MAX, MIN -> {
                long best = values[0];
                for (long value : values) {
                    best = extreme(op, type, best, value);
                }
                yield best;
            }
            case ARGMAX, ARGMIN -> {
                int best = 0;
                for (int i = 1; i < values.length; i++) {
                    if (isFurther(op, type, values[i], values[best])) {
                        best = i;
                    }
                }
                yield best;
            }
        };
    }

    /** The rule of SUM and PROD. */
    private static long inLanes(ReduceOp op, Type type, long[] values) {
        int blocks = Math.max(1, Math.ceilDiv(values.length, BLOCK));
        long[] blockResults = new long[blocks];
        for (int block = 0; block < blocks; block++) {
            long[] lanes = new long[LANES];
            Arrays.fill(lanes, identity(op, type));
            int from = block * BLOCK;
            int to = Math.min(values.length, from + BLOCK);
            for (int i = from; i < to; i++) {
                int lane = (i - from) % LANES;
                lanes[lane] = combine(op, type, lanes[lane], values[i]);
            }
            for (int half = LANES / 2; half >= 1; half /= 2) {
                for (int lane = 0; lane < half; lane++) {
                    lanes[lane] = combine(op, type, lanes[lane], lanes[lane + half]);
                }
            }
            blockResults[block] = lanes[0];
        }
        return blocks == 1 ? blockResults[0] : inLanes(op, type, blockResults);
    }

    private static long identity(ReduceOp op, Type type) {
        if (op == ReduceOp.SUM) {
            return 0;
        }
        return type == Type.F32 ? bits(1f) : 1;
    }

    private static long combine(ReduceOp op, Type type, long a, long b) {
        boolean sum = op == ReduceOp.SUM;
        return switch (type) {
            case F32 -> bits(sum ? f32(a) + f32(b) : f32(a) * f32(b));
            case I32 -> sum ? (int) a + (int) b : (int) a * (int) b;
            case I64 -> sum ? a + b : a * b;
            case BOOL -> throw new IllegalArgumentException(op + " takes no BOOL");
        };
    }

    private static long extreme(ReduceOp op, Type type, long a, long b) {
        boolean max = op == ReduceOp.MAX;
        // Java's own min and max of floats: NaN if either is, and -0 below +0.
        return type == Type.F32
                ? bits(max ? Math.max(f32(a), f32(b)) : Math.min(f32(a), f32(b)))
                : max ? Math.max(a, b) : Math.min(a, b);
    }

    /** Whether an index moves on from {@code best} to {@code value}; -0 equals +0, so the first of them stays. */
    private static boolean isFurther(ReduceOp op, Type type, long value, long best) {
        boolean max = op == ReduceOp.ARGMAX;
        if (type != Type.F32) {
            return max ? value > best : value < best;
        }
        float v = f32(value);
        float b = f32(best);
        if (Float.isNaN(v) || Float.isNaN(b)) {
            return !Float.isNaN(b);
        }
        return max ? v > b : v < b;
    }

    private static void matMul(Kernel.MatMul kernel, Launch launch) {
        long[] shape = launch.shape();
        View a = launch.inputs()[0];
        View b = launch.inputs()[1];
        View c = launch.outputs()[0];
        int columns = shape.length - kernel.columnAxes();
        int rows = columns - kernel.rowAxes();
        long[] batch = Arrays.copyOf(shape, rows);
        long[] m = Arrays.copyOfRange(shape, rows, columns);
        long[] n = Arrays.copyOfRange(shape, columns, shape.length);
        long[] inner = Arrays.copyOfRange(a.shape(), columns, columns + kernel.innerAxes());
        requireShape(a, LaunchCase.concat(LaunchCase.concat(batch, m), inner));
        requireShape(b, LaunchCase.concat(LaunchCase.concat(batch, inner), n));
        requireShape(c, shape);
        requireType(a, Type.F32);
        requireType(b, Type.F32);
        requireType(c, Type.F32);
        View[] operands = Arrays.copyOfRange(launch.inputs(), 2, launch.inputs().length);
        for (View operand : operands) {
            requireShape(operand, shape);
        }
        Expr epilogue = kernel.epilogue() == null ? Expr.input(0, Type.F32) : kernel.epilogue();
        ScalarProgram program = new ScalarProgram(List.of(epilogue), launch.scalars());
        long[] index = new long[shape.length];
        for (long i = 0; i < launch.size(); i++) {
            float sum = 0;
            long[] p = new long[inner.length];
            for (long step = 0; step < size(inner); step++) {
                long[] inA = LaunchCase.concat(Arrays.copyOf(index, columns), p);
                long[] ofBatch = LaunchCase.concat(Arrays.copyOf(index, rows), p);
                long[] inB = LaunchCase.concat(ofBatch, Arrays.copyOfRange(index, columns, shape.length));
                sum = Math.fma(f32(get(a, inA)), f32(get(b, inB)), sum);
                advance(p, inner);
            }
            long[] values = new long[operands.length + 1];
            values[0] = bits(sum);
            System.arraycopy(read(operands, index), 0, values, 1, operands.length);
            program.evaluate(values, i);
            set(c, index, program.result(0));
            advance(index, shape);
        }
    }

    private static void gather(Kernel.Gather kernel, Launch launch) {
        View source = launch.inputs()[0];
        View indices = launch.inputs()[1];
        View out = launch.outputs()[0];
        int last = launch.shape().length - 1;
        requireShape(source, with(launch.shape(), last, source.shape()[last]));
        requireShape(indices, launch.shape());
        requireShape(out, launch.shape());
        requireType(source, kernel.type());
        requireType(indices, Type.I64);
        requireType(out, kernel.type());
        long[] index = new long[last + 1];
        for (long i = 0; i < launch.size(); i++) {
            long row = get(indices, index);
            require(row >= 0 && row < source.shape()[last], "index " + row + " is outside");
            set(out, index, get(source, with(index, last, row)));
            advance(index, launch.shape());
        }
    }

    private static void scatterAdd(Kernel.ScatterAdd kernel, Launch launch) {
        View indices = launch.inputs()[0];
        View source = launch.inputs()[1];
        View out = launch.outputs()[0];
        int last = launch.shape().length - 1;
        requireShape(indices, launch.shape());
        requireShape(source, launch.shape());
        requireShape(out, with(launch.shape(), last, out.shape()[last]));
        requireType(indices, Type.I64);
        requireType(source, kernel.type());
        requireType(out, kernel.type());
        long[] index = new long[last + 1];
        for (long i = 0; i < launch.size(); i++) {
            long row = get(indices, index);
            require(row >= 0 && row < out.shape()[last], "index " + row + " is outside");
            long[] target = with(index, last, row);
            set(out, target, combine(ReduceOp.SUM, kernel.type(), get(out, target), get(source, index)));
            advance(index, launch.shape());
        }
    }

    private static void sort(Kernel.Sort kernel, Launch launch) {
        View in = launch.inputs()[0];
        View values = launch.outputs()[0];
        View indices = launch.outputs()[1];
        int last = launch.shape().length - 1;
        requireShape(in, launch.shape());
        requireShape(values, launch.shape());
        requireShape(indices, launch.shape());
        requireType(in, kernel.type());
        requireType(values, kernel.type());
        requireType(indices, Type.I64);
        int n = Math.toIntExact(launch.shape()[last]);
        Comparator<Long> ascending = (a, b) -> compare(kernel.type(), a, b);
        Comparator<Long> order = kernel.descending() ? ascending.reversed() : ascending;
        long[] rows = with(launch.shape(), last, 1);
        long[] index = new long[last + 1];
        for (long r = 0; r < (n == 0 ? 0 : size(rows)); r++) {
            Long[] row = new Long[n];
            Integer[] from = new Integer[n];
            for (int j = 0; j < n; j++) {
                row[j] = get(in, with(index, last, j));
                from[j] = j;
            }
            Arrays.sort(from, (i, j) -> order.compare(row[i], row[j])); // of objects, so stable
            for (int j = 0; j < n; j++) {
                set(values, with(index, last, j), row[from[j]]);
                set(indices, with(index, last, j), from[j]);
            }
            advance(index, rows);
        }
    }

    private static int compare(Type type, long a, long b) {
        if (type != Type.F32) {
            return Long.compare(a, b);
        }
        float x = f32(a);
        float y = f32(b);
        return x < y ? -1 : x > y ? 1 : Boolean.compare(Float.isNaN(x), Float.isNaN(y));
    }

    private static void scan(Kernel.Scan kernel, Launch launch) {
        View in = launch.inputs()[0];
        View out = launch.outputs()[0];
        int last = launch.shape().length - 1;
        requireShape(in, launch.shape());
        requireShape(out, launch.shape());
        requireType(in, kernel.type());
        requireType(out, kernel.type());
        require(in.buffer() != out.buffer(), "a Scan's output is its input's buffer");
        int n = Math.toIntExact(launch.shape()[last]);
        long[] rows = with(launch.shape(), last, 1);
        long[] index = new long[last + 1];
        for (long r = 0; r < (n == 0 ? 0 : size(rows)); r++) {
            long[] row = new long[n];
            for (int i = 0; i < n; i++) {
                row[i] = get(in, with(index, last, i));
            }
            long[] results = scan(kernel, row);
            for (int i = 0; i < n; i++) {
                set(out, with(index, last, i), results[i]);
            }
            advance(index, rows);
        }
    }

    /** One row, as {@link Kernel.Scan} says. */
    static long[] scan(Kernel.Scan kernel, long[] row) {
        long[] before = beforeGroups(kernel, row);
        long[] results = new long[row.length];
        for (int i = 0; i < row.length; i++) {
            int group = i / GROUP;
            results[i] = combine(kernel.op(), kernel.type(), before[group], chain(kernel, row, group * GROUP, i + 1));
        }
        return results;
    }

    /** What comes before each group of some values. */
    private static long[] beforeGroups(Kernel.Scan kernel, long[] values) {
        int groups = Math.ceilDiv(values.length, GROUP);
        if (groups == 1) {
            return new long[] {identity(kernel.op(), kernel.type())};
        }
        long[] totals = new long[groups];
        for (int g = 0; g < groups; g++) {
            totals[g] = chain(kernel, values, g * GROUP, Math.min(values.length, (g + 1) * GROUP));
        }
        long[] beforeParents = beforeGroups(kernel, totals);
        long[] before = new long[groups];
        for (int g = 0; g < groups; g++) {
            int parent = g / GROUP;
            long siblings = chain(kernel, totals, parent * GROUP, g);
            before[g] = combine(kernel.op(), kernel.type(), beforeParents[parent], siblings);
        }
        return before;
    }

    private static long chain(Kernel.Scan kernel, long[] values, int from, int to) {
        long c = identity(kernel.op(), kernel.type());
        for (int i = from; i < to; i++) {
            c = combine(kernel.op(), kernel.type(), c, values[i]);
        }
        return c;
    }

    // ---- what core promises

    private static void requireShape(View view, long[] shape) {
        require(Arrays.equals(view.shape(), shape), view + " is not of shape " + Arrays.toString(shape));
        require(view.strides().length == shape.length, view + " has not as many strides as axes");
    }

    private static void requireType(View view, Type type) {
        require(view.type() == type, view + " is not " + type);
    }

    private static void require(boolean promise, String otherwise) {
        if (!promise) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
