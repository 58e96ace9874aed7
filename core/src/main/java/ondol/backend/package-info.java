/**
 * Backends as Ondol sees them: somewhere to allocate, copy, and run {@linkplain ondol.kernel.Kernel kernels}. A backend
 * has never heard of gradients, modules or optimizers.
 */
@NullMarked
package ondol.backend;

import org.jspecify.annotations.NullMarked;
