package ondol.backend.cpu;

/** The innermost loops of the matrix product: tiles of a few sizes. */
abstract sealed class MatMulKernel permits PlainMatMul, VectorMatMul {
    /** The rows of the largest tile. */
    abstract int rows();

    /** The columns of the largest tile. */
    abstract int columns();

    /** The rows of the smallest tile that takes {@code left} rows, from 1 to {@link #rows}. */
    abstract int rowsFor(int left);

    /** The columns of the smallest tile that takes {@code left} columns, from 1 to {@link #columns}. */
    abstract int columnsFor(int left);

    /** Whether there are tiles that read A where it lies, row by row. */
    abstract boolean readsRows();

    /**
     * A tile.
     *
     * @param rows what {@link #rowsFor} gave
     * @param columns what {@link #columnsFor} gave
     * @param packed whether A is packed
     */
    abstract Tile tile(int rows, int columns, boolean packed);

    /** {@code panel[to + line * width + i] = from[at + line * stride + i]} for each i below the width. */
    abstract void copyLines(float[] from, int at, int stride, int lines, int width, float[] panel, int to);

    /** What to run until that is compiled. */
    final Warmup.Exercise copying() {
        int lines = 32;
        float[] from = new float[lines * columns()];
        float[] panel = new float[from.length];
        return new Warmup.Exercise(
                "panels of " + getClass(), () -> copyLines(from, 0, columns(), lines, columns(), panel, 0));
    }

    /** What to run until that tile is compiled. */
    final Warmup.Exercise exercise(int rows, int columns, boolean packed) {
        Tile tile = tile(rows, columns, packed);
        TileArguments t = new TileArguments();
        int most = 256;
        t.a = new float[most * rows];
        t.pitchA = most;
        t.b = new float[most * columns];
        t.pitchB = columns;
        t.c = new float[rows * columns];
        t.pitchC = columns;
        return new Warmup.Exercise(tile.getClass(), rows * columns, n -> {
            t.k = n == 0 ? -1 : n / 2;
            t.first = !t.first;
            tile.run(t);
        });
    }
}
