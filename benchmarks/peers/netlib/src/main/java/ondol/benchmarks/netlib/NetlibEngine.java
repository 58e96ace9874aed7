package ondol.benchmarks.netlib;

import dev.ludovic.netlib.blas.JavaBLAS;
import ondol.benchmarks.Engine;

/** The BLAS in pure Java, on the Vector API where it is there. It always computes on one thread. */
public final class NetlibEngine implements Engine {
    /** For the service loader. */
    public NetlibEngine() {}

    @Override
    public String name() {
        return "netlib";
    }

    @Override
    public void start(int threads) {}

    @Override
    public String kernels() {
        return "dev.ludovic.netlib's " + JavaBLAS.getInstance().getClass().getSimpleName() + ", 1 thread";
    }

    @Override
    public Work matmul(Matrix a, Matrix b) {
        JavaBLAS blas = JavaBLAS.getInstance();
        int m = a.rows();
        int k = a.columns();
        int n = b.columns();
        float[] left = a.memory();
        float[] right = b.memory();
        String leftIs = a.transposed() ? "T" : "N";
        String rightIs = b.transposed() ? "T" : "N";
        int leftStride = a.transposed() ? m : k;
        int rightStride = b.transposed() ? k : n;
        return new Work() {
            @Override
            public void run() {
                result();
            }

            // Fortran's matrices are column by column: to it ours are transposed, and the product is B' A'.
            @Override
            public float[] result() {
                float[] c = new float[m * n];
                blas.sgemm(rightIs, leftIs, n, m, k, 1, right, rightStride, left, leftStride, 0, c, n);
                return c;
            }
        };
    }
}
