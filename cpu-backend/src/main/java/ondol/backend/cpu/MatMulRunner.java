package ondol.backend.cpu;

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

    /** A batch of so many products for each thread is shared without much waiting. */
    private static final int MANY = 4;

    private static final int ROOM_B = 2;

    private final LoopChoice choice;
    private final Workers workers;
    private final MatMulPlans plans;
    private final ConcurrentHashMap<Kernel.MatMul, MapPlans> known = new ConcurrentHashMap<>();

    /** The last raw product that could not be formed in the output itself, for its memory. */
    private final AtomicReference<@Nullable CpuBuffer> spare = new AtomicReference<>();

    /** What the threads shared last, likewise. */
    private final AtomicReference<float @Nullable []> spareShared = new AtomicReference<>();

    MatMulRunner(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
        this.plans = new MatMulPlans(choice, workers.threads());
    }

    void run(Kernel.MatMul product, Launch launch) {
        long[] shape = launch.shape();
        View output = launch.outputs()[0];
        if (launch.size() == 0) {
            return;
        }
        MatMulPlan plan = plans.plan(product, launch);
        boolean inOutput = isFormedInOutput(product, launch) && !plan.prefersColumns();
        CpuBuffer taken = inOutput ? null : take(launch.size());
        View raw = taken == null ? output : new View(taken, shape, rawStrides(product, plan, shape), 0);
        Epilogue epilogue = null;
        if (!inOutput || product.epilogue() != null) {
            MapPlans plans = known.get(product);
            if (plans == null) {
                plans = known.computeIfAbsent(product, p -> new MapPlans(List.of(epilogueOf(p)), choice));
            }
            epilogue = new Epilogue(plans, launch, raw);
        }
        run(plan, launch, raw, epilogue);
        spare.set(taken);
    }

    private static Expr epilogueOf(Kernel.MatMul product) {
        Expr epilogue = product.epilogue();
        return epilogue == null ? Expr.input(0, Type.F32) : epilogue;
    }

    /** Where a raw product lies that is not formed in the output: row by row, or for some plans column by column. */
    private static long[] rawStrides(Kernel.MatMul product, MatMulPlan plan, long[] shape) {
        long[] strides = Space.rowMajor(shape);
        if (plan.prefersColumns()) {
            int columns = shape.length - product.columnAxes();
            long m = plan.transposes ? plan.size.n() : plan.size.m();
            long n = plan.transposes ? plan.size.m() : plan.size.n();
            for (int axis = columns - product.rowAxes(); axis < shape.length; axis++) {
                strides[axis] = axis < columns ? strides[axis] / n : strides[axis] * m;
            }
        }
        return strides;
    }

    /** Whether the output's rows can take the raw product: side by side, and not read by the epilogue as well. */
    private static boolean isFormedInOutput(Kernel.MatMul product, Launch launch) {
        View output = launch.outputs()[0];
        Matrix c = new Matrix(output, product.rowAxes(), product.columnAxes(), false);
        if (!c.isEven() || c.columnStride != 1) {
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

    /** Whether threads that take whole products have the same work, or nearly. */
    private boolean isEvenlyShared(long batch) {
        int threads = workers.threads();
        return batch % threads == 0 || batch >= (long) MANY * threads;
    }

    private void run(MatMulPlan plan, Launch launch, View raw, @Nullable Epilogue epilogue) {
        double nanos = plan.size.nanos();
        long batch = launch.size() / plan.size.m() / plan.size.n();
        if (batch > 1 && (nanos < WORTH_SHARING_EACH || plan.sharedFloats() == 0 && isEvenlyShared(batch))) {
            workers.run(batch, batch * nanos, (scratch, from, to) -> {
                float[] shared = scratch.room(ROOM_B, plan.sharedFloats());
                var product = new MatMulProduct(plan, launch, raw, epilogue, shared);
                for (long each = from; each < to; each++) {
                    product.moveTo(each);
                    plan.run(product, (units, time, task) -> task.run(scratch, 0, units));
                }
            });
            return;
        }
        float[] known = spareShared.getAndSet(null);
        float[] shared = known != null && known.length >= plan.sharedFloats() ? known : new float[plan.sharedFloats()];
        var product = new MatMulProduct(plan, launch, raw, epilogue, shared);
        for (long each = 0; each < batch; each++) {
            product.moveTo(each);
            plan.run(product, workers::run);
        }
        spareShared.set(shared);
    }
}
