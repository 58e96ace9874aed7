package ondol.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import ondol.Tensor;
import ondol.ValuesAndIndices;
import ondol.nn.CrossEntropyLoss;

/** The usual metrics. Each call gives a new one, to be used by one training. */
public final class Metrics {
    private Metrics() {}

    // ---- classes

    /**
     * The share of right answers; see {@link ConfusionMatrix} for what answers are.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric accuracy() {
        return new Mean("accuracy") {
            @Override
            public void update(Tensor output, Tensor target) {
                long[] right = Answers.targets(name(), target);
                long[] answers = Answers.classes(output, target);
                for (int i = 0; i < right.length; i++) {
                    add(answers[i] == right[i] ? 1 : 0);
                }
            }
        };
    }

    /**
     * The share of samples whose class is among the k with the greatest scores.
     *
     * @param k the number of best classes, 1 or more
     * @return the metric, named {@code top5} for a k of 5
     * @throws IllegalArgumentException if k is below 1
     */
    public static Metric topK(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("Metrics.topK: k is " + k + "; give 1 or more");
        }
        return new Mean("top" + k) {
            @Override
            public void update(Tensor output, Tensor target) {
                if (output.dim() != 2 || target.dim() != 1 || output.size(0) != target.size(0) || output.size(1) < k) {
                    throw new IllegalArgumentException(
                            "topK: the answers are " + output.shape() + ", the targets " + target.shape()
                                    + "; give [samples, classes] with " + k + " classes or more, and [samples]");
                }
                long[] right = Answers.targets(name(), target);
                ValuesAndIndices best = output.topk(k, 1, true);
                long[] chosen = best.indices().toLongArray();
                for (int i = 0; i < right.length; i++) {
                    boolean found = false;
                    for (int j = 0; j < k; j++) {
                        found |= chosen[i * k + j] == right[i];
                    }
                    add(found ? 1 : 0);
                }
            }
        };
    }

    /**
     * The mean precision of that many classes; see {@link ConfusionMatrix#precision()}.
     *
     * @param classes the number of classes, 2 or more
     * @return the metric, which has collected nothing
     * @throws IllegalArgumentException if there are fewer than 2 classes
     */
    public static Metric precision(int classes) {
        return new OfMatrix("precision", classes, ConfusionMatrix::precision);
    }

    /**
     * The mean recall of that many classes; see {@link ConfusionMatrix#recall()}.
     *
     * @param classes the number of classes, 2 or more
     * @return the metric, which has collected nothing
     * @throws IllegalArgumentException if there are fewer than 2 classes
     */
    public static Metric recall(int classes) {
        return new OfMatrix("recall", classes, ConfusionMatrix::recall);
    }

    /**
     * The mean F1 of that many classes; see {@link ConfusionMatrix#f1()}.
     *
     * @param classes the number of classes, 2 or more
     * @return the metric, which has collected nothing
     * @throws IllegalArgumentException if there are fewer than 2 classes
     */
    public static Metric f1(int classes) {
        return new OfMatrix("f1", classes, ConfusionMatrix::f1);
    }

    /**
     * The area under the receiver operating characteristic, of two classes: how probably a sample of class 1 has a greater score
     * than one of class 0, ties counted half (Hanley and McNeil, 1982). Answers are one number for each sample, or two scores,
     * whose difference counts. NaN unless both classes occur.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric rocAuc() {
        return new RocAuc();
    }

    /**
     * {@code exp} of the mean cross entropy of scores [samples, classes, ...] and classes' numbers.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric perplexity() {
        return new Mean("perplexity") {
            @Override
            public void update(Tensor output, Tensor target) {
                Answers.checkScores(output, target);
                add(new CrossEntropyLoss().forward(output, target).item(), target.numel());
            }

            @Override
            public double compute() {
                return Math.exp(super.compute());
            }
        };
    }

    // ---- numbers

    /**
     * The mean absolute error.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric mae() {
        return new Mean("mae") {
            @Override
            public void update(Tensor output, Tensor target) {
                double[][] both = Answers.numbers(output, target);
                for (int i = 0; i < both[0].length; i++) {
                    add(Math.abs(both[0][i] - both[1][i]));
                }
            }
        };
    }

    /**
     * The square root of the mean squared error.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric rmse() {
        return new Mean("rmse") {
            @Override
            public void update(Tensor output, Tensor target) {
                double[][] both = Answers.numbers(output, target);
                for (int i = 0; i < both[0].length; i++) {
                    double d = both[0][i] - both[1][i];
                    add(d * d);
                }
            }

            @Override
            public double compute() {
                return Math.sqrt(super.compute());
            }
        };
    }

    /**
     * The share of the targets' variance that the answers explain, {@code 1 - sum (y - f)^2 / sum (y - mean y)^2}; NaN where the
     * targets are all the same.
     *
     * @return the metric, which has collected nothing
     */
    public static Metric r2() {
        return new R2();
    }

    /** A mean of numbers. */
    private abstract static class Mean implements Metric {
        private final String name;
        private double sum;
        private long count;

        Mean(String name) {
            this.name = name;
        }

        final void add(double value) {
            add(value, 1);
        }

        final void add(double mean, long n) {
            sum += mean * n;
            count += n;
        }

        @Override
        public final String name() {
            return name;
        }

        @Override
        public final void reset() {
            sum = 0;
            count = 0;
        }

        @Override
        public double compute() {
            return sum / count;
        }
    }

    private record OfMatrix(String name, ConfusionMatrix matrix, ToDoubleFunction<ConfusionMatrix> what)
            implements Metric {
        OfMatrix(String name, int classes, ToDoubleFunction<ConfusionMatrix> what) {
            this(name, new ConfusionMatrix(classes), what);
        }

        @Override
        public void reset() {
            matrix.reset();
        }

        @Override
        public void update(Tensor output, Tensor target) {
            matrix.update(name, output, target);
        }

        @Override
        public double compute() {
            return what.applyAsDouble(matrix);
        }
    }

    private static final class R2 implements Metric {
        private double errors;
        private double mean;
        private double squares;
        private long count;

        @Override
        public String name() {
            return "r2";
        }

        @Override
        public void reset() {
            errors = 0;
            mean = 0;
            squares = 0;
            count = 0;
        }

        /** The squares about the mean by Welford's way, which loses no digits to a large mean. */
        @Override
        public void update(Tensor output, Tensor target) {
            double[][] both = Answers.numbers(output, target);
            for (int i = 0; i < both[0].length; i++) {
                double d = both[0][i] - both[1][i];
                errors += d * d;
                count++;
                double before = both[1][i] - mean;
                mean += before / count;
                squares += before * (both[1][i] - mean);
            }
        }

        @Override
        public double compute() {
            return squares == 0 ? Double.NaN : 1 - errors / squares;
        }
    }

    private static final class RocAuc implements Metric {
        private record Scored(double score, boolean positive) {}

        private final List<Scored> all = new ArrayList<>();

        @Override
        public String name() {
            return "rocAuc";
        }

        @Override
        public void reset() {
            all.clear();
        }

        @Override
        public void update(Tensor output, Tensor target) {
            long[] right = Answers.targets(name(), target);
            Tensor scores = output;
            if (!Answers.isOne(output, target)) {
                Answers.checkScores(output, target);
                if (output.dim() != 2 || output.size(1) != 2) {
                    throw new IllegalArgumentException("rocAuc: the answers are " + output.shape()
                            + "; give one number for each sample, or the scores of two classes");
                }
                scores = output.select(1, 1).sub(output.select(1, 0));
            }
            float[] values = scores.toFloatArray();
            for (int i = 0; i < right.length; i++) {
                if (right[i] != 0 && right[i] != 1) {
                    throw new IllegalArgumentException(
                            "rocAuc: a sample of class " + right[i] + "; give classes 0 and 1");
                }
                all.add(new Scored(values[i], right[i] == 1));
            }
        }

        @Override
        public double compute() {
            Scored[] sorted = all.toArray(new Scored[0]);
            Arrays.sort(sorted, Comparator.comparingDouble(Scored::score));
            double ranks = 0;
            long positives = 0;
            for (int i = 0; i < sorted.length; ) {
                int end = i;
                int here = 0;
                while (end < sorted.length && sorted[end].score == sorted[i].score) {
                    here += sorted[end].positive ? 1 : 0;
                    end++;
                }
                end = Math.max(end, i + 1); // NaN is equal to nothing
                ranks += here * (i + 1 + end) / 2.0;
                positives += here;
                i = end;
            }
            long negatives = sorted.length - positives;
            return (ranks - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
        }
    }
}
