package ondol.backend.c;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Chooses how a device's matrix products are cut up, by trying: which cut is fastest depends on registers, caches and the
 * driver's compiler, which no query tells. The results of all of them are the same bits. What was found is kept in the cache.
 */
public final class MatMulTuning {
    private static final System.Logger LOG = System.getLogger("ondol.kernels");

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

    /** What a trial needs of the device. */
    public interface Runner {
        /**
         * Starts a call.
         *
         * @throws RuntimeException if the device refuses it
         */
        void start(Call call);

        /** Waits for it. */
        void finish();
    }

    private static final int RUNS = 3;

    /** A buffer for calls that are only printed. */
    private record Nowhere(Type type, long length) implements Buffer {}

    private static final Workspace NOTHING = new Workspace() {
        @Override
        public Buffer take(Type type, long length) {
            return new Nowhere(type, length);
        }

        @Override
        public void give(Buffer buffer) {
            // There is nothing to give back.
        }
    };

    private final Runner runner;
    private final Workspace workspace;
    private final KernelCache cache;
    private final boolean isCpu;
    private final List<MatMulTiles> candidates;
    private final int size;

    /**
     * @param isCpu whether the device is a processor
     * @param cache where the choice is kept
     */
    public MatMulTuning(Runner runner, Workspace workspace, KernelCache cache, boolean isCpu) {
        this.runner = runner;
        this.workspace = workspace;
        this.cache = cache;
        this.isCpu = isCpu;
        candidates = candidates(isCpu);
        size = isCpu ? 512 : 1024;
    }

    /** What a device chooses from. */
    public static List<MatMulTiles> candidates(boolean isCpu) {
        return isCpu ? FOR_PROCESSORS : FOR_GPUS;
    }

    /** The cache's name for what a device chose. It changes with the kernels: their speed may change too. */
    public static String key(KernelCache cache, boolean isCpu) {
        List<MatMulTiles> candidates = candidates(isCpu);
        StringBuilder text = new StringBuilder("matrix products of ").append(candidates);
        View matrix = Planner.contiguous(new Nowhere(Type.F32, 64 * 64), 64, 64);
        for (MatMulTiles tiles : candidates) {
            new Planner(() -> tiles)
                    .plan(
                            product(matrix, matrix, matrix),
                            NOTHING,
                            call -> text.append(call.source().text()));
        }
        return cache.key(text.toString(), "");
    }

    /** The fastest of the candidates; the first, only for now, if the device has no memory for trying. */
    public MatMulTiles choose() {
        String key = key(cache, isCpu);
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
            best = fastest();
        } catch (OutOfDeviceMemoryException e) {
            // Not those that could be tried either: the next process finds the fastest of all.
            LOG.log(System.Logger.Level.DEBUG, "matrix products are not tried out: {0}", e.getMessage());
            return candidates.getFirst();
        }
        cache.write(key, best.toString().getBytes(StandardCharsets.UTF_8));
        return best;
    }

    private MatMulTiles fastest() {
        MatMulTiles best = null;
        long least = Long.MAX_VALUE;
        RuntimeException refused = null;
        List<Buffer> taken = new ArrayList<>();
        try {
            View a = matrix(taken);
            View b = matrix(taken);
            View c = matrix(taken);
            fill(a);
            fill(b);
            Launch launch = product(a, b, c);
            for (MatMulTiles tiles : candidates) {
                try {
                    long time = time(tiles, launch);
                    LOG.log(System.Logger.Level.DEBUG, "matrix products by {0}: {1} us", tiles, time / 1000);
                    if (time < least) {
                        least = time;
                        best = tiles;
                    }
                } catch (OutOfDeviceMemoryException e) {
                    throw e; // says nothing of these tiles
                } catch (RuntimeException e) {
                    refused = e; // too large for this device
                }
            }
        } finally {
            taken.forEach(workspace::give);
        }
        if (best == null) {
            throw refused == null ? new IllegalStateException("nothing to choose from") : refused;
        }
        return best;
    }

    private static Launch product(View a, View b, View c) {
        Kernel kernel = new Kernel.MatMul(null);
        return new Launch(kernel, c.shape(), 0, new View[] {a, b}, new View[] {c}, Launch.NO_SCALARS);
    }

    /** With ones: arithmetic on whatever was in the memory may be slow. */
    private void fill(View matrix) {
        Kernel ones = new Kernel.Map(Expr.constant(1f));
        Launch launch = new Launch(ones, matrix.shape(), 0, new View[0], new View[] {matrix}, Launch.NO_SCALARS);
        new Planner(() -> candidates.getFirst()).plan(launch, workspace, runner::start);
    }

    /** The shortest of some runs. */
    private long time(MatMulTiles tiles, Launch launch) {
        Planner planner = Planner.ofTrial(tiles);
        Consumer<Call> start = runner::start;
        planner.plan(launch, workspace, start); // compiles
        runner.finish();
        long least = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            long begin = System.nanoTime();
            planner.plan(launch, workspace, start);
            runner.finish();
            least = Math.min(least, System.nanoTime() - begin);
        }
        return least;
    }

    private View matrix(List<Buffer> taken) {
        long n = size;
        Buffer buffer = workspace.take(Type.F32, n * n);
        taken.add(buffer);
        return Planner.contiguous(buffer, n, n);
    }
}
