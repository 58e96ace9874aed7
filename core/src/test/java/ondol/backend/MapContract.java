package ondol.backend;

import static ondol.backend.ContractGroup.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.LaunchCase.Data;
import ondol.backend.LaunchCase.Operand;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Maps over every layout and size, in place, and with many operands. */
interface MapContract extends ContractGroup {
    @TestFactory
    default Stream<DynamicTest> mapLayouts() {
        Kernel difference = new Kernel.Map(Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32)));
        Stream<long[]> shapes = Stream.of(
                shape(),
                shape(1),
                shape(0),
                shape(5),
                shape(1300),
                shape(5, 7),
                shape(1, 6),
                shape(6, 1),
                shape(3, 0, 2),
                shape(2, 3, 4),
                shape(33, 130),
                shape(3, 17, 65),
                shape(2, 3, 1, 4, 2),
                shape(2, 1, 2, 3, 1, 2, 2, 2));
        return shapes.flatMap(shape -> {
            List<Layout> ins = Layout.inputs(shape);
            List<Layout> outs = Layout.outputs(shape);
            return IntStream.range(0, ins.size())
                    .mapToObj(i -> test(
                            ins.get(i).toString(),
                            () -> (compiles() ? IntStream.of(i % outs.size()) : IntStream.range(0, outs.size()))
                                    .mapToObj(j -> new LaunchCase("Map over " + ins.get(i), difference, shape)
                                            .input(Type.F32, ins.get(i))
                                            .input(Type.F32, ins.get((3 * i + j + 1) % ins.size()))
                                            .outputs(outs.get(j)))));
        });
    }

    @TestFactory
    default Stream<DynamicTest> copyLayouts() {
        long[] shape = {3, 5, 70};
        return Arrays.stream(Type.values())
                .map(type -> test("copies of " + type, () -> {
                    Kernel copy = new Kernel.Map(Expr.input(0, type));
                    return Stream.concat(
                            Layout.inputs(shape).stream()
                                    .map(in -> new LaunchCase("copy from " + in, copy, shape)
                                            .input(type, in)
                                            .outputs(Layout.contiguous(shape))),
                            Layout.outputs(shape).stream()
                                    .map(out -> new LaunchCase("copy to " + out, copy, shape)
                                            .input(type, Layout.contiguous(shape))
                                            .outputs(out)));
                }));
    }

    @TestFactory
    default Stream<DynamicTest> mapSizes() {
        Expr x = Expr.input(0, Type.F32);
        Expr y = x.mul(Expr.scalar(0, Type.F32)).add(Expr.input(1, Type.F32));
        Kernel kernel = new Kernel.Map(Expr.select(y.lt(Expr.constant(0f)), Expr.constant(0f), y), x.lt(y));
        return ContractGroup.sizes(70000, 300000)
                .mapToObj(n -> test(
                        "Map over " + n,
                        () -> Stream.of(Layout.contiguous(n), Layout.sliced(n), Layout.random(new Random(n), true, n))
                                .map(layout -> new LaunchCase("Map over " + n, kernel, n)
                                        .scalars(ScalarProgram.bits(1.7f))
                                        .tameInput(Type.F32, layout)
                                        .tameInput(Type.F32, Layout.contiguous(n))
                                        .outputs(layout))));
    }

    @TestFactory
    default Stream<DynamicTest> inPlace() {
        List<DynamicTest> tests = new ArrayList<>();
        for (long[] shape : List.of(shape(), shape(0), shape(33, 65), shape(7, 3, 50), shape(70000))) {
            for (Layout layout : Layout.outputs(shape)) {
                tests.add(test(adam(layout)));
            }
            tests.add(test(swap(Layout.contiguous(shape))));
            tests.add(test(swap(Layout.sliced(shape))));
        }
        return tests.stream();
    }

    /** Adam as one launch: parameter, first and second moment, each where it was. */
    private static LaunchCase adam(Layout layout) {
        Expr[] x = IntStream.range(0, 4).mapToObj(i -> Expr.input(i, Type.F32)).toArray(Expr[]::new);
        Expr[] s = IntStream.range(0, 6).mapToObj(i -> Expr.scalar(i, Type.F32)).toArray(Expr[]::new);
        Expr m = Expr.fma(s[0], x[1], s[1].mul(x[3]));
        Expr v = Expr.fma(s[2], x[2], s[3].mul(x[3]).mul(x[3]));
        Expr p = x[0].sub(s[4].mul(m).div(v.abs().sqrt().add(s[5])));
        Random random = new Random(9);
        Operand[] state = new Operand[4];
        Arrays.setAll(
                state, i -> new Operand(new Data(Type.F32, Values.tame(Type.F32, layout.length(), random)), layout));
        LaunchCase launch = new LaunchCase("Adam in place, " + layout, new Kernel.Map(p, m, v), layout.shape())
                .scalars(IntStream.of(90, 10, 99, 1, 5, 2)
                        .mapToLong(percent -> ScalarProgram.bits(percent / 100f))
                        .toArray());
        for (Operand operand : state) {
            launch.input(operand);
        }
        return launch.output(state[0]).output(state[1]).output(state[2]);
    }

    /** Each output is the other's input: both are read before either is written. */
    private static LaunchCase swap(Layout layout) {
        Random random = new Random(10);
        Operand a = new Operand(new Data(Type.I64, Values.tame(Type.I64, layout.length(), random)), layout);
        Operand b = new Operand(new Data(Type.I64, Values.tame(Type.I64, layout.length(), random)), layout);
        return new LaunchCase(
                        "swap, " + layout,
                        new Kernel.Map(Expr.input(1, Type.I64), Expr.input(0, Type.I64)),
                        layout.shape())
                .input(a)
                .input(b)
                .output(a)
                .output(b);
    }

    @TestFactory
    default Stream<DynamicTest> sharedBuffers() {
        int n = 1000;
        Expr x = Expr.input(0, Type.F32);
        Expr y = Expr.input(1, Type.F32);
        // One input seen twice, the second time backwards; the outputs are every other element of one buffer.
        Data in = new Data(Type.F32, Values.tame(Type.F32, n, new Random(11)));
        Data out = new Data(Type.F32, Values.tame(Type.F32, 2L * n, new Random(12)));
        return Stream.of(test(new LaunchCase("interleaved outputs", new Kernel.Map(x.mul(y), x.sub(y)), n)
                .input(new Operand(in, Layout.contiguous(n)))
                .input(new Operand(in, new Layout("backwards", new long[] {n}, new long[] {-1}, n - 1, n)))
                .output(new Operand(out, new Layout("even", new long[] {n}, new long[] {2}, 0, 2L * n)))
                .output(new Operand(out, new Layout("odd", new long[] {n}, new long[] {2}, 1, 2L * n)))));
    }

    @TestFactory
    default Stream<DynamicTest> manyOperands() {
        long[] shape = {9, 130};
        int ins = 12;
        List<Expr> outs = new ArrayList<>();
        for (int o = 0; o < 6; o++) {
            Expr sum = Expr.scalar(o, Type.F32);
            for (int i = o % 2; i < ins; i += 2) {
                sum = sum.mul(Expr.scalar(7 - o, Type.F32)).add(Expr.input(i, Type.F32));
            }
            outs.add(o % 3 == 2 ? sum.lt(Expr.input(o, Type.F32)) : sum);
        }
        LaunchCase many = new LaunchCase("12 inputs, 6 outputs, 8 scalars", new Kernel.Map(outs), shape)
                .scalars(IntStream.range(0, 8)
                        .mapToLong(i -> ScalarProgram.bits(1.1f - i * 0.3f))
                        .toArray());
        List<Layout> layouts = Layout.inputs(shape);
        for (int i = 0; i < ins; i++) {
            many.tameInput(Type.F32, layouts.get(i % layouts.size()));
        }
        for (int o = 0; o < outs.size(); o++) {
            many.output(
                    outs.get(o).type(),
                    Layout.outputs(shape).get(o % Layout.outputs(shape).size()));
        }

        Expr chain = Expr.input(0, Type.F32);
        for (int i = 0; i < 300; i++) {
            chain = i % 3 == 0
                    ? chain.mul(0.9)
                    : chain.add(Expr.input(2, Type.F32)).floor().sub(chain);
        }
        LaunchCase deep = new LaunchCase("300 steps, an input unused", new Kernel.Map(chain), shape);
        for (Type type : new Type[] {Type.F32, Type.BOOL, Type.F32}) {
            deep.tameInput(type, Layout.contiguous(shape));
        }
        return Stream.of(test(many), test(deep.outputs(Layout.contiguous(shape))));
    }
}
