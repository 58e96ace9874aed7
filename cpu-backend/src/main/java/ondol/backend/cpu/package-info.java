/**
 * Kernels in pure Java: plain loops for each primitive of Maps and Reduces, loops written for those that have become hot,
 * matrix products in tiles, and a small thread pool.
 *
 * <p>There are two sets of inner loops, plain Java and the Vector API, with identical bits. Only what writes loops and
 * tiles touches {@code jdk.incubator.vector}, and only if {@link ondol.backend.cpu.VectorSupport} found the module.
 */
@NullMarked
package ondol.backend.cpu;

import org.jspecify.annotations.NullMarked;
