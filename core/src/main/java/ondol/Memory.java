package ondol;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Workspace;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one device: hands them out, takes them back, keeps them for reuse.
 *
 * <p>A buffer comes back when its storage is released, or when its storage has become unreachable: the garbage
 * collector then queues the {@link Block}, and the next allocation takes it from the queue. No driver is ever called
 * from a collector's thread. An allocation that passes a limit empties the queue, gives pooled buffers of other sizes
 * back, asks for a garbage collection, and only then fails, with the largest holders named.
 */
final class Memory implements Workspace {
    /** The most that may be added to what was alive after the last collection before the next one is asked for. */
    private static final long MOST_GROWTH = 512L << 20;

    /** So many small buffers of one size are kept. */
    private static final int MOST_SMALL = 64;

    /** Even rounded up, the number of bytes fits a long. */
    private static final long MOST_ELEMENTS = Long.MAX_VALUE >> 4;

    /** A buffer, and the word from the collector that its storage is unreachable. */
    final class Block extends PhantomReference<Storage> {
        final Buffer buffer;
        final long capacity;

        @Nullable
        Block before;

        @Nullable
        Block after;

        boolean live = true;

        /** How many collections had been asked for before. */
        final int age = collections;

        Block(Storage storage, Buffer buffer) {
            super(storage, unreachable);
            this.buffer = buffer;
            this.capacity = buffer.bytes();
        }
    }

    private record SizeClass(Type type, long length) {}

    private final Device device;
    private final Backend backend;
    private final long limit;
    private final long smallest;
    private final long growth;
    private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();
    private final Map<SizeClass, ArrayDeque<Buffer>> pool = new HashMap<>();
    private @Nullable Block live;
    private long inUse;
    private long pooled;

    /** How many collections have been asked for. */
    private int collections;

    /** How many of them have told what they found. */
    private int marks;

    /** What the last collection left in use, less what it turned out to have found after all. */
    private long alive;

    Memory(Device device, Backend backend) {
        this.device = device;
        this.backend = backend;
        this.limit = limitOf(device, backend);
        this.smallest = backend.smallestPooledBytes();
        this.growth = Math.min(MOST_GROWTH, limit / 8);
        backend.workspace(this);
    }

    private static long limitOf(Device device, Backend backend) {
        String setting = System.getProperty("ondol.memory.limit");
        if (setting != null) {
            return parseBytes(setting);
        }
        long memory = backend.info().memoryBytes();
        return memory - memory / 8; // the rest is for the driver, or for the program's own objects
    }

    /** "256MB" and the like, in bytes; units are powers of 1024. */
    static long parseBytes(String text) {
        String t = text.trim().toUpperCase(Locale.ROOT);
        int unit = 0;
        if (t.endsWith("B")) {
            t = t.substring(0, t.length() - 1);
        }
        if (!t.isEmpty() && "KMG".indexOf(t.charAt(t.length() - 1)) >= 0) {
            unit = 10 * (1 + "KMG".indexOf(t.charAt(t.length() - 1)));
            t = t.substring(0, t.length() - 1);
        }
        try {
            long n = Long.parseLong(t.trim());
            if (n > 0 && n <= Long.MAX_VALUE >> unit) {
                return n << unit;
            }
        } catch (NumberFormatException e) {
            // reported below, with the range errors
        }
        throw new IllegalArgumentException(
                "ondol.memory.limit: '" + text + "' is no amount of memory; write for example 256MB or 4GB");
    }

    /** A buffer of at least {@code length} elements, with arbitrary content, inside a new storage. */
    Storage allocate(Type type, long length) {
        if (length > MOST_ELEMENTS) {
            throw exhausted(Long.MAX_VALUE);
        }
        if (length * type.bytes() < smallest) {
            return new Storage(device, small(new SizeClass(type, roundUp(length))), false);
        }
        synchronized (this) { // until it is tracked, the buffer is in no sum
            return new Storage(device, take(new SizeClass(type, roundUp(length))), true);
        }
    }

    private Buffer small(SizeClass size) {
        Buffer known;
        synchronized (this) {
            known = reuse(size);
        }
        return known == null ? backend.allocate(size.type, size.length) : known;
    }

    /** Takes back a buffer that is not tracked, unless there are enough like it: fresh memory is slow to touch. */
    synchronized void recycle(Buffer buffer) {
        var free = pool.computeIfAbsent(new SizeClass(buffer.type(), buffer.length()), k -> new ArrayDeque<>());
        if (free.size() < MOST_SMALL) {
            pooled += buffer.bytes();
            free.push(buffer);
        }
    }

    /** Called by a new storage: from now on its unreachability is noticed. */
    synchronized Block track(Storage storage) {
        Block block = new Block(storage, storage.buffer);
        block.after = live;
        if (live != null) {
            live.before = block;
        }
        live = block;
        inUse += block.capacity;
        return block;
    }

    /** Takes a buffer back. */
    synchronized void release(Block block) {
        if (!block.live) {
            return;
        }
        block.live = false;
        block.clear();
        if (block.before != null) {
            block.before.after = block.after;
        } else {
            live = block.after;
        }
        if (block.after != null) {
            block.after.before = block.before;
        }
        give(block.buffer);
    }

    @Override
    public synchronized Buffer take(Type type, long length) {
        Buffer buffer = take(new SizeClass(type, roundUp(length)));
        inUse += buffer.bytes();
        return buffer;
    }

    @Override
    public synchronized void give(Buffer buffer) {
        inUse -= buffer.bytes();
        pooled += buffer.bytes();
        pool.computeIfAbsent(new SizeClass(buffer.type(), buffer.length()), k -> new ArrayDeque<>())
                .push(buffer);
    }

