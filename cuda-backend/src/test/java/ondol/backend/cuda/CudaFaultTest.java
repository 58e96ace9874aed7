package ondol.backend.cuda;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import ondol.DType;
import ondol.Device;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Buffer;
import ondol.backend.ChildJvm;
import ondol.backend.Closed;
import ondol.backend.Limits;
import ondol.backend.Maps;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.c.Call;
import ondol.backend.c.Source;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes wrong is said plainly; the device works afterwards, or refuses to. */
class CudaFaultTest {
    private static final Expr F = X.add(Expr.constant(1f));

    /** Writes where nobody may. */
    static final Call FAULT = call("fault", "KERNEL GROUP_SIZE(1) void fault() { *(f32*) 16 = 1.0f; }");

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

    private void assertWorks() {
        assertArrayEquals(new float[] {2, 3, -1}, Maps.run(backend, F, 1, 2, -2));
    }

    private static Call call(String name, String text) {
        return new Call(new Source(name, text, 1, false), new Buffer[0], ByteBuffer.allocateDirect(0), 1);
    }

    @Test
    void aTextThatDoesNotCompile() {
        Call wrong = call("wrong", "KERNEL GROUP_SIZE(1) void wrong() { int i = nobody_declared_this; }");
        CudaException e = assertThrows(CudaException.class, () -> backend.start(wrong));
        assertTrue(e.getMessage().startsWith("nvrtcCompileProgram failed with "), e.getMessage());
        assertTrue(e.getMessage().contains("nobody_declared_this"), e.getMessage());
        assertWorks();
    }

    @Test
    void moreMemoryThanThereIs() {
        for (long length : List.of(1L << 45, 1L << 59, (1L << 62) + 1)) {
            assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(Type.F32, length));
        }
        assertWorks();
    }

    /** The driver's refusal, not a limit's. */
    @Test
    void memoryThatRunsOut() {
        Device device = Limits.device("cuda-unlimited", backend, "1000000GB");
        long quarter = backend.info().memoryBytes() / 4 / Float.BYTES;
        List<Tensor> held = new ArrayList<>();
        OutOfDeviceMemoryException e = assertThrows(OutOfDeviceMemoryException.class, () -> {
            for (int i = 0; i < 5; i++) {
                held.add(Tensor.zeros(Shape.of(quarter), DType.FLOAT32, device));
            }
        });
        assertTrue(e.getMessage().startsWith("out of memory on " + device + ": "), e.getMessage());
        assertTrue(e.getMessage().contains("the largest holders:"), e.getMessage());
        held.forEach(Tensor::close);
        try (var scope = Scope.open()) {
            assertEquals(
                    3, Tensor.ones(Shape.of(3), DType.FLOAT32, device).sum().item());
        }
    }

    @Test
    void aClosedDeviceRefusesByName() {
        Closed.assertRefuses(backend);
    }

    /** In a process of its own: nothing computes in it afterwards. */
    @Test
    void aKernelThatFaults() throws IOException, InterruptedException {
        ChildJvm.Result end = new ChildJvm(Faulting.class)
                .options("--enable-native-access=ALL-UNNAMED")
                .run();
        assertEquals(0, end.exitCode(), end.output());
        assertTrue(end.output().contains("refused as it should"), end.output());
    }

    /** Runs it. */
    static final class Faulting {
        private Faulting() {}

        public static void main(String[] arguments) {
            try (CudaBackend backend = CudaDevice.open()) {
                backend.start(FAULT);
                CudaException first = assertThrows(CudaException.class, backend::synchronize);
                assertTrue(first.getMessage().contains("CUDA_ERROR_ILLEGAL_ADDRESS"), first.getMessage());
                IllegalStateException then =
                        assertThrows(IllegalStateException.class, () -> Maps.run(backend, F, 1, 2));
                assertTrue(then.getMessage().contains(first.getMessage()), then.getMessage());
                System.out.println("refused as it should: " + then.getMessage());
            }
        }
    }
}
