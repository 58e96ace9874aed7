package ondol;

import java.util.Objects;

/**
 * What sorting and selecting along an axis give.
 *
 * @param values the elements; gradients flow through them
 * @param indices where along the axis they were (INT64)
 */
public record ValuesAndIndices(Tensor values, Tensor indices) {
    /** Both must be given. */
    public ValuesAndIndices {
        Objects.requireNonNull(values, "ValuesAndIndices: the values are null; give a tensor");
        Objects.requireNonNull(indices, "ValuesAndIndices: the indices are null; give a tensor");
    }
}