    private Buffer take(SizeClass size) {
        long bytes = size.length * size.type.bytes();
        drain();
        Buffer known = reuse(size);
        if (known != null) {
            return known;
        }
        if (bytes > limit) {
            throw exhausted(bytes);
        }
        if (inUse + bytes > collectAt() || inUse + pooled + bytes > limit) {
            trim(inUse + bytes > limit ? 0 : limit - bytes - inUse);
            if (inUse + bytes > collectAt() || inUse + bytes > limit) {
                collect(bytes);
                known = reuse(size);
                if (known != null) {
                    return known;
                }
                trim(Math.max(0, limit - bytes - inUse));
                if (inUse + bytes > limit) {
                    throw exhausted(bytes);
                }
            }
        }
        try {
            return backend.allocate(size.type, size.length);
        } catch (OutOfDeviceMemoryException e) {
            trim(0);
            collect(bytes);
            trim(0);
            try {
                return backend.allocate(size.type, size.length);
            } catch (OutOfDeviceMemoryException again) {
                OutOfDeviceMemoryException report = exhausted(bytes, "; " + again.getMessage());
                report.initCause(again);
                throw report;
            }
        }
    }

    private @Nullable Buffer reuse(SizeClass size) {
        ArrayDeque<Buffer> free = pool.get(size);
        Buffer buffer = free == null ? null : free.poll();
        if (buffer != null) {
            pooled -= buffer.bytes();
        }
        return buffer;
    }

    /** Takes back what the collector has found. */
    private void drain() {
        for (var r = unreachable.poll(); r != null; r = unreachable.poll()) {
            if (r instanceof Block block) {
                if (block.live && block.age < collections) {
                    alive -= block.capacity;
                }
                release(block);
            } else {
                marks++;
            }
        }
    }

    /** Asks for a collection and waits until what it found has come, as the JDK does for direct buffers. */
    private void collect(long bytes) {
        var mark = new PhantomReference<>(new Object(), unreachable); // is found with the others
        int before = marks;
        collections++;
        for (int wait = 1; wait <= 256; wait *= 2) {
            if (wait == 1 || wait == 64) {
                System.gc();
            }
            boolean complete = marks != before || wait > 32; // a collection may be disabled, or very slow
            drain();
            if (complete && inUse + bytes <= limit) {
                break;
            }
            try {
                wait(wait); // other threads may give something back meanwhile
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        drain();
        Reference.reachabilityFence(mark);
        alive = inUse;
    }

    private long collectAt() {
        return 2 * Math.max(0, alive) + growth;
    }

    /** Gives pooled buffers back to the backend until at most {@code keep} bytes are pooled. */
    private void trim(long keep) {
        for (var free : pool.values()) {
            while (pooled > keep && !free.isEmpty()) {
                Buffer buffer = free.removeLast();
                pooled -= buffer.bytes();
                backend.free(buffer);
            }
        }
    }

    @Override
    public synchronized void trim() {
        drain();
        trim(0);
    }

    synchronized MemoryStats stats() {
        drain();
        return new MemoryStats(inUse, pooled, limit);
    }

    private OutOfDeviceMemoryException exhausted(long bytes) {
        return exhausted(bytes, "");
    }

    private synchronized OutOfDeviceMemoryException exhausted(long bytes, String reason) {
        Map<SizeClass, Integer> holders = new HashMap<>();
        for (Block b = live; b != null; b = b.after) {
            holders.merge(new SizeClass(b.buffer.type(), b.buffer.length()), 1, Integer::sum);
        }
        var rows = new ArrayList<>(holders.entrySet());
        rows.sort(Comparator.comparingLong(Memory::total)
                .thenComparingLong(row -> row.getKey().length)
                .thenComparing(row -> row.getKey().type)
                .reversed());
        var text = new StringBuilder("out of memory on " + device + ": " + human(bytes) + " wanted, " + human(inUse)
                + " in use, limit " + human(limit) + reason);
        if (!rows.isEmpty()) {
            text.append("; the largest holders:");
        }
        for (var row : rows.subList(0, Math.min(5, rows.size()))) {
            text.append("\n  ")
                    .append(row.getValue())
                    .append(" x ")
                    .append(row.getKey().length)
                    .append(' ')
                    .append(DType.of(row.getKey().type))
                    .append(" = ")
                    .append(human(total(row)));
        }
        text.append(
                "\nUse smaller tensors or batches, close what is not needed (Scope), or raise -Dondol.memory.limit");
        return new OutOfDeviceMemoryException(text.toString());
    }

    private static long total(Map.Entry<SizeClass, Integer> row) {
        return row.getKey().length * row.getKey().type.bytes() * row.getValue();
    }

    private static String human(long bytes) {
        if (bytes < 10_000) {
            return bytes + " bytes";
        }
        int unit = bytes < 10_000_000 ? 10 : bytes < 10_000_000_000L ? 20 : 30;
        return String.format(Locale.ROOT, "%.1f %sB", bytes / (double) (1L << unit), " KMG".charAt(unit / 10));
    }

    /** Few size classes, so that buffers find a second use: at most an eighth is wasted. */
    private static long roundUp(long length) {
        int bits = 64 - Long.numberOfLeadingZeros(Math.max(length, 1));
        long step = Math.max(1, 1L << Math.max(0, bits - 4));
        long rounded = (length + step - 1) / step * step;
        return rounded > Integer.MAX_VALUE - 8 && length <= Integer.MAX_VALUE - 8 ? length : rounded;
    }
}
