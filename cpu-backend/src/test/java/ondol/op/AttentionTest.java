package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

final class AttentionTest {
    private static final int BATCH = 2;
    private static final int QUERIES = 3;
    private static final int KEYS = 4;
    private static final int SIZE = 2;
    private static final int VALUES = 3;
    private static final long[][] SHAPES = {{BATCH, QUERIES, SIZE}, {BATCH, KEYS, SIZE}, {BATCH, KEYS, VALUES}};

    private interface Score {
        /** What is added to a score; minus infinity where a key takes no part. */
        double of(int batch, int query, int key);
    }

    private static double[] loops(double[][] in, double scale, Score added) {
        double[] out = new double[BATCH * QUERIES * VALUES];
        for (int b = 0; b < BATCH; b++) {
            for (int i = 0; i < QUERIES; i++) {
                double[] p = new double[KEYS];
                double sum = 0;
                for (int j = 0; j < KEYS; j++) {
                    double score = 0;
                    for (int e = 0; e < SIZE; e++) {
                        score += in[0][(b * QUERIES + i) * SIZE + e] * in[1][(b * KEYS + j) * SIZE + e];
                    }
                    p[j] = Math.exp(scale * score + added.of(b, i, j));
                    sum += p[j];
                }
                for (int j = 0; j < KEYS && sum > 0; j++) {
                    for (int v = 0; v < VALUES; v++) {
                        out[(b * QUERIES + i) * VALUES + v] += p[j] / sum * in[2][(b * KEYS + j) * VALUES + v];
                    }
                }
            }
        }
        return out;
    }

    private static double allowed(boolean takesPart) {
        return takesPart ? 0 : Double.NEGATIVE_INFINITY;
    }

    @Test
    void withoutAMask() {
        Differences.check(
                SHAPES,
                in -> List.of(Attention.scaledDotProductAttention(in.get(0), in.get(1), in.get(2))),
                in -> loops(in, 1 / Math.sqrt(SIZE), (b, i, j) -> 0));
    }

    @Test
    void causal() {
        Differences.check(
                SHAPES,
                in -> List.of(Attention.scaledDotProductAttention(in.get(0), in.get(1), in.get(2), null, 0, true, 0.7)),
                in -> loops(in, 0.7, (b, i, j) -> allowed(j <= i)));
    }

    /** The row of query 1 in batch 0 is false throughout. */
    @Test
    void booleanMask() {
        boolean[][][] mask = new boolean[BATCH][QUERIES][KEYS];
        for (int b = 0; b < BATCH; b++) {
            for (int i = 0; i < QUERIES; i++) {
                for (int j = 0; j < KEYS; j++) {
                    mask[b][i][j] = (b != 0 || i != 1) && (b + i + j) % 3 != 1;
                }
            }
        }
        Tensor given = Tensor.tensor(mask);
        Differences.check(
                SHAPES,
                in -> List.of(Attention.scaledDotProductAttention(in.get(0), in.get(1), in.get(2), given)),
                in -> loops(in, 1 / Math.sqrt(SIZE), (b, i, j) -> allowed(mask[b][i][j])));
    }

    /** One row for all queries and batches, with a gradient of its own. */
    @Test
    void floatMask() {
        Differences.check(
                new long[][] {SHAPES[0], SHAPES[1], SHAPES[2], {1, KEYS}},
                in -> List.of(Attention.scaledDotProductAttention(in.get(0), in.get(1), in.get(2), in.get(3))),
                in -> loops(in, 1 / Math.sqrt(SIZE), (b, i, j) -> in[3][j]));
    }

    @Test
    void aRowMaskedWholeGivesZerosAndZeroGradients() {
        Tensor q = Tensor.tensor(new float[][] {{1, 2}, {3, 4}}).requiresGrad(true);
        Tensor k = Tensor.tensor(new float[][] {{1, 0}, {0, 1}}).requiresGrad(true);
        Tensor v = Tensor.tensor(new float[][] {{5}, {7}}).requiresGrad(true);
        float none = Float.NEGATIVE_INFINITY;
        for (Tensor mask : List.of(
                Tensor.tensor(new float[][] {{none, none}, {none, 0}}),
                Tensor.tensor(new boolean[][] {{false, false}, {false, true}}))) {
            Tensor y = Attention.scaledDotProductAttention(q, k, v, mask);
            assertArrayEquals(new float[] {0, 7}, y.toFloatArray());
            y.sum().backward();
            assertArrayEquals(new float[] {0, 0, 0, 0}, q.grad().toFloatArray());
            assertArrayEquals(new float[] {0, 0, 0, 0}, k.grad().toFloatArray());
            assertArrayEquals(new float[] {0, 1}, v.grad().toFloatArray());
            List.of(q, k, v).forEach(Tensor::zeroGrad);
        }
    }

