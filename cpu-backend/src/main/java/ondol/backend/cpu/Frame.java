package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.View;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * One thread's registers for one program. Slot s holds elements of one type: {@code f[s][at[s]]} and following, or i, l,
 * b. An F32 slot may be a piece of a tensor's own array; all other slots begin at 0.
 */
final class Frame {
    private static final int RARE_FROM_END = 20;
    private static final float RARE = 1e10f;

    final Program program;
    final float[][] f;
    final int[][] i;
    final long[][] l;
    final boolean[][] b;
    final int[] at;

    /** Where the block begins. */
    final Cursor cursor = new Cursor();

    /** The run-time scalars of the launch. */
    long[] scalars = {};

    /** The arrays of the launch's inputs and outputs. */
    final @Nullable Object[] arrays;

    /** Where each view of the launch begins, and the row-major index after them; set by the runner. */
    final long[] origin;

    /** The row-major index of the block's elements, as runs: each starts somewhere and goes in steps of indexStride. */
    int indexRuns;

    long[] indexStart = new long[1];
    int[] indexCount = new int[1];
    long indexStride;

    /** Room for the states of the dropout generator. */
    final int[] states;

    private int[] powers = {};
    private long powersStride = -1;
    private final Scratch scratch;

    private boolean isAtEnd;

    Frame(Program program, Scratch scratch) {
        this.program = program;
        this.scratch = scratch;
        int slots = program.slots();
        f = new float[slots][];
        i = new int[slots][];
        l = new long[slots][];
        b = new boolean[slots][];
        at = new int[slots];
        states = new int[program.keeps() ? KeepMask.LONGEST_RUN : 0];
        arrays = new Object[program.inputs() + program.outputs()];
        origin = new long[program.inputs() + program.outputs() + 2]; // a Reduce has an output that is no slot
        for (int slot = program.inputs(); slot < slots; slot++) {
            own(slot);
        }
        for (Program.Uniform constant : program.constants()) {
            set(constant.slot(), constant.bits());
        }
    }

    /** A frame in which the program can be tried: constants are what they are, F32 inputs are ones, and a few are large. */
    static Frame forWarmup(Program program) {
        Frame frame = new Frame(program, new Scratch());
        int n = program.block();
        for (int slot = 0; slot < program.inputs() + program.outputs(); slot++) {
            frame.own(slot);
            if (program.type(slot) == Type.F32) {
                frame.f[slot] = new float[n];
                Arrays.fill(frame.f[slot], 1f);
                frame.f[slot][n - RARE_FROM_END] = RARE; // some arguments go another way than others
            }
        }
        frame.scalars = new long[64];
        frame.index(0, 1, Math.min(n, KeepMask.LONGEST_RUN));
        return frame;
    }

    /**
     * Places F32 inputs and outputs at their arrays' begin or, every other time, so that n elements end where the arrays end:
     * what is there is loaded in another way.
     */
    void alternate(int n) {
        isAtEnd = !isAtEnd;
        for (int slot = 0; slot < program.inputs() + program.outputs(); slot++) {
            at[slot] = isAtEnd && program.type(slot) == Type.F32 ? program.block() - n : 0;
        }
    }

    /** Lets a slot be a register of its own. */
    void own(int slot) {
        at[slot] = 0;
        int register = program.register(slot);
        boolean lasting = register == Program.LASTING;
        switch (program.type(slot)) {
            case F32 -> f[slot] = lasting ? new float[1] : scratch.floats(register, program.block());
            case I32 -> i[slot] = lasting ? new int[1] : scratch.ints(register, program.block());
            case I64 -> l[slot] = lasting ? new long[1] : scratch.longs(register, program.block());
            case BOOL -> b[slot] = lasting ? new boolean[1] : scratch.booleans(register, program.block());
        }
    }

    private void set(int slot, long bits) {
        switch (program.type(slot)) {
            case F32 -> f[slot][0] = Float.intBitsToFloat((int) bits);
            case I32 -> i[slot][0] = (int) bits;
            case I64 -> l[slot][0] = bits;
            case BOOL -> b[slot][0] = (bits & 1) != 0;
        }
    }

    /** Begins a launch: sets the run-time scalars and computes what depends on them alone. */
    void begin(long[] launchScalars) {
        scalars = launchScalars;
        for (Program.Uniform s : program.scalars()) {
            set(s.slot(), launchScalars[(int) s.bits()]);
        }
        for (Step step : program.perLaunch()) {
            step.run(this, 1);
        }
        for (Step step : program.fills()) {
            step.run(this, program.block());
        }
    }

    /** Runs the program on a block of n elements whose inputs are in place. */
    void run(int n) {
        for (Step step : program.perBlock()) {
            step.run(this, 1);
        }
        for (Step step : program.steps()) {
            step.run(this, n);
        }
    }

    /** Ends a launch: lets go of the tensors' arrays. */
    void end() {
        for (int v = 0; v < arrays.length; v++) {
            arrays[v] = null;
            f[v] = null;
        }
    }

    /** Tells the frame an input or output of the launch. */
    void view(int v, View view) {
        arrays[v] = ((CpuBuffer) view.buffer()).array;
        origin[v] = view.offset();
    }

    /** Says that the block's elements have the indices {@code start, start + stride ...}. */
    void index(long start, long stride, int n) {
        indexRuns = 1;
        indexStart[0] = start;
        indexCount[0] = n;
        indexStride = stride;
    }

    /** The powers of the dropout generator's multiplier by which the indices of a run differ from its first. */
    int[] powers() {
        if (indexStride == 1) {
            return KeepMask.SUCCESSIVE;
        }
        if (powersStride != indexStride) {
            powers = KeepMask.powers(indexStride);
            powersStride = indexStride;
        }
        return powers;
    }

    /** Adds a run of indices; the first call after {@code indexRuns = 0} begins a block. */
    void addIndexRun(long start, int n) {
        if (indexRuns == indexStart.length) {
            indexStart = Arrays.copyOf(indexStart, 2 * indexRuns);
            indexCount = Arrays.copyOf(indexCount, 2 * indexRuns);
        }
        indexStart[indexRuns] = start;
        indexCount[indexRuns++] = n;
    }
}
