package ondol;

import java.util.Arrays;
import ondol.op.PaddingMode;

/**
 * Convolutions in double precision, as loops over everything.
 *
 * @param low the padding before each axis
 * @param high the padding behind it
 */
@SuppressWarnings("ArrayRecordComponent")
record PlainConvolution(int[] stride, int[] low, int[] high, int[] dilation, int groups, PaddingMode mode) {
    static PlainConvolution of(int stride, int padding, int dilation, int groups, int axes) {
        int[] pad = filled(axes, padding);
        return new PlainConvolution(filled(axes, stride), pad, pad, filled(axes, dilation), groups, PaddingMode.ZEROS);
    }

    private static int[] filled(int axes, int value) {
        int[] all = new int[axes];
        Arrays.fill(all, value);
        return all;
    }

    private int axes() {
        return stride.length;
    }

    /** The input's place at position p of a window's axis; -1 for a zero. */
    private int place(int p, int axis, int size) {
        int place = p - low[axis];
        if (place >= 0 && place < size) {
            return place;
        }
        return switch (mode) {
            case ZEROS -> -1;
            case REFLECT -> place < 0 ? -place : 2 * (size - 1) - place;
            case REPLICATE -> place < 0 ? 0 : size - 1;
            case CIRCULAR -> Math.floorMod(place, size);
        };
    }

    private static NdArray batched(NdArray x, int axes) {
        return x.dim() == axes + 2 ? x : new NdArray(prepended(x.shape), x.data);
    }

    private static int[] prepended(int[] shape) {
        int[] more = new int[shape.length + 1];
        more[0] = 1;
        System.arraycopy(shape, 0, more, 1, shape.length);
        return more;
    }

    private static NdArray as(NdArray y, NdArray input, int axes) {
        return input.dim() == axes + 2 ? y : new NdArray(Arrays.copyOfRange(y.shape, 1, y.shape.length), y.data);
    }

    /** The convolution of an input [N, C, places...] or [C, places...]; a bias may be null. */
    NdArray convolution(NdArray input, NdArray w, NdArray b) {
        NdArray x = batched(input, axes());
        int[] shape = x.shape.clone();
        shape[1] = w.shape[0];
        for (int i = 0; i < axes(); i++) {
            int span = (w.shape[i + 2] - 1) * dilation[i] + 1;
            shape[i + 2] = (x.shape[i + 2] + low[i] + high[i] - span) / stride[i] + 1;
        }
        NdArray y = NdArray.zeros(shape);
        forEach(x.shape, y, w, (xAt, yAt, wAt) -> y.data[yAt] += x.data[xAt] * w.data[wAt]);
        addBias(y, b);
        return as(y, input, axes());
    }

    /** The transposed convolution, {@code more} places longer. */
    NdArray transposed(NdArray input, NdArray w, NdArray b, int more) {
        NdArray y = batched(input, axes());
        int[] shape = y.shape.clone();
        shape[1] = w.shape[1] * groups;
        for (int i = 0; i < axes(); i++) {
            int span = (w.shape[i + 2] - 1) * dilation[i] + 1;
            shape[i + 2] = (y.shape[i + 2] - 1) * stride[i] + span - 2 * low[i] + more;
        }
        NdArray x = NdArray.zeros(shape);
        forEach(shape, y, w, (xAt, yAt, wAt) -> x.data[xAt] += y.data[yAt] * w.data[wAt]);
        addBias(x, b);
        return as(x, input, axes());
    }

    private interface Term {
        void add(int x, int y, int w);
    }

    /** All triples of a place of the convolution's input, one of its output and one of its weight. */
    private void forEach(int[] xShape, NdArray y, NdArray w, Term term) {
        int inGroup = w.shape[1];
        int outGroup = w.shape[0] / groups;
        for (int yAt = 0; yAt < y.data.length; yAt++) {
            int[] o = NdArray.index(y.shape, yAt);
            for (int tap = 0; tap < w.data.length / w.shape[0]; tap++) {
                int wAt = o[1] * (w.data.length / w.shape[0]) + tap;
                int[] k = NdArray.index(w.shape, wAt);
                int xAt = o[0] * xShape[1] + o[1] / outGroup * inGroup + k[1];
                boolean inside = true;
                for (int i = 0; i < axes(); i++) {
                    int place = place(o[i + 2] * stride[i] + k[i + 2] * dilation[i], i, xShape[i + 2]);
                    inside &= place >= 0;
                    xAt = xAt * xShape[i + 2] + place;
                }
                if (inside) {
                    term.add(xAt, yAt, wAt);
                }
            }
        }
    }

    private static void addBias(NdArray y, NdArray b) {
        int places = y.data.length / y.shape[0] / y.shape[1];
        for (int at = 0; b != null && at < y.data.length; at++) {
            y.data[at] += b.data[at / places % y.shape[1]];
        }
    }
}