    @Test
    void leadingAxesBroadcast() {
        Generator generator = new Generator(3);
        Tensor q = Tensor.randn(generator, 2, 3, 5, 4);
        Tensor k = Tensor.randn(generator, 3, 6, 4);
        Tensor v = Tensor.randn(generator, 2, 1, 6, 7);
        Tensor y = Attention.scaledDotProductAttention(q, k, v);
        assertEquals(Shape.of(2, 3, 5, 7), y.shape());
        Tensor one = Attention.scaledDotProductAttention(
                q.select(0, 1).select(0, 2), k.select(0, 2), v.select(0, 1).select(0, 0));
        assertArrayEquals(one.toFloatArray(), y.select(0, 1).select(0, 2).toFloatArray());
    }

    @Test
    void sizesOfZero() {
        Tensor y = Attention.scaledDotProductAttention(Tensor.ones(2, 3), Tensor.ones(0, 3), Tensor.ones(0, 2));
        assertArrayEquals(new float[4], y.toFloatArray());
        assertEquals(
                Shape.of(0, 2),
                Attention.scaledDotProductAttention(Tensor.ones(0, 3), Tensor.ones(4, 3), Tensor.ones(4, 2))
                        .shape());
    }

    /** Each weight is dropped or divided by the probability of being kept; one word is drawn. */
    @Test
    void dropout() {
        Generator generator = new Generator(5);
        Tensor q = Tensor.randn(generator, 2, 8, 4);
        byte[] state = generator.getState();
        Tensor plain = Attention.attentionWeights(q, q, null, 0, true, null, generator);
        assertArrayEquals(state, generator.getState());
        Tensor dropped = Attention.attentionWeights(q, q, null, 0.25, true, null, generator);
        Tensor y = Attention.scaledDotProductAttention(q, q, q, null, 0.25, true, null, copy(state));
        float[] p = plain.toFloatArray();
        float[] d = dropped.toFloatArray();
        int zeros = 0;
        for (int i = 0; i < p.length; i++) {
            if (p[i] != 0 && d[i] == 0) {
                zeros++;
            } else {
                assertEquals(p[i] / 0.75f, d[i], 1e-6f);
            }
        }
        assertEquals(0.25, zeros / 72.0, 0.15);
        assertArrayEquals(dropped.matmul(q).toFloatArray(), y.toFloatArray());
    }

    private static Generator copy(byte[] state) {
        Generator generator = new Generator(0);
        generator.setState(state);
        return generator;
    }

    private static void refused(String message, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals("scaledDotProductAttention: " + message, e.getMessage());
    }

    @Test
    void badInput() {
        Tensor q = Tensor.ones(2, 3, 4);
        Tensor k = Tensor.ones(2, 5, 4);
        Tensor v = Tensor.ones(2, 5, 6);
        refused(
                "the query has shape [2, 3, 4] and the key [2, 5, 6]; their last sizes must be the same",
                () -> Attention.scaledDotProductAttention(q, v, v));
        refused(
                "the key has shape [2, 5, 4] and the value [2, 3, 4]; their sizes before the last, the number of keys,"
                        + " must be the same",
                () -> Attention.scaledDotProductAttention(q, k, q));
        refused(
                "the query has shape [3, 3, 4] and the key [2, 5, 4]; their leading axes must broadcast",
                () -> Attention.scaledDotProductAttention(Tensor.ones(3, 3, 4), k, v));
        refused(
                "the query has shape [2, 3, 4], the key [2, 5, 4] and the value [3, 5, 4]; their leading axes must"
                        + " broadcast",
                () -> Attention.scaledDotProductAttention(q, k, Tensor.ones(3, 5, 4)));
        refused(
                "the query is INT64; it must be FLOAT32: use to(DType.FLOAT32)",
                () -> Attention.scaledDotProductAttention(q.to(DType.INT64), k, v));
        refused(
                "the query has shape [4]; it must have 2 to 62 axes",
                () -> Attention.scaledDotProductAttention(Tensor.ones(4), k, v));
        refused(
                "the mask has shape [2, 3, 4]; it must broadcast to [2, 3, 5], the queries by the keys",
                () -> Attention.scaledDotProductAttention(q, k, v, q));
        refused(
                "the mask has shape [2, 2, 3, 5]; it must broadcast to [2, 3, 5], the queries by the keys",
                () -> Attention.scaledDotProductAttention(q, k, v, Tensor.ones(2, 2, 3, 5)));
        refused(
                "the mask is INT64; it must be BOOL (true: takes part) or FLOAT32 (added): use to(...)",
                () -> Attention.scaledDotProductAttention(q, k, v, Tensor.tensor(1L)));
        refused(
                "a mask of shape [3, 5] beside isCausal; give one of them, or a mask that is causal itself",
                () -> Attention.scaledDotProductAttention(q, k, v, Tensor.ones(3, 5), 0, true, null));
        refused(
                "dropout is 1.5; a probability is from 0 to 1",
                () -> Attention.scaledDotProductAttention(q, k, v, null, 1.5, false, null));
    }
}
