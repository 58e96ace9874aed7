package ondol.oracle;

import java.util.SplittableRandom;
import ondol.DType;

/** The random decisions of one trial. */
final class Draw {
    /** What kind of numbers a trial's tensors hold. */
    enum Flavour {
        /** About a normal distribution's. */
        MODERATE,
        /** Small whole numbers, so that there are ties and zeros. */
        WHOLE,
        /** Magnitudes from 2^-20 to 2^20. */
        WIDE,
        /** NaN, infinities, zeros of both signs, subnormal, tiny and huge numbers among moderate ones. */
        SPECIAL
    }

    private static final float[] SPECIALS = {
        0f,
        -0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-40f,
        -3e-39f,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL,
        1e-20f,
        -1e-20f,
        1e20f,
        -1e20f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1f,
        -1f,
        0.5f,
        -2.5f,
        88.7f,
        -88.7f,
        100f,
        -104f
    };

    private final SplittableRandom random;
    private Flavour flavour;

    Draw(long seed) {
        random = new SplittableRandom(seed);
        double p = random.nextDouble();
        flavour = p < 0.4 ? Flavour.MODERATE : p < 0.55 ? Flavour.WHOLE : p < 0.7 ? Flavour.WIDE : Flavour.SPECIAL;
    }

    Flavour flavour() {
        return flavour;
    }

    /** Replaces the special flavour: for operations whose result with infinities depends on the order of additions. */
    Draw finite() {
        if (flavour == Flavour.SPECIAL) {
            flavour = Flavour.MODERATE;
        }
        return this;
    }

    /** Only moderate and whole numbers. */
    Draw tame() {
        if (flavour == Flavour.SPECIAL || flavour == Flavour.WIDE) {
            flavour = Flavour.MODERATE;
        }
        return this;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    long below(long bound) {
        return random.nextLong(bound);
    }

    /** From {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    boolean chance(double p) {
        return random.nextDouble() < p;
    }

    boolean flag() {
        return random.nextBoolean();
    }

    @SafeVarargs
    final <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    // ---- shapes and axes

    /** A size: mostly small, 1 and 0 often enough. */
    long size() {
        double p = random.nextDouble();
        return p < 0.04 ? 0 : p < 0.25 ? 1 : p < 0.95 ? 2 + below(5) : 7 + below(60);
    }

    /** A shape of 0 to 5 axes and at most a few thousand elements. */
    long[] shape() {
        return shape(0, 5);
    }

    long[] shape(int minDim, int maxDim) {
        int dim = Math.max(minDim, Math.min(maxDim, below(6)));
        long[] shape = new long[dim];
        do {
            for (int i = 0; i < dim; i++) {
                shape[i] = size();
            }
            if (dim > 0 && dim < 3 && chance(0.04)) {
                shape[below(dim)] = 100 + below(5000);
            }
        } while (Array.count(shape) > 20_000);
        return shape;
    }

    /** A shape that broadcasts to the given one: leading axes left out, some others 1. */
    long[] narrower(long[] shape) {
        int skip = chance(0.5) ? 0 : below(shape.length + 1);
        long[] narrow = new long[shape.length - skip];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = chance(0.2) ? 1 : shape[i + skip];
        }
        return narrow;
    }

    /** An axis of {@code dim}, counted from either end; once in 40 times one that does not exist. */
    int axis(int dim) {
        if (chance(0.025)) {
            return chance(0.5) ? dim + 1 : -dim - 2;
        }
        return dim == 0 ? (flag() ? 0 : -1) : below(2 * dim) - dim;
    }

    /** Some axes of {@code dim} in any order, counted from either end. */
    int[] axes(int dim) {
        int[] order = permutation(dim);
        int n = dim == 0 ? 0 : between(1, dim);
        int[] axes = new int[n];
        for (int i = 0; i < n; i++) {
            axes[i] = flag() ? order[i] : order[i] - dim;
        }
        return axes;
    }

    // ---- numbers

