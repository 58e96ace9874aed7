package ondol.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.backend.Buffer;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Buffers that nobody uses, kept for reuse. It knows its own size, so that nothing has to be corrected if it is lost. */
final class Pool {
    /** The type and length that buffers must share to take each other's place. */
    record SizeClass(Type type, long length) {
        static SizeClass of(Buffer buffer) {
            return new SizeClass(buffer.type(), buffer.length());
        }

        long bytes() {
            return length * type.bytes();
        }

        // As the compiler would write them, but without being linked at the first use.
        @Override
        public boolean equals(Object other) {
            return other instanceof SizeClass o && o.length == length && o.type == type;
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(length) + type.ordinal();
        }
    }

    private final Map<SizeClass, ArrayDeque<Buffer>> free = new HashMap<>();
    private long bytes;

    long bytes() {
        return bytes;
    }

    @Nullable
    Buffer take(SizeClass size) {
        ArrayDeque<Buffer> same = free.get(size);
        Buffer buffer = same == null ? null : same.poll();
        if (buffer != null) {
            bytes -= buffer.bytes();
        }
        return buffer;
    }

    void add(Buffer buffer) {
        add(buffer, Integer.MAX_VALUE);
    }

    /** Keeps a buffer, unless there are {@code most} like it. */
    void add(Buffer buffer, int most) {
        SizeClass size = SizeClass.of(buffer);
        ArrayDeque<Buffer> same = free.get(size);
        if (same == null) {
            same = new ArrayDeque<>();
            free.put(size, same);
        }
        if (same.size() < most) {
            bytes += buffer.bytes();
            same.push(buffer);
        }
    }

    /** Parts with buffers, those longest out of use first, until at most {@code keep} bytes are left; returns them. */
    List<Buffer> trim(long keep) {
        List<Buffer> parted = new ArrayList<>();
        for (ArrayDeque<Buffer> same : free.values()) {
            while (bytes > keep && !same.isEmpty()) {
                Buffer buffer = same.removeLast();
                bytes -= buffer.bytes();
                parted.add(buffer);
            }
        }
        return parted;
    }
}
