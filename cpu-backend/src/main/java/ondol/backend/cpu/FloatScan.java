package ondol.backend.cpu;

import static ondol.kernel.Kernel.Scan.GROUP;

import java.util.Arrays;
import ondol.kernel.ReduceOp;

/** A Scan of F32. By rows, a processor works on the chains of several groups at once, as none waits for another. */
final class FloatScan extends ScanLoops {
    private static final int GROUPS = GROUP * GROUP;

    private final boolean sum;
    private final float first;
    private final float[] in;
    private final float[] out;
    private final float[] totals;

    FloatScan(ReduceOp op, Object in, Object out, int totals) {
        this.sum = op == ReduceOp.SUM;
        this.first = sum ? 0 : 1;
        this.in = (float[]) in;
        this.out = (float[]) out;
        this.totals = new float[totals];
    }

    private float combine(float a, float b) {
        return sum ? a + b : a * b;
    }

    @Override
    void before(int slot, int step, int blocks) {
        before(totals, slot, step, blocks);
    }

    private void before(float[] values, int at, int step, int n) {
        int groups = Math.ceilDiv(n, GROUP);
        float[] outer = new float[groups];
        if (groups == 1) {
            outer[0] = first;
        } else {
            for (int g = 0; g < groups; g++) {
                float p = first;
                for (int k = g * GROUP; k < Math.min(n, (g + 1) * GROUP); k++) {
                    p = combine(p, values[at + k * step]);
                }
                outer[g] = p;
            }
            before(outer, 0, 1, groups);
        }
        for (int g = 0; g < groups; g++) {
            float p = first;
            for (int k = g * GROUP; k < Math.min(n, (g + 1) * GROUP); k++) {
                float x = values[at + k * step];
                values[at + k * step] = combine(outer[g], p);
                p = combine(p, x);
            }
        }
    }

    // ---- by rows

    @Override
    void totalOfRow(int x, int step, int n, int slot) {
        float p2 = first;
        for (int i = 0; i < n; i += GROUPS) {
            float p1 = first;
            int end = Math.min(n, i + GROUPS);
            for (int j = i; j < end; j += GROUP) {
                int m = Math.min(GROUP, end - j);
                p1 = combine(p1, step == 1 && sum && m == GROUP ? sum(in, x + j) : chain(x + j * step, step, m));
            }
            p2 = combine(p2, p1);
        }
        totals[slot] = p2;
    }

    private float chain(int x, int step, int n) {
        float p = first;
        for (int k = 0; k < n; k++) {
            p = combine(p, in[x + k * step]);
        }
        return p;
    }

    /** The sum of a whole group, without a loop: a loop of 16 steps costs more than its steps. */
    private static float sum(float[] a, int at) {
        float p = 0f + a[at];
        p += a[at + 1];
        p += a[at + 2];
        p += a[at + 3];
        p += a[at + 4];
        p += a[at + 5];
        p += a[at + 6];
        p += a[at + 7];
        p += a[at + 8];
        p += a[at + 9];
        p += a[at + 10];
        p += a[at + 11];
        p += a[at + 12];
        p += a[at + 13];
        p += a[at + 14];
        p += a[at + 15];
        return p;
    }

    @Override
    void row(int x, int xStep, int y, int yStep, int n, int slot) {
        float before = slot == NOTHING ? first : totals[slot];
        float p2 = first;
        for (int i = 0; i < n; i += GROUPS) {
            float e2 = combine(before, p2);
            float p1 = first;
            int end = Math.min(n, i + GROUPS);
            for (int j = i; j < end; j += GROUP) {
                float e1 = combine(e2, p1);
                int m = Math.min(GROUP, end - j);
                p1 = combine(p1, group(x + j * xStep, xStep, y + j * yStep, yStep, m, e1));
            }
            p2 = combine(p2, p1);
        }
    }

    private float group(int x, int xStep, int y, int yStep, int n, float before) {
        float p = first;
        for (int k = 0; k < n; k++) {
            p = combine(p, in[x + k * xStep]);
            out[y + k * yStep] = combine(before, p);
        }
        return p;
    }

    // ---- by columns

    @Override
    void totalsOfColumns(Scratch scratch, int x, int across, int step, int count, int n, int slot) {
        float[] r = scratch.room(0, 3L * count);
        int p1 = count;
        int row = 2 * count;
        Arrays.fill(totals, slot, slot + count, first);
        for (int i = 0; i < n; i += GROUPS) {
            Arrays.fill(r, p1, p1 + count, first);
            int end = Math.min(n, i + GROUPS);
            for (int j = i; j < end; j += GROUP) {
                Arrays.fill(r, 0, count, first);
                for (int k = j; k < Math.min(end, j + GROUP); k++) {
                    accumulate(r, x + k * step, across, row, count);
                }
                combine(r, p1, r, p1, r, 0, count);
            }
            combine(totals, slot, totals, slot, r, p1, count);
        }
    }

    @Override
    void columns(
            Scratch scratch, int x, int xAcross, int xStep, int y, int yAcross, int yStep, int count, int n, int slot) {
        float[] r = scratch.room(0, 6L * count);
        int p1 = count;
        int p2 = 2 * count;
        int e1 = 3 * count;
        int e2 = 4 * count;
        int row = 5 * count;
        Arrays.fill(r, p2, p2 + count, first);
        for (int i = 0; i < n; i += GROUPS) {
            if (slot == NOTHING) {
                System.arraycopy(r, p2, r, e2, count);
            } else {
                combine(r, e2, totals, slot, r, p2, count);
            }
            Arrays.fill(r, p1, p1 + count, first);
            int end = Math.min(n, i + GROUPS);
            for (int j = i; j < end; j += GROUP) {
                combine(r, e1, r, e2, r, p1, count);
                Arrays.fill(r, 0, count, first);
                for (int k = j; k < Math.min(end, j + GROUP); k++) {
                    int to = y + k * yStep;
                    if (sum && xAcross == 1 && yAcross == 1) {
                        addAndWrite(r, e1, x + k * xStep, to, count);
                        continue;
                    }
                    accumulate(r, x + k * xStep, xAcross, row, count);
                    if (yAcross == 1) {
                        combine(out, to, r, e1, r, 0, count);
                    } else {
                        combine(r, row, r, e1, r, 0, count);
                        Strided.write(r, row, out, to, yAcross, count);
                    }
                }
                combine(r, p1, r, p1, r, 0, count);
            }
            combine(r, p2, r, p2, r, p1, count);
        }
    }

    /** The commonest case in one loop: the next elements are added to the chains, and the sums written. */
    private void addAndWrite(float[] r, int e1, int x, int y, int count) {
        for (int k = 0; k < count; k++) {
            float p = r[k] + in[x + k];
            r[k] = p;
            out[y + k] = r[e1 + k] + p;
        }
    }

    /** Combines the next elements with the chains at the beginning of r. */
    private void accumulate(float[] r, int x, int across, int row, int count) {
        if (across == 1) {
            combine(r, 0, r, 0, in, x, count);
        } else {
            Strided.read(in, x, across, r, row, count);
            combine(r, 0, r, 0, r, row, count);
        }
    }

    private void combine(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        if (sum) {
            for (int k = 0; k < n; k++) {
                d[d0 + k] = a[a0 + k] + b[b0 + k];
            }
        } else {
            for (int k = 0; k < n; k++) {
                d[d0 + k] = a[a0 + k] * b[b0 + k];
            }
        }
    }
}
