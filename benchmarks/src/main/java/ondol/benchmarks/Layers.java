package ondol.benchmarks;

import java.util.Arrays;
import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Pass;
import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** A layer in training, forward and backward: the result, and the gradients of the input and of the layer's parameters. */
public class Layers extends EngineBenchmark {
    /** What is computed. */
    public enum Kind {
        /** 8 sequences of 512 of 10,000 embeddings of 256 numbers. */
        EMBEDDING(10_000, 256),
        /** 32 images of 56 x 56 with 64 channels. */
        BATCH_NORM_2D(32, 64, 56, 56),
        /** 8 sequences of 512 times 768 numbers. */
        LAYER_NORM(8, 512, 768),
        /** Windows of 3 x 3 with stride 2 of 8 images of 112 x 112 with 64 channels. */
        MAX_POOL_2D(8, 64, 112, 112);

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
                case BATCH_NORM_2D, LAYER_NORM -> sizes();
                case MAX_POOL_2D -> new long[] {8, 64, 56, 56};
            };
        }
    }

    /** What normalisation adds to a variance. */
    public static final double EPS = 1e-5;

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
        work = present(engine().layer(new Pass(layer, x, numbers, g)));
        float[] result = work.result();
        checkLength(layer.name(), result, g.length + x.length);
        switch (layer) {
            case EMBEDDING -> verifyRows(result, x, numbers, g);
            case BATCH_NORM_2D -> verifyNorm(result, x, g, 56 * 56, 64);
            case LAYER_NORM -> verifyNorm(result, x, g, 768, 8 * 512);
            case MAX_POOL_2D -> verifyMaxima(result, x, g, 112, 56);
        }
        settle(work::run, 1_000_000_000);
    }

    private static int count(long[] sizes) {
        return (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
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

    /** Forward and backward. */
    @Benchmark
    public void forwardAndBackward() {
        work.run();
    }
}
