package ondol.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jcuda.cudaDataType;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;

/** Any version of cuBLAS since 11. */
final class ForeignBlas implements Blas {
    private static final String GEMM = "cublasGemmStridedBatchedEx";

    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f);
    private final MemorySegment zero = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0f);
    private final MethodHandle gemm;
    private final MethodHandle destroy;
    private final MemorySegment handle;
    private final int version;
    private boolean closed;

    /**
     * Opens cuBLAS in the context that is current.
     *
     * @param stream the address of a stream
     * @throws UnsatisfiedLinkError if the library lacks a function
     */
    ForeignBlas(NativeLocator.Found library, long stream) {
        MethodHandle create = function(library, "cublasCreate_v2", ADDRESS);
        MethodHandle setStream = function(library, "cublasSetStream_v2", ADDRESS, JAVA_LONG);
        MethodHandle setMathMode = function(library, "cublasSetMathMode", ADDRESS, JAVA_INT);
        MethodHandle getVersion = function(library, "cublasGetVersion_v2", ADDRESS, ADDRESS);
        destroy = function(library, "cublasDestroy_v2", ADDRESS);
        gemm = gemm(library);
        try {
            MemorySegment result = arena.allocate(ADDRESS);
            Blas.check((int) create.invokeExact(result), "cublasCreate");
            handle = result.get(ADDRESS, 0);
        } catch (Throwable thrown) {
            arena.close();
            throw Foreign.unexpected(thrown);
        }
        try {
            Blas.check((int) setStream.invokeExact(handle, stream), "cublasSetStream");
            Blas.check((int) setMathMode.invokeExact(handle, cublasMath.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
            MemorySegment number = arena.allocate(JAVA_INT);
            Blas.check((int) getVersion.invokeExact(handle, number), "cublasGetVersion");
            version = number.get(JAVA_INT, 0);
        } catch (Throwable thrown) {
            close();
            throw Foreign.unexpected(thrown);
        }
    }

    private static MethodHandle function(NativeLocator.Found library, String name, MemoryLayout... arguments) {
        return Foreign.function(library, name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** The function with sizes of 64 bits, or the older one behind the same type. */
    private static MethodHandle gemm(NativeLocator.Found library) {
        if (library.symbols().find(GEMM + "_64").isPresent()) {
            return Foreign.function(library, GEMM + "_64", gemmType(JAVA_LONG));
        }
        MethodHandle narrow = Foreign.function(library, GEMM, gemmType(JAVA_INT));
        try {
            MethodHandle toInt = MethodHandles.lookup()
                    .findStatic(ForeignBlas.class, "narrow", MethodType.methodType(int.class, long.class));
            for (int size : new int[] {3, 4, 5, 9, 13, 18, 20}) {
                narrow = MethodHandles.filterArguments(narrow, size, toInt);
            }
            return narrow;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a method of this class", e);
        }
    }

    /** A size for a library without {@code _64} functions; {@link VendorMatMul} hands over none that is larger. */
    private static int narrow(long size) {
        if ((int) size != size) {
            throw new IllegalArgumentException(
                    GEMM + ": a size of " + size + ", and this cuBLAS takes at most " + Integer.MAX_VALUE);
        }
        return (int) size;
    }

    /** Addresses on the device are numbers here: nothing on this side follows them. */
    private static FunctionDescriptor gemmType(ValueLayout size) {
        return FunctionDescriptor.of(
                JAVA_INT, ADDRESS, // handle
                JAVA_INT, // whether to transpose A
                JAVA_INT, size, // m
                size, size, ADDRESS, // alpha
                JAVA_LONG, // A
                JAVA_INT, // its type
                size, // its leading dimension
                JAVA_LONG, // its stride in the batch
                JAVA_LONG, JAVA_INT, size, JAVA_LONG, ADDRESS, // beta
                JAVA_LONG, JAVA_INT, size, JAVA_LONG, size, // the batch
                JAVA_INT, // how to compute
                JAVA_INT); // by which algorithm
    }

    @Override
    public void gemm(Gemm.Arguments x, boolean tf32) {
        int code;
        try {
            code = (int) gemm.invokeExact(
                    handle,
                    operation(x.transposeA()),
                    operation(x.transposeB()),
                    x.m(),
                    x.n(),
                    x.k(),
                    one,
                    x.a(),
                    cudaDataType.CUDA_R_32F,
                    x.lda(),
                    x.strideA(),
                    x.b(),
                    cudaDataType.CUDA_R_32F,
                    x.ldb(),
                    x.strideB(),
                    zero,
                    x.c(),
                    cudaDataType.CUDA_R_32F,
                    x.ldc(),
                    x.strideC(),
                    x.batch(),
                    tf32 ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F,
                    cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        } catch (Throwable thrown) {
            throw Foreign.unexpected(thrown);
        }
        Blas.check(code, GEMM);
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        int code;
        try {
            code = (int) destroy.invokeExact(handle);
        } catch (Throwable thrown) {
            throw Foreign.unexpected(thrown);
        }
        arena.close();
        Blas.check(code, "cublasDestroy");
    }
}
