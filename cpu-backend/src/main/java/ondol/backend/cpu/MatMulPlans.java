package ondol.backend.cpu;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import ondol.backend.Launch;
import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/** The plans for products: the last one of each size and layout, unless another has come into its place. */
final class MatMulPlans {
    private static final int PLACES = 256;

    private final LoopChoice choice;
    private final int threads;
    private final AtomicReferenceArray<@Nullable Layout> known = new AtomicReferenceArray<>(PLACES);
    private final ConcurrentHashMap<TiledMatMul.Tiles, Readiness> tiles = new ConcurrentHashMap<>();

    MatMulPlans(LoopChoice choice, int threads) {
        this.choice = choice;
        this.threads = threads;
    }

    /** Whether some tiles are compiled. */
    private static final class Readiness {
        final Heat heat = new Heat();
        volatile boolean ready;
    }

    /** A size, the strides of both factors, and the plans for them. */
    private static final class Layout {
        final MatMulSize size;
        final long[] strides;
        final MatMulPlan best;
        final MatMulPlan plain;
        final @Nullable Readiness readiness;

        Layout(MatMulSize size, long[] strides, MatMulPlan best, MatMulPlan plain, @Nullable Readiness readiness) {
            this.size = size;
            this.strides = strides;
            this.best = best;
            this.plain = plain;
            this.readiness = readiness;
        }
    }

    /** The plan to run now: the best one if its tiles are compiled; they are, when it is worth it. */
    MatMulPlan plan(Launch launch) {
        View a = launch.inputs()[0];
        View b = launch.inputs()[1];
        int row = launch.shape().length - 2;
        long m = launch.shape()[row];
        long n = launch.shape()[row + 1];
        long k = a.shape()[row + 1];
        long hash = ((m * 31 + n) * 31 + k) * 31 + a.strides()[row + 1];
        hash = (hash * 31 + b.strides()[row + 1]) * 0x9E3779B97F4A7C15L;
        int place = (int) (hash >>> 56);
        Layout layout = known.get(place);
        if (layout == null || !layout.size.is(m, n, k) || !isAt(layout.strides, a, b, row)) {
            layout = layout(new MatMulSize((int) m, (int) n, k), a, b, row);
            known.set(place, layout);
        }
        return current(layout, launch.size() / m / n);
    }

    private static boolean isAt(long[] strides, View a, View b, int row) {
        return strides[0] == a.strides()[row]
                && strides[1] == a.strides()[row + 1]
                && strides[2] == b.strides()[row]
                && strides[3] == b.strides()[row + 1];
    }

    private Layout layout(MatMulSize size, View a, View b, int row) {
        long[] strides = {a.strides()[row], a.strides()[row + 1], b.strides()[row], b.strides()[row + 1]};
        MatMulPlan plain = PlainMatMul.of(size, threads);
        if (!choice.vector()) {
            return new Layout(size, strides, plain, plain, null);
        }
        TiledMatMul tiled = TiledMatMul.of(size, new Matrix(a, false), new Matrix(b, false), threads);
        Readiness readiness =
                choice.warmup() == null ? null : tiles.computeIfAbsent(tiled.tiles(), t -> new Readiness());
        return new Layout(size, strides, tiled, plain, readiness);
    }

    private MatMulPlan current(Layout layout, long batch) {
        Readiness readiness = layout.readiness;
        Warmup warmup = choice.warmup();
        if (readiness == null || warmup == null || readiness.ready) {
            return layout.best;
        }
        if (layout.best instanceof TiledMatMul tiled && readiness.heat.hasBecomeHot(batch * layout.size.nanos())) {
            Warmup.optional(
                    () -> warmup.warm(tiled.tiles().exercises(), () -> true, better -> readiness.ready = better));
        }
        return layout.plain;
    }
}
