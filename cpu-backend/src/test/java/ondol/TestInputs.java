package ondol;

import java.util.Arrays;
import java.util.Random;

/** Random inputs for tests, in every memory layout. */
final class TestInputs {
    /** Printed when a test fails, so that it can be repeated. */
    static final long SEED = 20260101;

    /** How a tensor's elements lie in memory. */
    enum Layout {
        CONTIGUOUS,
        /** Axes stored in the opposite order. */
        TRANSPOSED,
        /** Every axis stored backwards. */
        REVERSED,
        /** Every second element of something larger, with an offset. */
        SPREAD
    }

    private TestInputs() {}

    /** Floats that are uniform on [low, high), as doubles. */
    static NdArray uniform(Random random, double low, double high, int... shape) {
        NdArray out = NdArray.zeros(shape);
        Arrays.setAll(out.data, i -> (float) (low + (high - low) * random.nextDouble()));
        return out;
    }

    /** Floats in random order, of which no two are closer than {@code gap}, around 0. */
    static NdArray distinct(Random random, double gap, int... shape) {
        NdArray out = NdArray.zeros(shape);
        int n = out.data.length;
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        java.util.Collections.shuffle(Arrays.asList(order), random);
        Arrays.setAll(out.data, i -> (float) ((order[i] - n / 2.0 + 0.3) * 2 * gap + gap * 0.4 * random.nextDouble()));
        return out;
    }

    /** A tensor of the array's values, laid out as told. */
    static Tensor tensor(NdArray a, Layout layout) {
        int n = a.dim();
        return switch (layout) {
            case CONTIGUOUS -> a.tensor();
            case TRANSPOSED -> {
                int[] order = new int[n];
                Arrays.setAll(order, i -> n - 1 - i);
                yield a.permute(order).tensor().permute(order);
            }
            case REVERSED -> {
                NdArray stored = a;
                for (int i = 0; i < n; i++) {
                    stored = stored.along(i, TestInputs::reversed);
                }
                Tensor t = stored.tensor();
                for (int i = 0; i < n; i++) {
                    t = t.slice(i, Index.OPEN, Index.OPEN, -1);
                }
                yield t;
            }
            case SPREAD -> {
                NdArray stored = a;
                for (int i = 0; i < n; i++) {
                    stored = stored.along(i, row -> {
                        double[] wide = new double[2 * row.length + 2];
                        Arrays.fill(wide, 77.25);
                        for (int j = 0; j < row.length; j++) {
                            wide[2 * j + 1] = row[j];
                        }
                        return wide;
                    });
                }
                Tensor t = stored.tensor();
                for (int i = 0; i < n; i++) {
                    t = t.slice(i, 1, 2L * a.shape[i] + 1, 2);
                }
                yield t;
            }
        };
    }

    static double[] reversed(double[] row) {
        double[] out = new double[row.length];
        Arrays.setAll(out, i -> row[row.length - 1 - i]);
        return out;
    }
}
