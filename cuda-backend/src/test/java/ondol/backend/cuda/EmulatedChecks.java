package ondol.backend.cuda;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import jcuda.driver.CUcontext;
import jcuda.driver.JCudaDriver;
import ondol.DType;
import ondol.Device;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.Limits;
import ondol.backend.Maps;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.backend.c.Call;
import ondol.backend.c.KernelCache;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.MatMulTuning;
import ondol.backend.c.Source;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What can be seen on an {@link Emulator} only, which runs nothing before it must; see {@link EmulatedCudaTest}. */
class EmulatedChecks {
    private CudaBackend backend;

    @BeforeEach
    void open() {
        backend = CudaDevice.open();
    }

    @AfterEach
    void close() {
        if (backend != null) {
            backend.close();
        }
    }

    /** The emulator's device memory is the host's. */
    @SuppressWarnings("restricted")
    private static float peek(CudaBuffer buffer) {
        return MemorySegment.ofAddress(buffer.address).reinterpret(Float.BYTES).get(ValueLayout.JAVA_FLOAT, 0);
    }

    @Test
    void smallUploadsDoNotWait() {
        CudaBuffer counter = backend.allocate(Type.F32, 1);
        CudaBuffer target = backend.allocate(Type.F32, 60);
        backend.upload(MemorySegment.ofArray(new float[1]), counter, 0);
        backend.synchronize();
        backend.run(Maps.launch(X.add(Expr.constant(1f)), counter, counter));
        float[] expected = new float[60];
        for (int i = 0; i < expected.length; i += 3) {
            float[] part = {i, i + 0.5f, -i};
            System.arraycopy(part, 0, expected, i, part.length);
            backend.upload(MemorySegment.ofArray(part), target, i);
            assertEquals(0, peek(counter), "upload " + i / 3 + " waited for the kernel before it");
        }
        float[] actual = new float[60];
        backend.download(target, 0, MemorySegment.ofArray(actual));
        assertArrayEquals(expected, actual);
        assertEquals(1, peek(counter));
        backend.free(counter);
        backend.free(target);
    }

    @Test
    void uploadsOfAllSizes() {
        SplittableRandom random = new SplittableRandom(1);
        float[] expected = new float[3 << 20];
        CudaBuffer target = backend.allocate(Type.F32, expected.length);
        backend.upload(MemorySegment.ofArray(expected), target, 0);
        for (int i = 0; i < 100; i++) {
            float[] part = new float[1 + random.nextInt(1 << random.nextInt(1, 21))];
            for (int e = 0; e < part.length; e++) {
                part[e] = random.nextInt();
            }
            int at = random.nextInt(expected.length - part.length);
            System.arraycopy(part, 0, expected, at, part.length);
            backend.upload(MemorySegment.ofArray(part), target, at);
            if (i % 10 == 0) {
                float[] actual = new float[part.length];
                backend.download(target, at, MemorySegment.ofArray(actual));
                assertArrayEquals(part, actual);
            }
        }
        float[] actual = new float[expected.length];
        backend.download(target, 0, MemorySegment.ofArray(actual));
        assertArrayEquals(expected, actual);
        backend.free(target);
    }

    /** A virtual thread that waited for memory may go on where the context is not current. */
    @Test
    void aThreadThatLosesItsContext() {
        Workspace own = Workspace.of(backend);
        backend.workspace(new Workspace() {
            @Override
            public Buffer take(Type type, long length) {
                Buffer buffer = own.take(type, length);
                JCudaDriver.cuCtxSetCurrent(new CUcontext());
                return buffer;
            }

            @Override
            public void give(Buffer buffer) {
                own.give(buffer);
            }
        });
        float[] ones = new float[10_000];
        Arrays.fill(ones, 1);
        CudaBuffer in = backend.allocate(Type.F32, ones.length);
        CudaBuffer out = backend.allocate(Type.F32, 1);
        backend.upload(MemorySegment.ofArray(ones), in, 0);
        View[] inputs = {new View(in, new long[] {ones.length}, new long[] {1}, 0)};
        View[] outputs = {new View(out, new long[] {1}, new long[] {0}, 0)};
        Launch launch = new Launch(
                new Kernel.Reduce(X, ReduceOp.SUM), new long[] {ones.length}, 1, inputs, outputs, Launch.NO_SCALARS);
        for (int i = 0; i < 2; i++) { // first its kernels are compiled, then they are there
            backend.run(launch);
            float[] sum = new float[1];
            backend.download(out, 0, MemorySegment.ofArray(sum));
            assertEquals(10_000, sum[0]);
        }
        backend.free(in);
        backend.free(out);
    }

