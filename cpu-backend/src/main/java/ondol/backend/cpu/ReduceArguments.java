package ondol.backend.cpu;

/** What a {@link ReduceLoop} is told: {@code count} rows of n elements; those of input v begin {@code pitch[v]} apart. */
final class ReduceArguments {
    final float[][] arrays;
    final int[] at;
    final int[] pitch;

    /** Where the elements of a row are, for inputs whose elements do not lie side by side. */
    int[][] tables = {};

    /** The run-time scalars of the launch. */
    long[] scalars = {};

    int count;
    int n;

    /** Room for 64 lanes; of columns each lane has {@code lanePitch} elements, and row 0 belongs to {@code lane}. */
    float[] lanes = {};

    int lane;
    int lanePitch;

    /** Where the results of rows go. */
    float[] out = {};

    int outAt;
    int outPitch;

    ReduceArguments(int inputs) {
        arrays = new float[inputs][];
        at = new int[inputs];
        pitch = new int[inputs];
    }
}
