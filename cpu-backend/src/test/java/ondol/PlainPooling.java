package ondol;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Pooling in double precision, window by window, from lists of the windows' bounds. */
final class PlainPooling {
    /** Windows along one axis: the first place, the number of elements and how far apart they are; and the axis's size. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Axis(int[] starts, int[] lengths, int dilation, int size) {}

    private final Axis[] axes;

    private PlainPooling(Axis[] axes) {
        this.axes = axes;
    }

    private static int size(NdArray x, int n, int i) {
        return x.shape[x.dim() - n + i];
    }

    /** One number for each axis in each array. */
    static PlainPooling regular(NdArray x, int[] kernel, int[] stride, int[] padding, int[] dilation, boolean ceil) {
        Axis[] axes = new Axis[kernel.length];
        for (int i = 0; i < axes.length; i++) {
            int size = size(x, axes.length, i);
            int span = dilation[i] * (kernel[i] - 1) + 1;
            int[] starts = new int[size + 2 * padding[i]];
            int count = 0;
            for (int start = -padding[i]; start < size + padding[i]; start += stride[i]) {
                boolean fits = start + span <= size + padding[i];
                boolean before = start - stride[i] + span < size + padding[i] && start < size;
                if (fits || ceil && before) {
                    starts[count++] = start;
                }
            }
            int[] lengths = new int[count];
            Arrays.fill(lengths, kernel[i]);
            axes[i] = new Axis(Arrays.copyOf(starts, count), lengths, dilation[i], size);
        }
        return new PlainPooling(axes);
    }

    static PlainPooling adaptive(NdArray x, int... windows) {
        Axis[] axes = new Axis[windows.length];
        for (int i = 0; i < axes.length; i++) {
            int size = size(x, axes.length, i);
            int[] starts = new int[windows[i]];
            int[] lengths = new int[windows[i]];
            for (int o = 0; o < windows[i]; o++) {
                starts[o] = (int) Math.floor((double) o * size / windows[i]);
                lengths[o] = (int) Math.ceil((o + 1.0) * size / windows[i]) - starts[o];
            }
            axes[i] = new Axis(starts, lengths, 1, size);
        }
        return new PlainPooling(axes);
    }

    /** A number of each window, of its elements inside of the input. */
    NdArray of(NdArray x, ToDoubleFunction<double[]> f) {
        return pooled(x, f, null);
    }

    /** The sums of windows, divided by the elements inside of the input and {@code padding} around it. */
    NdArray average(NdArray x, int[] padding) {
        return pooled(x, NdArray::sum, padding);
    }

    private NdArray pooled(NdArray x, ToDoubleFunction<double[]> f, int @Nullable [] padding) {
        int lead = x.dim() - axes.length;
        int[] shape = x.shape.clone();
        for (int i = 0; i < axes.length; i++) {
            shape[lead + i] = axes[i].starts.length;
        }
        NdArray out = NdArray.zeros(shape);
        for (int at = 0; at < out.data.length; at++) {
            int[] window = NdArray.index(shape, at);
            double[] elements = new double[1 << 10];
            int n = elements(x, window, elements);
            out.data[at] = f.applyAsDouble(Arrays.copyOf(elements, n));
            if (padding != null) {
                for (int i = 0; i < axes.length; i++) {
                    int start = axes[i].starts[window[lead + i]];
                    int end = start + axes[i].lengths[window[lead + i]];
                    out.data[at] /= Math.min(end, axes[i].size + padding[i]) - Math.max(start, -padding[i]);
                }
            }
        }
        return out;
    }

    private int elements(NdArray x, int[] window, double[] into) {
        int lead = x.dim() - axes.length;
        int[] lengths = new int[axes.length];
        Arrays.setAll(lengths, i -> axes[i].lengths[window[lead + i]]);
        int n = 0;
        for (int k = 0; k < NdArray.numel(lengths); k++) {
            int[] tap = NdArray.index(lengths, k);
            int[] place = window.clone();
            boolean inside = true;
            for (int i = 0; i < axes.length; i++) {
                place[lead + i] = axes[i].starts[window[lead + i]] + tap[i] * axes[i].dilation;
                inside &= place[lead + i] >= 0 && place[lead + i] < axes[i].size;
            }
            if (inside) {
                into[n++] = x.get(place);
            }
        }
        return n;
    }

    static double largest(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }
}
