package ondol.nn;

import java.util.List;
import java.util.Objects;
import ondol.DType;
import ondol.Generator;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Attention;
import org.jspecify.annotations.Nullable;

/**
 * Attention with several heads (Vaswani et al., "Attention is all you need", 2017); PyTorch's {@code
 * torch.nn.MultiheadAttention}.
 *
 * <pre>{@code
 * head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V),   heads of size d = embed / heads, scores times 1 / sqrt(d)
 * output = concat(head_1, ..., head_heads) W^O
 * }</pre>
 *
 * <p>Query [L, batch, embed], key [S, batch, kdim], value [S, batch, vdim], output [L, batch, embed]; with {@link
 * AttentionOptions#batchFirst} the first two axes are exchanged, and a single sequence is without the batch's axis.
 *
 * <p>Masks are as PyTorch's module has them, <em>unlike</em> those of {@link Attention}: of a BOOL mask, true means that a key takes
 * no part; a FLOAT32 one is added to the scores. A query for which no key takes part gets the output's bias.
 *
 * <p>The parameters are {@code in_proj_weight} [3 embed, embed] for query, key and value (or {@code q_proj_weight} [embed, embed],
 * {@code k_proj_weight} [embed, kdim] and {@code v_proj_weight} [embed, vdim], if keys or values have another size), {@code
 * in_proj_bias} [3 embed], {@code bias_k} and {@code bias_v} [1, 1, embed] if they are wanted, and {@code out_proj}, a {@link Linear}.
 * Weights start Xavier uniform, {@code out_proj.weight} as a Linear's, the biases at zero, bias_k and bias_v Xavier normal.
 */
public final class MultiheadAttention extends Module {
    private static final String NAME = "MultiheadAttention";

    private final long embedDim;
    private final long numHeads;
    private final long kdim;
    private final long vdim;
    private final AttentionOptions options;
    private final Linear outProj;

    /**
     * The output of attention, and its weights.
     *
     * @param output of the query's shape
     * @param weights how much each query takes of each value, [batch, L, S], or [batch, heads, L, S] if they are not averaged
     */
    public record Result(Tensor output, Tensor weights) {
        /** Checks that both are given. */
        public Result {
            Objects.requireNonNull(output, "MultiheadAttention.Result: the output is null; give a tensor");
            Objects.requireNonNull(weights, "MultiheadAttention.Result: the weights are null; give a tensor");
        }
    }

    /**
     * Attention with PyTorch's defaults.
     *
     * @param embedDim how many features queries and the output have
     * @param numHeads how many heads share them
     */
    public MultiheadAttention(long embedDim, long numHeads) {
        this(embedDim, numHeads, new AttentionOptions());
    }

    /**
     * Attention with options.
     *
     * @param embedDim how many features queries and the output have
     * @param numHeads how many heads share them
     * @param options dropout, biases, and the features of keys and values
     * @throws IllegalArgumentException if a size is less than 1, or embedDim is no multiple of numHeads
     */
    public MultiheadAttention(long embedDim, long numHeads, AttentionOptions options) {
        this.embedDim = Drawn.size(NAME, "embedDim", embedDim);
        this.numHeads = Drawn.size(NAME, "numHeads", numHeads);
        this.options = Objects.requireNonNull(
                options, "MultiheadAttention: the options are null; give new AttentionOptions() for the defaults");
        if (embedDim % numHeads != 0) {
            throw new IllegalArgumentException("MultiheadAttention: embedDim is " + embedDim + " and numHeads "
                    + numHeads + "; the heads share the features, so it must be a multiple");
        }
        kdim = options.kdim() == 0 ? embedDim : options.kdim();
        vdim = options.vdim() == 0 ? embedDim : options.vdim();
        Generator generator = options.generator();
        byte[] state = generator.getState();
        outProj = new Linear(embedDim, embedDim, options.hasBias(), generator);
        try {
            Drawn.all(this, generator, () -> register(generator));
        } catch (RuntimeException e) {
            generator.setState(state);
            outProj.parameters().forEach(Tensor::close);
            throw e;
        }
        register("out_proj", outProj);
    }

