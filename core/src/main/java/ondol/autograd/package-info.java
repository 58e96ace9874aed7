/**
 * Gradients on demand, recording switched off, and operations with a gradient of one's own.
 *
 * <p>Whether operations are recorded is a matter of each thread. {@link ondol.Tensor} says what threads may do with the same
 * tensors.
 */
@NullMarked
package ondol.autograd;

import org.jspecify.annotations.NullMarked;
