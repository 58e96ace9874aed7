package ondol.nn;

import java.util.List;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Which keys take no part in an attention of a {@link Transformer} and its layers: what PyTorch's {@code src_mask}, {@code
 * src_key_padding_mask} and {@code is_causal} say, and likewise those of {@code tgt} and {@code memory}. It is immutable: each
 * method returns masks with one thing changed.
 *
 * <pre>{@code
 * decoder.forward(tgt, memory, AttentionMasks.causal(), new AttentionMasks().keyPadding(isPadding));
 * }</pre>
 *
 * <p>A key takes part if all that is given lets it. A query for which none does gets the attention's output bias.
 *
 * @param mask [queries, keys] or [batch * heads, queries, keys], BOOL (true: takes no part) or FLOAT32 (added to the scores); null
 *     for none
 * @param keyPadding [batch, keys], or [keys] for a single sequence, likewise; null for none
 * @param isCausal whether query i takes keys 0 to i only. PyTorch's {@code is_causal} is a hint that the mask says this; here no mask
 *     is needed
 */
public record AttentionMasks(
        @Nullable Tensor mask, @Nullable Tensor keyPadding, boolean isCausal) {
    /** No masks: every query takes all keys. */
    public AttentionMasks() {
        this(null, null, false);
    }

    /** {@return masks with which no query takes later keys} */
    public static AttentionMasks causal() {
        return new AttentionMasks(null, null, true);
    }

    /**
     * Sets a mask for queries and keys.
     *
     * @param other [L, S] or [batch * heads, L, S]: BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @return a copy of these masks with that setting
     */
    public AttentionMasks mask(@Nullable Tensor other) {
        return new AttentionMasks(other, keyPadding, isCausal);
    }

    /**
     * Sets a mask for each sequence's keys.
     *
     * @param other [batch, S]: BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @return a copy of these masks with that setting
     */
    public AttentionMasks keyPadding(@Nullable Tensor other) {
        return new AttentionMasks(mask, other, isCausal);
    }

    /**
     * Sets whether queries take no later keys.
     *
     * @param wanted true to leave later keys out
     * @return a copy of these masks with that setting
     */
    public AttentionMasks isCausal(boolean wanted) {
        return new AttentionMasks(mask, keyPadding, wanted);
    }

    /** The masks that hooks have left, of which these were a module's inputs of such numbers. */
    AttentionMasks left(Inputs inputs, List<Tensor> left, int mask, int keyPadding) {
        return new AttentionMasks(inputs.get(left, mask), inputs.get(left, keyPadding), isCausal);
    }
}
