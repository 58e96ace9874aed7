package ondol.train;

import ondol.DType;
import ondol.Shape;
import ondol.Tensor;

/** The meaning of a network's output. */
final class Answers {
    private Answers() {}

    /** The classes that were chosen, one for each target. */
    static long[] classes(Tensor output, Tensor target) {
        if (isOne(output, target)) {
            return output.gt(0).to(DType.INT64).toLongArray();
        }
        checkScores(output, target);
        return output.argmax(1).toLongArray();
    }

    /**
     * The classes that targets are, INT64 or BOOL; FLOAT32 for classes 0 and 1, as BCEWithLogitsLoss takes them.
     *
     * @throws IllegalArgumentException if another number is among them
     */
    static long[] targets(String metric, Tensor target) {
        if (target.dtype() == DType.FLOAT32) {
            for (float value : target.toFloatArray()) {
                if (value != 0 && value != 1) {
                    throw new IllegalArgumentException(metric + ": the targets are FLOAT32 of shape " + target.shape()
                            + " and hold " + value + ", which is no class; give classes' numbers as INT64 (FLOAT32 is"
                            + " for 0 and 1 only), or measure numbers by Metrics.mae(), rmse() or r2()");
                }
            }
        }
        return target.to(DType.INT64).toLongArray();
    }

    /** Whether there is one number for each target. */
    static boolean isOne(Tensor output, Tensor target) {
        return output.numel() == target.numel()
                && (output.dim() == 1 || output.dim() == 2 && output.size(1) == 1)
                && output.dtype() == DType.FLOAT32;
    }

    /** Refuses what are no scores of classes for each target. */
    static void checkScores(Tensor output, Tensor target) {
        boolean fits = output.dim() == target.dim() + 1 && output.dtype() == DType.FLOAT32;
        for (int axis = 0; fits && axis < target.dim(); axis++) {
            fits = output.size(axis == 0 ? 0 : axis + 1) == target.size(axis);
        }
        if (!fits || target.dim() == 0) {
            throw new IllegalArgumentException("the answers are " + output.dtype() + " of shape " + output.shape()
                    + ", the targets of shape " + target.shape()
                    + "; give scores [samples, classes, ...] and classes' numbers [samples, ...], or one number for each"
                    + " sample of two classes");
        }
    }

    /** Two tensors of numbers that belong together, as doubles. */
    static double[][] numbers(Tensor output, Tensor target) {
        Shape a = output.shape();
        Shape b = target.shape();
        if (!a.equals(b)) {
            throw new IllegalArgumentException(
                    "the answers are of shape " + a + ", the targets of shape " + b + "; give both the same shape");
        }
        return new double[][] {doubles(output), doubles(target)};
    }

    private static double[] doubles(Tensor t) {
        float[] values = t.to(DType.FLOAT32).toFloatArray();
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
