package ondol;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/** A small array of doubles, row-major: what tests compute with instead of the tensors they test. */
final class NdArray {
    final int[] shape;
    final double[] data;

    NdArray(int[] shape, double[] data) {
        if (numel(shape) != data.length) {
            throw new IllegalArgumentException(Arrays.toString(shape) + " of " + data.length);
        }
        this.shape = shape;
        this.data = data;
    }

    static NdArray zeros(int... shape) {
        return new NdArray(shape, new double[numel(shape)]);
    }

    static NdArray vector(double... values) {
        return new NdArray(new int[] {values.length}, values);
    }

    static NdArray scalar(double value) {
        return new NdArray(new int[0], new double[] {value});
    }

    /** What a tensor holds. */
    static NdArray of(Tensor t) {
        int[] shape =
                Arrays.stream(t.shape().toArray()).mapToInt(Math::toIntExact).toArray();
        NdArray out = zeros(shape);
        if (t.dtype() == DType.INT64) {
            long[] values = t.toLongArray();
            Arrays.setAll(out.data, i -> values[i]);
        } else {
            float[] values = t.toFloatArray();
            Arrays.setAll(out.data, i -> values[i]);
        }
        return out;
    }

    static int numel(int... shape) {
        int n = 1;
        for (int s : shape) {
            n *= s;
        }
        return n;
    }

    int dim() {
        return shape.length;
    }

    long[] sizes() {
        return Arrays.stream(shape).asLongStream().toArray();
    }

