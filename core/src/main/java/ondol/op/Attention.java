package ondol.op;

import java.util.Arrays;
import ondol.DType;
import ondol.Generator;
import ondol.Ondol;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention (Vaswani et al., "Attention is all you need", 2017), as {@code torch.nn.functional} has it.
 *
 * <p>For queries Q [..., L, E], keys K [..., S, E] and values V [..., S, Ev]:
 *
 * <pre>{@code
 * P = softmax(scale Q K^T + mask)     [..., L, S], each row adds up to 1
 * attention = dropout(P) V            [..., L, Ev]
 * }</pre>
 *
 * <p>Leading axes (batch, heads) broadcast. A mask is of a shape that broadcasts to [..., L, S]: BOOL, true where a key takes
 * part, or FLOAT32, added to the scaled scores, which may require a gradient. A query for which no key takes part - its row is
 * false, or minus infinity, throughout - gets zeros, and passes zeros back.
 */
public final class Attention {
    private static final String OPERATION = "scaledDotProductAttention";

    private Attention() {}

    /**
     * As {@link #scaledDotProductAttention(Tensor, Tensor, Tensor, Tensor, double, boolean, Double)}, without a mask.
     *
     * @param query [..., L, E], FLOAT32
     * @param key [..., S, E], FLOAT32
     * @param value [..., S, Ev], FLOAT32
     * @return [..., L, Ev]
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
        return scaledDotProductAttention(query, key, value, null, 0, false, null);
    }

    /**
     * As {@link #scaledDotProductAttention(Tensor, Tensor, Tensor, Tensor, double, boolean, Double)}, without dropout.
     *
     * @param query [..., L, E], FLOAT32
     * @param key [..., S, E], FLOAT32
     * @param value [..., S, Ev], FLOAT32
     * @param mask of a shape that broadcasts to [..., L, S]: BOOL (true: takes part) or FLOAT32 (added); null for none
     * @return [..., L, Ev]
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
        return scaledDotProductAttention(query, key, value, mask, 0, false, null);
    }

    /**
     * {@link #scaledDotProductAttention(Tensor, Tensor, Tensor, Tensor, double, boolean, Double, Generator)} with the default
     * generator.
     *
     * @param query [..., L, E], FLOAT32
     * @param key [..., S, E], FLOAT32
     * @param value [..., S, Ev], FLOAT32
     * @param mask of a shape that broadcasts to [..., L, S]: BOOL (true: takes part) or FLOAT32 (added); null for none
     * @param dropout the probability of dropping a weight, from 0 to 1
     * @param isCausal whether no query takes later keys; then there must be no mask
     * @param scale the factor of the scores; null for {@code 1 / sqrt(E)}
     * @return [..., L, Ev]
     */
    public static Tensor scaledDotProductAttention(
            Tensor query,
            Tensor key,
            Tensor value,
            @Nullable Tensor mask,
            double dropout,
            boolean isCausal,
            @Nullable Double scale) {
        return scaledDotProductAttention(query, key, value, mask, dropout, isCausal, scale, Ondol.generator());
    }

    /**
     * {@code dropout(softmax(scale Q K^T + mask)) V}; PyTorch's {@code scaled_dot_product_attention}.
     *
     * <pre>{@code
     * Tensor y = Attention.scaledDotProductAttention(q, k, v, null, 0, true, null);     // causal: no query sees later keys
     * }</pre>
     *
     * @param query [..., L, E], FLOAT32
     * @param key [..., S, E], FLOAT32
     * @param value [..., S, Ev], FLOAT32
     * @param mask BOOL (true: takes part) or FLOAT32 (added), of a shape that broadcasts to [..., L, S]; null for none
     * @param dropout the probability with which an element of P is dropped, 0 to 1; 0 outside of training
     * @param isCausal whether query i takes keys 0 to i only (the mask's diagonal begins at the upper left); not together with
     *     a mask
     * @param scale what scores are multiplied by; null for {@code 1 / sqrt(E)}
     * @param generator where one word is drawn, if dropout is more than 0 and less than 1
     * @return [..., L, Ev]
     * @throws IllegalArgumentException if types, shapes or devices do not fit, for a dropout that is no probability, or for a mask
     *     beside isCausal
     */
    public static Tensor scaledDotProductAttention(
            Tensor query,
            Tensor key,
            Tensor value,
            @Nullable Tensor mask,
            double dropout,
            boolean isCausal,
            @Nullable Double scale,
            Generator generator) {
        checkQueryAndKey(query, key);
        Arguments.axes(OPERATION, "value", Arguments.floats(OPERATION, "value", value), 2, 62);
        if (key.size(-2) != value.size(-2)) {
            throw new IllegalArgumentException(OPERATION + ": the key has shape " + key.shape() + " and the value "
                    + value.shape() + "; their sizes before the last, the number of keys, must be the same");
        }
        checkWeights(query, key, mask, dropout, isCausal, generator);
        Arguments.sameDevice(OPERATION, query, key, value);
        long[] batch = broadcast(leading(query, key), leading(value));
        if (batch == null) {
            throw new IllegalArgumentException(OPERATION + ": the query has shape " + query.shape() + ", the key "
                    + key.shape() + " and the value " + value.shape() + "; their leading axes must broadcast");
        }
        return Scope.result(() -> {
            if (dropout > 0) {
                // Room for the result, so that nothing has been drawn if there is none.
                Tensor.zeros(matrices(batch, query.size(-2), value.size(-1)), DType.FLOAT32, value.device())
                        .close();
            }
            return dropped(query, key, mask, dropout, isCausal, scale, generator)
                    .matmul(value);
        });
    }

