package ondol.backend.cpu;

/**
 * One step of a {@link Program} over a block: reads registers and writes registers, element k from elements k alone, so
 * that a result may take an operand's register.
 */
@FunctionalInterface
interface Step {
    /** Does elements 0 to n - 1. */
    void run(Frame r, int n);
}
