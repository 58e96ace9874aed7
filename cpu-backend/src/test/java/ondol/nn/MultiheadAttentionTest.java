package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

final class MultiheadAttentionTest {
    private static final int L = 3;
    private static final int S = 4;
    private static final int BATCH = 2;
    private static final int EMBED = 6;
    private static final int HEADS = 2;

    private final Generator generator = new Generator(20260101);

    private AttentionOptions options() {
        return new AttentionOptions().generator(generator);
    }

    private interface Allowed {
        boolean of(int batch, int head, int query, int key);
    }

    /** {@code W x + b}, of the rows of a weight from one on. */
    private static double[] affine(float[] weight, float[] bias, int from, float[] x, int at, int in) {
        double[] y = new double[EMBED];
        for (int i = 0; i < EMBED; i++) {
            y[i] = bias == null ? 0 : bias[from + i];
            for (int j = 0; j < in; j++) {
                y[i] += weight[(from + i) * in + j] * x[at + j];
            }
        }
        return y;
    }

    /** The output and each head's weights, for a module with one packed weight. */
    private static double[][] loops(MultiheadAttention m, Tensor q, Tensor k, Tensor v, Allowed allowed) {
        Map<String, Tensor> state = m.stateDict();
        float[] w = state.get("in_proj_weight").toFloatArray();
        float[] b = state.get("in_proj_bias").toFloatArray();
        float[] ow = state.get("out_proj.weight").toFloatArray();
        float[] ob = state.get("out_proj.bias").toFloatArray();
        double[] out = new double[L * BATCH * EMBED];
        double[] weights = new double[BATCH * HEADS * L * S];
        int size = EMBED / HEADS;
        for (int n = 0; n < BATCH; n++) {
            for (int i = 0; i < L; i++) {
                double[] query = affine(w, b, 0, q.toFloatArray(), (i * BATCH + n) * EMBED, EMBED);
                float[] joined = new float[EMBED];
                for (int h = 0; h < HEADS; h++) {
                    double[] p = new double[S];
                    double sum = 0;
                    for (int j = 0; j < S; j++) {
                        double[] key = affine(w, b, EMBED, k.toFloatArray(), (j * BATCH + n) * EMBED, EMBED);
                        double score = 0;
                        for (int e = h * size; e < (h + 1) * size; e++) {
                            score += query[e] * key[e];
                        }
                        p[j] = allowed.of(n, h, i, j) ? Math.exp(score / Math.sqrt(size)) : 0;
                        sum += p[j];
                    }
                    for (int j = 0; j < S; j++) {
                        double share = sum == 0 ? 0 : p[j] / sum;
                        weights[((n * HEADS + h) * L + i) * S + j] = share;
                        double[] value = affine(w, b, 2 * EMBED, v.toFloatArray(), (j * BATCH + n) * EMBED, EMBED);
                        for (int e = h * size; e < (h + 1) * size; e++) {
                            joined[e] += (float) (share * value[e]);
                        }
                    }
                }
                System.arraycopy(affine(ow, ob, 0, joined, 0, EMBED), 0, out, (i * BATCH + n) * EMBED, EMBED);
            }
        }
        return new double[][] {out, weights};
    }

    private static void close(double[] expected, Tensor found) {
        float[] values = found.toFloatArray();
        assertEquals(expected.length, values.length);
        for (int i = 0; i < values.length; i++) {
            assertEquals(expected[i], values[i], 1e-5, "element " + i);
        }
    }

