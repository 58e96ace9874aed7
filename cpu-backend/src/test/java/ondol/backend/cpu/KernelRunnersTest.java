package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** {@link KernelRunners}: kernels that are equal have one {@link KernelRunner}, which runs that kernel. */
class KernelRunnersTest {
    private final KernelRunners runners = new KernelRunners(new LoopChoice(false, null), new Workers(1, 0));

    @Test
    void equalKernelsHaveOneRunner() {
        List<Supplier<Kernel>> kernels = List.of(
                () -> new Kernel.Map(Expr.input(0, Type.F32).neg()),
                () -> new Kernel.Map(Expr.input(0, Type.I64).neg()),
                () -> new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM),
                () -> new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.MAX),
                () -> new Kernel.MatMul(null),
                () -> new Kernel.MatMul(Expr.input(0, Type.F32).neg()),
                () -> new Kernel.Gather(Type.F32),
                () -> new Kernel.ScatterAdd(Type.F32),
                () -> new Kernel.Sort(Type.F32, false),
                () -> new Kernel.Sort(Type.F32, true),
                () -> new Kernel.Scan(Type.F32, ReduceOp.SUM));
        Set<KernelRunner> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Supplier<Kernel> kernel : kernels) {
            Kernel one = kernel.get();
            KernelRunner runner = runners.of(one);
            assertSame(runner, runners.of(one));
            assertSame(runner, runners.of(kernel.get()));
            assertTrue(all.add(runner), one::toString);
        }
        assertInstanceOf(MapRunner.class, runners.of(kernels.getFirst().get()));
        assertInstanceOf(ReduceRunner.class, runners.of(kernels.get(2).get()));
    }

    /** More than there are places for kernels found without {@code equals}. */
    @Test
    void thousandsOfKernels() {
        List<Kernel> kernels = new ArrayList<>();
        List<KernelRunner> known = new ArrayList<>();
        Set<KernelRunner> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int k = 0; k < 3000; k++) {
            kernels.add(new Kernel.Map(Expr.input(0, Type.F32).add((double) k)));
            known.add(runners.of(kernels.get(k)));
        }
        for (int k = 0; k < 3000; k++) {
            assertSame(known.get(k), runners.of(kernels.get(k)));
            assertTrue(all.add(known.get(k)));
        }
    }

    private float[] run(Kernel kernel, long[] shape, long axes, View out, View... in) {
        runners.of(kernel).run(new Launch(kernel, shape, axes, in, new View[] {out}, Launch.NO_SCALARS));
        return Views.floats(out);
    }

    @Test
    void everyKindRuns() {
        Expr x = Expr.input(0, Type.F32);
        long[] shape = {2, 2};
        View in = Views.rowMajor(new float[] {1, 2, 3, 4}, shape);
        View index = Views.rowMajor(new long[] {1, 1, 0, 1}, shape);
        View two = Views.of(new float[2], new long[] {2, 1}, 1, 0);
        assertArrayEquals(new float[] {-1, -2, -3, -4}, run(new Kernel.Map(x.neg()), shape, 0, out(), in));
        assertArrayEquals(new float[] {3, 7}, run(new Kernel.Reduce(x, ReduceOp.SUM), shape, 2, two, in));
        assertArrayEquals(new float[] {7, 10, 15, 22}, run(new Kernel.MatMul(null), shape, 0, out(), in, in));
        assertArrayEquals(new float[] {2, 2, 3, 4}, run(new Kernel.Gather(Type.F32), shape, 0, out(), in, index));
        assertArrayEquals(new float[] {0, 3, 3, 4}, run(new Kernel.ScatterAdd(Type.F32), shape, 0, out(), index, in));
        Kernel scan = new Kernel.Scan(Type.F32, ReduceOp.SUM);
        assertArrayEquals(new float[] {1, 3, 3, 7}, run(scan, shape, 0, out(), in));
        Kernel sort = new Kernel.Sort(Type.F32, true);
        View[] sorted = {out(), Views.rowMajor(new long[4], shape)};
        runners.of(sort).run(new Launch(sort, shape, 0, new View[] {in}, sorted, Launch.NO_SCALARS));
        assertArrayEquals(new float[] {2, 1, 4, 3}, Views.floats(sorted[0]));
        assertArrayEquals(new long[] {1, 0, 1, 0}, (long[]) Views.array(sorted[1]));
    }

    private static View out() {
        return Views.rowMajor(new float[4], 2, 2);
    }
}
