package ondol;

/**
 * What sorting and selecting along an axis give.
 *
 * @param values the elements; gradients flow through them
 * @param indices where along the axis they were (INT64)
 */
public record ValuesAndIndices(Tensor values, Tensor indices) {}
