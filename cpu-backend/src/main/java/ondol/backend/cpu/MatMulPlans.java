package ondol.backend.cpu;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/** The plans for products: the last one of each size and layout, unless another has come into its place. */
final class MatMulPlans {
    private static final int PLACES = 256;

    private final LoopChoice choice;
    private final int threads;
    private final AtomicReferenceArray<@Nullable Layout> known = new AtomicReferenceArray<>(PLACES);
    private final ConcurrentHashMap<Tiles, Readiness> tiles = new ConcurrentHashMap<>();

    MatMulPlans(LoopChoice choice, int threads) {
        this.choice = choice;
        this.threads = threads;
    }

    /** Whether some tiles are compiled. */
    private static final class Readiness {
        final Heat heat = new Heat();
        volatile boolean ready;
    }

    /** A size, how both factors lie, and the plans for them. */
    private static final class Layout {
        final MatMulSize size;
        final Kernel.MatMul axes;
        final long[] shapes;
        final long[] strides;
        final MatMulPlan best;
        final MatMulPlan plain;
        final @Nullable Readiness readiness;

        Layout(
                MatMulSize size,
                Kernel.MatMul axes,
                Launch launch,
                MatMulPlan best,
                MatMulPlan plain,
                @Nullable Readiness readiness) {
            View a = launch.inputs()[0];
            View b = launch.inputs()[1];
            int ofA = axes.rowAxes() + axes.innerAxes();
            int ofB = axes.innerAxes() + axes.columnAxes();
            this.size = size;
            this.axes = axes;
            this.shapes = tails(a.shape(), ofA, b.shape(), ofB);
            this.strides = tails(a.strides(), ofA, b.strides(), ofB);
            this.best = best;
            this.plain = plain;
            this.readiness = readiness;
        }

        private static long[] tails(long[] a, int ofA, long[] b, int ofB) {
            long[] tails = new long[ofA + ofB];
            System.arraycopy(a, a.length - ofA, tails, 0, ofA);
            System.arraycopy(b, b.length - ofB, tails, ofA, ofB);
            return tails;
        }

        boolean is(Kernel.MatMul other, View a, View b) {
            int ofA = axes.rowAxes() + axes.innerAxes();
            return axes.rowAxes() == other.rowAxes()
                    && axes.innerAxes() == other.innerAxes()
                    && axes.columnAxes() == other.columnAxes()
                    && endsWith(a.shape(), shapes, 0, ofA)
                    && endsWith(a.strides(), strides, 0, ofA)
                    && endsWith(b.shape(), shapes, ofA, shapes.length)
                    && endsWith(b.strides(), strides, ofA, shapes.length);
        }

        private static boolean endsWith(long[] all, long[] tails, int from, int to) {
            int at = all.length - (to - from);
            for (int i = from; i < to; i++) {
                if (all[at + i - from] != tails[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The plan to run now: the best one if its tiles are compiled; they are, when it is worth it. */
    MatMulPlan plan(Kernel.MatMul product, Launch launch) {
        View a = launch.inputs()[0];
        View b = launch.inputs()[1];
        long hash = 0;
        for (int i = a.shape().length - product.rowAxes() - product.innerAxes(); i < a.shape().length; i++) {
            hash = (hash * 31 + a.shape()[i]) * 31 + a.strides()[i];
        }
        for (int i = b.shape().length - product.columnAxes(); i < b.shape().length; i++) {
            hash = (hash * 31 + b.shape()[i]) * 31 + b.strides()[i];
        }
        int place = (int) (hash * 0x9E3779B97F4A7C15L >>> 56);
        Layout layout = known.get(place);
        if (layout == null || !layout.is(product, a, b)) {
            layout = layout(product, launch);
            known.set(place, layout);
        }
        return current(layout, launch.size() / layout.size.m() / layout.size.n());
    }

    private Layout layout(Kernel.MatMul product, Launch launch) {
        View a = launch.inputs()[0];
        int columns = launch.shape().length - product.columnAxes();
        long m = elements(launch.shape(), columns - product.rowAxes(), columns);
        long n = elements(launch.shape(), columns, launch.shape().length);
        long k = elements(a.shape(), columns, columns + product.innerAxes());
        MatMulSize size = new MatMulSize((int) m, (int) n, k);
        MatMulPlan plain = PlainMatMul.of(size, threads);
        if (!choice.vector()) {
            return new Layout(size, product, launch, plain, plain, null);
        }
        Matrix first = new Matrix(a, product.rowAxes(), product.innerAxes(), false);
        Matrix second = new Matrix(launch.inputs()[1], product.innerAxes(), product.columnAxes(), false);
        MatMulPlan best = best(size, first, second);
        Tiles needed = best.tiles();
        Readiness readiness =
                choice.warmup() == null || needed == null ? null : tiles.computeIfAbsent(needed, t -> new Readiness());
        return new Layout(size, product, launch, best, plain, readiness);
    }

    private MatMulPlan best(MatMulSize size, Matrix first, Matrix second) {
        if (first.isEven() && second.isEven()) {
            return WindowMatMul.suits(size, first, second)
                    ? WindowMatMul.of(size, first, second, threads)
                    : TiledMatMul.of(size, first, second, threads);
        }
        return UnpackedMatMul.suits(size, first, second)
                ? UnpackedMatMul.of(size, second, threads)
                : WindowMatMul.of(size, first, second, threads);
    }

    private static long elements(long[] shape, int from, int to) {
        long n = 1;
        for (int axis = from; axis < to; axis++) {
            n *= shape[axis];
        }
        return n;
    }

    private MatMulPlan current(Layout layout, long batch) {
        Readiness readiness = layout.readiness;
        Warmup warmup = choice.warmup();
        if (readiness == null || warmup == null || readiness.ready) {
            return layout.best;
        }
        Tiles needed = layout.best.tiles();
        if (needed != null && readiness.heat.hasBecomeHot(batch * layout.size.nanos())) {
            Warmup.optional(() -> warmup.warm(needed.exercises(), () -> true, better -> readiness.ready = better));
        }
        return layout.plain;
    }
}
