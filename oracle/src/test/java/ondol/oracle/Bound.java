package ondol.oracle;

/**
 * How far a number may be from PyTorch's: the sum of
 *
 * @param ulps units in the last place of the expected number
 * @param norm units of 2^-24 times the largest expected magnitude in the same tensor
 * @param terms units of 2^-24 times what PyTorch computes from the operands' magnitudes: the sum of a sum's terms without
 *     their signs
 * @param cotangent units of 2^-24 times the largest magnitude of the outputs' gradients
 * @param absolute a number
 */
record Bound(double ulps, double norm, double terms, double cotangent, double absolute) {
    /** The same number. */
    static final Bound EXACT = new Bound(0, 0, 0, 0, 0);

    static Bound ulps(double ulps) {
        return new Bound(ulps, 0, 0, 0, 0);
    }

    static Bound norm(double norm) {
        return EXACT.plusNorm(norm);
    }

    static Bound terms(double terms) {
        return EXACT.plusTerms(terms);
    }

    Bound plusNorm(double more) {
        return new Bound(ulps, norm + more, terms, cotangent, absolute);
    }

    Bound plusTerms(double more) {
        return new Bound(ulps, norm, terms + more, cotangent, absolute);
    }

    Bound plusCotangent(double more) {
        return new Bound(ulps, norm, terms, cotangent + more, absolute);
    }

    Bound plusAbsolute(double more) {
        return new Bound(ulps, norm, terms, cotangent, absolute + more);
    }

    /**
     * Whether an expected number and the actual one are close enough; NaN is only close to NaN, unless it comes from a
     * sum that overflows.
     *
     * @param signedZeros whether the zeros' signs must agree
     * @param largest the largest expected magnitude of the tensor
     * @param spread for an operand that was broadcast or expanded, the sum of the magnitudes that its gradient is a sum of
     * @param terms what PyTorch computes from the operands' magnitudes
     * @param cotangents the largest magnitude of the outputs' gradients
     */
    boolean allows(
            double expected,
            double actual,
            boolean signedZeros,
            double largest,
            double spread,
            double terms,
            double cotangents) {
        // Where the sum of the magnitudes overflows, the order of its additions decides what comes out.
        if (spread == Double.POSITIVE_INFINITY && bothOverflow(expected, actual)) {
            return true;
        }
        if (Double.isNaN(expected) || Double.isNaN(actual)) {
            return Double.isNaN(expected) && Double.isNaN(actual);
        }
        if (expected == actual) {
            // The sign of a sum that cancels is a rounding error's: gelu's of -10,000 is PyTorch's +0 or -0, by
            // processor.
            boolean rounded = this.terms > 0 && terms > 0 || this.absolute > 0;
            return expected != 0 || !signedZeros || rounded || 1 / expected == 1 / actual;
        }
        // Where one result overflows, the other may be just below.
        double e = Math.clamp(expected, -0x1p128, 0x1p128);
        double a = Math.clamp(actual, -0x1p128, 0x1p128);
        double eps = 0x1p-24;
        double allowed = this.ulps * Math.ulp((float) Math.min(Math.abs(e), Float.MAX_VALUE))
                + 2 * (this.ulps + 2) * eps * finite(spread)
                + this.norm * eps * largest
                + (this.terms > 0 ? this.terms * (eps * finite(terms) + Float.MIN_VALUE) : 0)
                + this.cotangent * eps * cotangents
                + this.absolute;
        return Math.abs(a - e) <= allowed;
    }

    /** Whether both are so large, infinite or NaN that sums of such numbers overflow in one order and not in another. */
    static boolean bothOverflow(double expected, double actual) {
        return !(Math.abs(expected) < 0x1p125) && !(Math.abs(actual) < 0x1p125);
    }

    private static double finite(double x) {
        return Double.isNaN(x) ? 0 : Math.min(x, 0x1p128);
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        part(s, ulps, " ulp");
        part(s, norm, " eps max|y|");
        part(s, terms, " eps sum|terms|");
        part(s, cotangent, " eps max|dy|");
        part(s, absolute, "");
        return s.isEmpty() ? "exact" : s.toString();
    }

    private static void part(StringBuilder s, double amount, String unit) {
        if (amount != 0) {
            s.append(s.isEmpty() ? "" : " + ");
            s.append(amount == Math.rint(amount) ? String.valueOf((long) amount) : String.valueOf(amount));
            s.append(unit);
        }
    }
}
