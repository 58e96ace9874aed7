package ondol.op;

/** The elements beyond the edges of an image that is padded; PyTorch's {@code padding_mode}. */
public enum PaddingMode {
    /** Zeros. */
    ZEROS,

    /** The image mirrored at its edge, without repeating it: {@code c b | a b c | b a}. Less than the size. */
    REFLECT,

    /** The edge itself: {@code a a | a b c | c c}. */
    REPLICATE,

    /** The other side of the image: {@code b c | a b c | a b}. At most the size. */
    CIRCULAR
}
