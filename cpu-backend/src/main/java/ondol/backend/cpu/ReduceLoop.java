package ondol.backend.cpu;

/** An expression and a reduction as one loop over vectors; {@link ReduceLoopWriter} writes it. */
interface ReduceLoop {
    /** Reduces each row of the arguments to an element of the output, or adds each row to its lane. */
    void run(ReduceArguments arguments);

    /** Combines each of {@code length} elements of the lanes with the three that are one, two and three times that far behind it. */
    void fold(ReduceArguments arguments, int distance, int length);
}
