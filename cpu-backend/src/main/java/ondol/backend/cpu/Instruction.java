package ondol.backend.cpu;

/**
 * One step of a {@link Program}: a loop and the slots of its result and operands. Unused ones are 0.
 *
 * @param d the result
 * @param a the first operand
 * @param b the second
 * @param c the third
 * @param e the fourth
 */
record Instruction(Loop loop, int d, int a, int b, int c, int e) {}
