/** The CUDA backend. */
@NullMarked
package ondol.backend.cuda;

import org.jspecify.annotations.NullMarked;
