package ondol.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import ondol.backend.OutOfDeviceMemoryException;
import org.junit.jupiter.api.Test;

/** cuBLAS's functions, as a library written in Java sees their arguments. */
class ForeignBlasTest {
    private static final long HANDLE = 0x7f00_1234_0000L;
    private static final long STREAM = 0x7f00_5678_0000L;
    private static final String NARROW = "cublasGemmStridedBatchedEx";
    private static final String WIDE = NARROW + "_64";

    private final FakeLibrary library = new FakeLibrary();
    private final List<Object> seen = new ArrayList<>();
    private int createResult;
    private int streamResult;
    private int gemmResult;

    ForeignBlasTest() {
        library.add(
                "cublasCreate_v2",
                a -> {
                    FakeLibrary.memory(a[0]).set(JAVA_LONG, 0, HANDLE);
                    return createResult;
                },
                ADDRESS);
        library.add("cublasDestroy_v2", a -> ((MemorySegment) a[0]).address() == HANDLE ? 0 : 1, ADDRESS);
        library.add(
                "cublasSetStream_v2",
                a -> {
                    boolean right =
                            ((MemorySegment) a[0]).address() == HANDLE && ((MemorySegment) a[1]).address() == STREAM;
                    return right ? streamResult : 7;
                },
                ADDRESS,
                ADDRESS);
        library.add(
                "cublasSetMathMode",
                a -> ((MemorySegment) a[0]).address() == HANDLE && (int) a[1] == 0 ? 0 : 7,
                ADDRESS,
                JAVA_INT);
        library.add(
                "cublasGetVersion_v2",
                a -> {
                    FakeLibrary.memory(a[1]).set(JAVA_INT, 0, 130_100);
                    return ((MemorySegment) a[0]).address() == HANDLE ? 0 : 1;
                },
                ADDRESS,
                ADDRESS);
        addGemm(WIDE, JAVA_LONG);
        addGemm(NARROW, JAVA_INT);
    }

    /** As in cuBLAS's header. */
    private void addGemm(String name, ValueLayout size) {
        library.add(
                name,
                a -> {
                    for (Object argument : a) {
                        seen.add(argument instanceof MemorySegment address ? (Object) address.address() : argument);
                    }
                    seen.set(6, FakeLibrary.memory(a[6]).get(JAVA_FLOAT, 0));
                    seen.set(15, FakeLibrary.memory(a[15]).get(JAVA_FLOAT, 0));
                    return gemmResult;
                },
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                size,
                size,
                size,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                size,
                JAVA_LONG,
                ADDRESS,
                JAVA_INT,
                size,
                JAVA_LONG,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                size,
                JAVA_LONG,
                size,
                JAVA_INT,
                JAVA_INT);
    }

    private ForeignBlas open() {
        return new ForeignBlas(library.found(NativeLocator.Library.CUBLAS, 13), STREAM);
    }

    private static Gemm.Arguments arguments(long m) {
        return new Gemm.Arguments(
                false,
                true,
                m,
                4,
                5,
                0x7f01_0000_0000L,
                6,
                70L << 32,
                0x7f02_0000_0000L,
                8,
                90L << 32,
                0x7f03_0000_0000L,
                10,
                110L << 32,
                12);
    }

    @Test
    void argumentsArrive() {
        long large = 3L << 32;
        try (ForeignBlas blas = open()) {
            assertEquals(130_100, blas.version());
            blas.gemm(arguments(large), false);
            assertEquals(expected(large, 4L, 5L, 6L, 8L, 10L, 12L, 68), seen);
            seen.clear();
            blas.gemm(arguments(large), true);
            assertEquals(expected(large, 4L, 5L, 6L, 8L, 10L, 12L, 77), seen);
        }
        assertFalse(library.calls.contains(NARROW));
        assertEquals("cublasDestroy_v2", library.calls.getLast());
    }

    @Test
    void sizesOf32Bits() {
        library.remove(WIDE);
        try (ForeignBlas blas = open()) {
            blas.gemm(arguments(3), false);
            assertEquals(expected(3, 4, 5, 6, 8, 10, 12, 68), seen);
            var e = assertThrows(IllegalArgumentException.class, () -> blas.gemm(arguments(3L << 32), false));
            assertEquals(
                    "cublasGemmStridedBatchedEx: a size of 12884901888, and this cuBLAS takes at most 2147483647",
                    e.getMessage());
        }
    }

    private static List<Object> expected(
            Object m, Object n, Object k, Object lda, Object ldb, Object ldc, Object batch, int compute) {
        return List.of(
                HANDLE,
                0,
                1,
                m,
                n,
                k,
                1f,
                0x7f01_0000_0000L,
                0,
                lda,
                70L << 32,
                0x7f02_0000_0000L,
                0,
                ldb,
                90L << 32,
                0f,
                0x7f03_0000_0000L,
                0,
                ldc,
                110L << 32,
                batch,
                compute,
                -1);
    }

    @Test
    void failures() {
        try (ForeignBlas blas = open()) {
            gemmResult = 13;
            CudaException e = assertThrows(CudaException.class, () -> blas.gemm(arguments(3), false));
            assertEquals(13, e.code());
            assertEquals("cublasGemmStridedBatchedEx failed with CUBLAS_STATUS_EXECUTION_FAILED (13)", e.getMessage());
            gemmResult = 3;
            assertThrows(OutOfDeviceMemoryException.class, () -> blas.gemm(arguments(3), false));
        }
        createResult = 1;
        assertEquals(
                "cublasCreate failed with CUBLAS_STATUS_NOT_INITIALIZED (1)",
                assertThrows(CudaException.class, this::open).getMessage());
    }

    @Test
    void halfOpenedIsClosed() {
        streamResult = 14;
        assertThrows(CudaException.class, this::open);
        assertEquals("cublasDestroy_v2", library.calls.getLast());
    }

    @Test
    void closedOnce() {
        ForeignBlas blas = open();
        blas.close();
        blas.close();
        assertEquals(1, Collections.frequency(library.calls, "cublasDestroy_v2"));
    }

    @Test
    void missingFunctionIsNamed() {
        library.remove(WIDE);
        library.remove(NARROW);
        UnsatisfiedLinkError e = assertThrows(UnsatisfiedLinkError.class, this::open);
        assertTrue(e.getMessage().endsWith(NARROW), e.getMessage());
        assertTrue(library.calls.isEmpty(), "nothing was opened");
    }
}
