/** Tensors, devices, random numbers and memory: what a program imports first. Start at {@link ondol.Tensor}. */
@NullMarked
package ondol;

import org.jspecify.annotations.NullMarked;
