package ondol.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Other;
import ondol.benchmarks.Engine.Pass;
import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** A layer in training, forward and backward: the result, and the gradients of the input and of the layer's parameters. */
public class Layers extends EngineBenchmark {
    /** The layer. */
    public enum Kind {
        /** 8 sequences of 512 of 10,000 embeddings of 256 numbers. */
        EMBEDDING(10_000, 256),
        /** 32 images of 56 x 56 with 64 channels. */
        BATCH_NORM_2D(32, 64, 56, 56),
        /** 8 sequences of 512 times 768 numbers. */
        LAYER_NORM(8, 512, 768),
        /** Windows of 3 x 3 with stride 2 of 8 images of 112 x 112 with 64 channels. */
        MAX_POOL_2D(8, 64, 112, 112),
        /** 32 sequences of 64 steps of 128 numbers, and as many hidden ones. */
        LSTM(64, 32, 128),
        /** 8 sequences of 128 queries, 4 heads of 32 numbers, and as many keys and values. */
        ATTENTION(8, 4, 128, 32);

        private final long[] sizes;

        Kind(long... sizes) {
            this.sizes = sizes;
        }

        /** The sizes of the layer's input, or of the embeddings. */
        public long[] sizes() {
            return sizes.clone();
        }

        /** The sizes of the result. */
        public long[] results() {
            return switch (this) {
                case EMBEDDING -> new long[] {8, 512, 256};
                case BATCH_NORM_2D, LAYER_NORM, LSTM, ATTENTION -> sizes();
                case MAX_POOL_2D -> new long[] {8, 64, 56, 56};
            };
        }
    }

    /** The number that normalisation adds to a variance. */
    public static final double EPS = 1e-5;

    /** The sizes of an LSTM's weights of input and state, and of its two biases; of attention's keys and values. */
    private static final Map<Kind, long[][]> OTHERS = Map.of(
            Kind.LSTM, new long[][] {{512, 128}, {512, 128}, {512}, {512}},
            Kind.ATTENTION, new long[][] {Kind.ATTENTION.sizes, Kind.ATTENTION.sizes});

    private static final int KERNEL = 3;
    private static final int STRIDE = 2;
    private static final int SAMPLES = 200;

    /** The layer. */
    @Param
    public Kind layer;

    private Work work;

    /** Normal values; verifies all elements, of normalisation 200. */
    @Setup
    public void setUp() {
        float[] x = Data.normal(1, count(layer.sizes()));
        float[] g = Data.normal(2, count(layer.results()));
        SplittableRandom random = new SplittableRandom(3);
        long[] numbers = random.longs(8 * 512, 0, Kind.EMBEDDING.sizes[0]).toArray();
        List<Other> others = others();
        work = present(engine().layer(new Pass(layer, x, numbers, g, others)));
        float[] result = work.result();
        checkLength(layer.name(), result, g.length + x.length);
        switch (layer) {
            case EMBEDDING -> verifyRows(result, x, numbers, g);
            case BATCH_NORM_2D -> verifyNorm(result, x, g, 56 * 56, 64);
            case LAYER_NORM -> verifyNorm(result, x, g, 768, 8 * 512);
            case MAX_POOL_2D -> verifyMaxima(result, x, g, 112, 56);
            case LSTM -> verifyRecurrence(result, x, others, g);
            case ATTENTION ->
                verifyAttention(result, x, others.get(0).values(), others.get(1).values(), g);
        }
        settle(work::run, 1_000_000_000);
    }

