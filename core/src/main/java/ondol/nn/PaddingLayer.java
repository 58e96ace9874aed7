package ondol.nn;

import java.util.Arrays;
import ondol.Tensor;

/** The common parts of the layers of padding: their numbers, checks and printing. */
abstract class PaddingLayer extends BuiltInLayer {
    private final long[] padding;

    /**
     * A layer.
     *
     * @param axes how many of the last axes are padded
     * @param padding a number for all sides, or two for each axis, the last axis first
     */
    PaddingLayer(int axes, long[] padding) {
        String name = getClass().getSimpleName();
        if (padding == null) {
            throw new NullPointerException(
                    name + ": the padding is null; give a number, or two for each axis, the last axis first");
        }
        if (padding.length != 1 && padding.length != 2 * axes) {
            throw new IllegalArgumentException(name + ": the padding is " + Arrays.toString(padding)
                    + "; give one number for all sides, or " + 2 * axes + " numbers, the last axis first");
        }
        this.padding = new long[2 * axes];
        for (int i = 0; i < 2 * axes; i++) {
            this.padding[i] = padding[padding.length == 1 ? 0 : i];
        }
    }

    /** {@return the padding: two numbers for each axis, the last axis first} */
    public final long[] padding() {
        return padding.clone();
    }

    /** The input, if it has axes enough. */
    final Tensor checked(Tensor x) {
        int axes = padding.length / 2;
        if (given(x).dim() < axes) {
            throw new IllegalArgumentException(name() + ".forward: the input has shape " + x.shape() + "; it must have "
                    + axes + (axes == 1 ? " axis" : " axes") + " or more");
        }
        return x;
    }

    @Override
    protected String extraRepr() {
        return Repr.of(padding);
    }
}
