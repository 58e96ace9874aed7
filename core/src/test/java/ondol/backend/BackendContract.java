package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.LaunchCase.Data;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What every backend must do, bit for bit as {@link ReferenceBackend} does it. A backend's module runs all of it with a
 * subclass of one method:
 *
 * <pre>{@code
 * class CpuBackendTest extends BackendContract {
 *     @Override
 *     protected Backend open() {
 *         return new CpuBackendProvider().open(0);
 *     }
 * }
 * }</pre>
 *
 * <p>The tests walk the kernel language by reflection, so a new primitive is tested without a new test. NaN equals NaN
 * whatever its payload; all else is compared by its bits, and what a launch does not write must not change.
 *
 * <p>{@code -Dondol.test.seed} chooses the random expressions, {@code -Dondol.test.fuzz} how many there are:
 * 300, or 60 where each is compiled.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract
        implements PrimitiveContract,
                MapContract,
                ReduceContract,
                MatMulContract,
                WindowContract,
                RowsContract,
                FusedRowsContract {
    private Backend backend;

    /** Opens the backend under test, once; it is closed after the last test. Aborts if there is no device. */
    protected abstract Backend open();

    @BeforeAll
    final void openBackend() {
        backend = open();
        DeviceInfo info = backend.info();
        assumeTrue(info.strict(), () -> info.name() + " is not strict: " + info.notStrictBecause());
    }

    @AfterAll
    final void closeBackend() {
        if (backend != null) {
            backend.close();
            backend.close(); // once more does nothing
        }
    }

    @Override
    public final Backend backend() {
        return backend;
    }

    // ---- random expressions

    @TestFactory
    Stream<DynamicTest> randomExpressions() {
        long seed = Long.getLong("ondol.test.seed", 1);
        return IntStream.range(0, Integer.getInteger("ondol.test.fuzz", compiles() ? 60 : 300))
                .mapToObj(i -> DynamicTest.dynamicTest("-Dondol.test.seed=" + seed + ", expression " + i, () -> {
                    randomLaunch(seed, i).check(backend);
                }));
    }

    private static LaunchCase randomLaunch(long seed, int number) {
        Random random = new Random(seed * 1_000_003 + number);
        Type[] types = Type.values();
        List<Type> inputs = new ArrayList<>();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            inputs.add(random.nextInt(2) == 0 ? Type.F32 : types[random.nextInt(types.length)]);
        }
        List<Type> scalars = List.of(Type.I32, Type.I32, Type.F32, types[random.nextInt(types.length)], Type.F32);
        RandomExpressions expressions = new RandomExpressions(random, inputs, scalars);

        long[] shape = new long[random.nextInt(6)];
        long most = shape.length == 0 ? 1 : (long) Math.pow(3000, 1.0 / shape.length);
        Arrays.setAll(shape, axis -> random.nextInt(8) == 0 ? 1 : random.nextLong(1, most * 2));
        String name = "random expression " + number + " of -Dondol.test.seed=" + seed;
        LaunchCase launch;
        if (random.nextInt(3) == 0) {
            ReduceOp op = List.of(ReduceOp.values()).get(random.nextInt(ReduceOp.values().length));
            Type type = random.nextBoolean() ? Type.F32 : types[random.nextInt(types.length)];
            Expr value = expressions.next(ReduceContract.takes(op, type) ? type : Type.F32, random.nextInt(1, 13));
            launch = new LaunchCase(name, new Kernel.Reduce(value, op), shape)
                    .reducing(random.nextInt(1 << shape.length))
                    .reducedOutput(true);
        } else {
            List<Expr> outputs = new ArrayList<>();
            for (int o = random.nextInt(1, 4); o > 0; o--) {
                Type type = random.nextBoolean() ? Type.F32 : types[random.nextInt(types.length)];
                outputs.add(expressions.next(type, random.nextInt(1, 13)));
            }
            launch = new LaunchCase(name, new Kernel.Map(outputs), shape);
            for (Expr output : outputs) {
                launch.output(output.type(), Layout.random(random, true, shape));
            }
        }
        for (Type type : inputs) {
            Layout layout = Layout.random(random, false, shape);
            if (random.nextBoolean()) {
                launch.input(type, layout);
            } else {
                launch.tameInput(type, layout);
            }
        }
        long[] values = new long[scalars.size()];
        Arrays.setAll(values, i -> Values.wild(scalars.get(i), 1, random)[0]);
        values[1] = Expr.Keep.threshold(random.nextFloat());
        return launch.scalars(values);
    }

    // ---- memory

    @TestFactory
    Stream<DynamicTest> transfers() {
        return Arrays.stream(Type.values())
                .map(type -> DynamicTest.dynamicTest("transfers of " + type, () -> {
                    for (int length : new int[] {0, 1, 3, 1000, 100_003}) {
                        Data all = new Data(type, Values.wild(type, length, new Random(length)));
                        Buffer buffer = backend.allocate(type, length);
                        assertEquals(type, buffer.type());
                        assertEquals(length, buffer.length());
                        assertEquals((long) length * type.bytes(), buffer.bytes());
                        backend.upload(all.toMemory(), buffer, 0);
                        assertArrayEquals(all.bits, download(buffer, 0, length), "all of " + length);
                        assertArrayEquals(new long[0], download(buffer, length, 0), "nothing, from the end");

                        // A part out of memory beside the heap into the middle, and another part back.
                        int from = length / 3;
                        int count = length / 2;
                        Data part = new Data(type, Values.wild(type, count, new Random(-length)));
                        try (Arena arena = Arena.ofConfined()) {
                            MemorySegment source = arena.allocate((long) count * type.bytes(), 64);
                            MemorySegment room = arena.allocate((long) (length - from) * type.bytes(), 64);
                            source.copyFrom(part.toMemory());
                            backend.upload(source, buffer, from);
                            source.fill((byte) 0); // the copy is made, whatever becomes of its source
                            backend.download(buffer, from, room);
                            long[] expected = Arrays.copyOfRange(all.bits, from, length);
                            System.arraycopy(part.bits, 0, expected, 0, count);
                            assertArrayEquals(
                                    expected, new Data(type, expected).fromMemory(room), "a part of " + length);
                        }

                        // Bytes on the heap promise no alignment.
                        byte[] bytes = new byte[length * type.bytes()];
                        backend.download(buffer, 0, MemorySegment.ofArray(bytes));
                        Buffer copy = backend.allocate(type, length);
                        backend.upload(MemorySegment.ofArray(bytes), copy, 0);
                        assertArrayEquals(download(buffer, 0, length), download(copy, 0, length), "through bytes");
                        backend.free(copy);
                        backend.free(buffer);
                    }
                }));
    }

    private long[] download(Buffer buffer, long offset, int count) {
        Data data = new Data(buffer.type(), new long[count]);
        MemorySegment room = data.room();
        backend.download(buffer, offset, room);
        return data.fromMemory(room);
    }

    @Test
    void allocatingTooMuchSaysSo() {
        assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(Type.I64, 1L << 57));
    }

    @Test
    void information() {
        assertTrue(backend.info().memoryBytes() > 0);
        assertTrue(backend.smallestPooledBytes() >= 0);
    }

    // ---- order, repetition, threads

    /** Each launch and copy sees what the calls before it did, and not what the calls after it do. */
    @Test
    void callsTakeEffectInOrder() {
        int n = 10_000;
        View x = new View(backend.allocate(Type.F32, n), new long[] {n}, new long[] {1}, 0);
        View y = new View(backend.allocate(Type.F32, n), new long[] {n}, new long[] {1}, 0);
        Kernel step = new Kernel.Map(Expr.input(0, Type.F32).mul(1.01).add(Expr.scalar(0, Type.F32)));
        float[] values = new float[n];
        for (int j = 0; j < n; j++) {
            values[j] = j * 0.01f;
        }
        backend.upload(MemorySegment.ofArray(values), x.buffer(), 0);
        for (int i = 0; i < 40; i++) {
            float addend = i * 0.1f;
            backend.run(new Launch(step, new long[] {n}, 0, new View[] {i == 0 ? x : y}, new View[] {y}, new long[] {
                ScalarProgram.bits(addend)
            }));
            if (i == 0) {
                // The first launch still reads what was there before this.
                backend.upload(MemorySegment.ofArray(new float[n]), x.buffer(), 0);
            }
            for (int j = 0; j < n; j++) {
                values[j] = values[j] * 1.01f + addend;
            }
        }
        backend.synchronize();
        float[] actual = new float[n];
        backend.download(y.buffer(), 0, MemorySegment.ofArray(actual));
        assertArrayEquals(values, actual);
        backend.free(x.buffer());
        backend.free(y.buffer());
    }

    private static List<LaunchCase> someOfEach() {
        Expr x = Expr.input(0, Type.F32);
        Expr y = Expr.input(1, Type.F32);
        Layout matrix = Layout.transposed(70, 513);
        return List.of(
                new LaunchCase("Map", new Kernel.Map(Expr.fma(x, y, x.abs().sqrt()), x.lt(y)), 70, 513)
                        .tameInput(Type.F32, matrix)
                        .tameInput(Type.F32, Layout.contiguous(70, 513))
                        .outputs(matrix),
                new LaunchCase("Reduce", new Kernel.Reduce(x.mul(y), ReduceOp.SUM), 70, 513)
                        .reducing(0b11)
                        .tameInput(Type.F32, matrix)
                        .tameInput(Type.F32, Layout.contiguous(70, 513))
                        .reducedOutput(),
                new LaunchCase("Reduce rows", new Kernel.Reduce(x, ReduceOp.ARGMAX), 70, 513)
                        .reducing(0b10)
                        .tameInput(Type.F32, matrix)
                        .reducedOutput(),
                new LaunchCase("MatMul", new Kernel.MatMul(x.add(y)), 70, 33)
                        .tameInput(Type.F32, matrix)
                        .tameInput(Type.F32, Layout.contiguous(513, 33))
                        .tameInput(Type.F32, Layout.broadcast(0b01, 70, 33))
                        .output(Type.F32, Layout.contiguous(70, 33)),
                new LaunchCase("ScatterAdd", new Kernel.ScatterAdd(Type.F32), 5000)
                        .indices(40, Layout.contiguous(5000))
                        .tameInput(Type.F32, Layout.contiguous(5000))
                        .output(Type.F32, Layout.contiguous(40)),
                new LaunchCase("Sort", new Kernel.Sort(Type.F32, false), 3000)
                        .tameInput(Type.F32, Layout.contiguous(3000))
                        .output(Type.F32, Layout.contiguous(3000))
                        .output(Type.I64, Layout.contiguous(3000)));
    }

    @Test
    void theSameAgain() {
        for (LaunchCase launch : someOfEach()) {
            Map<Data, long[]> first = launch.run(backend);
            for (int i = 0; i < 10; i++) {
                launch.compare(first, launch.run(backend));
            }
        }
    }

    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        List<LaunchCase> launches = someOfEach();
        List<Map<Data, long[]>> expected = launches.stream()
                .map(launch -> launch.run(new ReferenceBackend()))
                .toList();
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int offset = t;
                tasks.add(() -> {
                    for (int i = 0; i < 5 * launches.size(); i++) {
                        int which = (i + offset) % launches.size();
                        launches.get(which)
                                .compare(
                                        expected.get(which), launches.get(which).run(backend));
                    }
                    return null;
                });
            }
            for (Future<Void> task : pool.invokeAll(tasks)) {
                task.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
