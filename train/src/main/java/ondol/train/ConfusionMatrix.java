package ondol.train;

import java.util.Arrays;
import ondol.Tensor;

/**
 * How often each class was taken for which: row i, column j is the number of samples of class i that were taken for class j.
 *
 * <p>Answers are scores of the classes, [samples, classes, ...], of which the greatest counts; or, of two classes, one number
 * for each sample, [samples] or [samples, 1], which means class 1 above 0 (a logit). Targets are the classes' numbers, INT64, or of two classes BOOL or FLOAT32. Precision,
 * recall and F1 of a class take 0 / 0 as 0, and their averages count every class alike ("macro"), as scikit-learn does.
 */
public final class ConfusionMatrix implements Metric {
    private final int classes;
    private final long[][] counts;

    /**
     * Of that many classes.
     *
     * @param classes the number of classes, 2 or more
     * @throws IllegalArgumentException if it is below 2
     */
    public ConfusionMatrix(int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("ConfusionMatrix: " + classes + " classes; give 2 or more");
        }
        this.classes = classes;
        counts = new long[classes][classes];
    }

    @Override
    public String name() {
        return "accuracy";
    }

    @Override
    public void reset() {
        for (long[] row : counts) {
            Arrays.fill(row, 0);
        }
    }

    @Override
    public void update(Tensor output, Tensor target) {
        update("ConfusionMatrix", output, target);
    }

    /** The same for a metric that is derived from this. */
    void update(String metric, Tensor output, Tensor target) {
        long[] right = Answers.targets(metric, target);
        long[] answers = Answers.classes(output, target);
        for (int i = 0; i < right.length; i++) {
            if (right[i] < 0 || right[i] >= classes || answers[i] >= classes) {
                throw new IllegalArgumentException(metric + ": a sample of class " + right[i] + " was taken for class "
                        + answers[i] + ", but there are " + classes + " classes, counted from 0");
            }
            counts[(int) right[i]][(int) answers[i]]++;
        }
    }

    /**
     * The number of samples of class {@code target} that were taken for class {@code answer}.
     *
     * @param target the sample's class, from 0
     * @param answer the class it was taken for, from 0
     * @return the number of samples
     */
    public long count(int target, int answer) {
        return counts[target][answer];
    }

    /** {@return the number of classes} */
    public int classes() {
        return classes;
    }

    private long sum() {
        return Arrays.stream(counts).flatMapToLong(Arrays::stream).sum();
    }

    private long row(int c) {
        return Arrays.stream(counts[c]).sum();
    }

    private long column(int c) {
        return Arrays.stream(counts).mapToLong(row -> row[c]).sum();
    }

    private static double ratio(double part, double whole) {
        return whole == 0 ? 0 : part / whole;
    }

    /** The share of samples that were taken for what they are. */
    @Override
    public double compute() {
        long right = 0;
        for (int c = 0; c < classes; c++) {
            right += counts[c][c];
        }
        return (double) right / sum();
    }

    /**
     * Of the samples that were taken for a class, the share that are of it.
     *
     * @param c the class, from 0
     * @return a share from 0 to 1; 0 if no sample was taken for the class
     */
    public double precision(int c) {
        return ratio(counts[c][c], column(c));
    }

    /**
     * Of the samples of a class, the share that were taken for it.
     *
     * @param c the class, from 0
     * @return a share from 0 to 1; 0 if there is no sample of the class
     */
    public double recall(int c) {
        return ratio(counts[c][c], row(c));
    }

    /**
     * The harmonic mean of precision and recall of a class.
     *
     * @param c the class, from 0
     * @return a number from 0 to 1; 0 if the class is neither a target nor an answer
     */
    public double f1(int c) {
        return ratio(2.0 * counts[c][c], row(c) + column(c));
    }

    /** {@return the mean {@link #precision(int)} of the classes that occur; NaN without samples} */
    public double precision() {
        return mean(this::precision);
    }

    /** {@return the mean {@link #recall(int)} of the classes that occur; NaN without samples} */
    public double recall() {
        return mean(this::recall);
    }

    /** {@return the mean {@link #f1(int)} of the classes that occur; NaN without samples} */
    public double f1() {
        return mean(this::f1);
    }

    /** The mean over the classes that occur, as target or answer. */
    private double mean(java.util.function.IntToDoubleFunction of) {
        double sum = 0;
        int seen = 0;
        for (int c = 0; c < classes; c++) {
            if (row(c) + column(c) > 0) {
                sum += of.applyAsDouble(c);
                seen++;
            }
        }
        return sum / seen;
    }

    /** A row for each class. */
    @Override
    public String toString() {
        int width = Long.toString(Arrays.stream(counts)
                        .flatMapToLong(Arrays::stream)
                        .max()
                        .orElse(0))
                .length();
        StringBuilder text = new StringBuilder();
        for (long[] row : counts) {
            for (int j = 0; j < classes; j++) {
                String number = Long.toString(row[j]);
                text.append(j == 0 ? "" : " ")
                        .append(" ".repeat(width - number.length()))
                        .append(number);
            }
            text.append('\n');
        }
        return text.toString();
    }
}
