package ondol.spark;

import java.io.Serializable;
import java.util.Objects;
import ondol.Tensor;
import ondol.data.Sample;

/**
 * A row of features and the number of its class.
 *
 * @param features as many in all rows
 * @param label 0 or more
 */
@SuppressWarnings("ArrayRecordComponent")
public record LabeledRow(float[] features, long label) implements Serializable {
    /** Checks that the features are there. */
    public LabeledRow {
        Objects.requireNonNull(features, "LabeledRow: the features are null; give an array");
    }

    /** {@return the input [features] with a scalar INT64 target} */
    public Sample sample() {
        return new Sample(Tensor.tensor(features), Tensor.tensor(label));
    }
}
