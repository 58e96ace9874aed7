package ondol.optim.scheduler;

/**
 * A number as the unevaluated sum of two doubles, of about 104 bits (Dekker, "A floating-point technique for extending the
 * available precision", 1971).
 */
record DoubleDouble(double high, double low) {
    static final DoubleDouble ONE = of(1);

    static DoubleDouble of(double value) {
        return new DoubleDouble(value, 0);
    }

    /** The exact sum. */
    static DoubleDouble sum(double a, double b) {
        double s = a + b;
        double t = s - a;
        return new DoubleDouble(s, (a - (s - t)) + (b - t));
    }

    /** The exact product. */
    static DoubleDouble product(double a, double b) {
        double p = a * b;
        return new DoubleDouble(p, Math.fma(a, b, -p));
    }

    DoubleDouble add(DoubleDouble b) {
        DoubleDouble highs = sum(high, b.high);
        DoubleDouble lows = sum(low, b.low);
        DoubleDouble s = sum(highs.high, highs.low + lows.high);
        return sum(s.high, s.low + lows.low);
    }

    DoubleDouble negate() {
        return new DoubleDouble(-high, -low);
    }

    DoubleDouble mul(DoubleDouble b) {
        DoubleDouble p = product(high, b.high);
        return sum(p.high, p.low + (high * b.low + low * b.high));
    }

    DoubleDouble mul(double b) {
        DoubleDouble p = product(high, b);
        return sum(p.high, p.low + low * b);
    }

    DoubleDouble div(double b) {
        double q = high / b;
        double rest = Math.fma(-q, b, high) + low;
        return sum(q, rest / b);
    }

    /** Times a power of two, which is exact. */
    DoubleDouble scale(int exponent) {
        return new DoubleDouble(Math.scalb(high, exponent), Math.scalb(low, exponent));
    }

    /** The nearest double. */
    double round() {
        return high + low;
    }
}
