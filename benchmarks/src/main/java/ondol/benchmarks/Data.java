package ondol.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The inputs: the same for every engine and every run. Nobody writes into them. */
final class Data {
    private static final Map<List<Number>, float[]> MADE = new HashMap<>();

    private Data() {}

    /** Standard normal values, made once in a JVM. */
    static synchronized float[] normal(long seed, int n) {
        return MADE.computeIfAbsent(List.of(seed, n), key -> makeNormal(seed, n));
    }

    private static float[] makeNormal(long seed, int n) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Values from -4 to 4 in steps of a quarter, whose sums are exact in any order. */
    static float[] quarters(int n) {
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextInt(-16, 17) / 4f;
        }
        return values;
    }
}
