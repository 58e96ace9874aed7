package ondol.backend.cpu;

/** The loops of reductions and matrix products: in plain Java, or with the Vector API. */
abstract sealed class Loops permits PlainLoops, VectorLoops {
    /** Plain Java, or the Vector API. */
    static Loops of(boolean vector) {
        return vector ? new VectorLoops() : new PlainLoops();
    }

    /** The vector width in bits; 0 for plain loops. */
    abstract int bits();

    /** The sums, products and extremes of blocks. */
    abstract Folds folds();
}
