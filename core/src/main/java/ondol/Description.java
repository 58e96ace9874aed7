package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import ondol.autograd.Autograd;

/** A tensor in a few lines: what it is, where it lies, what it is part of, and what its elements are like. */
final class Description {
    private static final int SHOWN_DIGITS = 6;

    private Description() {}

    static String of(Tensor t) {
        if (t.isClosed()) {
            return t.dtype() + " " + t.shape() + ", closed";
        }
        List<String> lines = new ArrayList<>();
        lines.add(t.dtype() + " " + t.shape() + " on " + t.device() + ", "
                + t.numel() * t.dtype().bytes() + " bytes, strides "
                + Arrays.toString(t.strides()) + (t.storageOffset() == 0 ? "" : ", offset " + t.storageOffset())
                + (t.isContiguous() ? ", contiguous" : ", not contiguous"));
        if (t.requiresGrad()) {
            lines.add(gradient(t));
        }
        try (var _ = Scope.open();
                var _ = Autograd.noGrad()) {
            lines.add(t.numel() == 0 ? "no elements" : elements(t.detach()));
        }
        return String.join("\n", lines);
    }

    private static String gradient(Tensor t) {
        if (!t.isLeaf()) {
            return "the result of " + t.gradFn();
        }
        return "a leaf that requires a gradient, has " + (t.peekGrad() == null ? "none yet" : "one");
    }

    private static String elements(Tensor t) {
        String count = t.numel() + (t.numel() == 1 ? " element" : " elements");
        return switch (t.dtype()) {
            case BOOL -> count + ", " + t.sum().itemLong() + " of them true";
            case INT64 ->
                count + " from " + t.min().itemLong() + " to " + t.max().itemLong() + zeros(t);
            case FLOAT32 -> floats(t, count);
        };
    }

    private static String floats(Tensor t, String count) {
        Tensor others = t.isFinite().logicalNot();
        long nan = t.isNaN().sum().itemLong();
        long infinite = others.sum().itemLong() - nan;
        long finite = t.numel() - nan - infinite;
        StringBuilder s = new StringBuilder(count);
        if (finite > 0) {
            double mean = t.maskedFill(others, 0).sum().item() / (double) finite;
            Tensor distances = t.sub(mean).maskedFill(others, 0);
            double variance = distances.mul(distances).sum().item() / Math.max(1.0, finite - 1);
            s.append(" from ")
                    .append(number(
                            t.maskedFill(others, Float.POSITIVE_INFINITY).min().item()));
            s.append(" to ")
                    .append(number(
                            t.maskedFill(others, Float.NEGATIVE_INFINITY).max().item()));
            s.append(", mean ").append(number(mean)).append(", std ").append(number(Math.sqrt(variance)));
        }
        s.append(zeros(t));
        s.append(nan == 0 ? "" : ", " + nan + " NaN").append(infinite == 0 ? "" : ", " + infinite + " infinite");
        return s.toString();
    }

    private static String zeros(Tensor t) {
        long zeros = t.eq(0).sum().itemLong();
        return zeros == 0 ? "" : ", " + zeros + (zeros == 1 ? " zero" : " zeros");
    }

    /** A number with six digits, as PyTorch prints a single number. */
    private static String number(double value) {
        return String.format(Locale.ROOT, "%." + SHOWN_DIGITS + "g", value);
    }
}
