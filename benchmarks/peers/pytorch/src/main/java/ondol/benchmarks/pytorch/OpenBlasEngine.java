package ondol.benchmarks.pytorch;

import ondol.benchmarks.Engine;
import ondol.benchmarks.NativeLibraries;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** OpenBLAS, with the matrices in native memory. */
public final class OpenBlasEngine implements Engine {
    /** For the service loader. */
    public OpenBlasEngine() {}

    @Override
    public String name() {
        return "openblas";
    }

    @Override
    public void start(int threads) {
        openblas_nolapack.blas_set_num_threads(threads);
    }

    @Override
    public String kernels() {
        return NativeLibraries.openBlas() + ", " + openblas_nolapack.blas_get_num_threads() + " threads";
    }

    @Override
    public Work matmul(Matrix a, Matrix b) {
        return new Product(a, b);
    }

    private static final class Product implements Work {
        private final int m;
        private final int k;
        private final int n;
        private final boolean leftTransposed;
        private final boolean rightTransposed;
        private final FloatPointer left;
        private final FloatPointer right;

        Product(Matrix a, Matrix b) {
            m = a.rows();
            k = a.columns();
            n = b.columns();
            leftTransposed = a.transposed();
            rightTransposed = b.transposed();
            left = new FloatPointer(a.memory());
            right = new FloatPointer(b.memory());
        }

        @Override
        public void run() {
            try (FloatPointer c = new FloatPointer((long) m * n)) {
                into(c);
            }
        }

        @Override
        public float[] result() {
            float[] product = new float[m * n];
            try (FloatPointer c = new FloatPointer((long) m * n)) {
                into(c);
                c.get(product);
            }
            return product;
        }

        private void into(FloatPointer c) {
            openblas_nolapack.cblas_sgemm(
                    openblas_nolapack.CblasRowMajor,
                    transpose(leftTransposed),
                    transpose(rightTransposed),
                    m,
                    n,
                    k,
                    1,
                    left,
                    leftTransposed ? m : k,
                    right,
                    rightTransposed ? k : n,
                    0,
                    c,
                    n);
        }

        private static int transpose(boolean transposed) {
            return transposed ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans;
        }
    }
}
