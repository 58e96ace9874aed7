package ondol.plot;

import java.util.Locale;

/** The range of an axis: the values from least to most and, as in matplotlib, a margin of 5% on each side. */
final class Range {
    private static final double MARGIN = 0.05;
    private static final int MOST_INTERVALS = 8;

    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;

    Range(float... values) {
        for (float value : values) {
            if (Float.isFinite(value)) {
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
        }
    }

    void add(Range other) {
        least = Math.min(least, other.least);
        most = Math.max(most, other.most);
    }

    /** The smallest finite value, or 0. */
    double least() {
        return least <= most ? least : 0;
    }

    /** The largest finite value, or 0. */
    double most() {
        return least <= most ? most : 0;
    }

    double low() {
        return least() - margin();
    }

    double high() {
        return most() + margin();
    }

    private double margin() {
        return most > least ? MARGIN * (most - least) : MARGIN;
    }

    double span() {
        return high() - low();
    }

    /** From one tick to the next: 1, 2 or 5 times a power of ten. */
    double step() {
        double shortest = span() / MOST_INTERVALS;
        double power = Math.pow(10, Math.floor(Math.log10(shortest)));
        for (int times : new int[] {1, 2, 5}) {
            if (times * power >= shortest) {
                return times * power;
            }
        }
        return 10 * power;
    }

    /** A tick's label, with the decimals that the step needs and a real minus sign. */
    String label(double tick) {
        int decimals = Math.max(0, -(int) Math.floor(Math.log10(step()) + 1e-9));
        double rounded = Math.rint(tick / step()) * step();
        String digits = String.format(Locale.ROOT, "%." + decimals + "f", Math.abs(rounded));
        return rounded < 0 ? "\u2212" + digits : digits;
    }
}
