package ondol.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prints a tensor as PyTorch 2 does with its default print options: 4 digits after the point, lines of 80 characters,
 * and, beyond 1000 elements, only the first and the last 3 of each axis that has more than 6.
 *
 * <p>The rules are those that can be seen in the output of {@code print(tensor)}:
 *
 * <ul>
 *   <li>The finite values that are shown and are not 0 decide the style. All of them whole: {@code 1.}, otherwise
 *       {@code 1.0000}. The largest more than 1000 times the smallest or above 1e8, or the smallest below 1e-4:
 *       {@code 1.0000e+00}.
 *   <li>They alone decide the common width, too. So a zero, a NaN or an infinity that needs more makes its row ragged,
 *       as {@code -0.0000} does beside {@code 1.0000}.
 *   <li>Digits are those of the exact decimal value, half a unit going to the even neighbour.
 *   <li>Integers and booleans are as wide as the widest that is shown.
 * </ul>
 */
public final class TensorFormat {
    private static final int LINE_WIDTH = 80;
    private static final int SUMMARISE_ABOVE = 1000;

    /** How many elements are shown of each end of a long axis. */
    public static final int EDGE = 3;

    /** The largest number of elements that are shown: beyond it a text would have ten megabytes, and only the size is told. */
    private static final long MOST_SHOWN = 1 << 20;

    private static final MathContext FIVE_DIGITS = new MathContext(5, RoundingMode.HALF_EVEN);

    private final long[] sizes;

    /** How the elements that are shown read, in order. */
    private final String[] texts;

    private final int width;
    private final StringBuilder out;

    /** How many of them have been printed. */
    private int done;

    private TensorFormat(StringBuilder out, long[] sizes, Object shown) {
        this.out = out;
        this.sizes = sizes;
        this.texts = new String[lengthOf(shown)];
        this.width = shown instanceof float[] floats ? writeFloats(floats) : writeOthers(shown);
    }

    private static long count(long[] shape) {
        long n = 1;
        for (long size : shape) {
            n *= size;
        }
        return n;
    }

    /** Whether only the ends of an axis are shown. */
    public static boolean isCut(long[] shape, int axis) {
        return shape[axis] > 2 * EDGE && count(shape) > SUMMARISE_ABOVE;
    }

    /** Whether the elements are shown at all. */
    public static boolean isShown(long[] shape) {
        return countShown(shape) <= MOST_SHOWN;
    }

