package ondol.backend.cpu;

import ondol.backend.View;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Takes a Map's results to the outputs: written there by the program itself where that is safe, else copied from
 * registers after the block.
 */
final class BlockOutputs {
    private final Program program;
    private final Space space;
    private final int count;
    private final boolean[] direct;
    private final boolean[] dense;
    private final @Nullable ShortRows[] shortRows;
    private final int firstView;
    private final boolean allDirect;

    /** @param inPlace whether F32 outputs may be written where they lie */
    BlockOutputs(Program program, Space space, boolean inPlace) {
        this.program = program;
        this.space = space;
        this.firstView = program.inputs();
        this.count = program.outputs();
        this.direct = new boolean[count];
        this.dense = new boolean[count];
        this.shortRows = new ShortRows[count];
        boolean all = true;
        for (int o = 0; o < count; o++) {
            int v = firstView + o;
            direct[o] = inPlace && program.type(v) == Type.F32 && (space.rowStride(v) == 1 || space.count == 1);
            dense[o] = space.isDense(v);
            shortRows[o] = dense[o] || !ShortRows.areIn(space) ? null : new ShortRows(space, v);
            all &= direct[o] && dense[o];
        }
        this.allDirect = all;
    }

    /** Whether every block's results can be written where they belong. */
    boolean isDirect() {
        boolean all = true;
        for (int o = 0; o < count; o++) {
            all &= direct[o] && (dense[o] || space.byRows);
        }
        return all;
    }

    void begin(Frame r, View[] outputs) {
        for (int o = 0; o < count; o++) {
            int slot = firstView + o;
            r.view(slot, outputs[o]);
            if (direct[o]) {
                r.f[slot] = (float[]) r.arrays[slot];
            } else {
                r.own(slot);
            }
        }
    }

    /** Before the block runs: says where its results go. */
    void bind(Frame r, int n) {
        boolean inRow = r.cursor.isInRow(n);
        for (int o = 0; o < count; o++) {
            int slot = firstView + o;
            if (direct[o] && (dense[o] || inRow)) {
                r.f[slot] = (float[]) r.arrays[slot];
                r.at[slot] = (int) (r.origin[slot] + r.cursor.offset(slot));
            } else {
                r.own(slot);
            }
        }
    }

    /** After the block has run: copies what is still in registers. */
    void write(Frame r, int n) {
        if (allDirect) {
            return;
        }
        boolean inRow = r.cursor.isInRow(n);
        for (int o = 0; o < count; o++) {
            if (!direct[o] || !dense[o] && !inRow) {
                write(r, o, inRow, n);
            }
        }
    }

    private void write(Frame r, int o, boolean inRow, int n) {
        int slot = firstView + o;
        ShortRows rows = shortRows[o];
        if (rows != null) {
            rows.write(program.type(slot), r, slot, r.arrays[slot], r.origin[slot], r.cursor.position(), n);
            return;
        }
        long stride = dense[o] ? 1 : space.rowStride(slot);
        long at = r.origin[slot] + r.cursor.offset(slot);
        if (inRow || dense[o]) {
            Strided.write(program.type(slot), r, slot, 0, r.arrays[slot], (int) at, stride, n);
            return;
        }
        long[] walk = r.cursor.walk();
        long from = r.cursor.column();
        long rowStart = at - from * stride;
        int done = 0;
        while (done < n) {
            int run = (int) Math.min(n - done, space.row - from);
            Strided.write(
                    program.type(slot), r, slot, done, r.arrays[slot], (int) (rowStart + from * stride), stride, run);
            done += run;
            from = 0;
            rowStart += space.nextRow(slot, walk);
        }
    }
}
