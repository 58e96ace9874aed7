package ondol.backend.cuda;

import java.util.function.Consumer;
import ondol.backend.Launch;
import ondol.backend.Log;

/** Matrix products by NVIDIA's library: faster on large matrices, and not the strict contract's bits. */
final class VendorMatMul {
    private static final System.Logger LOG = Log.of("ondol.cuda");

    private final Blas blas;

    VendorMatMul(Blas blas) {
        this.blas = blas;
    }

    /** The library and its version. */
    String name() {
        return "cuBLAS " + blas.version();
    }

    /**
     * Runs a matrix product; then its epilogue as a Map in place.
     *
     * @param tf32 whether operands may be rounded to TF32
     * @param run runs the Map
     */
    void run(VendorProduct product, boolean tf32, Consumer<Launch> run) {
        blas.gemm(product.arguments(), tf32);
        Launch epilogue = product.epilogue();
        if (epilogue != null) {
            run.accept(epilogue);
        }
    }

    void close() {
        try {
            blas.close();
        } catch (CudaException e) {
            LOG.log(System.Logger.Level.DEBUG, "in a context in which a kernel failed", e);
        }
    }
}
