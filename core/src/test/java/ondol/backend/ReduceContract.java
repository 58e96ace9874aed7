package ondol.backend;

import static ondol.backend.ContractGroup.shape;
import static ondol.backend.ContractGroup.sizes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reductions: every operation on every type it takes, over any axes of any layout, on both sides of every edge. */
interface ReduceContract extends ContractGroup {
    /** What a reduction takes: SUM and PROD numbers, the others everything that is ordered, BOOL as false below true. */
    static boolean takes(ReduceOp op, Type type) {
        return type != Type.BOOL || !op.hasIdentity();
    }

    private static Stream<Kernel.Reduce> kernels() {
        return Arrays.stream(ReduceOp.values())
                .flatMap(op -> Arrays.stream(Type.values())
                        .filter(type -> takes(op, type))
                        .map(type -> new Kernel.Reduce(Expr.input(0, type), op)));
    }

    private static String name(Kernel.Reduce kernel) {
        return kernel.op() + " of " + kernel.value().type();
    }

    /** Every operation on every pair of special values, then on longer rows of them. */
    @TestFactory
    default Stream<DynamicTest> reduceSpecialValues() {
        return kernels()
                .map(kernel -> test(name(kernel), () -> {
                    Type type = kernel.value().type();
                    long[] special = Values.special(type);
                    int n = special.length;
                    long[] pairs = IntStream.range(0, 2 * n * n)
                            .mapToLong(i -> special[i % 2 == 0 ? i / 2 % n : i / 2 / n])
                            .toArray();
                    return Stream.of(
                            new LaunchCase(name(kernel) + ", pairs", kernel, (long) n * n, 2)
                                    .reducing(0b10)
                                    .input(type, pairs, (long) n * n, 2)
                                    .reducedOutput(),
                            new LaunchCase(name(kernel) + ", rows", kernel, 200, 9)
                                    .reducing(0b10)
                                    .input(type, Layout.contiguous(200, 9))
                                    .reducedOutput(),
                            new LaunchCase(name(kernel) + ", columns", kernel, 9, 200)
                                    .reducing(0b01)
                                    .input(type, Layout.contiguous(9, 200))
                                    .reducedOutput());
                }));
    }

    @TestFactory
    default Stream<DynamicTest> reduceSizes() {
        return kernels()
                .map(kernel -> test(name(kernel), () -> {
                    Type type = kernel.value().type();
                    // Products of many numbers only stay numbers near one.
                    Kernel.Reduce near = kernel.op() == ReduceOp.PROD && type == Type.F32
                            ? new Kernel.Reduce(
                                    Expr.fma(kernel.value(), Expr.constant(0.01f), Expr.constant(1f)), ReduceOp.PROD)
                            : kernel;
                    return sizes(70000)
                            .boxed()
                            .flatMap(n -> Stream.of(shape(2, n), shape(n, 2))
                                    .map(shape -> new LaunchCase(name(kernel) + " over " + n, near, shape)
                                            .reducing(shape[0] == n ? 0b01 : 0b10)
                                            .tameInput(type, Layout.contiguous(shape))
                                            .reducedOutput()));
                }));
    }

    @TestFactory
    default Stream<DynamicTest> reduceLayouts() {
        List<long[]> shapes = List.of(
                shape(),
                shape(1),
                shape(300),
                shape(4, 5, 6),
                shape(3, 4097),
                shape(4097, 3),
                shape(5, 1000, 3),
                shape(70, 3, 61),
                shape(64, 64),
                shape(1, 9, 1),
                shape(2, 70, 1, 31, 2),
                shape(2, 1, 3, 2, 4, 1, 2, 2));
        List<DynamicTest> tests = new ArrayList<>();
        for (int s = 0; s < shapes.size(); s++) {
            List<Layout> layouts = Layout.inputs(shapes.get(s));
            for (int i = 0; i < layouts.size(); i++) {
                boolean isOfAllTypes = s == 3;
                tests.add(reduceLayout(shapes.get(s), layouts.get(i), isOfAllTypes ? i : s));
            }
        }
        return tests.stream();
    }

