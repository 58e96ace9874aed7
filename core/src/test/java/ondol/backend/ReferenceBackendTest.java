package ondol.backend;

import static ondol.backend.ScalarProgram.bits;
import static ondol.backend.ScalarProgram.f32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.LaunchCase.Data;
import ondol.backend.LaunchCase.Operand;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.ScalarEvaluator;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The oracle against facts worked out by hand, and the contract against backends known to be wrong. */
class ReferenceBackendTest {
    // ---- facts

    private static long[] run(Kernel kernel, long[] shape, long reducedAxes, Operand output, Operand... inputs) {
        LaunchCase launch = new LaunchCase("a fact", kernel, shape).reducing(reducedAxes);
        for (Operand input : inputs) {
            launch.input(input);
        }
        return launch.output(output).run(new ReferenceBackend()).get(output.data());
    }

    private static Operand operand(Type type, long[] shape, long... bits) {
        return new Operand(new Data(type, bits), Layout.contiguous(shape));
    }

    private static Operand floats(float... values) {
        return operand(Type.F32, new long[] {values.length}, toBits(values));
    }

    private static Operand longs(long... values) {
        return operand(Type.I64, new long[] {values.length}, values);
    }

    private static long[] toBits(float... values) {
        return IntStream.range(0, values.length).mapToLong(i -> bits(values[i])).toArray();
    }

