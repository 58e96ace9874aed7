package ondol.op;

import java.util.Arrays;

/**
 * How an axis is resized. All in single precision, as PyTorch does it.
 *
 * @param size the input's size
 * @param output the output's
 * @param factor the factor that was given, or 0 if the output's size was
 */
record ResizedAxis(long size, long output, double factor) {
    private static final float A = -0.75f;

    private float scale() {
        return factor > 0 ? (float) (1.0 / factor) : (float) size / output;
    }

    private float place(long o, boolean alignCorners) {
        if (alignCorners) {
            return output > 1 ? (float) (size - 1) / (output - 1) * o : 0;
        }
        return scale() * (o + 0.5f) - 0.5f;
    }

    private long inside(long place) {
        return Math.clamp(place, 0, size - 1);
    }

    AxisTaps taps(InterpolationMode mode, boolean alignCorners) {
        int n = Math.toIntExact(output);
        return switch (mode) {
            case NEAREST -> AxisTaps.of(size, nearest(n));
            case NEAREST_EXACT -> AxisTaps.of(size, nearest(n, 0.5f));
            case LINEAR, BILINEAR, TRILINEAR -> linear(n, alignCorners);
            case BICUBIC -> cubic(n, alignCorners);
            case AREA -> throw new AssertionError(mode);
        };
    }

    /** The nearest elements' places. Where the size stays or doubles, a factor that was given does not count, as in PyTorch. */
    private long[] nearest(int n) {
        if (output != size && output != 2 * size) {
            return nearest(n, 0);
        }
        long[] places = new long[n];
        Arrays.setAll(places, o -> o * size / output);
        return places;
    }

    private long[] nearest(int n, float shift) {
        long[] places = new long[n];
        Arrays.setAll(places, o -> inside((long) Math.floor((o + shift) * scale())));
        return places;
    }

    private AxisTaps linear(int n, boolean alignCorners) {
        long[][] places = new long[2][n];
        float[][] weights = new float[2][n];
        for (int o = 0; o < n; o++) {
            float place = Math.max(0, place(o, alignCorners));
            places[0][o] = inside((long) place);
            places[1][o] = inside(places[0][o] + 1);
            weights[1][o] = Math.clamp(place - places[0][o], 0f, 1f);
            weights[0][o] = 1 - weights[1][o];
        }
        return new AxisTaps(size, places, weights);
    }

    private AxisTaps cubic(int n, boolean alignCorners) {
        long[][] places = new long[4][n];
        float[][] weights = new float[4][n];
        for (int o = 0; o < n; o++) {
            float place = place(o, alignCorners);
            long before = Math.min((long) Math.floor(place), size - 1);
            float t = Math.clamp(place - before, 0f, 1f);
            for (int k = 0; k < 4; k++) {
                places[k][o] = inside(before - 1 + k);
            }
            weights[0][o] = far(t + 1);
            weights[1][o] = near(t);
            weights[2][o] = near(1 - t);
            weights[3][o] = far(2 - t);
        }
        return new AxisTaps(size, places, weights);
    }

    private static float near(float x) {
        return ((A + 2) * x - (A + 3)) * x * x + 1;
    }

    private static float far(float x) {
        return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
    }
}
