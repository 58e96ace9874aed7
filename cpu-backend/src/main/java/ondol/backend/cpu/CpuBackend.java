package ondol.backend.cpu;

import java.lang.foreign.MemorySegment;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.DeviceInfo;
import ondol.backend.Launch;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Runs kernels on the processor. Kernels have finished when {@link #run} returns; calls may come from any thread. */
public final class CpuBackend implements Backend {
    static final int MOST_THREADS = 1024;

    /** Smaller arrays are cheaper to leave to the garbage collector than to track. */
    private static final long SMALLEST_POOLED_BYTES = 16 << 10;

    private final DeviceInfo info;
    private final Workers workers;
    private final LoopChoice choice;
    private final MapRunner maps;
    private final ReduceRunner reductions;
    private final MatMulRunner products;

    /**
     * Opens the processor. Neither setting changes a result.
     *
     * @param threads how many threads share a kernel's work, the caller's included
     * @param vector whether to use the Vector API
     * @throws IllegalArgumentException if {@code threads} is not positive, or the Vector API is wanted and not there
     */
    public CpuBackend(int threads, boolean vector) {
        this(threads, vector, Workers.WORTH_SHARING, false, false);
    }

    /**
     * Opens the processor for use or for tests.
     *
     * @param worthSharing the nanoseconds from which work is shared: tests share the least work
     * @param warmsUp whether plain loops do the work until the vector loops are compiled
     * @param fused whether an expression gets a vector loop of its own
     */
    CpuBackend(int threads, boolean vector, long worthSharing, boolean warmsUp, boolean fused) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("cpu: " + threads + " threads; give 1 to " + MOST_THREADS);
        }
        if (vector && VectorSupport.missingBecause() != null) {
            throw new IllegalArgumentException("cpu: vector = true, but " + VectorSupport.missingBecause());
        }
        this.info = describe(threads, vector);
        this.workers = new Workers(threads, worthSharing);
        Loops loops = Loops.of(vector);
        this.choice = new LoopChoice(loops, vector && fused, vector && warmsUp ? new Warmup(loops.bits()) : null);
        this.maps = new MapRunner(choice, workers);
        this.reductions = new ReduceRunner(choice, workers);
        this.products = new MatMulRunner(choice, workers);
    }

    static DeviceInfo describe(int threads, boolean vector) {
        String loops = vector ? "Vector API " + Loops.of(true).bits() + " bits" : "plain loops";
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
        // In order of their number; a switch over types would be linked by the JVM at its first use, which takes a
        // while.
        Kernel kernel = launch.kernel();
        if (kernel instanceof Kernel.Map map) {
            maps.run(map, launch);
        } else if (kernel instanceof Kernel.Reduce reduce) {
            reductions.run(reduce, launch);
        } else if (kernel instanceof Kernel.MatMul product) {
            products.run(product, launch);
        } else {
            runRarer(kernel, launch);
        }
    }

    private void runRarer(Kernel kernel, Launch launch) {
        if (kernel instanceof Kernel.Gather gather) {
            IndexedRows.gather(gather, launch, workers);
        } else if (kernel instanceof Kernel.ScatterAdd scatter) {
            IndexedRows.scatterAdd(scatter, launch, workers);
        } else if (kernel instanceof Kernel.Sort sort) {
            SortedRows.sort(sort, launch, workers);
        } else {
            ScannedRows.scan((Kernel.Scan) kernel, launch, workers);
        }
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
