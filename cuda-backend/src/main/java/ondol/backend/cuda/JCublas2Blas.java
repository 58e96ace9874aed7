package ondol.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;
import ondol.backend.UnpackedNatives;

/** cuBLAS through JCuda, whose libraries are linked to one major version of it. */
final class JCublas2Blas implements Blas {
    /** The major version. */
    static final int MAJOR = 12;

    /** A number as address. */
    private static final class DevicePointer extends Pointer {
        DevicePointer(long address) {
            super(address);
        }
    }

    private static boolean loaded;

    // The memory is kept by its buffer, which the pointer holds.
    private final Pointer one = number(1f);
    private final Pointer zero = number(0f);

    private final cublasHandle handle = new cublasHandle();
    private final int version;
    private boolean closed;

    /**
     * Opens cuBLAS in the context that is current. The library has to be loaded already, so that JCuda's finds it.
     *
     * @throws LinkageError if JCuda has no library for this machine
     */
    JCublas2Blas(CUstream stream) {
        load();
        Blas.check(JCublas2.cublasCreate(handle), "cublasCreate");
        try {
            Blas.check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream");
            Blas.check(JCublas2.cublasSetMathMode(handle, cublasMath.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
            int[] number = new int[1];
            Blas.check(JCublas2.cublasGetVersion(handle, number), "cublasGetVersion");
            version = number[0];
        } catch (RuntimeException e) {
            JCublas2.cublasDestroy(handle);
            throw e;
        }
    }

    private static synchronized void load() {
        if (!loaded) {
            UnpackedNatives.load(Driver.JCUDA_FOLDER, () -> JCublas2.setExceptionsEnabled(false));
            loaded = true;
        }
    }

    private static Pointer number(float value) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder());
        return Pointer.to(buffer.putFloat(0, value));
    }

    @Override
    public void gemm(Gemm.Arguments x, boolean tf32) {
        // JCuda's names: without "_new" the type of the computation is one of cuBLAS 10, and FLOAT32 without TF32
        // cannot be said.
        int code = JCublas2.cublasGemmStridedBatchedEx_64_new(
                handle,
                operation(x.transposeA()),
                operation(x.transposeB()),
                x.m(),
                x.n(),
                x.k(),
                one,
                new DevicePointer(x.a()),
                cudaDataType.CUDA_R_32F,
                x.lda(),
                x.strideA(),
                new DevicePointer(x.b()),
                cudaDataType.CUDA_R_32F,
                x.ldb(),
                x.strideB(),
                zero,
                new DevicePointer(x.c()),
                cudaDataType.CUDA_R_32F,
                x.ldc(),
                x.strideC(),
                x.batch(),
                tf32 ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        Blas.check(code, "cublasGemmStridedBatchedEx_64");
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
        if (!closed) {
            closed = true;
            Blas.check(JCublas2.cublasDestroy(handle), "cublasDestroy");
        }
    }
}
