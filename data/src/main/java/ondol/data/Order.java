package ondol.data;

import java.util.Arrays;

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
