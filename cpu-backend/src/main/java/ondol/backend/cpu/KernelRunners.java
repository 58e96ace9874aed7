package ondol.backend.cpu;

import java.util.concurrent.ConcurrentHashMap;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/** The runners of a backend's kernels, by {@code equals}; those of the same objects are found without it. */
final class KernelRunners {
    private static final int RECENT = 1024;

    private record Entry(Kernel kernel, KernelRunner runner) {}

    private final LoopChoice choice;
    private final Workers workers;
    private final MatMulRunner products;
    private final ConcurrentHashMap<Kernel, KernelRunner> known = new ConcurrentHashMap<>();
    private final @Nullable Entry[] recent = new Entry[RECENT];

    KernelRunners(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
        this.products = new MatMulRunner(choice, workers);
    }

    KernelRunner of(Kernel kernel) {
        int at = System.identityHashCode(kernel) % RECENT;
        Entry entry = recent[at];
        if (entry == null || entry.kernel != kernel) {
            entry = new Entry(kernel, find(kernel));
            recent[at] = entry;
        }
        return entry.runner;
    }

    private KernelRunner find(Kernel kernel) {
        KernelRunner runner = known.get(kernel);
        if (runner == null) {
            KernelRunner made = make(kernel);
            KernelRunner other = known.putIfAbsent(kernel, made);
            runner = other == null ? made : other;
        }
        return runner;
    }

    /** A switch over types would be linked by the JVM at its first use, which takes a while. */
    private KernelRunner make(Kernel kernel) {
        if (kernel instanceof Kernel.Map map) {
            return new MapRunner(map, choice, workers);
        }
        if (kernel instanceof Kernel.Reduce reduce) {
            return new ReduceRunner(reduce, choice, workers);
        }
        if (kernel instanceof Kernel.MatMul product) {
            return launch -> products.run(product, launch);
        }
        if (kernel instanceof Kernel.Gather gather) {
            return launch -> IndexedRows.gather(gather, launch, workers);
        }
        if (kernel instanceof Kernel.ScatterAdd scatter) {
            return new ScatteredRows(scatter, choice, workers);
        }
        if (kernel instanceof Kernel.Sort sort) {
            return launch -> SortedRows.sort(sort, launch, workers);
        }
        Kernel.Scan scan = (Kernel.Scan) kernel;
        return launch -> ScannedRows.scan(scan, launch, workers);
    }
}
