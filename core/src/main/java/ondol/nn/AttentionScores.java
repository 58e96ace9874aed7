package ondol.nn;

import ondol.DType;
import ondol.Device;
import ondol.Tensor;
import ondol.op.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * The scores that masks of an attention have to fit.
 *
 * @param query its device is the masks'; with two axes it is a single sequence
 */
record AttentionScores(Tensor query, long batch, long heads, long queries, long keys) {
    /** Refuses a mask that is not for queries and keys. */
    void checkMask(String module, String name, @Nullable Tensor mask) {
        if (mask != null) {
            checkType(module, name, mask);
            Arguments.shape(
                    module,
                    name,
                    mask,
                    mask.dim() == 3 ? new long[] {batch * heads, queries, keys} : new long[] {queries, keys});
        }
    }

    /** Refuses a mask that is not for each sequence's keys. */
    void checkPadding(String module, String name, @Nullable Tensor padding) {
        if (padding != null) {
            checkType(module, name, padding);
            Arguments.shape(module, name, padding, query.dim() == 2 ? new long[] {keys} : new long[] {batch, keys});
        }
    }

    private void checkType(String module, String name, Tensor mask) {
        if (Arguments.given(module, name, mask).dtype() == DType.INT64) {
            throw new IllegalArgumentException(module + ": the " + name
                    + " is INT64; it must be BOOL (true: takes no part) or FLOAT32 (added): use to(...)");
        }
        Arguments.sameDevice(module, query, mask);
    }

    /** Refuses masks that do not fit; {@code of} is the sequence in whose name they are: {@code src}. */
    void check(String module, String of, AttentionMasks masks) {
        checkMask(module, of + " mask", masks.mask());
        checkPadding(module, of + " key padding", masks.keyPadding());
    }

    /** The same masks with their causality in the mask. */
    AttentionMasks spelledOut(AttentionMasks masks) {
        Tensor mask = masks.mask();
        if (!masks.isCausal()) {
            return masks;
        }
        Tensor later = later(queries, keys, query.device());
        Tensor both = mask == null
                ? later
                : mask.dtype() == DType.BOOL ? mask.logicalOr(later) : mask.maskedFill(later, Double.NEGATIVE_INFINITY);
        return new AttentionMasks(both, masks.keyPadding(), false);
    }

    /** [queries, keys], BOOL: true where the key's number is more than the query's. */
    static Tensor later(long queries, long keys, Device device) {
        Tensor rows = Tensor.arange(queries).to(device);
        Tensor columns = Tensor.arange(keys).to(device);
        return rows.unsqueeze(1).lt(columns);
    }
}