    float[] floats() {
        float[] out = new float[data.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) data[i];
        }
        return out;
    }

    /** A contiguous FLOAT32 tensor of the same values. */
    Tensor tensor() {
        return Tensor.tensor(floats(), Shape.of(sizes()));
    }

    // ---- indices

    /** The index of element {@code at}, row-major. */
    static int[] index(int[] shape, int at) {
        int[] index = new int[shape.length];
        for (int i = shape.length - 1; i >= 0; i--) {
            index[i] = at % shape[i];
            at /= shape[i];
        }
        return index;
    }

    /** Where an index lies; axes are matched from the last, and those of size 1 are repeated. */
    private int place(int[] index) {
        int at = 0;
        for (int i = 0; i < shape.length; i++) {
            at = at * shape[i] + (shape[i] == 1 ? 0 : index[i + index.length - shape.length]);
        }
        return at;
    }

    double get(int... index) {
        return data[place(index)];
    }

    void set(double value, int... index) {
        data[place(index)] = value;
    }

    int axis(int axis) {
        return axis < 0 ? axis + shape.length : axis;
    }

    // ---- element by element

    NdArray map(DoubleUnaryOperator f) {
        return new NdArray(shape, Arrays.stream(data).map(f).toArray());
    }

    static int[] broadcast(int[] a, int[] b) {
        int[] out = new int[Math.max(a.length, b.length)];
        for (int i = 1; i <= out.length; i++) {
            int x = i <= a.length ? a[a.length - i] : 1;
            int y = i <= b.length ? b[b.length - i] : 1;
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(Arrays.toString(a) + " and " + Arrays.toString(b));
            }
            out[out.length - i] = x == 1 ? y : x;
        }
        return out;
    }

    NdArray zip(NdArray other, DoubleBinaryOperator f) {
        NdArray out = zeros(broadcast(shape, other.shape));
        for (int i = 0; i < out.data.length; i++) {
            int[] index = index(out.shape, i);
            out.data[i] = f.applyAsDouble(get(index), other.get(index));
        }
        return out;
    }

    NdArray expand(int... to) {
        return zip(zeros(to), (a, b) -> a);
    }

    NdArray reshape(int... to) {
        return new NdArray(to, data);
    }

    NdArray permute(int... order) {
        int[] to = new int[order.length];
        for (int i = 0; i < to.length; i++) {
            to[i] = shape[axis(order[i])];
        }
        NdArray out = zeros(to);
        for (int i = 0; i < data.length; i++) {
            int[] index = index(to, i);
            int[] from = new int[to.length];
            for (int j = 0; j < to.length; j++) {
                from[axis(order[j])] = index[j];
            }
            out.data[i] = get(from);
        }
        return out;
    }

    NdArray transpose(int a, int b) {
        int[] order = new int[shape.length];
        Arrays.setAll(order, i -> i == axis(a) ? axis(b) : i == axis(b) ? axis(a) : i);
        return permute(order);
    }

    // ---- along axes

    /** Combines the elements along the given axes (none means all), row-major, into one. */
    NdArray reduce(ToDoubleFunction<double[]> f, boolean keepDim, int... axes) {
        boolean[] reduced = new boolean[shape.length];
        Arrays.fill(reduced, axes.length == 0);
        for (int axis : axes) {
            if (shape.length > 0) {
                reduced[axis(axis)] = true;
            }
        }
        int[] kept = shape.clone();
        int[] inner = shape.clone();
        int n = 0;
        for (int i = 0; i < shape.length; i++) {
            kept[i] = reduced[i] ? 1 : kept[i];
            inner[i] = reduced[i] ? inner[i] : 1;
            n += reduced[i] ? 0 : 1;
        }
        NdArray out = zeros(kept);
        for (int i = 0; i < out.data.length; i++) {
            int[] index = index(kept, i);
            double[] group = new double[numel(inner)];
            for (int j = 0; j < group.length; j++) {
                int[] at = index(inner, j);
                for (int k = 0; k < at.length; k++) {
                    at[k] += index[k];
                }
                group[j] = get(at);
            }
            out.data[i] = f.applyAsDouble(group);
        }
        int[] left = new int[n];
        for (int i = 0, j = 0; i < shape.length; i++) {
            if (!reduced[i]) {
                left[j++] = shape[i];
            }
        }
        return keepDim ? out : out.reshape(left);
    }

    /** Replaces each row along an axis by another, all of one length. */
    NdArray along(int axis, UnaryOperator<double[]> f) {
        if (shape.length == 0) {
            return new NdArray(shape, f.apply(data));
        }
        int a = axis(axis);
        int n = shape[a];
        int rows = n == 0 ? numel(shape) : data.length / n;
        int inner = 1;
        for (int i = a + 1; i < shape.length; i++) {
            inner *= shape[i];
        }
        double[][] results = new double[rows][];
        for (int r = 0; r < rows; r++) {
            double[] row = new double[n];
            for (int i = 0; i < n; i++) {
                row[i] = data[(r / inner * n + i) * inner + r % inner];
            }
            results[r] = f.apply(row);
        }
        int m = rows == 0 ? f.apply(new double[n]).length : results[0].length;
        int[] to = shape.clone();
        to[a] = m;
        NdArray out = zeros(to);
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < m; i++) {
                out.data[(r / inner * m + i) * inner + r % inner] = results[r][i];
            }
        }
        return out;
    }

    /** The product of [..., m, k] and [..., k, n], batches broadcast. */
    NdArray matmul(NdArray b) {
        int m = shape[shape.length - 2];
        int k = shape[shape.length - 1];
        int n = b.shape[b.shape.length - 1];
        int[] batch = broadcast(Arrays.copyOf(shape, shape.length - 2), Arrays.copyOf(b.shape, b.shape.length - 2));
        int[] to = Arrays.copyOf(batch, batch.length + 2);
        to[batch.length] = m;
        to[batch.length + 1] = n;
        NdArray out = zeros(to);
        for (int i = 0; i < out.data.length; i++) {
            int[] index = index(to, i);
            int[] left = index.clone();
            int[] right = index.clone();
            double sum = 0;
            for (int p = 0; p < k; p++) {
                left[left.length - 1] = p;
                right[right.length - 2] = p;
                sum += getMatrix(left) * b.getMatrix(right);
            }
            out.data[i] = sum;
        }
        return out;
    }

    /** As get, but the last two axes are never repeated. */
    private double getMatrix(int[] index) {
        int at = 0;
        int lead = index.length - shape.length;
        for (int i = 0; i < shape.length; i++) {
            boolean repeated = shape[i] == 1 && i < shape.length - 2;
            at = at * shape[i] + (repeated ? 0 : index[i + lead]);
        }
        return data[at];
    }

    static double sum(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum;
    }

    @Override
    public String toString() {
        return Arrays.toString(shape) + " " + Arrays.toString(data);
    }
}
