package ondol.backend.cpu;

/**
 * A primitive over a block: reads the operands' registers, writes the result's, element k from elements k alone and in
 * ascending k, so that the result may take an operand's register.
 *
 * <p>Each loop is a class of its own to the JIT compiler, so each is compiled by itself and none gives up its code
 * because another is first used.
 */
@FunctionalInterface
interface Loop {
    /** Does what {@code i} says for elements 0 to n - 1. */
    void run(Frame r, Instruction i, int n);
}
