package ondol.backend.cpu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/** How a Map runs on one layout: everything that does not depend on which buffers, offsets and scalars it is given. */
final class MapPlan {
    /** Blocks as long as this cost nothing between them; longer ones would leave threads without work. */
    private static final int LONG_BLOCK = 8192;

    final Program program;
    final BlockInputs reads;
    final BlockOutputs writes;
    final Space space;

    /** The length of a block, how many there are, and about how long all take in nanoseconds. */
    final int length;

    final long blocks;
    final double nanos;
    private final long[] shape;
    private final long[][] strides;

    /** Pairs of an output and an input that is read after the output is written, were they in one array. */
    private final int[] conflicts;

    /** The plan that writes outputs only after each block; itself, if it does so. */
    private final MapPlan careful;

    private final AtomicReference<@Nullable MapPlan> other = new AtomicReference<>();
    private final Heat heat;

    MapPlan(Programs programs, long[] shape, View[] inputs, View[] outputs, boolean inPlace) {
        this(programs, shape, inputs, outputs, inPlace, inPlace);
    }

    private MapPlan(
            Programs programs, long[] shape, View[] inputs, View[] outputs, boolean inPlace, boolean writesInPlace) {
        this.shape = shape;
        this.strides = Space.viewStrides(inputs, outputs, programs.keeps() ? Space.rowMajor(shape) : null);
        this.space = Space.of(shape, -1, strides, true);
        this.program = programs.forUniform(BlockInputs.uniformInputs(space, inputs.length), inputs.length);
        this.reads = new BlockInputs(program, space, inputs.length + outputs.length, inPlace);
        this.writes = new BlockOutputs(program, space, writesInPlace);
        boolean isOneStep = program.steps().length == 1 && program.fills().length == 0 && !program.keeps();
        this.length =
                space.evenBlock(isOneStep && reads.isDirect() && writes.isDirect() ? LONG_BLOCK : program.block());
        this.blocks = space.blocks(length);
        this.nanos = space.count * program.cost() / 32.0;
        this.heat = new Heat(program);
        this.conflicts = writesInPlace ? conflicts(program) : new int[0];
        this.careful = conflicts.length == 0 ? this : new MapPlan(programs, shape, inputs, outputs, inPlace, false);
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

    /** Whether this is the plan for such views. */
    boolean fits(long[] launchShape, View[] inputs, View[] outputs) {
        if (!Arrays.equals(shape, launchShape)) {
            return false;
        }
        for (int v = 0; v < inputs.length; v++) {
            if (!Arrays.equals(strides[v], inputs[v].strides())) {
                return false;
            }
        }
        for (int o = 0; o < outputs.length; o++) {
            if (!Arrays.equals(strides[inputs.length + o], outputs[o].strides())) {
                return false;
            }
        }
        return true;
    }

    /** Whether its program has been run for so long by now that a faster one is worth making; true once. */
    boolean hasBecomeHot() {
        return heat.hasBecomeHot(nanos);
    }

    /** Lets another plan do the work from now on. */
    void replace(MapPlan by) {
        other.set(by);
    }

    /** Lets another plan do the work from now on, or this one itself if it is null; unless that has changed. */
    void replace(@Nullable MapPlan expected, @Nullable MapPlan by) {
        other.compareAndSet(expected, by);
    }

    /** The plan to run: this one, another in its place, or the careful one if an output lies over an input to be read. */
    MapPlan current(View[] inputs, View[] outputs) {
        MapPlan instead = other.get();
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
        long at = space.blockStart(from, length);
        r.cursor.start(space, at);
        for (long block = from; block < to; block++) {
            int n = space.blockLength(r.cursor, at, length);
            run(r, n);
            at += n;
            r.cursor.advance(n);
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
