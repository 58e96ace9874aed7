package ondol.backend.cpu;

import ondol.backend.View;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Brings a launch's inputs to a program's slots, block by block: where they lie if they can be used there, else copied
 * to registers. Depends on the layout only, and serves all threads of all launches of that layout.
 */
final class BlockInputs {
    private final Program program;
    private final Space space;
    private final boolean[] direct;
    private final boolean[] uniform;
    private final boolean[] dense;
    private final @Nullable ShortRows[] shortRows;
    private final boolean indexDense;
    private final int indexView;

    /**
     * @param indexView the number of the row-major index among the space's views
     * @param inPlace whether F32 inputs may be used where they lie
     */
    BlockInputs(Program program, Space space, int indexView, boolean inPlace) {
        this.program = program;
        this.space = space;
        int n = program.inputs();
        this.direct = new boolean[n];
        this.uniform = new boolean[n];
        this.dense = new boolean[n];
        this.shortRows = new ShortRows[n];
        for (int v : program.used()) {
            uniform[v] = isUniform(space, v);
            direct[v] = inPlace && program.type(v) == Type.F32 && (uniform[v] || space.rowStride(v) == 1);
            dense[v] = space.isDense(v);
            boolean isWhole = space.rank == 1 || uniform[v] || dense[v];
            shortRows[v] = isWhole || !ShortRows.areIn(space) ? null : new ShortRows(space, v);
        }
        this.indexView = indexView;
        this.indexDense = program.keeps() && (space.rank == 1 || space.isDense(indexView));
    }

    /** Which inputs are one value for each whole block: bit i for input i. */
    static long uniformInputs(Space space, int inputs) {
        long mask = 0;
        for (int v = 0; v < Math.min(inputs, Long.SIZE); v++) {
            if (isUniform(space, v)) {
                mask |= 1L << v;
            }
        }
        return mask;
    }

    private static boolean isUniform(Space space, int view) {
        return view < Long.SIZE && (space.byRows ? space.rowStride(view) == 0 : space.isOneElement(view));
    }

    /** Whether every block finds all inputs where they lie. */
    boolean isDirect() {
        boolean all = true;
        for (int v : program.used()) {
            all &= direct[v] && (uniform[v] || dense[v] || space.byRows);
        }
        return all;
    }

    /** Prepares a thread's frame for this launch; {@link Frame#end} undoes it. */
    void begin(Frame r, View[] inputs) {
        for (int v : program.used()) {
            r.view(v, inputs[v]);
            if (direct[v]) {
                r.f[v] = (float[]) r.arrays[v];
            } else {
                r.own(v);
            }
        }
    }

    /** Makes the n elements from the frame's cursor on its block. */
    void bind(Frame r, int n) {
        Cursor cursor = r.cursor;
        boolean inRow = cursor.isInRow(n);
        for (int v : program.used()) {
            long at = r.origin[v] + cursor.offset(v);
            if (direct[v] && (inRow || uniform[v] || dense[v])) {
                r.f[v] = (float[]) r.arrays[v];
                r.at[v] = (int) at;
            } else {
                copy(r, v, (int) at, inRow, n);
            }
        }
        if (program.keeps()) {
            bindIndex(r, r.origin[indexView] + cursor.offset(indexView), inRow, n);
        }
    }

    private void copy(Frame r, int v, int at, boolean inRow, int n) {
        ShortRows rows = shortRows[v];
        r.own(v);
        if (rows != null) {
            rows.read(program.type(v), r.arrays[v], r.origin[v], r.cursor.position(), r, v, n);
            return;
        }
        long stride = dense[v] ? 1 : space.rowStride(v);
        if (inRow || uniform[v] || dense[v]) {
            Strided.read(program.type(v), r.arrays[v], at, stride, r, v, 0, uniform[v] ? 1 : n);
            return;
        }
        long[] walk = r.cursor.walk();
        long from = r.cursor.column();
        long rowStart = at - from * stride;
        int done = 0;
        while (done < n) {
            int run = (int) Math.min(n - done, space.row - from);
            Strided.read(program.type(v), r.arrays[v], (int) (rowStart + from * stride), stride, r, v, done, run);
            done += run;
            from = 0;
            rowStart += space.nextRow(v, walk);
        }
    }

    private void bindIndex(Frame r, long start, boolean inRow, int n) {
        long stride = indexDense && space.rank > 1 ? 1 : space.rowStride(indexView);
        r.index(start, stride, n);
        if (inRow || indexDense) {
            return;
        }
        long[] walk = r.cursor.walk();
        long from = r.cursor.column();
        long rowStart = start - from * stride;
        r.indexRuns = 0;
        int done = 0;
        while (done < n) {
            int run = (int) Math.min(n - done, space.row - from);
            r.addIndexRun(rowStart + from * stride, run);
            done += run;
            from = 0;
            rowStart += space.nextRow(indexView, walk);
        }
    }
}
