package ondol.backend.c;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.Log;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how a device's matrix products are cut up, by trying: which cut is fastest depends on registers, caches and the
 * driver's compiler, which no query tells, and on how many groups a launch has for each of the device's processors. So products
 * are of three classes by that number, and each is tried out when its first product comes. The results of all cuts are the same
 * bits. The choices are kept in the cache.
 */
public final class MatMulTuning implements MatMulTiles.Choice {
    private static final System.Logger LOG = Log.of("ondol.kernels");

    private static final List<MatMulTiles> FOR_PROCESSORS = List.of(
            new MatMulTiles(MatMulTiles.Kind.PACKED, 8, 32, 0),
            new MatMulTiles(MatMulTiles.Kind.PACKED, 12, 32, 0),
            new MatMulTiles(MatMulTiles.Kind.PACKED, 6, 16, 0),
            new MatMulTiles(MatMulTiles.Kind.PACKED, 4, 16, 0));

    private static final List<MatMulTiles> FOR_GPUS = List.of(
            new MatMulTiles(MatMulTiles.Kind.TILED, 4, 4, 16),
            new MatMulTiles(MatMulTiles.Kind.TILED, 8, 8, 8),
            new MatMulTiles(MatMulTiles.Kind.TILED, 8, 8, 16),
            new MatMulTiles(MatMulTiles.Kind.TILED, 8, 4, 16),
            new MatMulTiles(MatMulTiles.Kind.TILED, 2, 2, 32));

    /** The functions of a device that a trial needs. */
    public interface Runner {
        /**
         * Starts a call.
         *
         * @param call the call
         * @throws RuntimeException if the device refuses it
         */
        void start(Call call);

        /** Waits for it. */
        void finish();

        /**
         * Compiles kernels that will be started, if it can do several at once. A kernel that fails here fails when it is
         * started.
         *
         * @param sources the kernels' texts
         */
        default void compile(List<Source> sources) {
            // One by one, when they are started.
        }

        /**
         * Measures how long the device takes for what is started meanwhile.
         *
         * @param starts starts the calls to be timed
         * @return the time in nanoseconds
         */
        default long time(Runnable starts) {
            finish();
            long begin = System.nanoTime();
            starts.run();
            finish();
            return System.nanoTime() - begin;
        }
    }

    /**
     * Products that are cut up alike.
     *
     * @param below blocks a processor that they have fewer of
     * @param tried blocks a processor of the product that is tried
     */
    private record SizeClass(double below, double tried) {}

    /** Too few groups for all processors, a few for each, and many. */
    private static final List<SizeClass> SIZES =
            List.of(new SizeClass(1, 0.5), new SizeClass(4, 2), new SizeClass(Double.POSITIVE_INFINITY, 8));

    /** Processors share a product's work among threads that are few. */
    private static final List<SizeClass> ONE = List.of(SIZES.getLast());

    private static final int RUNS = 5;

    /** The time, in nanoseconds, for which an idle device is given work before it is timed: its clocks rise slowly. */
    private static final long WARM_NANOS = 100_000_000;

    private final Runner runner;
    private final Supplier<Workspace> workspace;
    private final KernelCache cache;
    private final boolean isCpu;
    private final int processors;
    private final List<MatMulTiles> candidates;
    private final @Nullable MatMulTiles[] chosen;

    /**
     * The tuning of one device.
     *
     * @param runner what starts, compiles and times calls
     * @param workspace where a trial gets memory
     * @param cache where the choices are kept
     * @param isCpu whether the device is a processor
     * @param processors how many groups it works at, at least: its multiprocessors, or compute units
     */
    public MatMulTuning(
            Runner runner, Supplier<Workspace> workspace, KernelCache cache, boolean isCpu, int processors) {
        this.runner = runner;
        this.workspace = workspace;
        this.cache = cache;
        this.isCpu = isCpu;
        this.processors = processors;
        candidates = candidates(isCpu);
        chosen = new MatMulTiles[sizes(isCpu).size()];
    }

    /**
     * {@return the tiles from which a device chooses}
     *
     * @param isCpu whether the device is a processor
     */
    public static List<MatMulTiles> candidates(boolean isCpu) {
        return isCpu ? FOR_PROCESSORS : FOR_GPUS;
    }

    private static List<SizeClass> sizes(boolean isCpu) {
        return isCpu ? ONE : SIZES;
    }

    /**
     * {@return the cache's names for a device's choices} They change with the kernels, whose speed may change too.
     *
     * @param cache where the choices are kept
     * @param isCpu whether the device is a processor
     */
    public static List<String> keys(KernelCache cache, boolean isCpu) {
        StringBuilder text = new StringBuilder();
        sources(candidates(isCpu)).forEach(source -> text.append(source.text()));
        return sizes(isCpu).stream()
                .map(size -> cache.key("matrix products of " + candidates(isCpu) + " " + size + "\n" + text, ""))
                .toList();
    }

    /** The kernels of products of contiguous matrices. */
    private static List<Source> sources(List<MatMulTiles> candidates) {
        List<Source> sources = new ArrayList<>();
        View matrix = Planner.contiguous(new Nowhere(Type.F32, 64 * 64), 64, 64);
        for (MatMulTiles tiles : candidates) {
            sources.addAll(Planner.ofTrial(tiles).sources(List.of(product(matrix, matrix, matrix))));
        }
        return sources;
    }

