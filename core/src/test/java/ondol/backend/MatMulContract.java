package ondol.backend;

import static ondol.backend.ContractGroup.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Matrix products: one chain of fused multiply-adds for each element, whatever the tiles. */
public interface MatMulContract extends ContractGroup {
    private static LaunchCase product(String name, @Nullable Expr epilogue, long m, long k, long n) {
        return new LaunchCase(
                name + " [" + m + ", " + k + "] x [" + k + ", " + n + "]", new Kernel.MatMul(epilogue), m, n);
    }

    @TestFactory
    default Stream<DynamicTest> matMulSizes() {
        long[] sizes = {0, 1, 2, 3, 5, 7, 12, 13, 16, 17, 31, 33, 64, 65, 100, 129, 257};
        int count = sizes.length;
        Stream<long[]> mixed = IntStream.range(0, count)
                .boxed()
                .flatMap(i -> Stream.of(
                        shape(sizes[i], sizes[(i + 5) % count], sizes[(i + 11) % count]),
                        shape(sizes[i], sizes[(i + 9) % count], sizes[(i + 2) % count]),
                        shape(sizes[i], sizes[i], sizes[i]).clone()));
        return Stream.concat(mixed, Stream.of(shape(13, 1500, 17), shape(80, 1025, 3), shape(1, 2000, 1)))
                .filter(s -> s[0] * s[1] * s[2] < 6_000_000)
                .map(s -> test(product("plain", null, s[0], s[1], s[2])
                        .tameInput(Type.F32, Layout.contiguous(s[0], s[1]))
                        .tameInput(Type.F32, Layout.contiguous(s[1], s[2]))
                        .output(Type.F32, Layout.contiguous(s[0], s[2]))));
    }

    /** Sizes and places that are multiples of four, in tiles that are whole and one that is not. */
    @TestFactory
    default Stream<DynamicTest> matMulWholeTiles() {
        Stream<DynamicTest> turned = Stream.of(shape(128, 44, 136), shape(256, 32, 128), shape(132, 8, 132))
                .map(s -> test(
                        "whole tiles, k " + s[1],
                        () -> IntStream.range(0, 4)
                                .mapToObj(t -> product("whole tiles, turned " + t, null, s[0], s[1], s[2])
                                        .tameInput(Type.F32, turned(t % 2 == 1, s[0], s[1]))
                                        .tameInput(Type.F32, turned(t > 1, s[1], s[2]))
                                        .output(Type.F32, Layout.contiguous(s[0], s[2])))));
        DynamicTest two = test(
                "whole tiles of two",
                () -> Stream.of(new LaunchCase("whole tiles of two", new Kernel.MatMul(null), 2, 128, 128)
                        .tameInput(Type.F32, Layout.contiguous(2, 128, 36))
                        .tameInput(Type.F32, Layout.broadcast(0b001, 2, 36, 128))
                        .output(Type.F32, Layout.contiguous(2, 128, 128))));
        return Stream.concat(turned, Stream.of(two));
    }

    private static Layout turned(boolean turned, long rows, long columns) {
        return turned ? Layout.transposed(rows, columns) : Layout.contiguous(rows, columns);
    }

    @TestFactory
    default Stream<DynamicTest> matMulSpecialValues() {
        return Stream.of(shape(9, 1, 9), shape(40, 2, 44), shape(23, 17, 70), shape(64, 5, 64))
                .map(s -> test(product("special values", null, s[0], s[1], s[2])
                        .input(Type.F32, Layout.contiguous(s[0], s[1]))
                        .input(Type.F32, Layout.contiguous(s[1], s[2]))
                        .output(Type.F32, Layout.contiguous(s[0], s[2]))));
    }

    /** Every layout of each operand. */
    @TestFactory
    default Stream<DynamicTest> matMulLayouts() {
        List<DynamicTest> tests = new ArrayList<>();
        for (long[] s : List.of(shape(5, 7, 3), shape(33, 40, 65), shape(1, 9, 20), shape(20, 9, 1))) {
            List<Layout> as = Layout.inputs(s[0], s[1]);
            List<Layout> bs = Layout.inputs(s[1], s[2]);
            List<Layout> cs = Layout.outputs(s[0], s[2]);
            for (int i = 0; i < as.size(); i++) {
                for (int j = 0; j < (s[0] == 5 ? bs.size() : 1); j++) {
                    Layout a = as.get(i);
                    Layout b = bs.get((i + j + 1) % bs.size());
                    Layout c = cs.get((i + j) % cs.size());
                    tests.add(test(product(a.name() + ", " + b.name() + ", " + c.name(), null, s[0], s[1], s[2])
                            .tameInput(Type.F32, a)
                            .tameInput(Type.F32, b)
                            .output(Type.F32, c)));
                }
            }
        }
        return tests.stream();
    }

