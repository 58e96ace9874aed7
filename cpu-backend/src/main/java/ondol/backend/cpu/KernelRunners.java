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

    private KernelRunner make(Kernel kernel) {
        return switch (kernel) {
            case Kernel.Map map -> new MapRunner(map, choice, workers);
            case Kernel.Reduce reduce -> new ReduceRunner(reduce, choice, workers);
            case Kernel.MatMul product -> launch -> products.run(product, launch);
            case Kernel.Gather gather -> launch -> IndexedRows.gather(gather, launch, workers);
            case Kernel.ScatterAdd scatter -> launch -> IndexedRows.scatterAdd(scatter, launch, workers);
            case Kernel.Sort sort -> launch -> SortedRows.sort(sort, launch, workers);
            case Kernel.Scan scan -> launch -> ScannedRows.scan(scan, launch, workers);
        };
    }
}