    /** The fastest of the candidates; the first, only for now, if the device has no memory for trying. */
    @Override
    public synchronized MatMulTiles of(long blocks) {
        int index = 0;
        while (blocks >= sizes(isCpu).get(index).below * processors) {
            index++;
        }
        MatMulTiles tiles = chosen[index];
        if (tiles == null) {
            tiles = choose(index);
            chosen[index] = tiles;
        }
        return tiles;
    }

    private MatMulTiles choose(int index) {
        String key = keys(cache, isCpu).get(index);
        byte[] kept = cache.read(key);
        if (kept != null) {
            String name = new String(kept, StandardCharsets.UTF_8);
            for (MatMulTiles tiles : candidates) {
                if (tiles.toString().equals(name)) {
                    return tiles;
                }
            }
        }
        MatMulTiles best;
        try {
            best = fastest(sizes(isCpu).get(index));
        } catch (OutOfDeviceMemoryException e) {
            // Not those that could be tried either: the next process finds the fastest of all.
            LOG.log(System.Logger.Level.DEBUG, "matrix products are not tried out: {0}", e.getMessage());
            return candidates.getFirst();
        }
        cache.write(key, best.toString().getBytes(StandardCharsets.UTF_8));
        return best;
    }

    private MatMulTiles fastest(SizeClass size) {
        List<Buffer> taken = new ArrayList<>();
        Workspace memory = workspace.get();
        long blocks = Math.max(1, Math.round(size.tried * processors));
        long down = (long) Math.sqrt(blocks);
        long rows = isCpu ? 512 : down * MatMulTiles.BLOCK;
        long columns = isCpu ? 512 : Math.ceilDiv(blocks, down) * MatMulTiles.BLOCK;
        long inner = isCpu ? 512 : 1024;
        try {
            View a = matrix(memory, taken, rows, inner);
            View b = matrix(memory, taken, inner, columns);
            View c = matrix(memory, taken, rows, columns);
            fill(a, memory);
            fill(b, memory);
            return fastest(product(a, b, c), memory);
        } finally {
            taken.forEach(memory::give);
        }
    }

    private MatMulTiles fastest(Launch launch, Workspace memory) {
        runner.compile(sources(candidates));
        Map<MatMulTiles, List<Long>> times = new LinkedHashMap<>();
        RuntimeException refused = null;
        for (MatMulTiles tiles : candidates) {
            try {
                trial(tiles, launch, memory).run();
                runner.finish();
                times.put(tiles, new ArrayList<>());
            } catch (OutOfDeviceMemoryException e) {
                throw e; // says nothing of these tiles
            } catch (RuntimeException e) {
                refused = e; // too large for this device
            }
        }
        if (times.isEmpty()) {
            throw refused == null ? new IllegalStateException("nothing to choose from") : refused;
        }
        MatMulTiles best = times.keySet().iterator().next();
        long begin = System.nanoTime();
        do {
            trial(best, launch, memory).run();
            runner.finish();
        } while (System.nanoTime() - begin < WARM_NANOS);
        // In turns: what else the device or its clocks do then happens to all of them.
        for (int run = 0; run < RUNS; run++) {
            times.forEach((tiles, all) -> all.add(runner.time(trial(tiles, launch, memory))));
        }
        for (MatMulTiles tiles : times.keySet()) {
            LOG.log(System.Logger.Level.DEBUG, "matrix products by {0}: {1} us", tiles, median(times, tiles) / 1000);
            if (median(times, tiles) < median(times, best)) {
                best = tiles;
            }
        }
        return best;
    }

    private static long median(Map<MatMulTiles, List<Long>> times, MatMulTiles tiles) {
        return Objects.requireNonNull(times.get(tiles)).stream()
                .sorted()
                .toList()
                .get(RUNS / 2);
    }

    private static Launch product(View a, View b, View c) {
        Kernel kernel = new Kernel.MatMul(null);
        return new Launch(kernel, c.shape(), 0, new View[] {a, b}, new View[] {c}, Launch.NO_SCALARS);
    }

    /** Fills a matrix with ones: arithmetic on whatever was in the memory may be slow. */
    private void fill(View matrix, Workspace memory) {
        Kernel ones = new Kernel.Map(Expr.constant(1f));
        Launch launch = new Launch(ones, matrix.shape(), 0, new View[0], new View[] {matrix}, Launch.NO_SCALARS);
        new Planner(this).plan(launch, memory, runner::start);
    }

    /** Starts a product that is cut up in this way. */
    private Runnable trial(MatMulTiles tiles, Launch launch, Workspace memory) {
        Planner planner = Planner.ofTrial(tiles);
        return () -> planner.plan(launch, memory, runner::start);
    }

    private static View matrix(Workspace memory, List<Buffer> taken, long rows, long columns) {
        Buffer buffer = memory.take(Type.F32, rows * columns);
        taken.add(buffer);
        return Planner.contiguous(buffer, rows, columns);
    }
}
