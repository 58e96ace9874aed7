package ondol.backend.cuda;

import jcuda.driver.CUstream;
import jcuda.jcublas.cublasStatus;
import ondol.backend.Log;
import ondol.backend.OutOfDeviceMemoryException;

/**
 * cuBLAS on one stream. Results are the same from run to run: cuBLAS uses no atomic additions unless told to, and there is one
 * stream.
 */
interface Blas extends AutoCloseable {
    /**
     * Starts matrix products.
     *
     * @param arguments of {@link Gemm#arguments}; what C held does not matter
     * @param tf32 whether operands may be rounded to TF32, where that is faster
     */
    void gemm(Gemm.Arguments arguments, boolean tf32);

    /** cuBLAS's own number for its version. */
    int version();

    @Override
    void close();

    /**
     * Opens cuBLAS in the context that is current, through JCuda if it fits.
     *
     * @param library cuBLAS
     * @param stream where everything is started
     * @throws UnsatisfiedLinkError if the library lacks a function
     */
    static Blas open(NativeLocator.Found library, CUstream stream) {
        if (library.major() == JCublas2Blas.MAJOR) {
            try {
                return new JCublas2Blas(stream);
            } catch (LinkageError e) {
                // Not every machine has a library of JCuda's.
                Log.of("ondol.cuda").log(System.Logger.Level.DEBUG, "cuBLAS without JCuda", e);
            }
        }
        return new ForeignBlas(library, Address.of(stream));
    }

    /** Throws unless a call succeeded. */
    static void check(int code, String call) {
        if (code == cublasStatus.CUBLAS_STATUS_ALLOC_FAILED) {
            throw new OutOfDeviceMemoryException(call + " failed with " + cublasStatus.stringFor(code));
        }
        if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new CudaException(call, cublasStatus.stringFor(code), code, "");
        }
    }
}
