package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.MatmulPrecision;
import org.junit.jupiter.api.Test;

/** A fault that another user of the context caused, on an {@link Emulator}; nothing computes in the process afterwards. */
class EmulatedFault {
    @Test
    void cublasIsTheFirstToMeetIt() {
        try (CudaBackend first = CudaDevice.open();
                CudaBackend second = CudaDevice.open()) {
            Device device = Device.of("cuda-first", first);
            assertEquals(MatmulPrecision.FLOAT32, device.matmulPrecision(MatmulPrecision.FLOAT32));
            Tensor a = Tensor.ones(Shape.of(64, 64), DType.FLOAT32, device);
            a.matmul(a).close(); // leaves memory for the next result
            first.synchronize();
            second.start(CudaFaultTest.FAULT);
            assertThrows(CudaException.class, second::synchronize);
            CudaException e = assertThrows(CudaException.class, () -> a.matmul(a));
            assertTrue(
                    e.getMessage().startsWith("cublasGemmStridedBatchedEx failed with CUBLAS_STATUS_EXECUTION_FAILED"),
                    e.getMessage());
            assertTrue(
                    e.getMessage().endsWith("after which cuStreamQuery failed with CUDA_ERROR_ILLEGAL_ADDRESS (700)"),
                    e.getMessage());
            IllegalStateException then = assertThrows(IllegalStateException.class, () -> a.matmul(a));
            assertTrue(then.getMessage().contains("computes nothing any more"), then.getMessage());
        }
    }
}