    private void register(Generator generator) {
        if (isPacked()) {
            xavier("in_proj_weight", generator, 3 * embedDim, embedDim);
        } else {
            xavier("q_proj_weight", generator, embedDim, embedDim);
            xavier("k_proj_weight", generator, embedDim, kdim);
            xavier("v_proj_weight", generator, embedDim, vdim);
        }
        Tensor outBias = outProj.bias();
        if (outBias != null) {
            register("in_proj_bias", Drawn.zeros(3 * embedDim));
            Init.zeros(outBias);
        }
        if (options.hasBiasKv()) {
            double std = Math.sqrt(1 / (double) embedDim);
            Init.normal(register("bias_k", Drawn.zeros(1, 1, embedDim)), 0, std, generator);
            Init.normal(register("bias_v", Drawn.zeros(1, 1, embedDim)), 0, std, generator);
        }
    }

    private void xavier(String name, Generator generator, long rows, long columns) {
        Init.xavierUniform(register(name, Drawn.zeros(rows, columns)), 1, generator);
    }

    private boolean isPacked() {
        return kdim == embedDim && vdim == embedDim;
    }

    // ---- forward

    /**
     * Computes the output without masks.
     *
     * @param query [L, batch, embedDim], or [batch, L, embedDim] if the batch is first, or [L, embedDim]
     * @param key [S, batch, kdim], [batch, S, kdim] or [S, kdim]
     * @param value [S, batch, vdim], [batch, S, vdim] or [S, vdim]
     * @return the output, of the query's shape
     */
    public Tensor forward(Tensor query, Tensor key, Tensor value) {
        return forward(query, key, value, null, null);
    }

    /**
     * Computes the output alone: PyTorch's {@code need_weights=False}.
     *
     * @param query [L, batch, embedDim], or [batch, L, embedDim] if the batch is first, or [L, embedDim]
     * @param key [S, batch, kdim], [batch, S, kdim] or [S, kdim]
     * @param value [S, batch, vdim], [batch, S, vdim] or [S, vdim]
     * @param keyPaddingMask [batch, S] ([S] for a single sequence), BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @param attnMask [L, S] or [batch * heads, L, S], likewise; null for none
     * @return the output, of the query's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Tensor forward(
            Tensor query, Tensor key, Tensor value, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask) {
        check(query, key, value, keyPaddingMask, attnMask);
        return Scope.result(() -> {
            Heads heads = heads(query, key, value, keyPaddingMask, attnMask);
            return output(
                    Attention.scaledDotProductAttention(
                            heads.q, heads.k, heads.v, heads.mask, dropout(), false, null, options.generator()),
                    query);
        });
    }

    /**
     * Computes the output and the weights, after dropout: PyTorch's {@code need_weights=True}.
     *
     * @param query [L, batch, embedDim], or [batch, L, embedDim] if the batch is first, or [L, embedDim]
     * @param key [S, batch, kdim], [batch, S, kdim] or [S, kdim]
     * @param value [S, batch, vdim], [batch, S, vdim] or [S, vdim]
     * @param keyPaddingMask [batch, S] ([S] for a single sequence), BOOL (true: takes no part) or FLOAT32 (added); null for
     *     none
     * @param attnMask [L, S] or [batch * heads, L, S], BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @param averageAttnWeights whether the weights are the mean of all heads'
     * @return the output and the weights
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public Result forward(
            Tensor query,
            Tensor key,
            Tensor value,
            @Nullable Tensor keyPaddingMask,
            @Nullable Tensor attnMask,
            boolean averageAttnWeights) {
        check(query, key, value, keyPaddingMask, attnMask);
        List<Tensor> results = Scope.results(() -> {
            Heads heads = heads(query, key, value, keyPaddingMask, attnMask);
            Tensor weights = Attention.attentionWeights(
                    heads.q, heads.k, heads.mask, dropout(), false, null, options.generator());
            Tensor shown = averageAttnWeights ? weights.mean(1) : weights;
            return List.of(output(weights.matmul(heads.v), query), query.dim() == 2 ? shown.squeeze(0) : shown);
        });
        return new Result(results.get(0), results.get(1));
    }

    /**
     * {@link #forward(Tensor, Tensor, Tensor, Tensor, Tensor)}, with the hooks that are registered at this module.
     *
     * @param query [L, batch, embedDim], or [batch, L, embedDim] if the batch is first, or [L, embedDim]
     * @param key [S, batch, kdim], [batch, S, kdim] or [S, kdim]
     * @param value [S, batch, vdim], [batch, S, vdim] or [S, vdim]
     * @param keyPaddingMask [batch, S] ([S] for a single sequence), BOOL (true: takes no part) or FLOAT32 (added); null for
     *     none
     * @param attnMask [L, S] or [batch * heads, L, S], BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @return the output, of the query's shape
     */
    public Tensor call(
            Tensor query, Tensor key, Tensor value, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask) {
        if (!hasHooks()) {
            return forward(query, key, value, keyPaddingMask, attnMask);
        }
        Inputs given = inputs(query, key, value, keyPaddingMask, attnMask);
        return callWithHooks(
                        given.present(),
                        in -> List.of(forward(in.get(0), in.get(1), in.get(2), given.get(in, 3), given.get(in, 4))))
                .getFirst();
    }

