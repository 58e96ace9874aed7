package ondol.op;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import ondol.Scope;
import ondol.Tensor;

/**
 * Padding as {@code torch.nn.functional.pad}: what stands beyond the edges of the last axes.
 *
 * <p>The numbers are PyTorch's, the last axis first: {@code {left, right, top, bottom, front, back}}. An axis of size n becomes
 * {@code low + n + high} long. A negative number takes elements away.
 *
 * <pre>{@code
 * Padding.pad(image, 1, 1, 2, 2);                                     // zeros: one at each side, two above and below
 * Padding.pad(image, new long[] {1, 1}, -1.0);                        // another number
 * Padding.pad(image, new long[] {1, 1}, PaddingMode.REFLECT);         // c b | a b c | b a
 * }</pre>
 *
 * <p>Tensors of every type can be padded, along any number of their last axes.
 */
public final class Padding {
    private static final String NAME = "pad";

    private Padding() {}

    /**
     * Padding with zeros.
     *
     * @param input a tensor of any shape and type
     * @param pad two numbers for each axis, the last axis first
     * @return a new tensor
     * @throws IllegalArgumentException if the numbers are not pairs, are more than there are axes for, or take away more than
     *     there is
     * @throws IllegalStateException if the tensor is closed
     */
    public static Tensor pad(Tensor input, long... pad) {
        return pad(input, pad, 0.0);
    }

    /**
     * Padding with a number.
     *
     * @param input a tensor of any shape and type
     * @param pad as in {@link #pad(Tensor, long...)}
     * @param value the number, converted to the tensor's type
     * @return a new tensor
     * @throws IllegalArgumentException as there
     * @throws IllegalStateException if the tensor is closed
     */
    public static Tensor pad(Tensor input, long[] pad, double value) {
        Pads pads = Pads.of(Arguments.given(NAME, "input", input), pad);
        return new LinearFunction("ConstantPadNdBackward0", new ConstantPadding(pads.low, pads.high, value))
                .apply(input);
    }

    /**
     * Padding with the tensor's own elements.
     *
     * @param input a tensor of any shape and type
     * @param pad as in {@link #pad(Tensor, long...)}; for {@link PaddingMode#REFLECT} less than the size, for {@link
     *     PaddingMode#CIRCULAR} at most the size, of what is left of it if the other number is negative
     * @param mode which of the tensor's elements are taken, or zeros
     * @return a new tensor
     * @throws IllegalArgumentException as there, or if a number is too large for the mode
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor pad(Tensor input, long[] pad, PaddingMode mode) {
        if (mode == null) {
            throw new NullPointerException("pad: the mode is null; give PaddingMode.REFLECT or another");
        }
        if (mode == PaddingMode.ZEROS) {
            return pad(input, pad, 0.0);
        }
        Pads pads = Pads.of(Arguments.given(NAME, "input", input), pad);
        if (mode == PaddingMode.CIRCULAR) {
            return circular(input, pads);
        }
        return ImagePadding.pad(NAME, input, mode, pads.low, pads.high);
    }

    /** Pads with the other side's elements. Elements are taken away first, so that the other side begins where the rest does. */
    private static Tensor circular(Tensor input, Pads pads) {
        Pads cropped = pads.map(p -> Math.min(0, p));
        Pads added = pads.map(p -> Math.max(0, p));
        return Scope.result(() -> {
            Tensor rest = input;
            int first = input.dim() - pads.low.length;
            for (int i = 0; i < pads.low.length; i++) {
                rest = rest.slice(first + i, -cropped.low[i], input.size(first + i) + cropped.high[i]);
            }
            return ImagePadding.pad(NAME, rest, PaddingMode.CIRCULAR, added.low, added.high);
        });
    }

    /** Checked numbers, in the order of the axes. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Pads(long[] low, long[] high) {
        static Pads of(Tensor input, long[] pad) {
            if (pad == null) {
                throw new NullPointerException(
                        "pad: the numbers are null; give two for each axis, the last axis first");
            }
            int n = pad.length / 2;
            if (pad.length % 2 != 0 || n > input.dim()) {
                throw new IllegalArgumentException(NAME + ": " + pad.length + " numbers " + Arrays.toString(pad)
                        + " for an input of shape " + input.shape()
                        + "; give two for each axis, the last axis first, and at"
                        + " most " + 2 * input.dim());
            }
            Pads pads = new Pads(new long[n], new long[n]);
            for (int i = 0; i < n; i++) {
                pads.low[n - 1 - i] = pad[2 * i];
                pads.high[n - 1 - i] = pad[2 * i + 1];
                check(input, input.dim() - 1 - i, pad[2 * i], pad[2 * i + 1]);
            }
            return pads;
        }

        private static void check(Tensor input, int axis, long low, long high) {
            long size = input.size(axis);
            if (Math.max(low, high) > Long.MAX_VALUE / 4) {
                throw new IllegalArgumentException(NAME + ": padding of " + low + " and " + high + " along axis " + axis
                        + " leads beyond 2^63 elements; use less");
            }
            if (low < -size || high < -size || low + high < -size) {
                throw new IllegalArgumentException(NAME + ": padding of " + low + " and " + high + " along axis " + axis
                        + " of an input of shape " + input.shape() + " takes away more than its " + size
                        + " elements; use less");
            }
        }

        Pads map(LongUnaryOperator f) {
            return new Pads(
                    Arrays.stream(low).map(f).toArray(),
                    Arrays.stream(high).map(f).toArray());
        }
    }
}
