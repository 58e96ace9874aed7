/**
 * The kernel language: what a kernel computes, as plain immutable data. It knows nothing of tensors or of backends.
 *
 * <p>{@link ondol.kernel.Expr} is a DAG of few primitives; {@link ondol.kernel.Kernel} is the closed list of what a
 * backend can be asked to run; {@link ondol.kernel.Functions} composes exp, tanh, relu and the like from the primitives.
 */
@NullMarked
package ondol.kernel;

import org.jspecify.annotations.NullMarked;
