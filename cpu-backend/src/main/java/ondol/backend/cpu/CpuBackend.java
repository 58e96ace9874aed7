package ondol.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.DeviceInfo;
import ondol.backend.Launch;
import ondol.kernel.Type;

/** Runs kernels on the processor. Kernels have finished when {@link #run} returns; calls may come from any thread. */
public final class CpuBackend implements Backend {
    static final int MOST_THREADS = 1024;

    /** Smaller arrays are cheaper to leave to the garbage collector than to track. */
    private static final long SMALLEST_POOLED_BYTES = 16 << 10;

    private final DeviceInfo info;
    private final Workers workers;
    private final LoopChoice choice;
    private final KernelRunners runners;
    private final RowSlices slices;

    /**
     * Opens the processor. Neither setting changes a result.
     *
     * @param threads how many threads share a kernel's work, the caller's included
     * @param vector whether to use the Vector API
     * @throws IllegalArgumentException if {@code threads} is not positive, or the Vector API is wanted and not there
     */
    public CpuBackend(int threads, boolean vector) {
        this(threads, vector, Workers.WORTH_SHARING, false);
    }

    /**
     * Opens the processor for use or for tests.
     *
     * @param worthSharing the nanoseconds from which work is shared: tests share the least work
     * @param warmsUp whether plain loops do the work until the vector loops are compiled
     */
    CpuBackend(int threads, boolean vector, long worthSharing, boolean warmsUp) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("cpu: " + threads + " threads; give 1 to " + MOST_THREADS);
        }
        if (vector && VectorSupport.missingBecause() != null) {
            throw new IllegalArgumentException("cpu: vector = true, but " + VectorSupport.missingBecause());
        }
        this.info = describe(threads, vector);
        this.workers = new Workers(threads, worthSharing);
        this.choice = new LoopChoice(vector, vector && warmsUp ? new Warmup(VectorSupport.bits()) : null);
        this.runners = new KernelRunners(choice, workers);
        this.slices = new RowSlices(runners, workers);
    }

    static DeviceInfo describe(int threads, boolean vector) {
        String loops = vector ? "Vector API " + VectorSupport.bits() + " bits" : "plain loops";
        return new DeviceInfo(
                Processor.name(),
                DeviceInfo.Kind.CPU,
                Runtime.getRuntime().maxMemory(),
                null,
                threads + (threads == 1 ? " thread, " : " threads, ") + loops);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public Buffer allocate(Type type, long length) {
        return new CpuBuffer(type, length);
    }

    @Override
    public void free(Buffer buffer) {
        // The garbage collector sees that nobody holds it.
    }

    @Override
    public boolean isJavaMemory() {
        return true;
    }

    @Override
    public long smallestPooledBytes() {
        return SMALLEST_POOLED_BYTES;
    }

    @Override
    public void upload(MemorySegment source, Buffer target, long offset) {
        HostCopy.upload(source, (CpuBuffer) target, offset);
    }

    @Override
    public void download(Buffer source, long offset, MemorySegment target) {
        HostCopy.download((CpuBuffer) source, offset, target);
    }

    @Override
    public void run(Launch launch) {
        runners.of(launch.kernel()).run(launch);
    }

    @Override
    public void runRows(List<Launch> launches, long reducedAxes) {
        slices.run(launches, reducedAxes);
    }

    @Override
    public boolean cachesRows() {
        return true;
    }

    @Override
    public void synchronize() {
        // Every kernel has finished when run returns.
    }

    @Override
    public void close() {
        workers.close();
        choice.close();
    }
}
