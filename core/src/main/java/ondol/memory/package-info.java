/**
 * The buffers of a device: who holds them, the pool, the limit, and what the garbage collector is asked. It knows backends, not
 * tensors. Not exported.
 */
@NullMarked
package ondol.memory;

import org.jspecify.annotations.NullMarked;
