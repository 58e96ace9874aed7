package ondol.backend.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Runs MatMuls: cuts the output into parts for the threads, each a {@link MatMulPart}. */
final class MatMulRunner {
    private final LoopChoice choice;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.MatMul, MapPlans> known = new ConcurrentHashMap<>();

    /** The plain kernel until the vector kernel is compiled, from the first product on. */
    private volatile MatMulKernel kernel;

    private final AtomicBoolean isWarming = new AtomicBoolean();

    /** The last raw product that could not be formed in the output itself, for its memory. */
    private final AtomicReference<@Nullable CpuBuffer> spare = new AtomicReference<>();

    MatMulRunner(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
        this.kernel = (choice.warmup() == null ? choice.loops() : LoopChoice.standIn()).matMul();
    }

    private void warmUp() {
        if (choice.warmup() != null && isWarming.compareAndSet(false, true)) {
            MatMulKernel best = choice.loops().matMul();
            if (!choice.mustWait(best.exercises(), () -> kernel = best)) {
                kernel = best;
            }
        }
    }

    void run(Kernel.MatMul product, Launch launch) {
        long[] shape = launch.shape();
        View output = launch.outputs()[0];
        if (launch.size() == 0) {
            return;
        }
        warmUp();
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
        double nanos = (double) launch.size() * (k / 25.0 + 1);
        MatMulKernel kernel = this.kernel;
        Grid grid = Grid.of(m, n, batch, workers.threads(), kernel);
        workers.run(grid.parts() * batch, nanos, (scratch, from, to) -> {
            MatMulPart part = new MatMulPart(kernel, scratch, launch, raw, epilogue);
            for (long unit = from; unit < to; unit++) {
                long b = unit / grid.parts();
                int i = (int) (unit % grid.parts() / grid.across());
                int j = (int) (unit % grid.across());
                part.run(
                        b,
                        i * grid.rows(),
                        Math.min(m, (i + 1) * grid.rows()),
                        j * grid.columns(),
                        Math.min(n, (j + 1) * grid.columns()));
            }
            part.end();
        });
    }

    /** How one product is cut: parts of so many rows and columns, so many of them down and across. */
    private record Grid(int rows, int columns, int down, int across) {
        long parts() {
            return (long) down * across;
        }

        /** Cuts the longer side until every thread has its parts, but no part below a few tiles. */
        static Grid of(int m, int n, long batch, int threads, MatMulKernel kernel) {
            int rows = m;
            int columns = n;
            long wanted = threads == 1 ? 1 : 2L * threads;
            while (batch * Math.ceilDiv(m, rows) * Math.ceilDiv(n, columns) < wanted) {
                boolean canRows = rows > 2 * kernel.rows();
                boolean canColumns = columns > 2 * kernel.columns();
                if (!canRows && !canColumns) {
                    break;
                }
                if (canRows && (rows >= columns || !canColumns)) {
                    rows = Math.ceilDiv(Math.ceilDiv(rows, 2), kernel.rows()) * kernel.rows();
                } else {
                    columns = Math.ceilDiv(Math.ceilDiv(columns, 2), kernel.columns()) * kernel.columns();
                }
            }
            return new Grid(rows, columns, Math.ceilDiv(m, rows), Math.ceilDiv(n, columns));
        }
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
