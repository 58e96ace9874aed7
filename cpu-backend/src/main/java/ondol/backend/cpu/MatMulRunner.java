package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Runs MatMuls: one product after the other, each shared by the threads, or of many small ones each by one thread. */
final class MatMulRunner {
    /** From here on the threads share each product of a batch. */
    private static final double WORTH_SHARING_EACH = 200_000;

    private static final int ROOM_B = 2;

    private final LoopChoice choice;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.MatMul, MapPlans> known = new ConcurrentHashMap<>();

    /** The tiles, by what plans need. */
    private final ConcurrentHashMap<List<Object>, Tiles> tiles = new ConcurrentHashMap<>();

    /** The last raw product that could not be formed in the output itself, for its memory. */
    private final AtomicReference<@Nullable CpuBuffer> spare = new AtomicReference<>();

    /** The last packed block of B, likewise. */
    private final AtomicReference<float @Nullable []> sparePanels = new AtomicReference<>();

    MatMulRunner(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
    }

    void run(Kernel.MatMul product, Launch launch) {
        long[] shape = launch.shape();
        View output = launch.outputs()[0];
        if (launch.size() == 0) {
            return;
        }
        boolean inOutput = isFormedInOutput(launch);
        CpuBuffer taken = inOutput ? null : take(launch.size());
        View raw = taken == null ? output : new View(taken, shape, Space.rowMajor(shape), 0);
        Epilogue epilogue = null;
        if (!inOutput || product.epilogue() != null) {
            MapPlans plans = known.get(product);
            if (plans == null) {
                plans = known.computeIfAbsent(product, p -> new MapPlans(List.of(epilogueOf(p)), choice));
            }
            epilogue = new Epilogue(plans, launch, raw);
        }
        run(launch, raw, epilogue);
        spare.set(taken);
    }

    private static Expr epilogueOf(Kernel.MatMul product) {
        Expr epilogue = product.epilogue();
        return epilogue == null ? Expr.input(0, Type.F32) : epilogue;
    }

    /** Whether the output's rows can take the raw product: side by side, and not read by the epilogue as well. */
    private static boolean isFormedInOutput(Launch launch) {
        View output = launch.outputs()[0];
        long[] shape = launch.shape();
        int last = shape.length - 1;
        if (output.strides()[last] != 1 && shape[last] > 1) {
            return false;
        }
        for (int v = 2; v < launch.inputs().length; v++) {
            if (launch.inputs()[v].buffer() == output.buffer()) {
                return false;
            }
        }
        return true;
    }

    private CpuBuffer take(long length) {
        CpuBuffer buffer = spare.getAndSet(null);
        return buffer != null && buffer.length() >= length ? buffer : new CpuBuffer(Type.F32, length);
    }

    private void run(Launch launch, View raw, @Nullable Epilogue epilogue) {
        long[] shape = launch.shape();
        int axes = shape.length;
        int m = (int) shape[axes - 2];
        int n = (int) shape[axes - 1];
        long k = launch.inputs()[0].shape()[axes - 1];
        long batch = launch.size() / m / n;
        MatMulPlan plan = plan(m, n, k, launch);
        if (batch > 1 && plan.nanos() < WORTH_SHARING_EACH) {
            workers.run(batch, batch * plan.nanos(), (scratch, from, to) -> {
                float[] panels = scratch.room(ROOM_B, plan.packedColumns());
                for (long each = from; each < to; each++) {
                    run(plan, launch, raw, each, epilogue, panels, (units, nanos, task) -> task.run(scratch, 0, units));
                }
            });
            return;
        }
        float[] known = sparePanels.getAndSet(null);
        float[] panels =
                known != null && known.length >= plan.packedColumns() ? known : new float[plan.packedColumns()];
        for (long each = 0; each < batch; each++) {
            run(plan, launch, raw, each, epilogue, panels, workers::run);
        }
        sparePanels.set(panels);
    }

    /** Someone who does units of work. */
    private interface Sharing {
        void run(long units, double nanos, Workers.Task task);
    }

    private static void run(
            MatMulPlan plan,
            Launch launch,
            View raw,
            long each,
            @Nullable Epilogue epilogue,
            float[] panels,
            Sharing sharing) {
        View[] inputs = launch.inputs();
        MatMulProduct product =
                new MatMulProduct(plan, Matrix.of(inputs[0], each), Matrix.of(inputs[1], each), Matrix.of(raw, each));
        for (int j = 0; j < plan.n(); j += plan.wide()) {
            int columns = Math.min(plan.wide(), plan.n() - j);
            long p = 0;
            do { // once where k is 0: the tiles then write their zeros
                int depth = (int) Math.min(plan.depth(), plan.k() - p);
                var block = new MatMulProduct.Block(p, depth, j, columns, panels);
                double share = (double) columns / plan.n() * (depth + 1) / (plan.k() + 1.0);
                p += depth;
                boolean last = p >= plan.k();
                block(plan, product, block, plan.nanos() * share, last ? epilogue : null, each, sharing);
            } while (p < plan.k());
        }
    }

