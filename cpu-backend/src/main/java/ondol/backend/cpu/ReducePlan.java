package ondol.backend.cpu;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** How a Reduce runs on one layout: its axes sorted into two spaces, and the program that goes through them. */
final class ReducePlan extends LayoutPlan {
    /** Partial results that columns may leave; only views that repeat their elements ask for more. */
    private static final int MOST_PARTIALS = 1 << 22;

    final ReduceOp op;
    final Type valueType;
    final Type outputType;

    /** The axes that stay: views are the inputs, the output, and the row-major index if it is used. */
    final Space kept;

    /** The axes that go: views are the inputs, and the index if it is used. */
    final Space reduced;

    /** How many inputs a launch has. */
    final int inputs;

    /** Whether blocks run across the kept axes; else along the reduced ones. */
    final boolean byColumns;

    final Program program;

    /** Which inputs are one value for each whole block: bit i for input i. */
    final long uniformInputs;

    final BlockInputs reads;

    private volatile @Nullable ReducePlan other;
    private volatile @Nullable ReduceLoopPlan written;

    ReducePlan(Programs programs, Kernel.Reduce kernel, Launch launch) {
        super(launch, programs.keeps());
        long[] shape = launch.shape();
        long reducedAxes = launch.reducedAxes();
        this.op = kernel.op();
        this.valueType = kernel.value().type();
        this.outputType = kernel.outputType();
        this.inputs = launch.inputs().length;
        long[] index = programs.keeps() ? Space.rowMajor(shape) : null;
        this.kept = Space.of(shape, ~reducedAxes, strides, true);
        this.reduced = Space.of(shape, reducedAxes, Space.viewStrides(launch.inputs(), new View[0], index), false);
        this.byColumns = isByColumns();
        Space space = byColumns ? kept : reduced;
        this.uniformInputs = BlockInputs.uniformInputs(space, this.inputs);
        this.program = programs.forUniform(uniformInputs, this.inputs);
        this.reads = new BlockInputs(program, space, byColumns ? this.inputs + 1 : this.inputs, program.inPlace());
    }

    private boolean isByColumns() {
        if (valueType != Type.F32 || op.isArg() || reduced.count < 1) {
            return false;
        }
        if (!hasRoomForPartials()) {
            return false;
        }
        double row = readingCost(reduced) + 40.0 / reduced.count;
        double column = readingCost(kept) + 15.0 / Math.min(512, kept.byRows ? kept.row : kept.count) + 0.02;
        return column < row;
    }

    /** About how many nanoseconds an element takes to be brought into a block along this space's rows. */
    private double readingCost(Space space) {
        double cost = 0;
        for (int v = 0; v < inputs; v++) {
            long stride = Math.abs(space.rowStride(v));
            double perElement = stride <= 1 ? 0.03 : stride < 16 ? 0.4 : 1.0;
            double perRow = space.rank > 1 ? (space.byRows ? 10.0 : 8.0) / space.row : 0;
            cost += perElement + perRow;
        }
        return cost;
    }

    /** Lets another plan do the work from now on. */
    void replace(ReducePlan by) {
        other = by;
    }

    /** Lets a written loop do the work from now on. */
    void replace(ReduceLoopPlan by) {
        written = by;
    }

    /** The written loop that does the work, if there is one. */
    @Nullable
    ReduceLoopPlan written() {
        return written;
    }

    /** The plan to run: this one or another in its place. */
    ReducePlan current() {
        ReducePlan instead = other;
        return instead == null ? this : instead;
    }

    /** The blocks that are reduced by themselves, and their results then; an ARGMAX or ARGMIN has one. */
    long blocks() {
        return op.isArg() ? 1 : Math.max(1, Math.ceilDiv(reduced.count, ReduceOp.BLOCK));
    }

    /** Whether columns may leave a partial result for each block. */
    boolean hasRoomForPartials() {
        return blocks() == 1 || kept.count <= MOST_PARTIALS / blocks();
    }

    @Override
    double nanos() {
        return (double) kept.count * reduced.count * program.cost() / 32.0 + 20.0 * kept.count;
    }

    /** How much it helps to share the work. */
    double worth() {
        return program.worth((double) kept.count * reduced.count) + 20.0 * kept.count;
    }

    /** Writes one element of the output: an F32 as its bits, others as they are. */
    void write(View output, long at, long bits) {
        Object array = ((CpuBuffer) output.buffer()).array;
        switch (outputType) {
            case F32 -> ((float[]) array)[(int) at] = Float.intBitsToFloat((int) bits);
            case I32 -> ((int[]) array)[(int) at] = (int) bits;
            case I64 -> ((long[]) array)[(int) at] = bits;
            case BOOL -> ((boolean[]) array)[(int) at] = bits != 0;
        }
    }

    /** Writes n kept elements of the output, from the cursor on: floats, or longs of which a BOOL is whether they are not 0. */
    void write(View output, Cursor cursor, int n, Object values) {
        Object array = ((CpuBuffer) output.buffer()).array;
        int stride = (int) kept.rowStride(inputs);
        long[] walk = cursor.walk();
        long column = cursor.column();
        long rowStart = output.offset() + cursor.offset(inputs) - column * stride;
        int done = 0;
        while (done < n) {
            int run = (int) Math.min(n - done, kept.row - column);
            int at = (int) (rowStart + column * stride);
            if (values instanceof float[] floats) {
                Strided.write(floats, done, (float[]) array, at, stride, run);
            } else if (array instanceof long[] longs) {
                Strided.write((long[]) values, done, longs, at, stride, run);
            } else {
                for (int k = 0; k < run; k++) {
                    ((boolean[]) array)[at + k * stride] = ((long[]) values)[done + k] != 0;
                }
            }
            done += run;
            column = 0;
            rowStart += kept.nextRow(inputs, walk);
        }
    }
}
