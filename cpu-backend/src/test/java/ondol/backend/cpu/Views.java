package ondol.backend.cpu;

import java.lang.reflect.Array;
import java.util.Random;
import java.util.stream.IntStream;
import ondol.backend.View;
import ondol.kernel.Type;

/** Views of given elements, for tests that launch kernels. */
final class Views {
    private Views() {}

    /** Of a buffer with a copy of the array, seen with these strides. */
    static View of(Object array, long[] shape, long... strides) {
        Type type = switch (array) {
            case float[] f -> Type.F32;
            case int[] i -> Type.I32;
            case long[] l -> Type.I64;
            default -> Type.BOOL;
        };
        int n = Array.getLength(array);
        CpuBuffer buffer = new CpuBuffer(type, n);
        System.arraycopy(array, 0, buffer.array, 0, n);
        return new View(buffer, shape, strides, 0);
    }

    /** The same, in row-major order. */
    static View rowMajor(Object array, long... shape) {
        return of(array, shape, Space.rowMajor(shape));
    }

    /** The whole buffer behind a view. */
    static Object array(View view) {
        return ((CpuBuffer) view.buffer()).array;
    }

    static float[] floats(View view) {
        return (float[]) array(view);
    }

    /** Normal values, among them some -0. */
    static float[] random(int n, int seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int k = 0; k < n; k++) {
            values[k] = random.nextInt(100) == 0 ? -0f : (float) random.nextGaussian();
        }
        return values;
    }

    /** Elements {@code first}, {@code first + step} and so on. */
    static float[] every(float[] values, int first, int step, int n) {
        float[] some = new float[n];
        IntStream.range(0, n).forEach(k -> some[k] = values[first + k * step]);
        return some;
    }
}
