/**
 * Kernels in pure Java: a blocked interpreter for Map and Reduce, loops written for hot expressions, a matrix product in
 * tiles, and a small thread pool.
 *
 * <p>There are two sets of inner loops, plain Java and the Vector API, with identical bits. No class touches
 * {@code jdk.incubator.vector} unless its name says Vector and {@link ondol.backend.cpu.VectorSupport} found the module.
 */
@NullMarked
package ondol.backend.cpu;

import org.jspecify.annotations.NullMarked;
