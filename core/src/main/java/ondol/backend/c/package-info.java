/**
 * Prints kernels as C, for backends that compile at run time. {@link ondol.backend.c.Planner} turns a
 * {@link ondol.backend.Launch} into {@link ondol.backend.c.Call}s: a text to compile, once for all launches of the same
 * structure, and the arguments of this one. The text is the same in every {@link ondol.backend.c.Dialect} but for a
 * prelude.
 */
@NullMarked
package ondol.backend.c;

import org.jspecify.annotations.NullMarked;