    float number() {
        return switch (flavour) {
            case MODERATE -> (float) random.nextGaussian();
            case WHOLE -> between(-3, 3);
            case WIDE -> (float) Math.scalb(random.nextGaussian(), between(-20, 20));
            case SPECIAL -> chance(0.3) ? SPECIALS[below(SPECIALS.length)] : (float) random.nextGaussian();
        };
    }

    double gaussian() {
        return random.nextGaussian();
    }

    double uniform(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    // ---- operands

    /** A FLOAT32 operand of the trial's flavour, in any layout, which mostly wants a gradient. */
    Operand floats(long... shape) {
        Layout layout = Layout.draw(this, shape);
        float[] values = new float[(int) Array.count(layout.base())];
        for (int i = 0; i < values.length; i++) {
            values[i] = number();
        }
        return new Operand(Array.of(layout.base(), values), layout, chance(0.85));
    }

    /** As {@link #floats}, from {@code low} to {@code high}. */
    Operand floatsBetween(double low, double high, long... shape) {
        Layout layout = Layout.draw(this, shape);
        float[] values = new float[(int) Array.count(layout.base())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) uniform(low, high);
        }
        return new Operand(Array.of(layout.base(), values), layout, chance(0.85));
    }

    /** As {@link #floats}, all different. */
    Operand distinct(long... shape) {
        Layout layout = Layout.draw(this, shape);
        int n = (int) Array.count(layout.base());
        int[] order = permutation(n);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) ((order[i] - n / 2) * 0.37);
        }
        return new Operand(Array.of(layout.base(), values), layout, chance(0.85));
    }

    /** An INT64 operand with elements from {@code low} to {@code high}, both included. */
    Operand longs(long low, long high, long... shape) {
        Layout layout = Layout.draw(this, shape);
        long[] values = new long[(int) Array.count(layout.base())];
        for (int i = 0; i < values.length; i++) {
            values[i] = low + random.nextLong(high - low + 1);
        }
        return new Operand(Array.of(layout.base(), values), layout, false);
    }

    Operand booleans(long... shape) {
        Layout layout = Layout.draw(this, shape);
        boolean[] values = new boolean[(int) Array.count(layout.base())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextBoolean();
        }
        return new Operand(Array.of(layout.base(), values), layout, false);
    }

    /** An operand of any type: FLOAT32 as often as both others together. */
    Operand any(long... shape) {
        return switch (below(4)) {
            case 0 -> longs(-5, 5, shape);
            case 1 -> booleans(shape);
            default -> floats(shape);
        };
    }

    /** What an output's gradient is multiplied with. */
    Array cotangent(long[] shape) {
        return cotangent(true, shape);
    }

    /** The same; with special numbers at both orders one would only see how formulas overflow. */
    Array cotangent(boolean maySpecial, long[] shape) {
        float[] values = new float[(int) Array.count(shape)];
        boolean special = maySpecial && flavour == Flavour.SPECIAL && chance(0.2);
        for (int i = 0; i < values.length; i++) {
            float value = special ? number() : chance(0.1) ? 0 : (float) random.nextGaussian();
            // Whether a sum of larger ones overflows would depend on the order of its additions.
            values[i] = Float.isInfinite(value) ? value : Math.clamp(value, -0x1p100f, 0x1p100f);
        }
        return Array.of(shape, values);
    }

    /** One operand of a trial: a base, the views that lead to it, and whether the base is a leaf that wants a gradient. */
    record Operand(Array base, Layout layout, boolean requiresGrad) {
        Operand {
            if (base.dtype() != DType.FLOAT32) {
                requiresGrad = false;
            }
        }

        /** The same without a gradient. */
        Operand constant() {
            return new Operand(base, layout, false);
        }

        /** The elements as they are seen through the views, in row-major order. */
        Array seen() {
            return Array.of(layout.apply(base.ondol(ondol.Device.CPU)));
        }

        /** The same base and no views. */
        static Operand plain(Array values) {
            return new Operand(values, Layout.contiguous(values.shape()), false);
        }

        @Override
        public String toString() {
            return (requiresGrad ? "leaf " : "") + base + (layout.steps().isEmpty() ? "" : " seen as " + layout);
        }
    }
}