    /**
     * {@link #forward(Tensor, Tensor, Tensor, Tensor, Tensor, boolean)}, with the hooks that are registered at this module.
     *
     * @param query [L, batch, embedDim], or [batch, L, embedDim] if the batch is first, or [L, embedDim]
     * @param key [S, batch, kdim], [batch, S, kdim] or [S, kdim]
     * @param value [S, batch, vdim], [batch, S, vdim] or [S, vdim]
     * @param keyPaddingMask [batch, S] ([S] for a single sequence), BOOL (true: takes no part) or FLOAT32 (added); null for
     *     none
     * @param attnMask [L, S] or [batch * heads, L, S], BOOL (true: takes no part) or FLOAT32 (added); null for none
     * @param averageAttnWeights whether the weights are the mean of all heads'
     * @return the output and the weights
     */
    public Result call(
            Tensor query,
            Tensor key,
            Tensor value,
            @Nullable Tensor keyPaddingMask,
            @Nullable Tensor attnMask,
            boolean averageAttnWeights) {
        if (!hasHooks()) {
            return forward(query, key, value, keyPaddingMask, attnMask, averageAttnWeights);
        }
        Inputs given = inputs(query, key, value, keyPaddingMask, attnMask);
        List<Tensor> results = callWithHooks(given.present(), in -> {
            Result both =
                    forward(in.get(0), in.get(1), in.get(2), given.get(in, 3), given.get(in, 4), averageAttnWeights);
            return List.of(both.output, both.weights);
        });
        return new Result(results.get(0), results.get(1));
    }

    private static Inputs inputs(
            Tensor query, Tensor key, Tensor value, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask) {
        return new Inputs(
                Arguments.given("MultiheadAttention.call", "query", query),
                Arguments.given("MultiheadAttention.call", "key", key),
                Arguments.given("MultiheadAttention.call", "value", value),
                keyPaddingMask,
                attnMask);
    }

    private double dropout() {
        return training() ? options.dropout() : 0;
    }

