/** The OpenCL backend. */
@NullMarked
package ondol.backend.opencl;

import org.jspecify.annotations.NullMarked;
