package ondol.op;

/** What becomes of the rows of a bag; PyTorch's {@code mode} of {@code embedding_bag}. */
public enum BagMode {
    /** Their sum, each times its weight if there are weights. */
    SUM,

    /** Their mean. */
    MEAN,

    /** The largest element of each column. */
    MAX
}
