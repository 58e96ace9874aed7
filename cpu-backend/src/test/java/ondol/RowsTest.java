package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import ondol.Fused.Step;
import ondol.autograd.Autograd;
import ondol.backend.DelegatingBackend;
import ondol.backend.cpu.CpuBackend;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several kernels along the same axes give the bits that they give one after the other, however rows are cut. */
final class RowsTest {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr LARGEST = Expr.input(1, Type.F32);
    private static final Expr SUM = Expr.input(2, Type.F32);
    private static final Expr SCALE = Expr.scalar(0, Type.F32);
    private static final Expr EXP = Functions.exp(X.sub(LARGEST).mul(SCALE));

    private static final Kernel.Reduce MAX = new Kernel.Reduce(X, ReduceOp.MAX);
    private static final Kernel.Reduce EXP_SUM = new Kernel.Reduce(EXP, ReduceOp.SUM);
    private static final Kernel.Reduce PLACE = new Kernel.Reduce(X, ReduceOp.ARGMAX);
    private static final Kernel.Map BOTH = new Kernel.Map(EXP.div(SUM), X.lt(LARGEST));
    private static final Kernel.Map ROOT = new Kernel.Map(X.sqrt());

    private static final List<Device> DEVICES = List.of(device(1, false), device(2, true), device(3, false));

    /** Runs one kernel after the other. */
    private static final Device PLAIN = Device.of("apart", new DelegatingBackend(new CpuBackend(1, false)) {});

    private static Device device(int threads, boolean vector) {
        boolean has = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return new CountingBackend(1L << 30, new CpuBackend(threads, vector && has)).device("rows");
    }

    /** A view of a tensor, and what is reduced of it. */
    record Case(String name, Tensor base, UnaryOperator<Tensor> view, int... axes) {
        Case(String name, Tensor base, int... axes) {
            this(name, base, x -> x, axes);
        }

        Tensor on(Device device) {
            return view.apply(base.to(device));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Tensor normal(long... sizes) {
        return Tensor.randn(new Generator(5), sizes);
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("small rows", normal(7, 5), 1),
                new Case("rows", normal(4096, 60), 1),
                new Case("rows that no slice's length divides", normal(4099, 60), 1),
                new Case("long rows", normal(9, 20_011), -1),
                new Case("one row", normal(1, 200_000), 1),
                new Case("columns", normal(300, 700), 0),
                new Case("of a transposed matrix", normal(300, 700), Tensor::t, 1),
                new Case("channels", normal(8, 6, 50, 41), 0, 2, 3),
                new Case("the last of several axes", normal(3, 5, 77, 130), 3),
                new Case("an axis in the middle", normal(5, 300, 131), 1),
                new Case("backwards", normal(500, 400), x -> x.flip(0), 1),
                new Case("repeated", normal(1, 400), x -> x.expand(500, 400), 1),
                new Case("windows", normal(64, 5000), x -> x.unfold(1, 5, 2), 2),
                new Case("everything", normal(300, 700)),
                new Case("rows of nothing", normal(5, 0), 1),
                new Case("no rows", normal(0, 5), 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sameBitsAsOneAfterTheOther(Case c) {
        for (Device device : DEVICES) {
            Tensor x = c.on(device);
            List<Step> steps = List.of(
                    new Step(MAX, List.of(0)),
                    new Step(EXP_SUM, List.of(0, 1), 0.7),
                    new Step(BOTH, List.of(0, 1, 2), 0.7),
                    new Step(ROOT, List.of(2)),
                    new Step(PLACE, List.of(3)));
            if (x.size(-1) == 0) {
                steps = List.of(new Step(new Kernel.Reduce(X, ReduceOp.SUM), List.of(0)), new Step(ROOT, List.of(1)));
            }
            List<Tensor> together = Fused.rows(c.axes, List.of(x), steps);
            List<Tensor> apart = apart(c.axes, x, steps);
            assertEquals(apart.size(), together.size());
            for (int i = 0; i < apart.size(); i++) {
                assertEquals(apart.get(i).shape(), together.get(i).shape());
                assertEquals(apart.get(i).dtype(), together.get(i).dtype());
                assertArrayEquals(bits(apart.get(i)), bits(together.get(i)), c + ", result " + i);
            }
        }
    }

    private static List<Tensor> apart(int[] axes, Tensor x, List<Step> steps) {
        List<Tensor> known = new ArrayList<>(List.of(x));
        for (Step step : steps) {
            List<Tensor> in = step.reads().stream().map(known::get).toList();
            Number[] scalars = step.scalars().toArray(Number[]::new);
            known.addAll(
                    step.kernel() instanceof Kernel.Reduce r
                            ? List.of(Fused.reduce(r, axes, true, in, scalars))
                            : Fused.mapAll((Kernel.Map) step.kernel(), in, scalars));
        }
        return known.subList(1, known.size());
    }

    private static long[] bits(Tensor t) {
        if (t.dtype() != DType.FLOAT32) {
            return t.to(DType.INT64).toLongArray();
        }
        float[] values = t.toFloatArray();
        long[] bits = new long[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToIntBits(values[i]);
        }
        return bits;
    }

    /** What reads no row is computed for each of them. */
    @ParameterizedTest
    @MethodSource("cases")
    void aStepThatReadsNoRow(Case c) {
        Tensor one = Tensor.full(Shape.of(1), 4);
        Tensor x = c.on(one.device());
        Tensor y = Fused.rows(c.axes, List.of(x, one), List.of(new Step(ROOT, List.of(1))))
                .getFirst();
        long[] sizes = x.shape().toArray();
        for (int axis : c.axes) {
            sizes[axis < 0 ? axis + sizes.length : axis] = 1;
        }
        if (c.axes.length == 0) {
            Arrays.fill(sizes, 1);
        }
        assertEquals(Shape.of(sizes), y.shape());
        assertEquals(2.0 * y.numel(), y.sum().item());
    }

    /** softmax and its gradient are the same where rows are cached and where they are not, recorded and not. */
    @ParameterizedTest
    @MethodSource("cases")
    void softmaxOnBothWays(Case c) {
        int axis = c.axes.length == 0 ? 0 : c.axes[0];
        for (Device device : DEVICES) {
            Tensor here = c.on(device).detach().requiresGrad(true);
            Tensor there = c.on(PLAIN).detach().requiresGrad(true);
            Tensor g = Tensor.randn(new Generator(6), here.shape().toArray());
            for (boolean log : new boolean[] {false, true}) {
                Tensor y = log ? here.logSoftmax(axis) : here.softmax(axis);
                Tensor z = log ? there.logSoftmax(axis) : there.softmax(axis);
                assertArrayEquals(bits(z), bits(y));
                assertArrayEquals(bits(gradient(z, there, g, true)), bits(gradient(y, here, g, false)));
                assertArrayEquals(bits(gradient(z, there, g, false)), bits(gradient(y, here, g, true)));
            }
        }
    }

    private static Tensor gradient(Tensor y, Tensor x, Tensor g, boolean recorded) {
        return Autograd.grad(List.of(y), List.of(x), List.of(g.to(x.device())), true, recorded)
                .getFirst();
    }
}
