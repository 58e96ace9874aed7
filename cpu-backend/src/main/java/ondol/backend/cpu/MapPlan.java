package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/** How a Map runs on one layout: everything that does not depend on which buffers, offsets and scalars it is given. */
final class MapPlan extends LayoutPlan {
    /** Blocks as long as this cost nothing between them; longer ones would leave threads without work. */
    private static final int LONG_BLOCK = 8192;

    final Program program;

    /** Which inputs are one value for each whole block: bit i for input i. */
    final long uniformInputs;

    final BlockInputs reads;
    final BlockOutputs writes;
    final Space space;

    /** The length of a block, and how many there are. */
    final int length;

    final long blocks;

    /** Whether every block is a row, and all that changes from row to row is where the views are. */
    private final boolean isByWholeRows;

    /** Pairs of an output and an input that is read after the output is written, were they in one array. */
    private final int[] conflicts;

    /** The plan that writes outputs only after each block; itself, if it does so. */
    private final MapPlan careful;

    private volatile @Nullable MapPlan other;

    MapPlan(Programs programs, Launch launch) {
        this(programs, launch, true);
    }

    private MapPlan(Programs programs, Launch launch, boolean mayWriteInPlace) {
        super(launch, programs.keeps());
        int inputs = launch.inputs().length;
        this.space = Space.of(launch.shape(), -1, strides, true);
        this.uniformInputs = BlockInputs.uniformInputs(space, inputs);
        this.program = programs.forUniform(uniformInputs, inputs);
        boolean writesInPlace = mayWriteInPlace && program.inPlace();
        this.reads = new BlockInputs(program, space, inputs + launch.outputs().length, program.inPlace());
        this.writes = new BlockOutputs(program, space, writesInPlace);
        boolean isOneStep = program.steps().length == 1 && program.fills().length == 0 && !program.keeps();
        this.length =
                space.evenBlock(isOneStep && reads.isDirect() && writes.isDirect() ? LONG_BLOCK : program.block());
        this.blocks = space.blocks(length);
        this.isByWholeRows = space.rank == 2
                && space.byRows
                && length >= space.row
                && reads.isDirect()
                && writes.isDirect()
                && program.perBlock().length == 0;
        this.conflicts = writesInPlace ? conflicts(program) : new int[0];
        this.careful = conflicts.length == 0 ? this : new MapPlan(programs, launch, false);
    }

    private static int[] conflicts(Program program) {
        int[] pairs = new int[2 * program.outputs() * program.used().length];
        int n = 0;
        for (int o = 0; o < program.outputs(); o++) {
            for (int v : program.used()) {
                if (program.lastRead()[v] > program.writtenBy()[o]) {
                    pairs[n++] = o;
                    pairs[n++] = v;
                }
            }
        }
        return Arrays.copyOf(pairs, n);
    }

    @Override
    double nanos() {
        return space.count * program.cost() / 32.0;
    }

    /** How much it helps to share the work. */
    double worth() {
        return program.worth(space.count);
    }

    /** Lets another plan do the work from now on. */
    void replace(MapPlan by) {
        other = by;
    }

    /** The plan to run: this one, another in its place, or the careful one if an output lies over an input to be read. */
    MapPlan current(View[] inputs, View[] outputs) {
        MapPlan instead = other;
        if (instead != null) {
            return instead.current(inputs, outputs);
        }
        for (int k = 0; k < conflicts.length; k += 2) {
            if (outputs[conflicts[k]].buffer() == inputs[conflicts[k + 1]].buffer()) {
                return careful;
            }
        }
        return this;
    }

    /** Prepares a thread's frame for a launch. */
    Frame begin(Scratch scratch, View[] inputs, View[] outputs, long[] scalars) {
        Frame r = scratch.frame(program);
        reads.begin(r, inputs);
        writes.begin(r, outputs);
        r.begin(scalars);
        return r;
    }

    /** Computes blocks {@code from} to {@code to - 1}. */
    void run(Frame r, long from, long to) {
        if (isByWholeRows) {
            runRows(r, from, to);
            return;
        }
        long at = space.blockStart(from, length);
        r.cursor.start(space, at);
        for (long block = from; block < to; block++) {
            int n = space.blockLength(r.cursor, at, length);
            run(r, n);
            at += n;
            r.cursor.advance(n);
        }
    }

    private void runRows(Frame r, long from, long to) {
        int n = (int) space.row;
        r.cursor.start(space, from * n);
        reads.bind(r, n);
        writes.bind(r, n);
        int views = program.inputs() + program.outputs();
        for (long row = from; row < to; row++) {
            r.run(n);
            for (int v = 0; v < views; v++) {
                r.at[v] += (int) space.strides[2 * v];
            }
            if (program.keeps()) {
                r.indexStart[0] += space.strides[2 * views];
            }
        }
    }

    /** Computes the n elements from the frame's cursor on, at most a block of them. */
    void run(Frame r, int n) {
        reads.bind(r, n);
        writes.bind(r, n);
        r.run(n);
        writes.write(r, n);
    }
}