    private static long countShown(long[] shape) {
        long n = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            n *= shownOf(shape, axis);
        }
        return n;
    }

    private static long shownOf(long[] shape, int axis) {
        return isCut(shape, axis) ? 2 * EDGE : shape[axis];
    }

    /**
     * Prints a tensor.
     *
     * @param prefix what stands before the values, such as {@code tensor(}; further lines are indented by its length
     * @param shape the sizes; none of them for a scalar
     * @param shown the elements that are shown, in row-major order: a {@code float[]}, {@code long[]} or {@code boolean[]}. That
     *     is all of them, but of each axis that {@link #isCut} the first and the last {@value #EDGE}; none if it is not
     *     {@link #isShown}: then the text says {@code ...} and the size, as PyTorch's for a tensor without memory
     * @param device what is said of the device, such as {@code device='cuda:0'}, or null to say nothing
     * @param suffixes what else is said after the values, such as {@code grad_fn=<AddmmBackward0>}. An empty tensor's
     *     size and type, which its values cannot show, are added here and come before these.
     * @return the text, with the closing parenthesis
     * @throws IllegalArgumentException if {@code shown} is of another type, or has another number of elements
     */
    public static String format(
            String prefix, long[] shape, Object shown, @Nullable String device, List<String> suffixes) {
        int length = lengthOf(shown);
        long count = isShown(shape) ? countShown(shape) : 0;
        if (count != length) {
            throw new IllegalArgumentException("toString: of shape " + Arrays.toString(shape) + " " + count
                    + " elements are shown, but " + length + " are given: pass those, in row-major order");
        }
        List<String> all = new ArrayList<>();
        if (device != null) {
            all.add(device);
        }
        StringBuilder out = new StringBuilder(prefix);
        if (count == 0) {
            boolean empty = isShown(shape);
            out.append(empty ? "[]" : "...");
            if (!empty || shape.length != 1) {
                all.add(size(shape));
            }
            addType(all, shown);
        } else {
            new TensorFormat(out, shape, shown).print(0, prefix.length());
        }
        all.addAll(suffixes);
        return close(out, all, prefix.length());
    }

    private static int lengthOf(Object data) {
        return switch (data) {
            case float[] floats -> floats.length;
            case long[] longs -> longs.length;
            case boolean[] booleans -> booleans.length;
            default ->
                throw new IllegalArgumentException("toString: cannot print elements held in a "
                        + data.getClass().getSimpleName() + ": pass a float[], long[] or boolean[]");
        };
    }

    private static String size(long[] shape) {
        StringBuilder size = new StringBuilder("size=(");
        for (int axis = 0; axis < shape.length; axis++) {
            size.append(axis == 0 ? "" : ", ").append(shape[axis]);
        }
        return size.append(')').toString();
    }

    private static void addType(List<String> all, Object shown) {
        if (shown instanceof long[]) {
            all.add("dtype=torch.int64");
        } else if (shown instanceof boolean[]) {
            all.add("dtype=torch.bool");
        }
    }

    private static String close(StringBuilder out, List<String> suffixes, int indent) {
        // PyTorch counts two characters more than there are on the last line, and lines break accordingly.
        int lastLine = out.length() - out.lastIndexOf("\n") + 1;
        for (String suffix : suffixes) {
            if (lastLine + suffix.length() + 2 > LINE_WIDTH) {
                out.append(",\n").repeat(' ', indent);
                lastLine = indent + suffix.length();
            } else {
                out.append(", ");
                lastLine += suffix.length() + 2;
            }
            out.append(suffix);
        }
        return out.append(')').toString();
    }

    private int writeOthers(Object shown) {
        int widest = 1;
        for (int i = 0; i < texts.length; i++) {
            if (shown instanceof long[] longs) {
                texts[i] = Long.toString(longs[i]);
            } else {
                texts[i] = ((boolean[]) shown)[i] ? "True" : "False";
            }
            widest = Math.max(widest, texts[i].length());
        }
        return widest;
    }

    private int writeFloats(float[] shown) {
        boolean whole = true;
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (float value : shown) {
            if (value != 0 && Float.isFinite(value)) {
                double magnitude = Math.abs((double) value);
                smallest = Math.min(smallest, magnitude);
                largest = Math.max(largest, magnitude);
                whole &= magnitude == Math.rint(magnitude);
            }
        }
        boolean scientific = largest > 0 && (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4);
        int widest = 1;
        for (int i = 0; i < shown.length; i++) {
            float value = shown[i];
            texts[i] = floatText(value, scientific, whole);
            if (value != 0 && Float.isFinite(value)) {
                widest = Math.max(widest, texts[i].length());
            }
        }
        return widest;
    }

    private static String floatText(float value, boolean scientific, boolean whole) {
        if (Float.isNaN(value)) {
            return "nan";
        }
        String sign = Float.floatToRawIntBits(value) < 0 ? "-" : "";
        double magnitude = Math.abs((double) value);
        if (Double.isInfinite(magnitude)) {
            return sign + "inf";
        }
        if (scientific) {
            return sign + scientificText(magnitude);
        }
        return sign + (whole ? (long) magnitude + "." : fixedText(magnitude));
    }

    /** Four digits after the point. Values are at most 1e8 here. */
    private static String fixedText(double magnitude) {
        // Exact: the 24 bits of a float times the 10 of 5^4 fit a double; and rint takes halves to the even neighbour.
        long units = (long) Math.rint(magnitude * 10_000);
        String digits = Long.toString(units % 10_000);
        return units / 10_000 + "." + "0".repeat(4 - digits.length()) + digits;
    }

    private static String scientificText(double magnitude) {
        if (magnitude == 0) {
            return "0.0000e+00";
        }
        BigDecimal rounded = new BigDecimal(magnitude).round(FIVE_DIGITS);
        String digits = rounded.unscaledValue().toString();
        int exponent = digits.length() - 1 - rounded.scale();
        digits += "0".repeat(5 - digits.length());
        String sign = exponent < 0 ? "e-" : "e+";
        int size = Math.abs(exponent);
        return digits.charAt(0) + "." + digits.substring(1) + sign + (size < 10 ? "0" : "") + size;
    }

    private void print(int axis, int indent) {
        if (axis == sizes.length) {
            printElement();
        } else if (axis == sizes.length - 1) {
            printVector(axis, indent);
        } else {
            printSlices(axis, indent);
        }
    }

    private void printSlices(int axis, int indent) {
        long shown = shownOf(sizes, axis);
        boolean cut = isCut(sizes, axis);
        int newLines = sizes.length - axis - 1;
        out.append('[');
        for (int i = 0; i < shown; i++) {
            if (i > 0) {
                breakLine(newLines, indent);
            }
            if (cut && i == EDGE) {
                out.append("...");
                breakLine(newLines, indent);
            }
            print(axis + 1, indent + 1);
        }
        out.append(']');
    }

    private void printVector(int axis, int indent) {
        boolean cut = isCut(sizes, axis);
        long cells = shownOf(sizes, axis) + (cut ? 1 : 0);
        int perLine = Math.max(1, (LINE_WIDTH - indent) / (width + 2));
        out.append('[');
        for (int i = 0; i < cells; i++) {
            if (i > 0 && i % perLine == 0) {
                breakLine(1, indent);
            } else if (i > 0) {
                out.append(", ");
            }
            if (cut && i == EDGE) {
                out.append(" ...");
            } else {
                printElement();
            }
        }
        out.append(']');
    }

    private void breakLine(int newLines, int indent) {
        out.append(',').repeat('\n', newLines).repeat(' ', indent + 1);
    }

    private void printElement() {
        String text = texts[done++];
        out.repeat(' ', Math.max(0, width - text.length())).append(text);
    }
}
