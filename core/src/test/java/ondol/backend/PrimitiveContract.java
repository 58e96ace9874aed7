package ondol.backend;

import static ondol.backend.LaunchCase.Data;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every primitive on every type it takes, on special values and many others; and what core composes of them. */
interface PrimitiveContract extends ContractGroup {
    /** How many values besides the special ones. */
    int MORE = 2000;

    @TestFactory
    default Stream<DynamicTest> unaryOperations() {
        return Arrays.stream(Type.values())
                .flatMap(type -> RandomExpressions.unaryOps(type).stream().map(op -> unary(op, type)));
    }

    private DynamicTest unary(UnaryOp op, Type type) {
        Expr x = Expr.input(0, type);
        long[] values = LaunchCase.concat(Values.special(type), Values.wild(type, MORE, new Random(1)));
        return test(new LaunchCase(
                        op + " of " + type,
                        new Kernel.Map(Expr.unary(op, RandomExpressions.withoutNan(op, x))),
                        values.length)
                .input(type, values, values.length)
                .outputs(Layout.contiguous(values.length)));
    }

    @TestFactory
    default Stream<DynamicTest> binaryOperations() {
        return Arrays.stream(Type.values())
                .flatMap(type -> RandomExpressions.binaryOps(type).stream().map(op -> binary(op, type)));
    }

    private DynamicTest binary(BinaryOp op, Type type) {
        Expr a = Expr.input(0, type);
        Expr b = Expr.input(1, type);
        long[][] values = tuples(Values.special(type), 2, type);
        return test(new LaunchCase(
                        op + " of " + type,
                        new Kernel.Map(Expr.binary(op, a, RandomExpressions.shift(op, b))),
                        values[0].length)
                .input(type, values[0], values[0].length)
                .input(type, values[1], values[0].length)
                .outputs(Layout.contiguous(values[0].length)));
    }

    /** All tuples of some values, then random ones. */
    private static long[][] tuples(long[] values, int count, Type type) {
        int all = (int) Math.pow(values.length, count);
        long[][] tuples = new long[count][];
        for (int t = 0, step = 1; t < count; t++, step *= values.length) {
            int every = step;
            tuples[t] = LaunchCase.concat(
                    IntStream.range(0, all)
                            .mapToLong(i -> values[i / every % values.length])
                            .toArray(),
                    Values.wild(type, MORE, new Random(t)));
        }
        return tuples;
    }

    @TestFactory
    default Stream<DynamicTest> fma() {
        Expr[] x = inputs(Type.F32, 3);
        long[][] values = tuples(Values.FMA, 3, Type.F32);
        int n = values[0].length;
        return Stream.of(
                        new Kernel.Map(Expr.fma(x[0], x[1], x[2])),
                        new Kernel.Map(x[0].mul(x[1]).add(x[2])))
                .map(kernel -> test(new LaunchCase(
                                kernel.outputs().getFirst() instanceof Expr.Fma
                                        ? "FMA rounds once"
                                        : "MUL, ADD rounds twice",
                                kernel,
                                n)
                        .input(Type.F32, values[0], n)
                        .input(Type.F32, values[1], n)
                        .input(Type.F32, values[2], n)
                        .outputs(Layout.contiguous(n))));
    }

    private static Expr[] inputs(Type type, int count) {
        return IntStream.range(0, count).mapToObj(i -> Expr.input(i, type)).toArray(Expr[]::new);
    }

    @TestFactory
    default Stream<DynamicTest> select() {
        return Arrays.stream(Type.values()).map(type -> {
            Expr choice = Expr.select(Expr.input(0, Type.BOOL), Expr.input(1, type), Expr.input(2, type));
            Layout layout = Layout.contiguous(MORE);
            return test(new LaunchCase("SELECT of " + type, new Kernel.Map(choice), MORE)
                    .input(Type.BOOL, layout)
                    .input(type, layout)
                    .input(type, layout)
                    .outputs(layout));
        });
    }

    @TestFactory
    default Stream<DynamicTest> constants() {
        // A few to a kernel: some devices take long to compile one.
        int together = 6;
        return Arrays.stream(Type.values())
                .map(type -> test("constants of " + type, () -> {
                    long[] values = Values.special(type);
                    return IntStream.range(0, Math.ceilDiv(values.length, together))
                            .mapToObj(i -> {
                                List<Expr> some = Arrays.stream(
                                                values, i * together, Math.min(values.length, (i + 1) * together))
                                        .mapToObj(bits -> RandomExpressions.constant(type, bits))
                                        .toList();
                                return new LaunchCase("constants of " + type, new Kernel.Map(some), 3)
                                        .outputs(Layout.contiguous(3));
                            });
                }));
    }

    /** Of constants the device's compiler computes what a kernel would, and must come to the same. */
    @TestFactory
    default Stream<DynamicTest> unaryOfConstants() {
        int together = 6;
        long[] values = Values.special(Type.F32);
        return Stream.of(UnaryOp.NEG, UnaryOp.ABS, UnaryOp.SQRT, UnaryOp.FLOOR)
                .map(op -> test(op + " of constants", () -> {
                    Expr x = Expr.input(0, Type.F32);
                    return IntStream.range(0, Math.ceilDiv(values.length, together))
                            .mapToObj(i -> {
                                List<Expr> some = Arrays.stream(
                                                values, i * together, Math.min(values.length, (i + 1) * together))
                                        .mapToObj(bits -> Expr.unary(op, RandomExpressions.constant(Type.F32, bits))
                                                .max(x))
                                        .toList();
                                return new LaunchCase(op + " of constants", new Kernel.Map(some), 3)
                                        .input(Type.F32, new long[] {0, 0x3f800000, 0xbf800000L}, 3)
                                        .outputs(Layout.contiguous(3));
                            });
                }));
    }

