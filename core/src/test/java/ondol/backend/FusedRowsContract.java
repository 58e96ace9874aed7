package ondol.backend;

import static ondol.backend.ContractGroup.shape;
import static ondol.backend.ContractGroup.sizes;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.LaunchCase.Operand;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Kernels along the same axes that a backend may run together: short rows and long ones, of any layout. */
interface FusedRowsContract extends ContractGroup {
    Expr A = Expr.input(0, Type.F32);
    Expr B = Expr.input(1, Type.F32);
    Expr C = Expr.input(2, Type.F32);
    Expr D = Expr.input(3, Type.F32);
    Expr SCALE = Expr.scalar(0, Type.F32);
    Expr POWER = A.sub(B).mul(SCALE).exp();

    Kernel.Reduce LARGEST = new Kernel.Reduce(A, ReduceOp.MAX);
    Kernel.Reduce TOTAL = new Kernel.Reduce(A, ReduceOp.SUM);
    Kernel.Reduce POWERS = new Kernel.Reduce(POWER, ReduceOp.SUM);

    /** What is run together, on an input of a layout. */
    record Chain(String name, BiConsumer<RowsCase, Layout> steps) {}

    /** The exponentials are computed twice, as the kernels say it; a backend may keep them. */
    private static void softmax(RowsCase c, Layout layout) {
        Operand x = c.wild(Type.F32, layout);
        Operand largest = c.ofRow(c.reduce(LARGEST, List.of(x)));
        long scale = ScalarProgram.bits(0.7f);
        Operand sum = c.reduce(POWERS, List.of(x, largest), scale);
        c.mapOfRow(new Kernel.Map(A.sqrt(), A.lt(Expr.constant(3f))), List.of(sum));
        // Two results, of which a later kernel reads one; another scale is another exponential.
        List<Operand> both = c.map(new Kernel.Map(POWER.div(C), A.lt(B)), List.of(x, largest, c.ofRow(sum)), scale);
        c.reduce(new Kernel.Reduce(A, ReduceOp.ARGMAX), List.of(both.get(0)));
        c.reduce(new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.MIN), List.of(both.get(1)));
        c.reduce(POWERS, List.of(x, largest), ScalarProgram.bits(0.3f));
    }

    /** What one kernel has written the next ones overwrite. */
    private static void inPlace(RowsCase c, Layout layout) {
        Operand x = c.tame(Type.F32, layout);
        Operand largest = c.ofRow(c.reduce(LARGEST, List.of(x)));
        Operand powers = c.map(new Kernel.Map(POWER), List.of(x, largest), ScalarProgram.bits(1f))
                .getFirst();
        Operand sum = c.ofRow(c.reduce(TOTAL, List.of(powers)));
        c.mapInto(new Kernel.Map(A.div(B)), powers, List.of(powers, sum));
        c.mapInto(new Kernel.Map(A.mul(A)), powers, List.of(powers));
        c.reduce(new Kernel.Reduce(A, ReduceOp.ARGMIN), List.of(powers));
    }

    /** Layer normalisation, with a weight for each element of a row, and a bias for each row. */
    private static void normalized(RowsCase c, Layout layout) {
        Operand x = c.tame(Type.F32, layout);
        long rows = 0;
        for (int axis = 0; axis < layout.shape().length; axis++) {
            rows |= c.rowShape()[axis] == 1 ? 0 : 1L << axis;
        }
        Operand weight = c.tame(Type.F32, Layout.broadcast((int) rows, layout.shape()));
        Operand bias = c.ofRow(c.tame(Type.F32, Layout.contiguous(c.rowShape())));
        Operand sum = c.reduce(TOTAL, List.of(x));
        Kernel.Reduce squares = new Kernel.Reduce(A.sub(B.mul(SCALE)).mul(A.sub(B.mul(SCALE))), ReduceOp.SUM);
        long share = ScalarProgram.bits(1f / (layout.size() + 1));
        Operand square = c.reduce(squares, List.of(x, c.ofRow(sum)), share);
        List<Operand> statistics = c.mapOfRow(
                new Kernel.Map(
                        A.mul(SCALE), B.mul(SCALE).add(Expr.constant(1e-5f)).sqrt()),
                List.of(sum, square),
                share);
        c.map(
                new Kernel.Map(Expr.fma(A.sub(B).div(C), D, Expr.input(4, Type.F32))),
                List.of(x, c.ofRow(statistics.get(0)), c.ofRow(statistics.get(1)), weight, bias));
    }

    /** Integers, and what is read from memory twice. */
    private static void integers(RowsCase c, Layout layout) {
        Expr i = Expr.input(0, Type.I64);
        Expr least = Expr.input(1, Type.I64);
        Operand x = c.wild(Type.I64, layout);
        Operand flag = c.tame(Type.BOOL, Layout.contiguous(layout.shape()));
        Operand smallest = c.ofRow(c.reduce(new Kernel.Reduce(i, ReduceOp.MIN), List.of(x)));
        c.reduce(new Kernel.Reduce(i, ReduceOp.ARGMAX), List.of(x));
        c.reduce(
                new Kernel.Reduce(Expr.input(2, Type.BOOL).choose(i.sub(least), Expr.constantI64(3)), ReduceOp.PROD),
                List.of(x, smallest, flag));
        c.map(new Kernel.Map(i.sub(least), Expr.input(2, Type.BOOL).choose(i, least)), List.of(x, smallest, flag));
    }

    /** A kernel reads what another one has written, within the row, but in another order. */
    private static void turned(RowsCase c, Layout layout) {
        Operand x = c.tame(Type.F32, layout);
        Operand y = c.map(new Kernel.Map(A.mul(A)), List.of(x)).getFirst();
        long[] strides = y.layout().strides().clone();
        long offset = 0;
        for (int axis = 0; axis < strides.length; axis++) {
            if (c.rowShape()[axis] != layout.shape()[axis]) {
                offset += strides[axis] * (layout.shape()[axis] - 1);
                strides[axis] = -strides[axis];
            }
        }
        Operand back = new Operand(y.data(), new Layout("turned", layout.shape(), strides, offset, 0));
        c.reduce(TOTAL, List.of(y));
        c.map(new Kernel.Map(A.sub(B)), Layout.random(new Random(1), true, layout.shape()), List.of(back, x));
    }

    private static List<Chain> chains() {
        return List.of(
                new Chain("softmax", FusedRowsContract::softmax),
                new Chain("in place", FusedRowsContract::inPlace),
                new Chain("normalized", FusedRowsContract::normalized),
                new Chain("integers", FusedRowsContract::integers),
                new Chain("turned", FusedRowsContract::turned));
    }

    private DynamicTest test(Chain chain, long axes, Layout layout) {
        String name = chain.name + " along 0b" + Long.toBinaryString(axes) + " of " + layout;
        return DynamicTest.dynamicTest(name, () -> {
            RowsCase c = new RowsCase(chain.name, axes, layout.shape());
            chain.steps.accept(c, layout);
            c.check(backend());
        });
    }

    /** Softmax and what else goes along rows, of a layout of two axes. */
    default DynamicTest softmaxOfRows(Layout layout) {
        return test(chains().getFirst(), 0b10, layout);
    }

    @TestFactory
    default Stream<DynamicTest> rowsTogether() {
        return sizes(31, 32, 33, 1700, 3000)
                .boxed()
                .flatMap(n -> chains().stream().map(chain -> test(chain, 0b10, Layout.contiguous(3, n))));
    }

    /** Rows of several blocks: two, one of which has one element, and more than a group does at once. */
    @TestFactory
    default Stream<DynamicTest> longRowsTogether() {
        Layout sliced = Layout.sliced(2, 3, 41, 50);
        Layout transposed = Layout.transposed(2, 70, 130);
        Layout longest = Layout.contiguous(2, 100_000);
        return Stream.concat(
                chains().stream()
                        .flatMap(chain -> Stream.of(
                                test(chain, 0b10, Layout.contiguous(3, 4097)),
                                test(chain, 0b10, Layout.contiguous(3, 5000)),
                                test(chain, 0b1110, sliced),
                                test(chain, 0b110, transposed))),
                Stream.of(test(chains().get(0), 0b10, longest), test(chains().get(3), 0b10, longest)));
    }

    /** Every layout, along any axes, with one of the chains in turn. */
    @TestFactory
    default Stream<DynamicTest> rowsTogetherLayouts() {
        List<DynamicTest> tests = new ArrayList<>();
        for (long[] shape : List.of(shape(300), shape(4, 5, 6), shape(20, 3, 70), shape(70, 30), shape(3, 2, 5, 40))) {
            for (Layout layout : Layout.inputs(shape)) {
                for (long axes = 1; axes < 1L << shape.length; axes += Math.max(1, 2 * shape.length - 3)) {
                    tests.add(test(chains().get(tests.size() % chains().size()), axes, layout));
                }
            }
        }
        // A step that is prime to the number of chains goes through all of them.
        return IntStream.iterate(0, i -> i < tests.size(), i -> i + (compiles() ? 3 : 1))
                .mapToObj(tests::get);
    }
}