    private static void block(
            MatMulPlan plan,
            MatMulProduct product,
            MatMulProduct.Block block,
            double nanos,
            @Nullable Epilogue epilogue,
            long each,
            Sharing sharing) {
        int panels = plan.panels(block.columns());
        if (plan.packsColumns()) {
            double packing = 0.5 * block.depth() * block.columns();
            sharing.run(panels, packing, (scratch, from, to) -> product.pack(block, (int) from, (int) to));
        } else {
            product.pack(block, panels - 1, panels);
        }
        int across = Math.ceilDiv(block.columns(), plan.across());
        long units = (long) Math.ceilDiv(plan.m(), plan.high()) * across;
        sharing.run(units, nanos, (scratch, from, to) -> {
            Frame frame = epilogue == null ? null : epilogue.begin(scratch);
            for (long unit = from; unit < to; unit++) {
                int i0 = (int) (unit / across) * plan.high();
                int i1 = Math.min(plan.m(), i0 + plan.high());
                int j0 = (int) (unit % across) * plan.across();
                int j1 = Math.min(block.columns(), j0 + plan.across());
                product.multiply(scratch, block, i0, i1, j0, j1);
                for (int i = i0; i < i1 && epilogue != null && frame != null; i++) {
                    epilogue.run(frame, (each * plan.m() + i) * plan.n() + block.j() + j0, j1 - j0);
                }
            }
            if (frame != null) {
                frame.end();
            }
        });
    }

    /** The plan with the best kernel whose tiles are compiled; those of a better one are made when it is worth it. */
    private MatMulPlan plan(int m, int n, long k, Launch launch) {
        Matrix a = Matrix.of(launch.inputs()[0], 0);
        Matrix b = Matrix.of(launch.inputs()[1], 0);
        MatMulPlan best = MatMulPlan.of(choice.loops().matMul(), m, n, k, a, b, workers.threads());
        Warmup warmup = choice.warmup();
        if (warmup == null || isReady(best, warmup, launch.size() / m / n)) {
            return best;
        }
        return MatMulPlan.of(LoopChoice.plain().matMul(), m, n, k, a, b, workers.threads());
    }

    /** Some tiles that plans use together. */
    private static final class Tiles {
        final Heat heat = new Heat();
        volatile boolean ready;
    }

    private boolean isReady(MatMulPlan plan, Warmup warmup, long batch) {
        MatMulKernel kernel = plan.kernel();
        int restRows = plan.m() % kernel.rows();
        int restColumns = plan.n() % kernel.columns();
        int rows = restRows == 0 ? 0 : kernel.rowsFor(restRows);
        int columns = restColumns == 0 ? 0 : kernel.columnsFor(restColumns);
        List<Object> key =
                List.of(plan.m() < kernel.rows(), rows, plan.n() < kernel.columns(), columns, plan.packsRows());
        Tiles used = tiles.computeIfAbsent(key, k -> new Tiles());
        if (!used.ready && used.heat.hasBecomeHot(batch * plan.nanos())) {
            Warmup.optional(
                    () -> warmup.warm(exercises(plan, rows, columns), () -> true, better -> used.ready = better));
        }
        return used.ready;
    }

    private static List<Warmup.Exercise> exercises(MatMulPlan plan, int rows, int columns) {
        MatMulKernel kernel = plan.kernel();
        List<Warmup.Exercise> exercises = new ArrayList<>(List.of(kernel.copying()));
        for (int high : plan.m() < kernel.rows() ? new int[] {rows} : new int[] {kernel.rows(), rows}) {
            for (int wide : plan.n() < kernel.columns() ? new int[] {columns} : new int[] {kernel.columns(), columns}) {
                if (high > 0 && wide > 0) {
                    exercises.add(kernel.exercise(high, wide, plan.packsRows()));
                }
            }
        }
        return exercises;
    }

    /** What follows the product: a Map from the raw product and the launch's other inputs to the output. */
    static final class Epilogue {
        private final MapPlan plan;
        private final View[] inputs;
        private final Launch launch;

        Epilogue(MapPlans plans, Launch launch, View raw) {
            this.launch = launch;
            this.inputs = Arrays.copyOfRange(launch.inputs(), 1, launch.inputs().length);
            inputs[0] = raw;
            this.plan = plans.plan(launch.shape(), inputs, launch.outputs());
        }

        Frame begin(Scratch scratch) {
            return plan.begin(scratch, inputs, launch.outputs(), launch.scalars());
        }

        /** Finishes elements of one row of one product, {@code position} counted in row-major order. */
        void run(Frame r, long position, int count) {
            r.cursor.start(plan.space, position);
            for (int done = 0; done < count; done += plan.program.block()) {
                int n = Math.min(plan.program.block(), count - done);
                plan.run(r, n);
                r.cursor.advance(n);
            }
        }
    }
}