    /**
     * Reductions of a layout along all axes: all of them, or where each is compiled one, in turn.
     *
     * @param number which is the first, along no axis
     */
    private DynamicTest reduceLayout(long[] shape, Layout layout, int number) {
        long size = layout.size();
        List<Kernel.Reduce> kernels = kernels()
                .filter(kernel -> kernel.value().type() == Type.F32 || (shape.length == 3 && size < 1000))
                .filter(kernel -> size < 1000 || kernel.op() == ReduceOp.SUM || kernel.op() == ReduceOp.ARGMAX)
                .toList();
        return test(
                layout.toString(),
                () -> LongStream.range(0, 1L << shape.length)
                        // Of the many sets of many axes, some.
                        .filter(axes -> shape.length < 5 || axes % (shape.length * 2 + 1) == 1)
                        .boxed()
                        .flatMap(axes -> (compiles()
                                        ? Stream.of(kernels.get(Math.toIntExact((number + axes) % kernels.size())))
                                        : kernels.stream())
                                .map(kernel -> new LaunchCase(name(kernel) + ", " + layout, kernel, shape)
                                        .reducing(axes)
                                        .tameInput(kernel.value().type(), layout)
                                        .reducedOutput(true))));
    }

    /** Nothing to add up gives +0 or 1; nothing to write gives nothing. */
    @TestFactory
    default Stream<DynamicTest> reduceNothing() {
        return kernels()
                .map(kernel -> test(
                        name(kernel) + " of nothing",
                        () -> Stream.of(shape(0), shape(0, 3), shape(3, 0), shape(2, 0, 3), shape(0, 0))
                                .flatMap(shape -> LongStream.range(0, 1L << shape.length)
                                        .filter(axes -> kernel.op().hasIdentity()
                                                || IntStream.range(0, shape.length)
                                                        .anyMatch(axis -> shape[axis] == 0 && (axes >> axis & 1) == 0))
                                        .boxed()
                                        .flatMap(axes -> Stream.of(Layout.contiguous(shape), Layout.empty(shape))
                                                .map(layout -> new LaunchCase(
                                                                name(kernel) + " of nothing", kernel, shape)
                                                        .reducing(axes)
                                                        .input(kernel.value().type(), layout)
                                                        .reducedOutput(true))))));
    }

    /** Formulas inside, inputs broadcast against each other. */
    @TestFactory
    default Stream<DynamicTest> reduceExpressions() {
        Expr x = Expr.input(0, Type.F32);
        Expr w = Expr.input(1, Type.F32);
        Expr error = x.sub(w);
        List<Expr> values = List.of(
                x.mul(w),
                Expr.fma(error, error, Expr.scalar(0, Type.F32)),
                Expr.select(x.lt(w), x.mul(w).add(x), w.div(x)),
                x.exp().mul(w.tanh()));
        List<ReduceOp> ops = List.of(ReduceOp.SUM, ReduceOp.MAX, ReduceOp.ARGMIN);
        List<DynamicTest> tests = new ArrayList<>();
        for (long[] shape : List.of(shape(80, 512), shape(1, 5000), shape(5000, 1), shape(129, 65))) {
            for (int v = 0; v < values.size(); v++) {
                Expr value = values.get(v);
                int number = v;
                tests.add(test(
                        "formula " + v + " over " + Arrays.toString(shape),
                        () -> LongStream.range(1, 4)
                                .boxed()
                                .flatMap(axes -> (compiles()
                                                ? Stream.of(ops.get(Math.toIntExact((number + axes) % ops.size())))
                                                : ops.stream())
                                        .map(op -> new LaunchCase(
                                                        "x * w and the like", new Kernel.Reduce(value, op), shape)
                                                .reducing(axes)
                                                .scalars(ScalarProgram.bits(0.3f))
                                                .tameInput(Type.F32, Layout.broadcast(0b10, shape))
                                                .tameInput(Type.F32, Layout.broadcast(0b01, shape))
                                                .reducedOutput()))));
            }
        }
        // A vector times a matrix, and a mean over booleans.
        Kernel matrixVector = new Kernel.Reduce(x.mul(w), ReduceOp.SUM);
        Kernel count = new Kernel.Reduce(Expr.input(0, Type.BOOL).to(Type.I64), ReduceOp.SUM);
        tests.add(test(
                "matrix times vector",
                () -> Stream.of(0b01, 0b10)
                        .map(axes -> new LaunchCase("matrix times vector", matrixVector, 100, 700)
                                .reducing(axes)
                                .tameInput(Type.F32, Layout.transposed(100, 700))
                                .tameInput(Type.F32, Layout.broadcast(axes == 1 ? 0b10 : 0b01, 100, 700))
                                .reducedOutput())));
        tests.add(test(new LaunchCase("count of true", count, 13, 999)
                .reducing(0b11)
                .input(Type.BOOL, Layout.transposed(13, 999))
                .reducedOutput()));
        return tests.stream();
    }

