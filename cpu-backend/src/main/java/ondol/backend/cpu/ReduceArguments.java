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

    /** How many rows, {@code far[v]} apart, a row of lanes takes at once: one, or as many as the loop was written for. */
    int rounds = 1;

    final int[] far;

    /** Room for lanes. What the first row of columns has goes to the lanes at {@code to}, with what is at {@code from}. */
    float[] lanes = {};

    int from;
    int fromPitch;
    int to;
    int toPitch;

    /** Where the results of rows go. */
    float[] out = {};

    int outAt;
    int outPitch;

    ReduceArguments(int inputs) {
        arrays = new float[inputs][];
        at = new int[inputs];
        pitch = new int[inputs];
        far = new int[inputs];
    }
}
