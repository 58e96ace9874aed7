package ondol;

/** The way in which a loss combines the losses of the single elements. */
public enum Reduction {
    /** Returns them as they are. */
    NONE,
    /** Returns their mean. */
    MEAN,
    /** Returns their sum. */
    SUM
}