    @Test
    void outputAndWeights() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options());
        Init.normal(m.stateDict().get("in_proj_bias"), 0, 1, generator);
        Tensor q = Tensor.randn(generator, L, BATCH, EMBED);
        Tensor k = Tensor.randn(generator, S, BATCH, EMBED);
        Tensor v = Tensor.randn(generator, S, BATCH, EMBED);
        double[][] plain = loops(m, q, k, v, (n, h, i, j) -> true);
        close(plain[0], m.forward(q, k, v));
        var both = m.forward(q, k, v, null, null, false);
        close(plain[0], both.output());
        close(plain[1], both.weights());
        assertArrayEquals(
                both.weights().mean(1).toFloatArray(),
                m.forward(q, k, v, null, null, true).weights().toFloatArray());
    }

    /** True means that a key takes no part: sequence 1 has two keys less, and no query takes the key of its number. */
    @Test
    void masks() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options());
        Tensor q = Tensor.randn(generator, L, BATCH, EMBED);
        Tensor k = Tensor.randn(generator, S, BATCH, EMBED);
        Tensor v = Tensor.randn(generator, S, BATCH, EMBED);
        boolean[][] padding = {{false, false, false, false}, {false, false, true, true}};
        boolean[][] own = new boolean[L][S];
        for (int i = 0; i < L; i++) {
            own[i][i] = true;
        }
        double[] expected = loops(m, q, k, v, (n, h, i, j) -> i != j && !padding[n][j])[0];
        Tensor pad = Tensor.tensor(padding);
        Tensor attn = Tensor.tensor(own);
        close(expected, m.forward(q, k, v, pad, attn));
        close(loops(m, q, k, v, (n, h, i, j) -> !padding[n][j])[0], m.forward(q, k, v, pad, null));
        Tensor added = Tensor.zeros(L, S).maskedFill(attn, Double.NEGATIVE_INFINITY);
        close(expected, m.forward(q, k, v, pad, added));
        close(loops(m, q, k, v, (n, h, i, j) -> i != j)[0], m.forward(q, k, v, null, added));
        Tensor heads = attn.unsqueeze(0).expand(BATCH * HEADS, L, S).clone();
        close(expected, m.forward(q, k, v, pad, heads));
    }

    @Test
    void theFormsOfTheInput() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options());
        MultiheadAttention first =
                new MultiheadAttention(EMBED, HEADS, options().batchFirst(true));
        first.loadStateDict(m.stateDict());
        Tensor x = Tensor.randn(generator, L, BATCH, EMBED);
        Tensor y = m.forward(x, x, x);
        Tensor swapped = x.transpose(0, 1);
        assertArrayEquals(
                y.toFloatArray(),
                first.forward(swapped, swapped, swapped).transpose(0, 1).toFloatArray());
        Tensor one = x.select(1, 1);
        var single = m.forward(one, one, one, Tensor.tensor(false, false, false), null, true);
        assertEquals(Shape.of(L, L), single.weights().shape());
        assertArrayEquals(y.select(1, 1).toFloatArray(), single.output().toFloatArray(), 1e-6f);
    }

    /** A trained key, and one of zeros that has the score 0 and adds nothing. */
    @Test
    void addedKeys() {
        MultiheadAttention m =
                new MultiheadAttention(EMBED, HEADS, options().addBiasKv(true).addZeroAttn(true));
        Tensor x = Tensor.randn(generator, L, BATCH, EMBED);
        var found = m.forward(x, x, x, Tensor.zeros(BATCH, L).to(ondol.DType.BOOL), null, false);
        assertEquals(Shape.of(BATCH, HEADS, L, L + 2), found.weights().shape());
        // Without any other key, the zeros' weight is sigmoid of minus the trained key's score.
        Tensor none = Tensor.ones(BATCH, L).to(ondol.DType.BOOL);
        Tensor weights = m.forward(x, x, x, none, null, false).weights();
        Map<String, Tensor> state = m.stateDict();
        int size = EMBED / HEADS;
        Tensor q = x.linear(state.get("in_proj_weight").slice(0, 0, EMBED), null);
        Tensor score = q.slice(-1, 0, size)
                .mul(state.get("bias_k").slice(-1, 0, size))
                .sum(-1)
                .div(Math.sqrt(size));
        assertArrayEquals(
                score.neg().sigmoid().t().contiguous().toFloatArray(),
                weights.select(1, 0).select(-1, L + 1).contiguous().toFloatArray(),
                1e-6f);
    }

    @Test
    void otherSizesOfKeysAndValues() {
        MultiheadAttention m =
                new MultiheadAttention(EMBED, HEADS, options().kdim(5).vdim(7));
        assertEquals(
                "[q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias]",
                m.stateDict().keySet().toString());
        MultiheadAttention packed = new MultiheadAttention(EMBED, HEADS, options());
        Tensor q = Tensor.randn(generator, L, BATCH, EMBED);
        Tensor k = Tensor.randn(generator, S, BATCH, 5);
        Tensor v = Tensor.randn(generator, S, BATCH, 7);
        Map<String, Tensor> state = m.stateDict();
        Tensor w = packed.stateDict().get("in_proj_weight");
        w.slice(0, 0, EMBED).copyFrom(state.get("q_proj_weight"));
        w.slice(0, EMBED, 3 * EMBED)
                .copyFrom(Tensor.eye(EMBED).expand(2, EMBED, EMBED).reshape(2 * EMBED, EMBED));
        packed.outProj().loadStateDict(m.outProj().stateDict());
        Tensor expected = packed.forward(
                q, k.linear(state.get("k_proj_weight"), null), v.linear(state.get("v_proj_weight"), null));
        assertArrayEquals(expected.toFloatArray(), m.forward(q, k, v).toFloatArray(), 1e-5f);
    }

    @Test
    void firstValues() {
        MultiheadAttention m = new MultiheadAttention(16, 4, options().addBiasKv(true));
        assertEquals(
                "[in_proj_weight, in_proj_bias, bias_k, bias_v, out_proj.weight, out_proj.bias]",
                m.stateDict().keySet().toString());
        Tensor w = m.stateDict().get("in_proj_weight");
        assertEquals(Shape.of(48, 16), w.shape());
        double largest = w.abs().max().item();
        assertTrue(largest <= Math.sqrt(6.0 / 64) && largest > 0.95 * Math.sqrt(6.0 / 64), "largest " + largest);
        assertArrayEquals(new float[48], m.stateDict().get("in_proj_bias").toFloatArray());
        assertArrayEquals(new float[16], m.outProj().bias().toFloatArray());
        assertArrayEquals(
                new Linear(16, 16, true, new Generator(20260101)).weight().toFloatArray(),
                m.outProj().weight().toFloatArray());
    }

    @Test
    void dropoutInTrainingOnly() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options().dropout(1));
        Tensor x = Tensor.randn(generator, L, BATCH, EMBED);
        assertArrayEquals(new float[L * BATCH * EMBED], m.forward(x, x, x).toFloatArray());
        m.eval();
        assertTrue(m.forward(x, x, x).abs().max().item() > 0);
    }

    @Test
    void gradientsReachAllParameters() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options().addBiasKv(true));
        Tensor x = Tensor.randn(generator, L, BATCH, EMBED);
        m.forward(x, x, x).square().sum().backward();
        m.namedParameters()
                .forEach((name, p) ->
                        assertTrue(p.grad() != null && p.grad().abs().max().item() > 0, name));
    }

    private static void refused(String message, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals("MultiheadAttention: " + message, e.getMessage());
    }

    @Test
    void badInput() {
        MultiheadAttention m = new MultiheadAttention(EMBED, HEADS, options());
        Tensor x = Tensor.ones(L, BATCH, EMBED);
        refused(
                "embedDim is 6 and numHeads 4; the heads share the features, so it must be a multiple",
                () -> new MultiheadAttention(6, 4, options()));
        refused("the query has shape [3, 2, 5]; it must be [3, 2, 6]", () -> m.forward(Tensor.ones(L, BATCH, 5), x, x));
        refused("the key has shape [3, 6]; it must have 3 axes", () -> m.forward(x, Tensor.ones(L, EMBED), x));
        refused(
                "the value has shape [4, 2, 6]; it must be [3, 2, 6]",
                () -> m.forward(x, x, Tensor.ones(4, BATCH, EMBED)));
        refused(
                "the keyPaddingMask has shape [3, 2]; it must be [2, 3]",
                () -> m.forward(x, x, x, Tensor.ones(3, 2), null));
        refused(
                "the attnMask has shape [2, 3, 3]; it must be [4, 3, 3]",
                () -> m.forward(x, x, x, null, Tensor.ones(2, 3, 3)));
        refused(
                "the attnMask is INT64; it must be BOOL (true: takes no part) or FLOAT32 (added): use to(...)",
                () -> m.forward(x, x, x, null, Tensor.tensor(1L)));
    }
}
