package ondol;

import static ondol.GradientCase.shape;
import static ondol.GradientCase.single;

import java.util.Arrays;
import java.util.List;
import ondol.op.Padding;
import ondol.op.PaddingMode;

/** Gradient cases of padding, in every mode, with negative numbers too. */
final class PaddingCases {
    private PaddingCases() {}

    /** Element by element, from each place of the output back to the input's. */
    static NdArray pad(NdArray x, long[] pad, PaddingMode mode, double value) {
        int n = x.dim();
        int[] sizes = x.shape.clone();
        for (int i = 0; i < pad.length / 2; i++) {
            sizes[n - 1 - i] += (int) (pad[2 * i] + pad[2 * i + 1]);
        }
        NdArray out = NdArray.zeros(sizes);
        for (int at = 0; at < out.data.length; at++) {
            int[] index = NdArray.index(sizes, at);
            boolean inside = true;
            for (int i = 0; i < pad.length / 2; i++) {
                int axis = n - 1 - i;
                int place = place(index[axis], x.shape[axis], (int) pad[2 * i], (int) pad[2 * i + 1], mode);
                inside &= place >= 0 && place < x.shape[axis];
                index[axis] = place;
            }
            out.data[at] = inside ? x.get(index) : value;
        }
        return out;
    }

    private static int place(int at, int size, int low, int high, PaddingMode mode) {
        int place = at - low;
        return switch (mode) {
            case ZEROS -> place;
            case REPLICATE -> Math.min(Math.max(place, 0), size - 1);
            case REFLECT -> place < 0 ? -place : place >= size ? 2 * size - 2 - place : place;
            case CIRCULAR -> {
                int begin = Math.max(0, -low);
                int rest = size - begin - Math.max(0, -high);
                yield begin + Math.floorMod(place - begin, rest);
            }
        };
    }

    static List<GradientCase> all() {
        GradientCase.Builder b = new GradientCase.Builder().within(0, 0);
        long[][] pads = {{1, 2}, {2, 1, 0, 2}, {1, 1, 2, 0, 1, 1}, {-1, 2}, {2, -1, -1, -1}};
        for (long[] pad : pads) {
            b.shapes(single(shape(2, 3, 4, 5)));
            String title = Arrays.toString(pad);
            b.one("pad(Tensor,long[])", title, x -> Padding.pad(x, pad), x -> pad(x, pad, PaddingMode.ZEROS, 0));
            b.one(
                    "pad(Tensor,long[],double)",
                    title,
                    x -> Padding.pad(x, pad, -1.5),
                    x -> pad(x, pad, PaddingMode.ZEROS, -1.5));
            for (PaddingMode mode : PaddingMode.values()) {
                b.one(
                        "pad(Tensor,long[],PaddingMode)",
                        mode + " " + title,
                        x -> Padding.pad(x, pad, mode),
                        x -> pad(x, pad, mode, 0));
            }
        }
        b.shapes(single(shape(), shape(3))).one("pad(Tensor,long[])", "of nothing", Padding::pad, x -> x);
        return b.cases();
    }
}
