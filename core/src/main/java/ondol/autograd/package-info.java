/**
 * Gradients on demand, recording switched off, and operations with a gradient of one's own.
 *
 * <p>Whether operations are recorded is a matter of each thread. What threads may do with the same tensors is said in {@link
 * ondol.Tensor}.
 */
@NullMarked
package ondol.autograd;

import org.jspecify.annotations.NullMarked;
