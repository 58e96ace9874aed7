package ondol.backend.cpu;

/**
 * One primitive in plain Java, and the slots of its result and operands; unused ones are 0. Registers begin at 0: only
 * {@link Primitive#F32_COPY} and {@link Primitive#F32_FILL} also take a piece of a tensor's own array.
 *
 * @param d the result
 * @param a the first operand; for {@link Primitive#KEEP} the number of the run-time scalar with the seed
 * @param b the second; for {@link Primitive#KEEP} that with the threshold
 * @param c the third
 */
record PlainStep(Primitive op, int d, int a, int b, int c) implements Step {
    @Override
    public void run(Frame r, int n) {
        Primitive.run(r, this, n);
    }
}