    @TestFactory
    default Stream<DynamicTest> matMulBatches() {
        List<DynamicTest> tests = new ArrayList<>();
        List<long[]> batches = List.of(shape(1), shape(3), shape(0), shape(2, 3), shape(2, 1, 3, 2));
        for (long[] batch : batches) {
            int rank = batch.length;
            int all = (1 << rank) - 1;
            long[] as = LaunchCase.concat(batch, shape(17, 9));
            long[] bs = LaunchCase.concat(batch, shape(9, 20));
            long[] cs = LaunchCase.concat(batch, shape(17, 20));
            Random random = new Random(rank);
            Layout[][] layouts = {
                {Layout.contiguous(as), Layout.contiguous(bs)},
                {Layout.broadcast(all, as), Layout.contiguous(bs)},
                {Layout.contiguous(as), Layout.broadcast(all, bs)},
                {Layout.broadcast(1, as), Layout.broadcast(all - 1, bs)},
                {Layout.transposed(as), Layout.sliced(bs)},
                {Layout.random(random, false, as), Layout.random(random, false, bs)},
                {Layout.random(random, false, as), Layout.random(random, false, bs)}
            };
            for (Layout[] operands : layouts) {
                String name = "batches: " + operands[0] + " and " + operands[1];
                tests.add(test(new LaunchCase(name, new Kernel.MatMul(null), cs)
                        .tameInput(Type.F32, operands[0])
                        .tameInput(Type.F32, operands[1])
                        .output(Type.F32, Layout.random(random, true, cs))));
            }
        }
        return tests.stream();
    }

    @TestFactory
    default Stream<DynamicTest> matMulEpilogues() {
        Expr c = Expr.input(0, Type.F32);
        Expr bias = Expr.input(1, Type.F32);
        Expr other = Expr.input(2, Type.F32);
        Expr sum = c.add(bias);
        Map<String, Expr> epilogues = new TreeMap<>(Map.of(
                "bias", sum,
                "bias, relu", Expr.select(sum.lt(Expr.constant(0f)), Expr.constant(0f), sum),
                "bias, sigmoid", sum.sigmoid(),
                "times the other, plus bias", Expr.fma(c, other, bias),
                "scaled", c.mul(Expr.scalar(2, Type.F32)),
                "without the product", bias.sub(other),
                "dropout", Expr.select(Expr.keep(0, 1), sum, Expr.constant(0f)),
                "masked", Expr.select(Expr.input(3, Type.BOOL), sum, other)));
        List<DynamicTest> tests = new ArrayList<>();
        epilogues.forEach((name, epilogue) -> {
            for (long[] s :
                    List.of(shape(5, 7, 3), shape(33, 65, 40), shape(1, 1, 1), shape(4, 0, 6), shape(70, 3, 1))) {
                long m = s[0];
                long n = s[2];
                for (Layout bias1 : List.of(Layout.broadcast(0b01, m, n), Layout.broadcast(0b10, m, n))) {
                    tests.add(test(product(name + ", bias " + bias1.name(), epilogue, m, s[1], n)
                            .scalars(77, Expr.Keep.threshold(0.6), ScalarProgram.bits(-1.5f))
                            .tameInput(Type.F32, Layout.contiguous(m, s[1]))
                            .tameInput(Type.F32, Layout.transposed(s[1], n))
                            .tameInput(Type.F32, bias1)
                            .tameInput(Type.F32, Layout.transposed(m, n))
                            .tameInput(Type.BOOL, Layout.sliced(m, n))
                            .output(Type.F32, Layout.sliced(m, n))));
                }
            }
            long[] shape = {3, 6, 5};
            tests.add(test(new LaunchCase(name + ", batched", new Kernel.MatMul(epilogue), shape)
                    .scalars(78, Expr.Keep.threshold(0.6), ScalarProgram.bits(-1.5f))
                    .tameInput(Type.F32, Layout.contiguous(3, 6, 4))
                    .tameInput(Type.F32, Layout.broadcast(1, 3, 4, 5))
                    .tameInput(Type.F32, Layout.broadcast(0b011, shape))
                    .tameInput(Type.F32, Layout.contiguous(shape))
                    .tameInput(Type.BOOL, Layout.transposed(shape))
                    .output(Type.F32, Layout.transposed(shape))));
        });
        return tests.stream();
    }
}
