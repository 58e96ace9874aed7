package ondol;

import java.util.Objects;

/**
 * The result of sorting or selecting along an axis.
 *
 * @param values the elements; gradients flow through them
 * @param indices where along the axis they were (INT64)
 */
public record ValuesAndIndices(Tensor values, Tensor indices) {
    /** Checks that both are given. */
    public ValuesAndIndices {
        Objects.requireNonNull(values, "ValuesAndIndices: the values are null; give a tensor");
        Objects.requireNonNull(indices, "ValuesAndIndices: the indices are null; give a tensor");
    }
}
