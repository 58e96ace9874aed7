package ondol;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.DeviceInfo;
import ondol.backend.Launch;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.cpu.CpuBackend;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * A processor that looks like a device with little memory of its own: every buffer is pooled, counted, and may not be
 * used once it has been freed.
 */
final class CountingBackend implements Backend {
    private static final AtomicInteger DEVICES = new AtomicInteger();
    private static final CpuBackend ONE_THREAD = new CpuBackend(1, false);

    private final long memoryBytes;
    private final Backend cpu;
    private final Set<Buffer> live = Collections.newSetFromMap(new IdentityHashMap<>());
    private long liveBytes;
    private int allocations;
    private int frees;
    private int waits;
    private @Nullable Device device;
    private long mostInUse;
    private int downloads;
    private long downloadedBytes;

    /** What the driver has, which may be less than what it says. */
    private long physicalBytes = Long.MAX_VALUE;

    /** What it gives at once. */
    private long largestBytes = Long.MAX_VALUE;

    /** A device that reports {@code memoryBytes}; Ondol uses 7/8 of it. */
    CountingBackend(long memoryBytes) {
        this(memoryBytes, ONE_THREAD);
    }

    CountingBackend(long memoryBytes, Backend cpu) {
        this.memoryBytes = memoryBytes;
        this.cpu = cpu;
    }

    /** A device over it, with a name that nobody has. */
    Device device(String prefix) {
        Device made = Device.of(prefix + DEVICES.incrementAndGet(), this);
        device = made;
        return made;
    }

    /** The most bytes that tensors held while a kernel ran, since this was asked last. */
    synchronized long mostInUse() {
        long most = mostInUse;
        mostInUse = 0;
        return most;
    }

    synchronized int allocations() {
        return allocations;
    }

    synchronized int frees() {
        return frees;
    }

    synchronized int downloads() {
        return downloads;
    }

    synchronized long downloadedBytes() {
        return downloadedBytes;
    }

    synchronized long liveBytes() {
        return liveBytes;
    }

    synchronized void onlyHas(long bytes) {
        physicalBytes = bytes;
    }

    synchronized void onlyGives(long bytes) {
        largestBytes = bytes;
    }

    @Override
    public DeviceInfo info() {
        return new DeviceInfo("counting", DeviceInfo.Kind.ACCELERATOR, memoryBytes, null, "for tests");
    }

    @Override
    public synchronized Buffer allocate(Type type, long length) {
        if (liveBytes + length * type.bytes() > physicalBytes) {
            throw new OutOfDeviceMemoryException("the driver has only " + physicalBytes + " bytes");
        }
        if (length * type.bytes() > largestBytes) {
            throw new OutOfDeviceMemoryException("the driver gives only " + largestBytes + " bytes at once");
        }
        Buffer buffer = cpu.allocate(type, length);
        live.add(buffer);
        allocations++;
        liveBytes += buffer.bytes();
        return buffer;
    }

    @Override
    public synchronized void free(Buffer buffer) {
        check(buffer);
        live.remove(buffer);
        liveBytes -= buffer.bytes();
        frees++;
        cpu.free(buffer);
    }

    @Override
    public synchronized void freeAll(List<Buffer> buffers) {
        waits++;
        buffers.forEach(this::free);
    }

    /** How often it would have waited for its kernels to give memory back. */
    synchronized int waits() {
        return waits;
    }

    private synchronized void count(long downloaded) {
        downloads++;
        downloadedBytes += downloaded;
    }

    private synchronized void check(Buffer buffer) {
        if (!live.contains(buffer)) {
            throw new AssertionError(
                    "a buffer of " + buffer.length() + " " + buffer.type() + " is used after it was freed");
        }
    }

    @Override
    public long smallestPooledBytes() {
        return 0;
    }

    @Override
    public void upload(MemorySegment source, Buffer target, long offset) {
        check(target);
        cpu.upload(source, target, offset);
    }

    @Override
    public void download(Buffer source, long offset, MemorySegment target) {
        check(source);
        count(target.byteSize());
        cpu.download(source, offset, target);
    }

    @Override
    public void run(Launch launch) {
        check(launch);
        cpu.run(launch);
    }

    @Override
    public void runRows(List<Launch> launches, long reducedAxes) {
        launches.forEach(this::check);
        cpu.runRows(launches, reducedAxes);
    }

    @Override
    public boolean cachesRows() {
        return cpu.cachesRows();
    }

    private void check(Launch launch) {
        if (device != null) {
            mostInUse = Math.max(mostInUse, device.memoryStats().inUse());
        }
        for (View v : launch.inputs()) {
            check(v.buffer());
        }
        for (View v : launch.outputs()) {
            check(v.buffer());
        }
    }

    @Override
    public void synchronize() {}

    @Override
    public void close() {}
}