    /** Queries, keys and values [batch, heads, time, size], and what the scores are masked with, as Attention wants it. */
    private record Heads(
            Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {}

    private Heads heads(
            Tensor query, Tensor key, Tensor value, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask) {
        Tensor q = projected(0, "q_proj_weight", query);
        Tensor k = projected(1, "k_proj_weight", key);
        Tensor v = projected(2, "v_proj_weight", value);
        long more = 0;
        if (options.hasBiasKv()) {
            k = Tensor.cat(0, k, parameter("bias_k").expand(1, k.size(1), embedDim));
            v = Tensor.cat(0, v, parameter("bias_v").expand(1, v.size(1), embedDim));
            more++;
        }
        if (options.hasZeroAttn()) {
            Tensor zeros = Tensor.zeros(Shape.of(1, k.size(1), embedDim), DType.FLOAT32, k.device());
            k = Tensor.cat(0, k, zeros);
            v = Tensor.cat(0, v, zeros);
            more++;
        }
        return new Heads(split(q), split(k), split(v), mask(q.size(1), keyPaddingMask, attnMask, more));
    }

    /** [time, batch, embed]. */
    private Tensor projected(int which, String name, Tensor t) {
        Tensor sequence = t.dim() == 2 ? t.unsqueeze(1) : options.isBatchFirst() ? t.transpose(0, 1) : t;
        Tensor weight = isPacked() ? part(parameter("in_proj_weight"), which) : parameter(name);
        return sequence.linear(weight, options.hasBias() ? part(parameter("in_proj_bias"), which) : null);
    }

    private Tensor part(Tensor packed, int which) {
        return packed.slice(0, which * embedDim, (which + 1) * embedDim);
    }

    private Tensor split(Tensor t) {
        return t.reshape(t.size(0), t.size(1), numHeads, embedDim / numHeads).permute(1, 2, 0, 3);
    }

    private Tensor output(Tensor heads, Tensor query) {
        Tensor joined = heads.permute(2, 0, 1, 3).reshape(heads.size(2), heads.size(0), embedDim);
        Tensor output = outProj.forward(joined);
        return query.dim() == 2 ? output.squeeze(1) : options.isBatchFirst() ? output.transpose(0, 1) : output;
    }

    // ---- masks

    /** Both masks as one that broadcasts to [batch, heads, L, S]: BOOL, true where a key takes part, or FLOAT32. */
    private @Nullable Tensor mask(long batch, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask, long more) {
        Tensor padding = keyPaddingMask == null
                ? null
                : widened(keyPaddingMask.reshape(batch, 1, 1, keyPaddingMask.size(-1)), more);
        Tensor attention = attnMask == null ? null : widened(attnMask, more);
        if (attention != null && attention.dim() == 3) {
            attention = attention.reshape(batch, numHeads, attention.size(1), attention.size(2));
        }
        if (padding == null || attention == null) {
            Tensor one = padding == null ? attention : padding;
            return one == null || one.dtype() == DType.FLOAT32 ? one : one.logicalNot();
        }
        return padding.dtype() == DType.BOOL && attention.dtype() == DType.BOOL
                ? padding.logicalOr(attention).logicalNot()
                : added(padding).add(added(attention));
    }

    /** A mask with columns for the keys that were added, which take part. */
    private static Tensor widened(Tensor mask, long more) {
        if (more == 0) {
            return mask;
        }
        long[] sizes = mask.shape().toArray();
        sizes[sizes.length - 1] = more;
        return Tensor.cat(-1, mask, Tensor.zeros(Shape.of(sizes), mask.dtype(), mask.device()));
    }

    private static Tensor added(Tensor mask) {
        return mask.dtype() == DType.FLOAT32
                ? mask
                : Tensor.zeros(mask.shape(), DType.FLOAT32, mask.device()).maskedFill(mask, Double.NEGATIVE_INFINITY);
    }

    // ---- what is refused

    private void check(
            Tensor query, Tensor key, Tensor value, @Nullable Tensor keyPaddingMask, @Nullable Tensor attnMask) {
        Arguments.axes(NAME, "query", Arguments.floats(NAME, "query", query), 2, 3);
        long queries = query.size(time(query));
        long batch = query.dim() == 2 ? 1 : query.size(1 - time(query));
        Arguments.shape(NAME, "query", query, sizes(query, queries, batch, embedDim));
        Arguments.axes(NAME, "key", Arguments.floats(NAME, "key", key), query.dim(), query.dim());
        long keys = key.size(time(query));
        Arguments.shape(NAME, "key", key, sizes(query, keys, batch, kdim));
        Arguments.shape(NAME, "value", Arguments.floats(NAME, "value", value), sizes(query, keys, batch, vdim));
        Arguments.sameDevice(NAME, query, key, value, outProj.weight());
        AttentionScores scores = new AttentionScores(query, batch, numHeads, queries, keys);
        scores.checkPadding(NAME, "keyPaddingMask", keyPaddingMask);
        scores.checkMask(NAME, "attnMask", attnMask);
    }

    private int time(Tensor query) {
        return query.dim() == 3 && options.isBatchFirst() ? 1 : 0;
    }

    private long[] sizes(Tensor query, long time, long batch, long features) {
        return query.dim() == 2
                ? new long[] {time, features}
                : options.isBatchFirst() ? new long[] {batch, time, features} : new long[] {time, batch, features};
    }

    // ---- what it is made of

    /** {@return how many features queries and the output have} */
    public long embedDim() {
        return embedDim;
    }

    /** {@return how many heads there are} */
    public long numHeads() {
        return numHeads;
    }

    /** {@return the layer that the heads' outputs go through} */
    public Linear outProj() {
        return outProj;
    }

    /** {@return the settings: dropout, biases and the rest} */
    public AttentionOptions options() {
        return options;
    }

    /** As PyTorch prints it, whose output layer is a class of its own. */
    @Override
    public String toString() {
        return "MultiheadAttention(\n  (out_proj): NonDynamicallyQuantizable" + indented(outProj) + "\n)";
    }
}
