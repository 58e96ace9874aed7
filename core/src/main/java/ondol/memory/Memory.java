package ondol.memory;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Workspace;
import ondol.events.Events;
import ondol.kernel.Type;
import ondol.memory.Pool.SizeClass;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one device: hands them out, takes them back, keeps them for reuse.
 *
 * <p>A buffer comes back when its lease is released, or when its lease has become unreachable: the garbage
 * collector then queues the {@link Block}, and the next allocation takes it from the queue. No driver is ever called
 * from a collector's thread. An allocation that passes the limit empties the queue, gives pooled buffers of other sizes
 * back, has the collector look for more, and only then fails, with the largest holders named.
 *
 * <p>Buffers that are Java objects ({@link Backend#isJavaMemory}) take their room from the program's own objects. Buffers that
 * no tensor holds, those of the pool and of unreachable storages, are therefore held softly: the collector takes them before it
 * says that the heap is full. It also knows by itself when to look for garbage, and is not asked before the limit is reached.
 */
public final class Memory implements Workspace {
    /** The property that says how much of the memory may be used. */
    public static final String LIMIT = "ondol.memory.limit";

    /** The most that may be added to what was alive after the last collection before the next one is asked for. */
    private static final long MOST_GROWTH = 512L << 20;

    /** The largest number of small buffers of one size that are kept. */
    private static final int MOST_SMALL = 64;

    /** Even rounded up, the number of bytes fits a long. */
    private static final long MOST_ELEMENTS = Long.MAX_VALUE >> 4;

    /** A buffer, and the word from the collector that its lease is unreachable. */
    final class Block extends PhantomReference<Lease> {
        final SizeClass size;
        private final @Nullable Buffer buffer;
        private final @Nullable SoftReference<Buffer> softly;

        @Nullable
        Block before;

        @Nullable
        Block after;

        boolean live = true;

        /** How many collections had been asked for before. */
        final int age = collections;

        Block(Lease lease, Buffer buffer) {
            super(lease, unreachable);
            this.size = SizeClass.of(buffer);
            this.buffer = isJava ? null : buffer;
            this.softly = isJava ? new SoftReference<>(buffer) : null;
        }

        /** Null if nobody needed it any more and the collector has taken it. */
        private @Nullable Buffer buffer() {
            return softly == null ? buffer : softly.get();
        }
    }

    private final Backend backend;
    private final String device;
    private final boolean isJava;
    private final long limit;
    private final boolean isSetting;
    private final Exhaustion exhaustion;
    private final long smallest;
    private final long growth;
    private final @Nullable Poison poison;
    private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();

    /** The pool of a device whose memory has to be given back; null where the collector may take it. */
    private final @Nullable Pool firmly;

    private SoftReference<Pool> softly = new SoftReference<>(null);
    private @Nullable Block live;
    private long inUse;

    /** The most that was in use at once. */
    private long peak;

    /** How many collections have been asked for. */
    private int collections;

    /** How many of them have told what they found. */
    private int marks;

    /** The bytes that the last collection left in use, less those that it turned out to have found after all. */
    private long alive;

    /** How far above the limit Java memory may go, because nobody knows whether so much is really held. */
    private long tolerated;

    /** The memory of a device that messages call by that name. */
    public Memory(String device, Backend backend) {
        this.backend = backend;
        this.device = device;
        this.isJava = backend.isJavaMemory();
        long total = backend.memoryBytes();
        String setting = System.getProperty(LIMIT);
        this.isSetting = setting != null;
        // By default the rest is for the driver, or for the program's own objects.
        this.limit = setting == null ? total - total / 8 : parseBytes(setting);
        this.exhaustion = new Exhaustion(device, isJava, total, limit, isSetting);
        this.smallest = backend.smallestPooledBytes();
        this.growth = Math.min(MOST_GROWTH, limit / 8);
        this.firmly = isJava ? null : new Pool();
        this.poison = Poison.of(backend);
        backend.workspace(this);
    }

    /** "256MB" and the like, in bytes; units are powers of 1024. */
    public static long parseBytes(String text) {
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
                LIMIT + ": '" + text + "' is no amount of memory; write for example 256MB or 4GB");
    }

    private Pool pool() {
        Pool pool = firmly == null ? softly.get() : firmly;
        if (pool == null) {
            pool = new Pool();
            softly = new SoftReference<>(pool);
        }
        return pool;
    }

    /** The maker of the lease in which a buffer is handed out. */
    public interface Maker<L extends Lease> {
        /** Makes it, by {@link Lease}'s constructor. */
        L make(Memory memory, Buffer buffer, boolean tracked);
    }

    /** A buffer of at least {@code length} elements, with arbitrary content, inside a new lease. */
    public <L extends Lease> L allocate(Type type, long length, Maker<L> maker) {
        if (length > MOST_ELEMENTS) {
            throw exhausted(type, length, "", true);
        }
        if (length * type.bytes() < smallest) {
            Buffer buffer = small(type, length);
            poison(buffer);
            return maker.make(this, buffer, false);
        }
        L lease;
        synchronized (this) { // until it is tracked, the buffer is in no sum
            lease = maker.make(this, find(type, length), true);
        }
        poison(lease.buffer());
        return lease;
    }

    /** Outside the lock: a launch may ask for memory, and holds the backend's own lock then. */
    private void poison(Buffer buffer) {
        if (poison != null) {
            poison.fill(buffer);
        }
    }

    private Buffer small(Type type, long length) {
        SizeClass size = new SizeClass(type, roundUp(length));
        Buffer known;
        synchronized (this) {
            known = pool().take(size);
        }
        return known == null ? make(size, length) : known;
    }

    /** Takes back a buffer that is not tracked, unless there are enough like it: fresh memory is slow to touch. */
    void recycle(Buffer buffer) {
        poison(buffer);
        synchronized (this) {
            pool().add(buffer, MOST_SMALL);
        }
    }

    /** Called by a new lease: from now on its unreachability is noticed. */
    synchronized Block track(Lease lease) {
        Block block = new Block(lease, lease.buffer());
        block.after = live;
        if (live != null) {
            live.before = block;
        }
        live = block;
        use(block.size.bytes());
        return block;
    }

    /** Takes a buffer back. */
    void release(Block block) {
        Buffer buffer;
        synchronized (this) {
            buffer = block.live ? end(block) : null;
            if (buffer != null && poison == null) {
                pool().add(buffer);
            }
        }
        if (buffer != null && poison != null) {
            poison.fill(buffer);
            synchronized (this) {
                pool().add(buffer);
            }
        }
    }

    /** Forgets a block; returns its buffer if that is still there. */
    private @Nullable Buffer end(Block block) {
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
        inUse -= block.size.bytes();
        return block.buffer();
    }

    @Override
    public Buffer take(Type type, long length) {
        Buffer buffer;
        synchronized (this) {
            buffer = find(type, length);
            use(buffer.bytes());
        }
        poison(buffer);
        return buffer;
    }

    private void use(long bytes) {
        inUse += bytes;
        peak = Math.max(peak, inUse);
    }

    @Override
    public void give(Buffer buffer) {
        poison(buffer);
        synchronized (this) {
            inUse -= buffer.bytes();
            pool().add(buffer);
        }
    }

    /** A buffer from the pool or the backend, within the limit. */
    private Buffer find(Type type, long length) {
        drain();
        SizeClass size = new SizeClass(type, roundUp(length));
        if (inUse + size.bytes() > limit) {
            size = new SizeClass(type, length); // what would fit must not fail for being rounded up
        }
        long bytes = size.bytes();
        Buffer known = pooled(size, length);
        if (known != null) {
            return known;
        }
        if (bytes > limit) {
            throw exhausted(type, length, "", true);
        }
        if (inUse + bytes > collectAt() || inUse + pool().bytes() + bytes > limit) {
            trim(inUse + bytes > limit ? 0 : limit - bytes - inUse);
            if (inUse + bytes > Math.min(collectAt(), Math.max(limit, tolerated))) {
                boolean complete = collect(bytes);
                known = pooled(size, length);
                if (known != null) {
                    return known;
                }
                trim(Math.max(0, limit - bytes - inUse));
                accept(type, length, bytes, complete);
            }
        }
        return make(size, length);
    }

    /** A buffer of the pool, of a size class or of the exact length, which a device gives that refuses the class. */
    private @Nullable Buffer pooled(SizeClass size, long length) {
        Buffer known = pool().take(size);
        return known != null || size.length() == length ? known : pool().take(new SizeClass(size.type(), length));
    }

    /** After a collection: whether there is room within the limit. */
    private void accept(Type type, long length, long bytes, boolean complete) {
        if (inUse + bytes <= limit) {
            tolerated = 0;
        } else if (complete) {
            throw exhausted(type, length, "", true);
        } else if (isJava) {
            tolerated = 2 * (inUse + bytes); // the heap is the limit that nothing passes
        } else {
            throw exhausted(
                    type,
                    length,
                    "; tensors that nobody holds any more may be among them, and System.gc() does nothing in this JVM:"
                            + " start it without -XX:+DisableExplicitGC",
                    true);
        }
    }

    /** A new buffer, of the exact length if the device refuses to give more. */
    private Buffer make(SizeClass size, long wanted) {
        try {
            return made(size, wanted);
        } catch (OutOfDeviceMemoryException e) {
            if (!isJava) { // else Java has done all this before it gave up
                synchronized (this) {
                    trim(0);
                    collect(size.bytes());
                    trim(0);
                }
            }
        }
        try {
            return made(size, wanted);
        } catch (OutOfDeviceMemoryException e) {
            OutOfDeviceMemoryException report = exhausted(size.type(), wanted, "; " + e.getMessage(), false);
            report.initCause(e);
            throw report;
        }
    }

    private Buffer made(SizeClass size, long wanted) {
        if (size.length() != wanted) {
            try {
                return allocate(size.type(), size.length());
            } catch (OutOfDeviceMemoryException e) {
                // The device may have room for what is wanted, or give no more at once.
            }
        }
        return allocate(size.type(), wanted);
    }

    /** Allocates from the backend. Buffers that are left to Java's collector are among Java's own events. */
    private Buffer allocate(Type type, long length) {
        return length * type.bytes() >= smallest && Events.recordsAllocations()
                ? Events.allocate(type, length, backend, device)
                : backend.allocate(type, length);
    }

    /** Takes back what the collector has found. Of its own heap it may keep most: the pool is no place for garbage. */
    private void drain() {
        for (var r = unreachable.poll(); r != null; r = unreachable.poll()) {
            if (!(r instanceof Block block)) {
                marks++;
            } else if (block.live) {
                if (block.age < collections) {
                    alive -= block.size.bytes();
                }
                Buffer buffer = end(block);
                if (buffer != null && (!isJava || pool().bytes() < growth)) {
                    pool().add(buffer);
                }
            }
        }
    }

    /**
     * Has the collector look for what is unreachable, and takes that back.
     *
     * @return whether all of it was found
     */
    private boolean collect(long bytes) {
        var mark = new PhantomReference<>(new Object(), unreachable); // is found with the others
        int before = marks;
        collections++;
        boolean complete = GarbageCollections.full();
        // The heap itself makes the collector come: as long as that is the limit, nothing has to be done for it.
        boolean some = complete || (!isJava || isSetting) && GarbageCollections.provoke();
        if (some) {
            await(before, bytes);
        }
        drain();
        Reference.reachabilityFence(mark);
        alive = inUse;
        return complete;
    }

    /**
     * Waits for the finds of a collection, which come through another thread of Java's, a little later. An interrupt does not
     * end that: it is for the program, and finds its flag set again.
     */
    private void await(int before, long bytes) {
        boolean interrupted = false;
        for (int wait = 1; wait <= 256; ) {
            drain();
            if ((marks != before || wait > 32) && inUse + bytes <= limit) {
                break;
            }
            try {
                wait(wait); // other threads may give something back meanwhile
                wait *= 2;
            } catch (InterruptedException e) {
                interrupted = true; // and the flag is down: the next wait is one
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Device memory is nothing to the collector, which has to be asked now and then; of its own heap it takes care. */
    private long collectAt() {
        return isJava || !GarbageCollections.areHonoured() ? Long.MAX_VALUE : 2 * Math.max(0, alive) + growth;
    }

    /** Gives pooled buffers back to the backend until at most {@code keep} bytes are pooled. */
    private void trim(long keep) {
        List<Buffer> parted = pool().trim(keep);
        if (!parted.isEmpty()) {
            backend.freeAll(parted);
        }
    }

    @Override
    public synchronized void trim() {
        drain();
        trim(0);
    }

    /**
     * The use of the memory, in bytes.
     *
     * @param inUse by leases, or by unreachable ones that the garbage collector has not found yet
     * @param peak the most that was in use at once, since the beginning or the last {@link #resetPeak}
     * @param pooled kept for reuse
     * @param limit how much both may take together
     */
    public record Usage(long inUse, long peak, long pooled, long limit) {}

    /** How much is in use. */
    public synchronized Usage usage() {
        drain();
        return new Usage(inUse, peak, pool().bytes(), limit);
    }

    /** From now on the peak is what is in use now or later. */
    public synchronized void resetPeak() {
        drain();
        peak = inUse;
    }

    /** How much is in use, and the largest holders of it, in a few lines. */
    public String summary() {
        Usage usage;
        Map<SizeClass, Integer> holders;
        synchronized (this) {
            usage = usage();
            holders = holders();
        }
        return exhaustion.summary(usage, holders);
    }

    /** How many buffers of each size are in use. */
    private Map<SizeClass, Integer> holders() {
        Map<SizeClass, Integer> holders = new HashMap<>();
        for (Block b = live; b != null; b = b.after) {
            holders.merge(b.size, 1, Integer::sum);
        }
        return holders;
    }

    private OutOfDeviceMemoryException exhausted(Type type, long length, String reason, boolean byLimit) {
        Map<SizeClass, Integer> holders;
        long used;
        synchronized (this) {
            holders = holders();
            used = inUse;
        }
        return new OutOfDeviceMemoryException(exhaustion.message(type, length, used, holders, reason, byLimit));
    }

    /** Few size classes, so that buffers find a second use: at most an eighth is wasted. */
    private static long roundUp(long length) {
        int bits = 64 - Long.numberOfLeadingZeros(Math.max(length, 1));
        long step = Math.max(1, 1L << Math.max(0, bits - 4));
        long rounded = (length + step - 1) / step * step;
        return rounded > Exhaustion.LONGEST_ARRAY && length <= Exhaustion.LONGEST_ARRAY ? length : rounded;
    }
}
