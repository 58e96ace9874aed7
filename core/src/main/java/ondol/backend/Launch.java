package ondol.backend;

import ondol.kernel.Kernel;

/**
 * One kernel and all it is run on. Core has checked everything: shapes agree, types fit, indices are in range. A backend
 * never refuses a layout.
 *
 * <p>By kernel: <br>
 * Map: every view has {@code shape}. <br>
 * Reduce: the inputs have {@code shape}; the output has it too, with size 1 on the reduced axes. <br>
 * MatMul: {@code shape} is the output's, [batch..., m..., n...]; inputs are A [batch..., m..., k...], B [batch..., k..., n...]
 * and the epilogue's operands, of the output's shape. <br>
 * Gather, ScatterAdd, Sort, Scan: {@code shape} is the index's or the input's; the views' own shapes say the rest.
 *
 * @param kernel what to compute
 * @param shape the sizes iterated over
 * @param reducedAxes a Reduce's axes: bit a is set when axis a is reduced; else 0
 * @param inputs the views read
 * @param outputs the views written
 * @param scalars the run-time scalars: F32 as its bits, integers as they are (I32 sign-extended), BOOL as 0 or 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record Launch(Kernel kernel, long[] shape, long reducedAxes, View[] inputs, View[] outputs, long[] scalars) {
    /** No run-time scalars. */
    public static final long[] NO_SCALARS = {};

    /** {@return how many elements are iterated over} */
    public long size() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }
}
