package ondol;

/** What a loss does with the losses of the single elements. */
public enum Reduction {
    /** Returns them as they are. */
    NONE,
    /** Returns their mean. */
    MEAN,
    /** Returns their sum. */
    SUM
}
