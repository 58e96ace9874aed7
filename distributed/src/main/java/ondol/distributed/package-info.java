/**
 * Training on several workers. A {@link ondol.distributed.ProcessGroup} knows who takes part, and adds vectors up over sockets in a fixed
 * order.
 *
 * <p>Who starts the workers is another matter: {@code ./ondol launch} on one machine, {@code torchrun}'s environment variables, or
 * whoever can tell all of them all addresses ({@link ondol.distributed.Rendezvous}).
 */
@NullMarked
package ondol.distributed;

import org.jspecify.annotations.NullMarked;
