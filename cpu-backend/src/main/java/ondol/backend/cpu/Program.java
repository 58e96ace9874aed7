package ondol.backend.cpu;

import ondol.kernel.Type;

/**
 * A compiled expression DAG. Slots: first one for each input, then one for each stored output, then constants, run-time
 * scalars, uniform values (the same for all elements of a block) and temporaries.
 *
 * <p>A frame runs {@code perLaunch} once a launch on single elements and {@code fills} on whole blocks; then, for every
 * block, {@code perBlock} on single elements and {@code steps} on the block.
 *
 * @param used the inputs that occur
 * @param types every slot's type
 * @param registers every slot's register in the thread's scratch, numbered by type; {@link #LASTING} for constants and
 *     run-time scalars, which no other program may overwrite
 * @param result the slot of a Reduce's value; -1 where results are stored
 * @param lastRead for each input the last step that reads it, -1 if none does
 * @param writtenBy for each stored output the step that writes it
 * @param keeps whether a dropout mask is in it
 * @param block most elements of a block: few enough that what it touches stays in the first-level cache
 * @param cost a measure of the work on one element: about nanoseconds times 32
 * @param arithmetic what of that is arithmetic in registers, which gains most from being shared
 * @param inPlace whether F32 inputs and outputs may be pieces of the tensors' own arrays
 * @param written whether the primitives are in one written loop
 */
@SuppressWarnings("ArrayRecordComponent")
record Program(
        int inputs,
        int[] used,
        int outputs,
        Type[] types,
        int[] registers,
        Uniform[] constants,
        Uniform[] scalars,
        Step[] perLaunch,
        Step[] fills,
        Step[] perBlock,
        Step[] steps,
        int result,
        int[] lastRead,
        int[] writtenBy,
        boolean keeps,
        int block,
        int cost,
        int arithmetic,
        boolean inPlace,
        boolean written) {

    /** In place of a register's number: one element that belongs to the frame. */
    static final int LASTING = -1;

    private static final int ARITHMETIC_WEIGHT = 5;

    /** A slot with one value: a constant's bits, or the number of a run-time scalar. */
    record Uniform(int slot, long bits) {}

    int slots() {
        return types.length;
    }

    Type type(int slot) {
        return types[slot];
    }

    int register(int slot) {
        return registers[slot];
    }

    /** A measure of how much it helps to share the work on so many elements: about nanoseconds, for one pass over memory. */
    double worth(double elements) {
        return elements * (cost + ARITHMETIC_WEIGHT * arithmetic) / 32;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
