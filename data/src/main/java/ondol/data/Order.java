package ondol.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import ondol.Generator;

/** Orders and shares of samples. */
final class Order {
    private Order() {}

    /** Places as ints, which they are: a data set has no more. */
    static int[] of(long[] places) {
        int[] order = new int[places.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) places[i];
        }
        return order;
    }

    static int[] ascending(int n) {
        int[] order = new int[n];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** Places of so many samples in parts of some sizes, at random. */
    static int[][] random(String name, Generator generator, int n, int... sizes) {
        check(name, n, sizes);
        return cut(of(generator.permutation(n)), sizes);
    }

    /**
     * The same, with each class's share in each part: the k-th of a class's n samples, which are in random order, is put at
     * (k + 1/2) / n of the way, and the parts are cut from the way.
     */
    static int[][] stratified(Generator generator, long[] labels, int... sizes) {
        check("stratifiedSplit", labels.length, sizes);
        int[] order = of(generator.permutation(labels.length));
        Map<Long, Integer> counts = new HashMap<>();
        for (long label : labels) {
            counts.merge(label, 1, Integer::sum);
        }
        Map<Long, Integer> seen = new HashMap<>();
        double[] at = new double[labels.length];
        for (int place : order) {
            int k = seen.merge(labels[place], 1, Integer::sum) - 1;
            at[place] = (k + 0.5) / counts.getOrDefault(labels[place], 1);
        }
        // The sort is stable: what is equally far is in random order.
        int[] way = Arrays.stream(order)
                .boxed()
                .sorted(Comparator.comparingDouble(place -> at[place]))
                .mapToInt(Integer::intValue)
                .toArray();
        return cut(way, sizes);
    }

    private static int[][] cut(int[] order, int... sizes) {
        int[][] parts = new int[sizes.length][];
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Arrays.copyOfRange(order, at, at + sizes[i]);
            at += sizes[i];
        }
        return parts;
    }

    private static void check(String name, int n, int... sizes) {
        long sum = 0;
        for (int size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException(name + ": the sizes are " + Arrays.toString(sizes)
                        + "; give sizes of 0 or more that add up to " + n);
            }
            sum += size;
        }
        if (sum != n) {
            throw new IllegalArgumentException(name + ": the sizes " + Arrays.toString(sizes) + " add up to " + sum
                    + ", but there are " + n + " samples; give sizes that add up to that");
        }
    }

    /** Whole numbers of samples for fractions. */
    static int[] sizes(int n, double... fractions) {
        double sum = 0;
        for (double fraction : fractions) {
            if (!(fraction >= 0 && fraction <= 1)) {
                throw new IllegalArgumentException("randomSplit: the fractions are " + Arrays.toString(fractions)
                        + "; give fractions of 0 to 1 that add up to 1");
            }
            sum += fraction;
        }
        if (fractions.length == 0 || Math.abs(sum - 1) > 1e-9) {
            throw new IllegalArgumentException("randomSplit: the fractions " + Arrays.toString(fractions)
                    + " add up to " + sum + "; give fractions of 0 to 1 that add up to 1");
        }
        int[] sizes = new int[fractions.length];
        int dealt = 0;
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = (int) Math.floor(n * fractions[i]);
            dealt += sizes[i];
        }
        for (int i = 0; dealt < n; i = (i + 1) % sizes.length) {
            sizes[i]++;
            dealt++;
        }
        return sizes;
    }
}
