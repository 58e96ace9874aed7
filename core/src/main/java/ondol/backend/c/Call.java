package ondol.backend.c;

import java.nio.ByteBuffer;
import ondol.backend.Buffer;

/**
 * One kernel to be started.
 *
 * @param source its text
 * @param buffers its first arguments
 * @param arguments its last argument: the struct, in native byte order, from the buffer's position to its limit
 * @param groups how many groups of {@link Source#groupSize} work items there are
 */
@SuppressWarnings("ArrayRecordComponent")
public record Call(Source source, Buffer[] buffers, ByteBuffer arguments, long groups) {}
