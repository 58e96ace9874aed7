package ondol.data;

import java.util.Objects;
import ondol.Generator;

/** The samples at some places. */
final class SubsetDataset<S> implements Dataset<S> {
    private final Dataset<S> source;
    private final int[] indices;

    SubsetDataset(Dataset<S> source, int... indices) {
        this.source = source;
        this.indices = indices.clone();
        for (int index : indices) {
            if (index < 0 || index >= source.size()) {
                throw new IndexOutOfBoundsException("Dataset.subset: there is no sample " + index + " among "
                        + source.size() + ", which are counted from 0");
            }
        }
    }

    Dataset<S> source() {
        return source;
    }

    /** The places in the source. */
    int[] places(int... of) {
        int[] places = new int[of.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = at(of[i]);
        }
        return places;
    }

    private int at(int index) {
        return indices[Objects.checkIndex(index, indices.length)];
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public S get(int index) {
        return source.get(at(index));
    }

    @Override
    public S get(int index, Generator random) {
        return source.get(at(index), random);
    }

    @Override
    public String describe(int index) {
        return source.describe(at(index));
    }
}
