package ondol.backend.cpu;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Scan: running sums and products along the last axis. A row longer than {@value #BLOCK} elements is done in blocks, which are
 * groups of groups of groups by the contract's rule: one pass over the memory finds the blocks' totals, what comes before
 * each block follows from those, and a second pass writes. Where neighbours in memory lie across the rows, as the columns of a
 * matrix do, many rows go side by side.
 */
final class ScannedRows {
    /** Elements that are scanned without a stop: three levels of groups. */
    static final int BLOCK = Kernel.Scan.GROUP * Kernel.Scan.GROUP * Kernel.Scan.GROUP;

    /** Rows that go side by side: what has to be remembered of them stays in the nearest cache. */
    private static final int COLUMNS = 512;

    /** Fewer rows are not worth a loop over them for every element. */
    private static final int FEWEST_COLUMNS = 4;

    private static final int IN = 0;
    private static final int OUT = 1;

    /** About how many nanoseconds one element takes: to sum, and to sum and write. */
    private static final double NANOS_OF_TOTAL = 0.4;

    private static final double NANOS = 1.2;

    private final Workers workers;
    private final ScanLoops loops;
    private final Space rows;
    private final int n;
    private final int blocks;
    private final int in;
    private final int out;
    private final int inStep;
    private final int outStep;

    private ScannedRows(Kernel.Scan kernel, Launch launch, Workers workers) {
        long[] shape = launch.shape();
        View input = launch.inputs()[0];
        View output = launch.outputs()[0];
        int last = shape.length - 1;
        this.workers = workers;
        this.rows = Space.of(shape, (1L << last) - 1, new long[][] {input.strides(), output.strides()}, true);
        this.n = Math.toIntExact(shape[last]);
        this.blocks = Math.ceilDiv(n, BLOCK);
        this.in = Math.toIntExact(input.offset());
        this.out = Math.toIntExact(output.offset());
        this.inStep = n == 1 ? 0 : Math.toIntExact(input.strides()[last]);
        this.outStep = n == 1 ? 0 : Math.toIntExact(output.strides()[last]);
        // Fewer than the output's elements.
        int totals = blocks == 1 ? 0 : Math.toIntExact(rows.count * blocks);
        this.loops = kernel.type() == Type.F32
                ? new FloatScan(kernel.op(), LeadingAxes.array(input), LeadingAxes.array(output), totals)
                : new LongScan(kernel.op(), LeadingAxes.array(input), LeadingAxes.array(output), totals);
    }

    static void scan(Kernel.Scan kernel, Launch launch, Workers workers) {
        if (launch.size() > 0) {
            new ScannedRows(kernel, launch, workers).run();
        }
    }

    private void run() {
        if (rows.row >= FEWEST_COLUMNS && Math.abs(rows.rowStride(OUT)) < Math.abs((long) outStep)) {
            inColumns();
        } else if (blocks == 1) {
            wholeRows();
        } else {
            inBlocks();
        }
    }

    private int blockLength(int block) {
        return Math.min(BLOCK, n - block * BLOCK);
    }

    private double nanos(double ofElement) {
        return ofElement * n * rows.count;
    }

    /** One row after the other, which may be many short ones. */
    private void wholeRows() {
        workers.run(rows.count, nanos(NANOS), (scratch, from, to) -> {
            Cursor row = new Cursor();
            row.start(rows, from);
            for (long at = from; at < to; ) {
                int run = (int) Math.min(rows.row - row.column(), to - at);
                int x = in + (int) row.offset(IN);
                int y = out + (int) row.offset(OUT);
                for (int r = 0; r < run; r++) {
                    loops.row(x, inStep, y, outStep, n, ScanLoops.NOTHING);
                    x += (int) rows.rowStride(IN);
                    y += (int) rows.rowStride(OUT);
                }
                at += run;
                row.advance(run);
            }
        });
    }

    private void inBlocks() {
        long units = rows.count * blocks;
        workers.run(units, nanos(NANOS_OF_TOTAL), (scratch, from, to) -> {
            Cursor row = new Cursor();
            for (long unit = from; unit < to; unit++) {
                int block = (int) (unit % blocks);
                if (block < blocks - 1) { // nothing comes after the last
                    row.start(rows, unit / blocks);
                    loops.totalOfRow(in + (int) row.offset(IN) + block * BLOCK * inStep, inStep, BLOCK, (int) unit);
                }
            }
        });
        for (int r = 0; r < rows.count; r++) {
            loops.before(r * blocks, 1, blocks);
        }
        workers.run(units, nanos(NANOS), (scratch, from, to) -> {
            Cursor row = new Cursor();
            for (long unit = from; unit < to; unit++) {
                int block = (int) (unit % blocks);
                row.start(rows, unit / blocks);
                int x = in + (int) row.offset(IN) + block * BLOCK * inStep;
                int y = out + (int) row.offset(OUT) + block * BLOCK * outStep;
                loops.row(x, inStep, y, outStep, blockLength(block), (int) unit);
            }
        });
    }

    /** Some rows that are neighbours, side by side: a unit is one block of those. */
    private void inColumns() {
        int pieces = Math.toIntExact(Math.ceilDiv(rows.row, COLUMNS));
        long units = rows.count / rows.row * pieces * blocks;
        int inAcross = (int) rows.rowStride(IN);
        int outAcross = (int) rows.rowStride(OUT);
        if (blocks > 1) {
            workers.run(units, nanos(NANOS_OF_TOTAL), (scratch, from, to) -> {
                Cursor row = new Cursor();
                for (long unit = from; unit < to; unit++) {
                    int block = (int) (unit % blocks);
                    if (block < blocks - 1) {
                        int count = startColumns(row, unit / blocks, pieces);
                        int x = in + (int) row.offset(IN) + block * BLOCK * inStep;
                        loops.totalsOfColumns(
                                scratch, x, inAcross, inStep, count, BLOCK, slot(first(unit / blocks, pieces), block));
                    }
                }
            });
            for (long r = 0; r < rows.count; r++) {
                loops.before(slot(r, 0), (int) rows.row, blocks);
            }
        }
        workers.run(units, nanos(NANOS), (scratch, from, to) -> {
            Cursor row = new Cursor();
            for (long unit = from; unit < to; unit++) {
                int block = (int) (unit % blocks);
                int count = startColumns(row, unit / blocks, pieces);
                int x = in + (int) row.offset(IN) + block * BLOCK * inStep;
                int y = out + (int) row.offset(OUT) + block * BLOCK * outStep;
                int before = blocks == 1 ? ScanLoops.NOTHING : slot(first(unit / blocks, pieces), block);
                loops.columns(scratch, x, inAcross, inStep, y, outAcross, outStep, count, blockLength(block), before);
            }
        });
    }

    /** Goes to the first row of a piece; returns how many rows the piece has. */
    private int startColumns(Cursor row, long piece, int pieces) {
        row.start(rows, first(piece, pieces));
        return (int) Math.min(COLUMNS, rows.row - piece % pieces * COLUMNS);
    }

    private long first(long piece, int pieces) {
        return piece / pieces * rows.row + piece % pieces * COLUMNS;
    }

    /** Where the total of a row's block is kept: beside its neighbours'. */
    private int slot(long row, int block) {
        return (int) ((row / rows.row * blocks + block) * rows.row + row % rows.row);
    }
}