    /**
     * The factors of the values in {@link #scaledDotProductAttention(Tensor, Tensor, Tensor, Tensor, double, boolean, Double,
     * Generator)}, {@code dropout(softmax(scale Q K^T + mask))}: how much each query takes of each value.
     *
     * @param query [..., L, E], FLOAT32
     * @param key [..., S, E], FLOAT32
     * @param mask of a shape that broadcasts to [..., L, S]: BOOL (true: takes part) or FLOAT32 (added); null for none
     * @param dropout the probability of dropping a weight, from 0 to 1
     * @param isCausal whether no query takes later keys; then there must be no mask
     * @param scale the factor of the scores; null for {@code 1 / sqrt(E)}
     * @param generator where the word for what is dropped is drawn
     * @return [..., L, S]
     * @throws IllegalArgumentException as there
     */
    public static Tensor attentionWeights(
            Tensor query,
            Tensor key,
            @Nullable Tensor mask,
            double dropout,
            boolean isCausal,
            @Nullable Double scale,
            Generator generator) {
        checkQueryAndKey(query, key);
        checkWeights(query, key, mask, dropout, isCausal, generator);
        return Scope.result(() -> dropped(query, key, mask, dropout, isCausal, scale, generator));
    }

    private static Tensor dropped(
            Tensor query,
            Tensor key,
            @Nullable Tensor mask,
            double dropout,
            boolean isCausal,
            @Nullable Double scale,
            Generator generator) {
        double factor = scale == null ? 1 / Math.sqrt((double) query.size(-1)) : scale;
        Tensor allowed = isCausal ? causal(query, key) : mask;
        return MaskedSoftmax.of(query.matmul(key.mT()), allowed, factor).dropout(dropout, generator);
    }

    /** True where the key's number is not more than the query's. */
    private static Tensor causal(Tensor query, Tensor key) {
        Tensor rows = Tensor.arange(query.size(-2)).to(query.device());
        Tensor columns = Tensor.arange(key.size(-2)).to(query.device());
        return rows.unsqueeze(1).ge(columns);
    }

    // ---- what is refused

    private static void checkQueryAndKey(Tensor query, Tensor key) {
        Arguments.axes(OPERATION, "query", Arguments.floats(OPERATION, "query", query), 2, 62);
        Arguments.axes(OPERATION, "key", Arguments.floats(OPERATION, "key", key), 2, 62);
        Arguments.sameDevice(OPERATION, query, key);
        if (query.size(-1) != key.size(-1)) {
            throw new IllegalArgumentException(OPERATION + ": the query has shape " + query.shape() + " and the key "
                    + key.shape() + "; their last sizes must be the same");
        }
        leading(query, key);
    }

    private static void checkWeights(
            Tensor query, Tensor key, @Nullable Tensor mask, double dropout, boolean isCausal, Generator generator) {
        Arguments.probability(OPERATION, "dropout", dropout);
        if (generator == null) {
            throw new NullPointerException(OPERATION + ": the generator is null; give Ondol.generator()");
        }
        if (mask == null) {
            return;
        }
        if (isCausal) {
            throw new IllegalArgumentException(OPERATION + ": a mask of shape "
                    + Arguments.given(OPERATION, "mask", mask).shape()
                    + " beside isCausal; give one of them, or a mask that is causal itself");
        }
        if (Arguments.given(OPERATION, "mask", mask).dtype() == DType.INT64) {
            throw new IllegalArgumentException(OPERATION
                    + ": the mask is INT64; it must be BOOL (true: takes part) or FLOAT32 (added): use to(...)");
        }
        Arguments.sameDevice(OPERATION, query, mask);
        Shape scores = matrices(leading(query, key), query.size(-2), key.size(-2));
        long[] both = broadcast(scores.toArray(), mask.shape().toArray());
        if (both == null || !Shape.of(both).equals(scores)) {
            throw new IllegalArgumentException(OPERATION + ": the mask has shape " + mask.shape()
                    + "; it must broadcast to " + scores + ", the queries by the keys");
        }
    }

    private static Shape matrices(long[] leading, long rows, long columns) {
        long[] sizes = Arrays.copyOf(leading, leading.length + 2);
        sizes[sizes.length - 2] = rows;
        sizes[sizes.length - 1] = columns;
        return Shape.of(sizes);
    }

    private static long[] leading(Tensor t) {
        return Arrays.copyOf(t.shape().toArray(), t.dim() - 2);
    }

    private static long[] leading(Tensor query, Tensor key) {
        long[] both = broadcast(leading(query), leading(key));
        if (both == null) {
            throw new IllegalArgumentException(OPERATION + ": the query has shape " + query.shape() + " and the key "
                    + key.shape() + "; their leading axes must broadcast");
        }
        return both;
    }

    /** The shape that two broadcast to; null if they do not. */
    private static long @Nullable [] broadcast(long[] a, long[] b) {
        long[] longer = (a.length >= b.length ? a : b).clone();
        long[] shorter = a.length >= b.length ? b : a;
        for (int i = 1; i <= shorter.length; i++) {
            long x = longer[longer.length - i];
            long y = shorter[shorter.length - i];
            if (x != y && x != 1 && y != 1) {
                return null;
            }
            longer[longer.length - i] = x == 1 ? y : x;
        }
        return longer;
    }
}