    @TestFactory
    default Stream<DynamicTest> scalars() {
        return Arrays.stream(Type.values())
                .map(type -> test(
                        "scalars of " + type,
                        () -> Arrays.stream(Values.special(type))
                                .mapToObj(bits -> new LaunchCase(
                                                "scalar " + Values.show(type, bits),
                                                new Kernel.Map(Expr.scalar(1, type)),
                                                3)
                                        .scalars(0, bits)
                                        .outputs(Layout.contiguous(3)))));
    }

    @TestFactory
    default Stream<DynamicTest> keep() {
        int[] seeds = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (int) 2357136044L};
        int[] thresholds = {
            0, 1, Expr.Keep.threshold(0.5), Expr.Keep.threshold(0.9), Expr.Keep.threshold(1), Integer.MAX_VALUE
        };
        Kernel mask = new Kernel.Map(Expr.keep(2, 0));
        List<long[]> shapes = List.of(new long[0], new long[] {20}, new long[] {7, 11, 13}, new long[] {70000});
        Stream<DynamicTest> masks = shapes.stream()
                .map(shape -> test("keep over " + Arrays.toString(shape), () -> {
                    List<LaunchCase> cases = new ArrayList<>();
                    for (int i = 0; i < seeds.length; i++) {
                        // All pairs only where they are cheap.
                        for (int j = 0; j < (shape.length == 1 && shape[0] == 20 ? thresholds.length : 1); j++) {
                            cases.add(new LaunchCase("keep over " + Arrays.toString(shape), mask, shape)
                                    .scalars(thresholds[(i + j + 2) % thresholds.length], 99, seeds[i])
                                    .outputs(Layout.contiguous(shape)));
                        }
                    }
                    return cases.stream();
                }));
        // The mask counts elements of the launch, however they lie in memory and in whatever order they are visited.
        Expr dropout = Expr.select(Expr.keep(0, 1), Expr.input(0, Type.F32).mul(2), Expr.constant(0f));
        Stream<DynamicTest> layouts = Stream.of(ContractGroup.shape(5, 7), ContractGroup.shape(3, 4, 70))
                .flatMap(shape -> Layout.outputs(shape).stream()
                        .map(layout -> test(new LaunchCase("dropout, " + layout, new Kernel.Map(dropout), shape)
                                .scalars(123, Expr.Keep.threshold(0.5))
                                .input(Type.F32, layout)
                                .outputs(layout))));
        return Stream.concat(masks, layouts);
    }

    /** The bits of a NaN may differ between devices, but not be invented: to bits and back it stays NaN. */
    @TestFactory
    default Stream<DynamicTest> bitsAndBack() {
        long[] values = LaunchCase.concat(Values.special(Type.F32), Values.wild(Type.F32, MORE, new Random(3)));
        Expr x = Expr.input(0, Type.F32);
        return Stream.of(test(new LaunchCase(
                        "FROM_BITS of BITS",
                        new Kernel.Map(Expr.unary(UnaryOp.FROM_BITS, Expr.unary(UnaryOp.BITS, x))),
                        values.length)
                .input(Type.F32, values, values.length)
                .outputs(Layout.contiguous(values.length))));
    }

    /** All of {@link Functions}: long formulas, on floats of every size. */
    @TestFactory
    default Stream<DynamicTest> functions() {
        return Arrays.stream(Functions.class.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && Modifier.isStatic(m.getModifiers()))
                .filter(m -> m.getReturnType() == Expr.class && m.getParameterCount() > 0)
                .filter(m -> Arrays.stream(m.getParameterTypes()).allMatch(t -> t == Expr.class))
                .sorted(Comparator.comparing(Method::toString))
                .map(m -> DynamicTest.dynamicTest(m.getName() + "/" + m.getParameterCount(), () -> {
                    Expr[] x = inputs(Type.F32, m.getParameterCount());
                    Expr y = (Expr) m.invoke(null, (Object[]) x);
                    LaunchCase launch = function(m.getName(), y, x.length);
                    launch.check(backend());
                }));
    }

    private static LaunchCase function(String name, Expr y, int parameters) {
        long[][] values = parameters == 1
                ? new long[][] {LaunchCase.concat(Values.special(Type.F32), Values.wild(Type.F32, MORE, new Random(4)))}
                : parameters == 2
                        ? tuples(Values.special(Type.F32), 2, Type.F32)
                        : tuples(Values.FMA, parameters, Type.F32);
        LaunchCase launch = new LaunchCase(name, new Kernel.Map(y), values[0].length);
        for (long[] v : values) {
            launch.input(new LaunchCase.Operand(new Data(Type.F32, v), Layout.contiguous(v.length)));
        }
        return launch.outputs(Layout.contiguous(values[0].length));
    }
}