    private static float[] toFloats(long... bits) {
        float[] values = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = f32(bits[i]);
        }
        return values;
    }

    private static long reduce(ReduceOp op, Operand input) {
        Kernel.Reduce kernel = new Kernel.Reduce(Expr.input(0, input.data().type), op);
        Operand output = operand(kernel.outputType(), new long[] {1}, 0);
        return run(kernel, input.layout().shape(), 1, output, input)[0];
    }

    private static float sum(float... values) {
        return f32(reduce(ReduceOp.SUM, floats(values)));
    }

    private static float[] normals(int count) {
        return toFloats(Values.tame(Type.F32, count, new Random(count)));
    }

    /** The sum of at most a block, written once more: lanes as rows of a table. */
    private static float sumOfBlock(float[] values, int from, int to) {
        float[] lane = new float[64];
        for (int row = from; row < to; row += 64) {
            for (int l = 0; l < 64 && row + l < to; l++) {
                lane[l] = lane[l] + values[row + l];
            }
        }
        for (int other : new int[] {32, 16, 8, 4}) {
            for (int l = 0; l < other; l++) {
                lane[l] += lane[l + other];
            }
        }
        return (lane[0] + lane[2]) + (lane[1] + lane[3]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 127, 4095, 4096})
    void sumOfOneBlock(int count) {
        float[] values = normals(count);
        assertEquals(sumOfBlock(values, 0, count), sum(values));
    }

    @ParameterizedTest
    @ValueSource(ints = {4097, 8192, 8193, 40_000})
    void sumOfBlocks(int count) {
        float[] values = normals(count);
        float[] blocks = new float[(count + 4095) / 4096];
        for (int b = 0; b < blocks.length; b++) {
            blocks[b] = sumOfBlock(values, b * 4096, Math.min(count, (b + 1) * 4096));
        }
        assertEquals(sumOfBlock(blocks, 0, blocks.length), sum(values));
    }

    @Test
    void sumShowsItsOrder() {
        // Lane 0 cancels before lane 1 is added; one after the other the 1 would be lost.
        float[] lanes = new float[65];
        lanes[0] = 1e8f;
        lanes[1] = 1;
        lanes[64] = -1e8f;
        assertEquals(1f, sum(lanes));
        // The same across two blocks does lose it.
        float[] blocks = new float[4097];
        blocks[0] = 1e8f;
        blocks[1] = 1;
        blocks[4096] = -1e8f;
        assertEquals(0f, sum(blocks));
        // Lanes start from +0.
        assertEquals(0f, sum(-0f));
        assertEquals(0f, sum());
        assertEquals(1f, f32(reduce(ReduceOp.PROD, floats())));
        assertEquals(-6f, f32(reduce(ReduceOp.PROD, floats(2, -3))));
        assertEquals(Long.MIN_VALUE, reduce(ReduceOp.SUM, longs(Long.MAX_VALUE, 1)));
    }

    @Test
    void extremes() {
        assertEquals(0f, f32(reduce(ReduceOp.MAX, floats(-0f, 0f, -0f))));
        assertEquals(-0f, f32(reduce(ReduceOp.MIN, floats(0f, -0f, 0f))));
        assertEquals(Float.NaN, f32(reduce(ReduceOp.MAX, floats(1, Float.NaN, Float.POSITIVE_INFINITY))));
        assertEquals(Float.NaN, f32(reduce(ReduceOp.MIN, floats(Float.NaN, Float.NEGATIVE_INFINITY))));
        assertEquals(1, reduce(ReduceOp.ARGMAX, floats(1, 3, 2, 3)));
        assertEquals(2, reduce(ReduceOp.ARGMIN, floats(2, 3, 1, 1)));
        assertEquals(1, reduce(ReduceOp.ARGMAX, floats(1, Float.NaN, Float.POSITIVE_INFINITY, Float.NaN)));
        assertEquals(1, reduce(ReduceOp.ARGMIN, floats(1, Float.NaN, Float.NEGATIVE_INFINITY, Float.NaN)));
        assertEquals(0, reduce(ReduceOp.ARGMAX, floats(-0f, 0f)));
        assertEquals(0, reduce(ReduceOp.ARGMIN, floats(0f, -0f)));
        assertEquals(1, reduce(ReduceOp.MAX, operand(Type.BOOL, new long[] {3}, 0, 1, 0)));
        assertEquals(0, reduce(ReduceOp.MIN, operand(Type.BOOL, new long[] {3}, 1, 0, 1)));
        assertEquals(1, reduce(ReduceOp.ARGMAX, operand(Type.BOOL, new long[] {3}, 0, 1, 1)));
    }

    @Test
    void reducedAxesAreTakenInRowMajorOrder() {
        // [2, 3, 2] over the first and the last axis: the middle is 2, 3, 8, 9.
        Operand input = operand(Type.I64, new long[] {2, 3, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Operand output = operand(Type.I64, new long[] {1, 3, 1}, 0, 0, 0);
        Kernel sum = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.SUM);
        assertArrayEquals(new long[] {14, 22, 30}, run(sum, new long[] {2, 3, 2}, 0b101, output, input));
        Kernel last = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.ARGMAX);
        assertArrayEquals(new long[] {3, 3, 3}, run(last, new long[] {2, 3, 2}, 0b101, output, input));
    }

    private static long map(Expr e, long... inputs) {
        Operand[] operands = IntStream.range(0, inputs.length)
                .mapToObj(i -> operand(Objects.requireNonNull(typeOf(e, i)), new long[] {1}, inputs[i]))
                .toArray(Operand[]::new);
        return run(new Kernel.Map(e), new long[] {1}, 0, operand(e.type(), new long[] {1}, 0), operands)[0];
    }

    private static @Nullable Type typeOf(Expr e, int input) {
        return e instanceof Expr.Input i && i.index() == input
                ? i.type()
                : Arrays.stream(e.operands())
                        .map(operand -> typeOf(operand, input))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    private static long cast(UnaryOp op, Type from, long bits) {
        return map(Expr.unary(op, Expr.input(0, from)), bits);
    }

    @Test
    void casts() {
        assertEquals(Integer.MAX_VALUE, cast(UnaryOp.TO_I32, Type.F32, bits(1e20f)));
        assertEquals(Integer.MIN_VALUE, cast(UnaryOp.TO_I32, Type.F32, bits(Float.NEGATIVE_INFINITY)));
        assertEquals(0, cast(UnaryOp.TO_I32, Type.F32, bits(Float.NaN)));
        assertEquals(-2, cast(UnaryOp.TO_I32, Type.F32, bits(-2.9f)));
        assertEquals(Long.MAX_VALUE, cast(UnaryOp.TO_I64, Type.F32, bits(1e20f)));
        assertEquals(1L << 40, cast(UnaryOp.TO_I64, Type.F32, bits(0x1p40f)));
        assertEquals(-1, cast(UnaryOp.TO_I32, Type.I64, 0xffffffffL));
        assertEquals(-1, cast(UnaryOp.TO_I64, Type.I32, -1));
        assertEquals(bits(16777216f), cast(UnaryOp.TO_F32, Type.I32, 16777217));
        assertEquals(bits(0x1.000002p62f), cast(UnaryOp.TO_F32, Type.I64, (1L << 62) + (1L << 38) + 1));
        assertEquals(bits(1f), cast(UnaryOp.TO_F32, Type.BOOL, 1));
        assertEquals(1, cast(UnaryOp.TO_BOOL, Type.F32, bits(Float.NaN)));
        assertEquals(0, cast(UnaryOp.TO_BOOL, Type.F32, bits(-0f)));
        assertEquals(0xbf800000, cast(UnaryOp.BITS, Type.F32, bits(-1f)));
        assertEquals(bits(-1f), cast(UnaryOp.FROM_BITS, Type.I32, 0xbf800000));
    }

    private static float binary(BinaryOp op, float a, float b) {
        return f32(map(Expr.binary(op, Expr.input(0, Type.F32), Expr.input(1, Type.F32)), bits(a), bits(b)));
    }

    @Test
    void arithmetic() {
        assertEquals(-0f, binary(BinaryOp.MIN, 0f, -0f));
        assertEquals(-0f, binary(BinaryOp.MIN, -0f, 0f));
        assertEquals(0f, binary(BinaryOp.MAX, 0f, -0f));
        assertEquals(0f, binary(BinaryOp.MAX, -0f, 0f));
        assertEquals(Float.NaN, binary(BinaryOp.MAX, 1, Float.NaN));
        assertEquals(Float.NaN, binary(BinaryOp.MIN, Float.NaN, 1));
        assertEquals(Float.MIN_VALUE, binary(BinaryOp.DIV, Float.MIN_NORMAL, 0x1p23f)); // subnormals stay
        assertEquals(1 / 3f, binary(BinaryOp.DIV, 1, 3));

        Expr x = Expr.input(0, Type.F32);
        Expr relu = Expr.select(x.lt(Expr.constant(0f)), Expr.constant(0f), x);
        assertEquals(bits(-0f), map(relu, bits(-0f)));
        assertEquals(bits(Float.NaN), map(relu, bits(Float.NaN)));
        assertEquals(bits(0f), map(relu, bits(-2f)));

        Expr fma = Expr.fma(x, Expr.input(1, Type.F32), Expr.input(2, Type.F32));
        assertEquals(bits(0x1p-24f), map(fma, bits(0x1.001p0f), bits(0x1.001p0f), bits(-0x1.002p0f)));
        // Half way but for a little: rounding in double first would lose the little.
        assertEquals(bits(0x1.002002p0f), map(fma, bits(0x1.001p0f), bits(0x1.001p0f), bits(0x1p-80f)));
    }

    /** The mask that PyTorch draws after manual_seed(0), whose first word is the seed. */
    @Test
    void keepIsPyTorchsMask() {
        int seed = (int) 2357136044L;
        long[] mask = {1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0};
        for (long[] shape : List.of(new long[] {20}, new long[] {4, 5})) {
            Operand output = operand(Type.BOOL, shape, new long[20]);
            LaunchCase launch = new LaunchCase("mask", new Kernel.Map(Expr.keep(0, 1)), shape)
                    .scalars(seed, Expr.Keep.threshold(0.5))
                    .output(output);
            assertArrayEquals(mask, launch.run(new ReferenceBackend()).get(output.data()));
        }
    }

    private static float product(@Nullable Expr epilogue, float[] row, float[] column, Operand... more) {
        Operand[] operands = Stream.concat(
                        Stream.of(
                                operand(Type.F32, new long[] {1, row.length}, toBits(row)),
                                operand(Type.F32, new long[] {column.length, 1}, toBits(column))),
                        Arrays.stream(more))
                .toArray(Operand[]::new);
        return f32(run(
                new Kernel.MatMul(epilogue), new long[] {1, 1}, 0, operand(Type.F32, new long[] {1, 1}, 0), operands)[
                0]);
    }

    @Test
    void matMulIsOneChainOfFmas() {
        // The first product rounds and cancels; in the other order it is fused and leaves its last bit.
        float[] row = {0x1.001p0f, 1};
        float[] column = {0x1.001p0f, -0x1.002p0f};
        assertEquals(0f, product(null, row, column));
        assertEquals(0x1p-24f, product(null, new float[] {1, 0x1.001p0f}, new float[] {-0x1.002p0f, 0x1.001p0f}));
        // The chain starts from +0, even if it is empty.
        assertEquals(0f, product(null, new float[] {-0f}, new float[] {1}));
        assertEquals(0f, product(null, new float[0], new float[0]));
        // The epilogue comes after.
        Expr biased = Expr.input(0, Type.F32).add(Expr.input(1, Type.F32));
        Operand bias = operand(Type.F32, new long[] {1, 1}, bits(0.5f));
        assertEquals(0.5f, product(biased, row, column, bias));
        assertEquals(0.5f, product(biased, new float[0], new float[0], bias));
    }

    @Test
    void rows() {
        assertArrayEquals(
                new long[] {30, 10, 30},
                run(new Kernel.Gather(Type.I64), new long[] {3}, 0, longs(0, 0, 0), longs(10, 20, 30), longs(2, 0, 2)));
        // 1 + 1e8 - 1e8: ascending order loses the 1.
        assertArrayEquals(
                toBits(5, 0),
                run(
                        new Kernel.ScatterAdd(Type.F32),
                        new long[] {3},
                        0,
                        floats(5, 1),
                        longs(1, 1, 1),
                        floats(0, 1e8f, -1e8f)));
        for (boolean descending : new boolean[] {false, true}) {
            Operand values = floats(0, 0, 0, 0, 0, 0);
            Operand indices = longs(0, 0, 0, 0, 0, 0);
            LaunchCase sort = new LaunchCase("sort", new Kernel.Sort(Type.F32, descending), 6)
                    .input(floats(0f, Float.NaN, -0f, Float.POSITIVE_INFINITY, Float.NaN, -1))
                    .output(values)
                    .output(indices);
            var after = sort.run(new ReferenceBackend());
            assertArrayEquals(
                    descending ? new long[] {1, 4, 3, 0, 2, 5} : new long[] {5, 0, 2, 3, 1, 4},
                    after.get(indices.data()));
            assertEquals(bits(0f), after.get(values.data())[descending ? 3 : 1]);
            assertEquals(bits(-0f), after.get(values.data())[descending ? 4 : 2]);
        }
    }

    private static float[] scan(ReduceOp op, float... values) {
        Operand output = floats(new float[values.length]);
        Kernel kernel = new Kernel.Scan(Type.F32, op);
        return toFloats(run(kernel, new long[] {values.length}, 0, output, floats(values)));
    }

    @Test
    void aScanAddsInGroups() {
        assertArrayEquals(new float[] {1, 3, 6}, scan(ReduceOp.SUM, 1, 2, 3));
        assertArrayEquals(new float[] {2, -6, -24}, scan(ReduceOp.PROD, 2, -3, 4));
        // Sums start from +0.
        assertArrayEquals(new float[] {0f, 0f}, scan(ReduceOp.SUM, -0f, -0f));
        // One after the other the ones would be lost; the group of the last four adds them first.
        float[] values = new float[20];
        values[0] = 0x1p24f;
        Arrays.fill(values, 16, 20, 1);
        float[] sums = scan(ReduceOp.SUM, values);
        assertEquals(0x1p24f, sums[16]);
        assertEquals(0x1p24f + 2, sums[17]);
        assertEquals(0x1p24f + 4, sums[19]);
        // In a group, each one by itself is lost.
        values = new float[16];
        values[0] = 0x1p24f;
        Arrays.fill(values, 1, 16, 1);
        assertEquals(0x1p24f, scan(ReduceOp.SUM, values)[15]);
        // What comes before group 17 is what comes before its sixteen, 2^24, and the 1 of group 16: that 1 is lost,
        // although the
        // chain of groups 16 and 17 would be 2.
        values = new float[273];
        values[0] = 0x1p24f;
        values[256] = 1;
        values[272] = 1;
        assertEquals(0x1p24f, scan(ReduceOp.SUM, values)[272]);
        // Nothing reaches back.
        values = new float[300];
        values[100] = Float.POSITIVE_INFINITY;
        values[200] = Float.NaN;
        sums = scan(ReduceOp.SUM, values);
        for (int i = 0; i < sums.length; i++) {
            assertEquals(i < 100 ? 0 : i < 200 ? Float.POSITIVE_INFINITY : Float.NaN, sums[i]);
        }
        assertArrayEquals(
                new long[] {Long.MAX_VALUE, Long.MIN_VALUE},
                run(new Kernel.Scan(Type.I64, ReduceOp.SUM), new long[] {2}, 0, longs(0, 0), longs(Long.MAX_VALUE, 1)));
        assertThrows(IllegalArgumentException.class, () -> new Kernel.Scan(Type.F32, ReduceOp.MAX));
        assertThrows(IllegalArgumentException.class, () -> new Kernel.Scan(Type.BOOL, ReduceOp.SUM));
    }

    /** The bound that the kernel's Javadoc states, on values that all have one sign and on others. */
    @Test
    void aScanIsAsPreciseAsItSays() {
        Random random = new Random(3);
        int n = 70_000; // five levels
        for (boolean positive : new boolean[] {true, false}) {
            float[] values = new float[n];
            for (int i = 0; i < n; i++) {
                values[i] = positive ? 0.1f : (float) random.nextGaussian();
            }
            float[] sums = scan(ReduceOp.SUM, values);
            double sum = 0;
            double absolute = 0;
            for (int i = 0; i < n; i++) {
                sum += values[i];
                absolute += Math.abs(values[i]);
                int at = i;
                double error = Math.abs(sums[i] - sum);
                double bound = 16 * 5 * 0x1p-24 * absolute;
                assertTrue(error <= bound, () -> "at " + at + ": " + error + " > " + bound);
            }
        }
    }

    /** Two authors have read the primitives' Javadoc; they must have read the same. */
    @Test
    void agreesWithTheScalarEvaluator() {
        Random random = new Random(6);
        List<Type> inputs = List.of(Type.F32, Type.I32, Type.I64, Type.BOOL, Type.F32);
        List<Type> scalars = List.of(Type.I32, Type.I32, Type.F32);
        RandomExpressions expressions = new RandomExpressions(random, inputs, scalars);
        for (int i = 0; i < 2000; i++) {
            Type type = inputs.get(i % 4);
            Expr e = expressions.next(type, random.nextInt(1, 13));
            for (int index = 0; index < 20; index++) {
                long[] in = inputs.stream()
                        .mapToLong(t -> Values.wild(t, 1, random)[0])
                        .toArray();
                long[] run = scalars.stream()
                        .mapToLong(t -> Values.wild(t, 1, random)[0])
                        .toArray();
                ScalarProgram program = new ScalarProgram(List.of(e), run);
                program.evaluate(in, index);
                long expected = ScalarEvaluator.evaluate(e, in, run, index);
                assertTrue(Values.same(type, expected, program.result(0)), "expression " + i);
            }
        }
    }

    // ---- the contract

    /** The contract asks nothing that the oracle itself does not keep: no test depends on luck or on order. */
    @Nested
    class Contract extends BackendContract {
        @Override
        protected Backend open() {
            return new ReferenceBackend();
        }
    }

    @TestFactory
    Stream<DynamicTest> theContractFindsMistakes() {
        return Stream.of(
                found("lastBit", BrokenBackend::lastBit, BackendContract::unaryOperations),
                found("lastBit", BrokenBackend::lastBit, BackendContract::sort),
                found("writesTooFar", BrokenBackend::writesTooFar, BackendContract::mapLayouts),
                found("writesTooFar", BrokenBackend::writesTooFar, BackendContract::matMulLayouts),
                found("writesTooFar", BrokenBackend::writesTooFar, BackendContract::reduceLayouts),
                found("flushesSubnormals", BrokenBackend::flushesSubnormals, BackendContract::binaryOperations),
                found("flushesSubnormals", BrokenBackend::flushesSubnormals, BackendContract::constants),
                found("roundsFmaTwice", BrokenBackend::roundsFmaTwice, BackendContract::fma),
                found("roundsFmaTwice", BrokenBackend::roundsFmaTwice, BackendContract::randomExpressions),
                found("contractsMulAdd", BrokenBackend::contractsMulAdd, BackendContract::fma),
                found("contractsMulAdd", BrokenBackend::contractsMulAdd, BackendContract::mapSizes),
                found("maxForgetsNan", BrokenBackend::maxForgetsNan, BackendContract::binaryOperations),
                found("oneOutputAfterTheOther", BrokenBackend::oneOutputAfterTheOther, BackendContract::inPlace),
                found("sumsInSequence", BrokenBackend::sumsInSequence, BackendContract::reduceLayouts),
                found("sumsInSequence", BrokenBackend::sumsInSequence, BackendContract::reduceLarge),
                found("scansInSequence", BrokenBackend::scansInSequence, BackendContract::scanSizes),
                found("scansInSequence", BrokenBackend::scansInSequence, BackendContract::scanLayouts),
                found("scansFromTheTotal", BrokenBackend::scansFromTheTotal, BackendContract::scanSpecialValues),
                found("writesTooFar", BrokenBackend::writesTooFar, BackendContract::scanLayouts),
                found("lastBit", BrokenBackend::lastBit, BackendContract::scanSizes),
                found("lastOfEquals", BrokenBackend::lastOfEquals, BackendContract::reduceSpecialValues),
                found("lastOfEquals", BrokenBackend::lastOfEquals, BackendContract::sort),
                found("addsFromTheEnd", BrokenBackend::addsFromTheEnd, BackendContract::matMulSizes),
                found("addsFromTheEnd", BrokenBackend::addsFromTheEnd, BackendContract::scatterAdd),
                found("keepsTheNext", BrokenBackend::keepsTheNext, BackendContract::keep),
                found("refusesManyAxes", BrokenBackend::refusesManyAxes, BackendContract::mapLayouts));
    }

    private static DynamicTest found(
            String name, BrokenBackend.Mistake mistake, Function<BackendContract, Stream<DynamicTest>> tests) {
        return DynamicTest.dynamicTest(
                name, () -> assertNotNull(firstFailure(mistake, tests), name + " was not found"));
    }

    /** What the first failing test of a group says, or null if all pass. */
    private static @Nullable String firstFailure(
            BrokenBackend.Mistake mistake, Function<BackendContract, Stream<DynamicTest>> tests) {
        BackendContract contract = new BackendContract() {
            @Override
            protected Backend open() {
                return new BrokenBackend(mistake);
            }
        };
        contract.openBackend();
        for (DynamicTest test : tests.apply(contract).toList()) {
            try {
                test.getExecutable().execute();
            } catch (AssertionError e) {
                return e.getMessage();
            } catch (Throwable e) {
                throw new AssertionError("a mistake must be reported as a failure", e);
            }
        }
        return null;
    }

    @Test
    void aFailureSaysAllThereIsToKnow() {
        String message = firstFailure(BrokenBackend::lastBit, BackendContract::fma);
        assertNotNull(message);
        for (String part : List.of(
                "FMA rounds once: output 0 differs in 1 of ",
                "first at [",
                ": expected 0x",
                ", got 0x",
                "inputs there: 0x",
                " = F32 FMA %0 %1 %2",
                "input F32 contiguous [",
                "strides [1], offset 0")) {
            assertTrue(message.contains(part), () -> "no '" + part + "' in: " + message);
        }
    }
}