    /** The mask counts elements of the launch's shape, whichever axes are reduced. */
    @TestFactory
    default Stream<DynamicTest> reduceKeep() {
        Expr kept = Expr.select(Expr.keep(1, 0), Expr.input(0, Type.F32), Expr.constant(0f));
        return Stream.of(shape(7, 40, 13), shape(3, 4100), shape(4100, 3), shape(2, 3, 1, 4, 5))
                .map(shape -> test(
                        "keep inside, " + Arrays.toString(shape),
                        () -> LongStream.range(0, 1L << shape.length)
                                .mapToObj(axes -> new LaunchCase(
                                                "keep inside", new Kernel.Reduce(kept, ReduceOp.SUM), shape)
                                        .reducing(axes)
                                        .scalars(Expr.Keep.threshold(0.7), -1937831252)
                                        .tameInput(Type.F32, Layout.random(new Random(axes), false, shape))
                                        .reducedOutput())));
    }

    /** More than one level of blocks, and sizes that keep many threads busy. */
    @TestFactory
    default Stream<DynamicTest> reduceLarge() {
        Expr x = Expr.input(0, Type.F32);
        List<DynamicTest> tests = new ArrayList<>();
        for (ReduceOp op : ReduceOp.values()) {
            tests.add(test(new LaunchCase(op + " over 300000", new Kernel.Reduce(x, op), 300000)
                    .reducing(1)
                    .tameInput(Type.F32, Layout.contiguous(300000))
                    .reducedOutput()));
        }
        Kernel sum = new Kernel.Reduce(x, ReduceOp.SUM);
        tests.add(test(new LaunchCase("SUM over 4096 * 70", sum, 4096, 70)
                .reducing(0b11)
                .tameInput(Type.F32, Layout.contiguous(4096, 70))
                .reducedOutput()));
        tests.add(test(new LaunchCase("SUM over 60000 rows of 5", sum, 60000, 5)
                .reducing(0b01)
                .tameInput(Type.F32, Layout.contiguous(60000, 5))
                .reducedOutput()));
        tests.add(test(new LaunchCase("SUM in each of 60000 rows of 5", sum, 60000, 5)
                .reducing(0b10)
                .tameInput(Type.F32, Layout.contiguous(60000, 5))
                .reducedOutput()));
        // Three levels of blocks. The rows overlap, so that the data are few.
        Layout overlapping = new Layout("overlapping rows", shape(4097, 4097), new long[] {1, 1}, 0, 2 * 4097);
        tests.add(test(new LaunchCase("SUM over 4097 * 4097", sum, 4097, 4097)
                .reducing(0b11)
                .tameInput(Type.F32, overlapping)
                .reducedOutput()));
        return tests.stream();
    }
}
