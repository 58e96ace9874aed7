/** Gradients on demand, recording switched off, and operations with a gradient of one's own. */
@NullMarked
package ondol.autograd;

import org.jspecify.annotations.NullMarked;
