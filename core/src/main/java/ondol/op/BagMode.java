package ondol.op;

/** The way in which the rows of a bag are combined; PyTorch's {@code mode} of {@code embedding_bag}. */
public enum BagMode {
    /** Their sum, each times its weight if there are weights. */
    SUM,

    /** Their mean. */
    MEAN,

    /** The largest element of each column. */
    MAX
}
