package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.MatmulPrecision;
import ondol.backend.OutOfDeviceMemoryException;
import org.junit.jupiter.api.Test;

/** When cuBLAS is opened, on an {@link Emulator}; see {@link EmulatedCudaTest}. */
class EmulatedCublas {
    /** A device on which what the settings allow is in force, FLOAT32. */
    private static Device device(CudaBackend backend) {
        return Device.of("cuda-default", backend);
    }

    private static CudaBackend open() {
        Driver.Found found = Driver.devices().getFirst();
        return new CudaBackend(found, CudaBackendProvider.nvrtc(found), new NativeLocator(), null);
    }

    private static boolean isLoaded() throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains("libcublas");
    }

    private static Tensor product(Device device, long size) {
        Tensor ones = Tensor.ones(Shape.of(size, size), DType.FLOAT32, device);
        return ones.matmul(ones);
    }

    @Test
    void byTheFirstProductThatIsLargeEnough() throws IOException {
        try (CudaBackend backend = open()) {
            Device device = device(backend);
            assertEquals(8, product(device, 8).sum().item() / 64);
            assertFalse(isLoaded(), "after a small product");
            assertEquals(64, product(device, 64).sum().item() / 4096);
            assertTrue(isLoaded(), "after a large one");
        }
    }

    /** Nobody turns to another way of computing, with other bits, because memory is short. */
    static class WithoutMemory {
        @Test
        void isAnErrorEachTime() {
            try (CudaBackend backend = open()) {
                Device device = device(backend);
                for (int i = 0; i < 2; i++) {
                    OutOfDeviceMemoryException e =
                            assertThrows(OutOfDeviceMemoryException.class, () -> product(device, 64));
                    assertEquals("cublasCreate failed with CUBLAS_STATUS_ALLOC_FAILED", e.getMessage());
                }
                assertEquals(MatmulPrecision.STRICT, device.matmulPrecision(MatmulPrecision.STRICT));
                assertEquals(64, product(device, 64).sum().item() / 4096);
            }
        }
    }
}
