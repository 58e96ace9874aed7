/**
 * The events for Java's Flight Recorder: steps, launches, allocations, transfers. It knows backends, not tensors. Not exported.
 */
@NullMarked
package ondol.events;

import org.jspecify.annotations.NullMarked;
