package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.ReduceOp;

/** A Scan of I64: exact, so in any order. */
final class LongScan extends ScanLoops {
    private final boolean sum;
    private final long first;
    private final long[] in;
    private final long[] out;
    private final long[] totals;

    LongScan(ReduceOp op, Object in, Object out, int totals) {
        this.sum = op == ReduceOp.SUM;
        this.first = sum ? 0 : 1;
        this.in = (long[]) in;
        this.out = (long[]) out;
        this.totals = new long[totals];
    }

    private long combine(long a, long b) {
        return sum ? a + b : a * b;
    }

    @Override
    void totalOfRow(int x, int step, int n, int slot) {
        long p = first;
        for (int k = 0; k < n; k++) {
            p = combine(p, in[x + k * step]);
        }
        totals[slot] = p;
    }

    @Override
    void before(int slot, int step, int blocks) {
        long p = first;
        for (int b = 0; b < blocks; b++) {
            long total = totals[slot + b * step];
            totals[slot + b * step] = p;
            p = combine(p, total);
        }
    }

    @Override
    void row(int x, int xStep, int y, int yStep, int n, int slot) {
        long p = slot == NOTHING ? first : totals[slot];
        for (int k = 0; k < n; k++) {
            p = combine(p, in[x + k * xStep]);
            out[y + k * yStep] = p;
        }
    }

    @Override
    void totalsOfColumns(Scratch scratch, int x, int across, int step, int count, int n, int slot) {
        Arrays.fill(totals, slot, slot + count, first);
        for (int k = 0; k < n; k++) {
            for (int c = 0; c < count; c++) {
                totals[slot + c] = combine(totals[slot + c], in[x + k * step + c * across]);
            }
        }
    }

    @Override
    void columns(
            Scratch scratch, int x, int xAcross, int xStep, int y, int yAcross, int yStep, int count, int n, int slot) {
        long[] p = new long[count];
        if (slot == NOTHING) {
            Arrays.fill(p, first);
        } else {
            System.arraycopy(totals, slot, p, 0, count);
        }
        for (int k = 0; k < n; k++) {
            for (int c = 0; c < count; c++) {
                p[c] = combine(p[c], in[x + k * xStep + c * xAcross]);
                out[y + k * yStep + c * yAcross] = p[c];
            }
        }
    }
}
