package ondol.oracle;

import java.util.Arrays;
import ondol.DType;
import org.jspecify.annotations.Nullable;

/**
 * One difference between the two engines.
 *
 * @param output which result, or which operand's gradient; -1 if it is not about one of them
 * @param element which element; -1 if it is not about one of them
 * @param shape the results' shape, if it is about an element
 * @param expected PyTorch's number
 * @param actual Ondol's number
 */
record Mismatch(
        Trial trial,
        Stage stage,
        Kind kind,
        int output,
        int element,
        long[] shape,
        double expected,
        double actual,
        String text) {
    /** Where it was seen. */
    enum Stage {
        FORWARD,
        GRADIENT,
        SECOND
    }

    /** What differs. */
    enum Kind {
        /** Only Ondol refuses. */
        ONLY_ONDOL_FAILS,
        /** Only PyTorch refuses. */
        ONLY_TORCH_FAILS,
        COUNT,
        SHAPE,
        DTYPE,
        REQUIRES_GRAD,
        GRAD_FN,
        /** One has a gradient, the other none. */
        PRESENCE,
        VALUE,
        /** Two of Ondol's own devices. */
        BITS
    }

    boolean is(Stage s, Kind k) {
        return stage == s && kind == k;
    }

    boolean isValue() {
        return kind == Kind.VALUE;
    }

    /** For an elementwise operation: the operand's element that was used for the mismatching one. */
    double input(int operand) {
        Array seen = trial.operands().get(operand).seen();
        int index = 0;
        int remainder = element;
        int stride = 1;
        int at = seen.shape().length - 1;
        for (int axis = shape.length - 1; axis >= 0 && at >= 0; axis--, at--) {
            int coordinate = (int) (remainder % shape[axis]);
            remainder = (int) (remainder / shape[axis]);
            if (seen.shape()[at] != 1) {
                index += coordinate * stride;
            }
            stride *= (int) seen.shape()[at];
        }
        return seen.at(index);
    }

    /** Whether any element of any FLOAT32 operand satisfies the condition. */
    boolean anyInput(java.util.function.DoublePredicate condition) {
        return trial.operands().stream()
                .filter(o -> o.base().dtype() == DType.FLOAT32)
                .anyMatch(o -> {
                    for (int i = 0; i < o.base().size(); i++) {
                        if (condition.test(o.base().at(i))) {
                            return true;
                        }
                    }
                    return false;
                });
    }

    @Override
    public String toString() {
        return stage + " " + kind + (output >= 0 ? " of " + output : "") + (element >= 0 ? " at " + element : "") + ": "
                + text + (element >= 0 ? " in " + Arrays.toString(shape) : "");
    }

    static Mismatch of(
            Trial trial, Stage stage, Kind kind, int output, @Nullable Object expected, @Nullable Object actual) {
        return new Mismatch(
                trial, stage, kind, output, -1, new long[0], 0, 0, "PyTorch " + expected + ", Ondol " + actual);
    }
}