    /** The driver gives memory away at once, and kernels that use it may still have to run. */
    @Test
    void memoryIsFreedAfterWhatUsesIt() {
        CudaBuffer in = backend.allocate(Type.F32, 3);
        CudaBuffer out = backend.allocate(Type.F32, 3);
        backend.upload(MemorySegment.ofArray(new float[] {1, 2, 3}), in, 0);
        backend.run(Maps.launch(X.add(Expr.constant(1f)), in, out));
        backend.free(in);
        float[] actual = new float[3];
        backend.download(out, 0, MemorySegment.ofArray(actual));
        assertArrayEquals(new float[] {2, 3, 4}, actual);
        backend.free(out);
    }

    /** The same with what a device's pool gives back when there is no room. */
    @Test
    void thePoolIsTrimmedAfterWhatUsesIt() {
        Device device = Limits.device("cuda-trimmed", backend, "1MB");
        try (var scope = Scope.open()) {
            Tensor x = Tensor.ones(Shape.of(100_000), DType.FLOAT32, device);
            Tensor y = x.sum();
            x.close();
            Tensor z = Tensor.ones(Shape.of(200_000), DType.FLOAT32, device);
            assertEquals(100_000, y.item());
            assertEquals(200_000, z.sum().item());
        }
    }

    /** Code takes memory too: it has what is only kept for reuse. */
    @Test
    void codeFindsRoom() {
        List<Buffer> pool = new ArrayList<>();
        backend.workspace(new Workspace() {
            @Override
            public Buffer take(Type type, long length) {
                return backend.allocate(type, length);
            }

            @Override
            public void give(Buffer buffer) {
                backend.free(buffer);
            }

            @Override
            public void trim() {
                pool.forEach(backend::free);
                pool.clear();
            }
        });
        Expr neverCompiled = X.mul(Expr.constant(3f)).add(Expr.constant(0.25f));
        CudaBuffer x = backend.allocate(Type.F32, 1);
        long most = backend.info().memoryBytes() / Float.BYTES - 1024;
        Buffer filler = backend.allocate(Type.F32, most);
        OutOfDeviceMemoryException e =
                assertThrows(OutOfDeviceMemoryException.class, () -> backend.run(Maps.launch(neverCompiled, x, x)));
        assertEquals(
                "Emulated GPU has not the memory: cuModuleLoadData failed with CUDA_ERROR_OUT_OF_MEMORY (2)",
                e.getMessage());
        pool.add(filler);
        backend.upload(MemorySegment.ofArray(new float[] {2}), x, 0);
        backend.run(Maps.launch(neverCompiled, x, x));
        assertTrue(pool.isEmpty());
        backend.synchronize();
        assertEquals(6.25f, peek(x));
        backend.free(x);
    }

