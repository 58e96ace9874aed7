package ondol.backend.cuda;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product that NVIDIA's library can form.
 *
 * @param arguments what the library is given
 * @param epilogue what is to be computed in place afterwards, or null
 */
record VendorProduct(Gemm.Arguments arguments, @Nullable Launch epilogue) {
    /** Up to so many multiplications our own kernel costs no more. */
    static final long SMALL = 32 * 32 * 32;

    /** A product, if it is large enough and its operands lie as the library can take them; null otherwise. */
    static @Nullable VendorProduct of(Kernel.MatMul kernel, Launch launch) {
        int rank = launch.shape().length - kernel.rowAxes() - kernel.columnAxes();
        View left = matrix(launch.inputs()[0], rank, kernel.rowAxes(), kernel.innerAxes());
        View right = matrix(launch.inputs()[1], rank, kernel.innerAxes(), kernel.columnAxes());
        View out = matrix(launch.outputs()[0], rank, kernel.rowAxes(), kernel.columnAxes());
        if (left == null || right == null || out == null) {
            return null;
        }
        long m = left.shape()[rank];
        long n = right.shape()[rank + 1];
        long k = left.shape()[rank + 1];
        if (launch.size() == 0
                || k == 0
                || (double) m * n * k <= SMALL
                || Math.max(m, Math.max(n, k)) > Integer.MAX_VALUE) {
            return null;
        }
        Matrix a = Matrix.of(left, m, k);
        Matrix b = Matrix.of(right, k, n);
        Matrix c = Matrix.of(out, m, n);
        if (a == null || b == null || c == null || c.transposed) {
            return null;
        }
        Batches batches = Batches.of(launch, rank);
        if (batches == null) {
            return null;
        }
        Gemm gemm = new Gemm(
                m, n, k, batches.count, a.in(batches.strides[0]), b.in(batches.strides[1]), c.in(batches.strides[2]));
        return new VendorProduct(gemm.arguments(a.address(), b.address(), c.address()), epilogue(kernel, launch));
    }

    private static @Nullable Launch epilogue(Kernel.MatMul kernel, Launch launch) {
        Expr epilogue = kernel.epilogue();
        if (epilogue == null) {
            return null;
        }
        View[] inputs = new View[launch.inputs().length - 1];
        inputs[0] = launch.outputs()[0];
        System.arraycopy(launch.inputs(), 2, inputs, 1, inputs.length - 1);
        return new Launch(new Kernel.Map(epilogue), launch.shape(), 0, inputs, launch.outputs(), launch.scalars());
    }

    /** A view whose rows and columns are one axis each; null if they do not lie evenly. */
    private static @Nullable View matrix(View view, int batch, int rows, int columns) {
        View joined = view.joined(batch + rows, columns);
        return joined == null ? null : joined.joined(batch, rows);
    }

    /** A view's last two axes as the library takes them: one of them without gaps. */
    private record Matrix(View view, long leading, boolean transposed) {
        static @Nullable Matrix of(View view, long rows, long columns) {
            int last = view.strides().length - 1;
            long row = rows == 1 ? columns : view.strides()[last - 1];
            long column = columns == 1 ? 1 : view.strides()[last];
            if (column == 1 && row >= columns && row <= Integer.MAX_VALUE) {
                return new Matrix(view, row, false);
            }
            column = columns == 1 ? rows : column;
            row = rows == 1 ? 1 : row;
            if (row == 1 && column >= rows && column <= Integer.MAX_VALUE) {
                return new Matrix(view, column, true);
            }
            return null;
        }

        Gemm.Matrix in(long batchStride) {
            return new Gemm.Matrix(transposed, leading, batchStride);
        }

        long address() {
            return ((CudaBuffer) view.buffer()).address + view.offset() * Float.BYTES;
        }
    }

    /** The batch axes as one: how many products there are, and how far the next A, B and C are. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Batches(int count, long[] strides) {
        static @Nullable Batches of(Launch launch, int rank) {
            View[] views = {launch.inputs()[0], launch.inputs()[1], launch.outputs()[0]};
            long[] strides = new long[views.length];
            long count = 1;
            for (int axis = rank - 1; axis >= 0; axis--) {
                long size = launch.shape()[axis];
                if (size == 1) {
                    continue;
                }
                for (int v = 0; v < views.length; v++) {
                    long stride = views[v].strides()[axis];
                    if (stride < 0) {
                        return null;
                    } else if (count == 1) {
                        strides[v] = stride;
                    } else if (stride != strides[v] * count) {
                        return null;
                    }
                }
                count *= size;
            }
            return count > Integer.MAX_VALUE ? null : new Batches((int) count, strides);
        }
    }
}
