package ondol.backend.c;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Buffer;
import ondol.backend.Launch;
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

    private final Runner runner;
    private final Workspace workspace;
    private final KernelCache cache;
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
        candidates = candidates(isCpu);
        size = isCpu ? 512 : 1024;
    }

    /** What a device chooses from. */
    public static List<MatMulTiles> candidates(boolean isCpu) {
        return isCpu ? FOR_PROCESSORS : FOR_GPUS;
    }

    /** The fastest of the candidates. */
    public MatMulTiles choose() {
        String key = cache.key("matrix products of " + candidates, "");
        byte[] kept = cache.read(key);
        if (kept != null) {
            String name = new String(kept, StandardCharsets.UTF_8);
            for (MatMulTiles tiles : candidates) {
                if (tiles.toString().equals(name)) {
                    return tiles;
                }
            }
        }
        MatMulTiles best = fastest();
        cache.write(key, best.toString().getBytes(StandardCharsets.UTF_8));
        return best;
    }

    private MatMulTiles fastest() {
        Kernel kernel = new Kernel.MatMul(null);
        long[] shape = {size, size};
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
            Launch launch = new Launch(kernel, shape, 0, new View[] {a, b}, new View[] {c}, Launch.NO_SCALARS);
            for (MatMulTiles tiles : candidates) {
                try {
                    long time = time(tiles, launch);
                    LOG.log(System.Logger.Level.DEBUG, "matrix products by {0}: {1} us", tiles, time / 1000);
                    if (time < least) {
                        least = time;
                        best = tiles;
                    }
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

    /** With ones: arithmetic on whatever was in the memory may be slow. */
    private void fill(View matrix) {
        Kernel ones = new Kernel.Map(Expr.constant(1f));
        Launch launch = new Launch(ones, matrix.shape(), 0, new View[0], new View[] {matrix}, Launch.NO_SCALARS);
        new Planner(() -> candidates.getFirst()).plan(launch, workspace, runner::start);
    }

    /** The shortest of some runs. */
    private long time(MatMulTiles tiles, Launch launch) {
        Planner planner = new Planner(() -> tiles);
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
        return new View(buffer, new long[] {n, n}, new long[] {n, 1}, 0);
    }
}