    private static int count(long[] sizes) {
        return (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
    }

    /** Of an LSTM, as small as those that it begins with. */
    private List<Other> others() {
        List<Other> others = new ArrayList<>();
        for (long[] sizes : OTHERS.getOrDefault(layer, new long[0][])) {
            float[] values = Data.normal(10 + others.size(), count(sizes)).clone();
            for (int i = 0; i < values.length && layer == Kind.LSTM; i++) {
                values[i] *= 0.05f;
            }
            others.add(new Other(values, sizes));
        }
        return others;
    }

    private void verifyRows(float[] result, float[] x, long[] numbers, float[] g) {
        int columns = (int) Kind.EMBEDDING.sizes[1];
        double[] sums = new double[x.length];
        double[] magnitudes = new double[x.length];
        for (int i = 0; i < g.length; i++) {
            int at = (int) numbers[i / columns] * columns + i % columns;
            check("row", i, result[i], x[at], 0);
            sums[at] += g[i];
            magnitudes[at] += Math.abs(g[i]);
        }
        for (int i = 0; i < x.length; i++) {
            check("gradient", i, result[g.length + i], sums[i], 1e-6 * magnitudes[i]);
        }
    }

    /** Of groups of which an element's number is its index by {@code run} modulo {@code groups}. */
    private void verifyNorm(float[] result, float[] x, float[] g, int run, int groups) {
        SplittableRandom random = new SplittableRandom(4);
        for (int sample = 0; sample < SAMPLES; sample++) {
            int index = random.nextInt(x.length);
            int group = index / run % groups;
            double n = (double) x.length / groups;
            double[] means = new double[4]; // of x, its square, g, and their product
            for (int first = group * run; first < x.length; first += groups * run) {
                for (int i = first; i < first + run; i++) {
                    means[0] += x[i] / n;
                    means[1] += (double) x[i] * x[i] / n;
                    means[2] += g[i] / n;
                    means[3] += (double) x[i] * g[i] / n;
                }
            }
            double scale = 1 / Math.sqrt(means[1] - means[0] * means[0] + EPS);
            double unit = (x[index] - means[0]) * scale;
            double product = (means[3] - means[0] * means[2]) * scale;
            check("norm", index, result[index], unit, 1e-5 * (1 + Math.abs(unit)));
            double gradient = scale * (g[index] - means[2] - unit * product);
            check("gradient", index, result[x.length + index], gradient, 1e-5 * (1 + Math.abs(gradient)));
        }
    }

    private void verifyMaxima(float[] result, float[] x, float[] g, int size, int places) {
        double[] sums = new double[x.length];
        for (int i = 0; i < g.length; i++) {
            int plane = i / (places * places) * size * size;
            int top = i / places % places * STRIDE - KERNEL / 2;
            int left = i % places * STRIDE - KERNEL / 2;
            int largest = -1;
            for (int tap = 0; tap < KERNEL * KERNEL; tap++) {
                int row = top + tap / KERNEL;
                int column = left + tap % KERNEL;
                if (row >= 0 && row < size && column >= 0 && column < size) {
                    int at = plane + row * size + column;
                    largest = largest < 0 || x[at] > x[largest] ? at : largest;
                }
            }
            check("maximum", i, result[i], x[largest], 0);
            sums[largest] += g[i];
        }
        for (int i = 0; i < x.length; i++) {
            check("gradient", i, result[g.length + i], sums[i], 1e-5);
        }
    }

    private void verifyRecurrence(float[] result, float[] x, List<Other> weights, float[] g) {
        int steps = (int) Kind.LSTM.sizes[0];
        int batch = (int) Kind.LSTM.sizes[1];
        for (int b = 0; b < batch; b += 10) {
            double[][] expected = PlainLstm.of(
                    sequence(x, steps, batch, b),
                    weights.stream().map(Other::values).toList(),
                    sequence(g, steps, batch, b));
            float[] y = sequence(Arrays.copyOf(result, g.length), steps, batch, b);
            float[] gradient = sequence(Arrays.copyOfRange(result, g.length, result.length), steps, batch, b);
            for (int i = 0; i < y.length; i++) {
                check("state", i, y[i], expected[0][i], 1e-5);
                check("gradient", i, gradient[i], expected[1][i], 1e-5 * (1 + Math.abs(expected[1][i])));
            }
        }
    }

    /** One sequence of [time, batch, features], step by step. */
    private static float[] sequence(float[] all, int steps, int batch, int b) {
        int features = all.length / steps / batch;
        float[] one = new float[steps * features];
        for (int t = 0; t < steps; t++) {
            System.arraycopy(all, (t * batch + b) * features, one, t * features, features);
        }
        return one;
    }

    private void verifyAttention(float[] result, float[] q, float[] keys, float[] values, float[] g) {
        int n = (int) Kind.ATTENTION.sizes[2];
        int e = (int) Kind.ATTENTION.sizes[3];
        SplittableRandom random = new SplittableRandom(4);
        for (int sample = 0; sample < SAMPLES; sample++) {
            int row = random.nextInt(q.length / e);
            int head = row / n * n;
            double[] p = new double[n];
            double[] toward = new double[n];
            double sum = 0;
            for (int j = 0; j < n; j++) {
                p[j] = Math.exp(dot(q, row, keys, head + j, e) / Math.sqrt(e));
                sum += p[j];
            }
            double mean = 0;
            for (int j = 0; j < n; j++) {
                p[j] /= sum;
                toward[j] = dot(g, row, values, head + j, e);
                mean += p[j] * toward[j];
            }
            for (int i = 0; i < e; i++) {
                double y = 0;
                double gradient = 0;
                for (int j = 0; j < n; j++) {
                    y += p[j] * values[(head + j) * e + i];
                    gradient += p[j] * (toward[j] - mean) * keys[(head + j) * e + i] / Math.sqrt(e);
                }
                int at = row * e + i;
                check("attention", at, result[at], y, 1e-5 * (1 + Math.abs(y)));
                check("gradient", at, result[q.length + at], gradient, 1e-5 * (1 + Math.abs(gradient)));
            }
        }
    }

    private static double dot(float[] a, int rowOfA, float[] b, int rowOfB, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (double) a[rowOfA * length + i] * b[rowOfB * length + i];
        }
        return sum;
    }

    /** Forward and backward. */
    @Benchmark
    public void forwardAndBackward() {
        work.run();
    }
}
