/** Tensors' elements as text and as nested Java arrays. It knows arrays and sizes, not tensors. Not exported. */
@NullMarked
package ondol.text;

import org.jspecify.annotations.NullMarked;