    /** Kernels compile before they are started, and the device's own clock tells how long they take. */
    @Test
    void waysToCutUpProductsAreTried() {
        List<Source> compiled = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        MatMulTuning.Runner runner = new MatMulTuning.Runner() {
            @Override
            public void start(Call call) {
                backend.start(call);
            }

            @Override
            public void finish() {
                backend.finish();
            }

            @Override
            public void compile(List<Source> sources) {
                compiled.addAll(sources);
                backend.compile(sources);
            }

            @Override
            public long time(Runnable starts) {
                times.add(backend.time(starts));
                return times.getLast();
            }
        };
        KernelCache none = new KernelCache(null, "");
        MatMulTiles chosen = new MatMulTuning(runner, () -> Workspace.of(backend), none, false, 4).of(1);
        List<MatMulTiles> candidates = MatMulTuning.candidates(false);
        assertTrue(candidates.contains(chosen), chosen.toString());
        assertEquals(candidates.size(), compiled.size());
        assertTrue(times.size() >= candidates.size());
        times.forEach(time -> assertTrue(time > 0 && time < 1_000_000_000_000L, time + " ns"));
    }

    /** Each reads what the one before wrote; between them memory goes back to the driver and is taken again. */
    @Test
    void callsWaitForTheirKernelsInOrder() {
        float[] expected = {1, 2, 3};
        CudaBuffer x = backend.allocate(Type.F32, expected.length);
        backend.upload(MemorySegment.ofArray(expected), x, 0);
        for (int i = 0; i < 12; i++) {
            Expr f = X.mul(Expr.constant(0.5f + i % 4)).add(Expr.constant(i % 6));
            CudaBuffer y = backend.allocate(Type.F32, expected.length);
            backend.run(Maps.launch(f, x, y));
            if (i % 5 == 4) {
                backend.free(x); // others may have this memory now
            } else {
                backend.run(Maps.launch(X.neg(), x, x)); // too late to matter
                backend.free(x);
            }
            x = y;
            for (int e = 0; e < expected.length; e++) {
                expected[e] = expected[e] * (0.5f + i % 4) + i % 6;
            }
        }
        float[] actual = new float[expected.length];
        backend.download(x, 0, MemorySegment.ofArray(actual));
        assertArrayEquals(expected, actual);
        backend.free(x);
    }

    /** What cannot be started is told by what comes next, and the device works afterwards. */
    @Test
    void aKernelThatDoesNotCompileInItsTurn() {
        CudaBuffer x = backend.allocate(Type.F32, 1);
        backend.upload(MemorySegment.ofArray(new float[] {2}), x, 0);
        backend.synchronize();
        Launch good = Maps.launch(X.mul(Expr.constant(3.5f)), x, x);
        Source wrong = new Source("wrong", "KERNEL GROUP_SIZE(1) void wrong() { nobody_declared_this(); }", 1, false);
        backend.startInTurn(new Call(wrong, new Buffer[0], ByteBuffer.allocateDirect(0), 1));
        CudaException e = assertThrows(CudaException.class, backend::synchronize);
        assertTrue(e.getMessage().contains("nobody_declared_this"), e.getMessage());
        backend.run(good);
        backend.synchronize();
        assertEquals(7, peek(x));
        backend.free(x);
    }

    @Test
    void moreParametersThanCudaTakes() {
        int count = 300;
        Expr sum = IntStream.range(0, count)
                .mapToObj(i -> Expr.input(i, Type.F32))
                .reduce(Expr::add)
                .orElseThrow();
        CudaBuffer buffer = backend.allocate(Type.F32, 60);
        long[] shape = {3, 4, 5};
        View[] inputs = new View[count];
        Arrays.fill(inputs, new View(buffer, shape, new long[] {1, 3, 12}, 0));
        View[] outputs = {new View(buffer, shape, new long[] {20, 5, 1}, 0)};
        Launch launch = new Launch(new Kernel.Map(sum), shape, 0, inputs, outputs, Launch.NO_SCALARS);
        String message = assertThrows(IllegalArgumentException.class, () -> backend.run(launch))
                .getMessage();
        assertTrue(message.startsWith("a kernel of 301 buffers takes "), message);
        assertTrue(message.contains(" bytes of parameters, CUDA has room for 4096; use fewer tensors"), message);
        backend.free(buffer);
    }
}
