package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All ways to form a product give the same bits, for sizes at which they take different turns. */
class MatMulPlanTest {
    private static final Kernel.MatMul PRODUCT = new Kernel.MatMul(null);

    private record Case(int m, int k, int n, boolean transposedA, boolean transposedB) {}

    private static Stream<Case> cases() {
        int[][] sizes = {
            {64, 64, 10}, // narrow
            {10, 64, 64},
            {3, 2048, 70}, // rows of the inputs that alias
            {70, 2048, 3},
            {30, 1024, 1024},
            {16, 650, 512},
            {63, 63, 63}, // last panels that lie over the ones before
            {49, 300, 33},
            {100, 700, 95}, // several blocks of k
            {5, 3, 600},
            {130, 1, 9},
            {4, 0, 5}
        };
        return Stream.of(sizes)
                .flatMap(s -> IntStream.range(0, 4).mapToObj(t -> new Case(s[0], s[1], s[2], t % 2 == 1, t > 1)));
    }

    private static View view(float[] values, boolean transposed, int rows, int columns) {
        CpuBuffer buffer = new CpuBuffer(Type.F32, values.length);
        System.arraycopy(values, 0, buffer.array, 0, values.length);
        return new View(
                buffer, new long[] {rows, columns}, transposed ? new long[] {1, rows} : new long[] {columns, 1}, 0);
    }

    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(100) == 0 ? -0f : (float) random.nextGaussian();
        }
        return values;
    }

    private static Launch launch(Case c, Kernel.MatMul kernel) {
        Random random = new Random(1);
        View a = view(values(random, c.m * c.k), c.transposedA, c.m, c.k);
        View b = view(values(random, c.k * c.n), c.transposedB, c.k, c.n);
        View out = view(new float[c.m * c.n], false, c.m, c.n);
        return new Launch(kernel, new long[] {c.m, c.n}, 0, new View[] {a, b}, new View[] {out}, Launch.NO_SCALARS);
    }

    private static float[] product(Launch launch) {
        Matrix a = new Matrix(launch.inputs()[0], false);
        Matrix b = new Matrix(launch.inputs()[1], false);
        long[] shape = launch.shape();
        float[] product = new float[(int) launch.size()];
        for (int i = 0; i < product.length; i++) {
            for (long p = 0; p < launch.inputs()[0].shape()[1]; p++) {
                product[i] = Math.fma(a.array[a.at(i / shape[1], p)], b.array[b.at(p, i % shape[1])], product[i]);
            }
        }
        return product;
    }

    private static float[] run(MatMulPlan plan, Launch launch, int threads) {
        View out = launch.outputs()[0];
        try (Workers workers = new Workers(threads, 0)) {
            float[] shared = new float[plan.sharedFloats()];
            plan.run(new MatMulProduct(plan, launch, out, null, shared), workers::run);
        }
        return (float[]) ((CpuBuffer) out.buffer()).array;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void plainAndTiledProducts(Case c) {
        Launch launch = launch(c, new Kernel.MatMul(null));
        float[] expected = product(launch);
        MatMulSize size = new MatMulSize(c.m, c.n, c.k);
        Matrix a = new Matrix(launch.inputs()[0], false);
        Matrix b = new Matrix(launch.inputs()[1], false);
        for (int threads : new int[] {1, 3}) {
            assertArrayEquals(expected, run(PlainMatMul.of(size, threads), launch, threads));
            assertArrayEquals(expected, run(TiledMatMul.of(size, a, b, threads), launch, threads));
            assertArrayEquals(expected, run(WindowMatMul.of(size, a, b, threads), launch, threads));
        }
    }

    /** Also where the product is formed transposed. */
    @ParameterizedTest
    @MethodSource("cases")
    void epiloguesFollowOnce(Case c) {
        Launch launch = launch(c, new Kernel.MatMul(Expr.input(0, Type.F32).add(Expr.constant(1f))));
        float[] expected = product(launch);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += 1;
        }
        for (boolean vector : new boolean[] {false, true}) {
            try (CpuBackend cpu = new CpuBackend(3, vector, 0, false)) {
                cpu.run(launch);
            }
            assertArrayEquals(expected, (float[]) ((CpuBuffer) launch.outputs()[0].buffer()).array);
        }
    }

    @Test
    void plansAreKeptByLayout() {
        MatMulPlans plans = new MatMulPlans(new LoopChoice(true, null), 1);
        Launch launch = launch(new Case(30, 20, 40, false, false), new Kernel.MatMul(null));
        Launch again = launch(new Case(30, 20, 40, false, false), new Kernel.MatMul(Expr.input(0, Type.F32)));
        Launch other = launch(new Case(30, 20, 40, false, true), new Kernel.MatMul(null));
        MatMulPlan plan = plans.plan(PRODUCT, launch);
        assertSame(plan, plans.plan(PRODUCT, again));
        assertFalse(plan == plans.plan(PRODUCT, other));
        assertSame(plan, plans.plan(PRODUCT, launch));
    }

    /** The product of a convolution with windows of one element, whose image need not be packed as a whole. */
    @Test
    void aFewRowsAndManyColumns() {
        int columns = 64 * VectorMatMul.WIDTH + 7;
        for (int m : new int[] {48, 49}) {
            for (boolean transposedB : new boolean[] {false, true}) {
                Launch launch = launch(new Case(m, 70, columns, false, transposedB), PRODUCT);
                MatMulPlan plan = new MatMulPlans(new LoopChoice(true, null), 2).plan(PRODUCT, launch);
                assertEquals(m == 49 && !transposedB, plan instanceof WindowMatMul);
                assertArrayEquals(product(launch), run(plan, launch, 2));
            }
        }
    }

    /** Batches that threads share by whole products, and others. */
    @Test
    void batches() {
        int n = 40 * VectorMatMul.WIDTH;
        for (int batch : new int[] {1, 3, 4, 9}) {
            View a = Views.of(values(new Random(1), 20 * 90), new long[] {batch, 20, 10, 3, 3}, 0, 90, 9, 3, 1);
            View b = Views.of(
                    values(new Random(2), batch * 10 * 5 * (n + 2)),
                    new long[] {batch, 10, 3, 3, 3, n},
                    10L * 5 * (n + 2),
                    5L * (n + 2),
                    n + 2,
                    1,
                    n + 2,
                    1);
            View out = Views.rowMajor(new float[batch * 20 * 3 * n], batch, 20, 3, n);
            Kernel.MatMul kernel = new Kernel.MatMul(null, 1, 3, 2);
            long[] shape = {batch, 20, 3, n};
            Launch launch = new Launch(kernel, shape, 0, new View[] {a, b}, new View[] {out}, Launch.NO_SCALARS);
            Matrix first = new Matrix(a, 1, 3, false);
            Matrix second = new Matrix(b, 3, 2, false);
            float[] expected = new float[batch * 20 * 3 * n];
            for (int each = 0; each < batch; each++) {
                second.moveTo(each);
                System.arraycopy(
                        product(first, second, new MatMulSize(20, 3 * n, 90)), 0, expected, each * 60 * n, 60 * n);
            }
            for (boolean vector : new boolean[] {false, true}) {
                for (int threads : new int[] {1, 2, 4}) {
                    try (CpuBackend cpu = new CpuBackend(threads, vector, 0, false)) {
                        Arrays.fill(Views.floats(out), Float.NaN);
                        cpu.run(launch);
                    }
                    assertArrayEquals(expected, Views.floats(out));
                }
            }
        }
    }

    @Test
    void narrowProductsAreFormedTransposed() {
        assertTrue(PlainMatMul.of(new MatMulSize(64, 10, 64), 1).transposes);
        assertFalse(PlainMatMul.of(new MatMulSize(10, 64, 64), 1).transposes);
        Launch launch = launch(new Case(4, 100, 80, false, true), new Kernel.MatMul(null));
        MatMulPlan plan = new MatMulPlans(new LoopChoice(true, null), 1).plan(PRODUCT, launch);
        assertTrue(plan.transposes);
        assertEquals(new MatMulSize(80, 4, 100), plan.size);
    }

    /** A convolution of 3 x 3 windows, 30 channels to 8, in rows of 20; and its weights' gradient, formed transposed. */
    @Test
    void windowsAreSharedInAnyWay() {
        float[] image = values(new Random(2), 30 * 22 * 22);
        float[] weights = values(new Random(3), 8 * 270);
        View windows = Views.of(image, new long[] {30, 3, 3, 20, 20}, 484, 22, 1, 22, 1);
        View filters = Views.of(weights, new long[] {8, 30, 3, 3}, 270, 9, 3, 1);
        assertWindows(new Kernel.MatMul(null, 1, 3, 2), filters, windows, false, 8, 20, 20);
        View gradient = Views.of(values(new Random(4), 3200), new long[] {8, 20, 20}, 400, 20, 1);
        View turned = Views.of(image, new long[] {20, 20, 30, 3, 3}, 22, 1, 484, 22, 1);
        assertWindows(new Kernel.MatMul(null, 1, 2, 3), gradient, turned, true, 8, 30, 3, 3);
    }

    /** A tile of packed rows has more rows than there are terms. */
    @Test
    void fewTerms() {
        View filters = Views.of(values(new Random(5), 36), new long[] {12, 3}, 1, 12);
        View windows = Views.of(values(new Random(6), 147), new long[] {3, 5, 5}, 49, 7, 1);
        assertWindows(new Kernel.MatMul(null, 1, 1, 2), filters, windows, false, 12, 5, 5);
    }

    /** Windows of one channel, of a few channels to a few, and rows of A that fill several tiles; in runs that fill no vectors. */
    @Test
    void windowsAreReadWhereTheyLie() {
        for (int[] s : new int[][] {{1, 1, 30, 56}, {3, 5, 37, 35}, {7, 2, 9, 17}, {32, 3, 8, 64}, {2, 1, 1, 129}}) {
            int rows = s[0];
            int channels = s[1];
            int high = s[2];
            int wide = s[3];
            int pitch = wide + 2;
            int plane = (high + 2) * pitch;
            View windows = Views.of(
                    values(new Random(7), channels * plane),
                    new long[] {channels, 3, 3, high, wide},
                    plane,
                    pitch,
                    1,
                    pitch,
                    1);
            View filters = Views.of(
                    values(new Random(8), rows * channels * 9),
                    new long[] {rows, channels, 3, 3},
                    channels * 9,
                    9,
                    3,
                    1);
            Matrix a = new Matrix(filters, 1, 3, false);
            Matrix b = new Matrix(windows, 3, 2, false);
            MatMulSize size = new MatMulSize(rows, high * wide, channels * 9);
            assertTrue(rows > 3 || UnpackedMatMul.suits(size, a, b), () -> Arrays.toString(s));
            Matrix turned = new Matrix(filters, 1, 3, true);
            assertFalse(rows > 1 && UnpackedMatMul.suits(size, turned, b), () -> Arrays.toString(s));
            View out = Views.rowMajor(new float[rows * high * wide], rows, high, wide);
            Launch launch = new Launch(
                    new Kernel.MatMul(null, 1, 3, 2),
                    new long[] {rows, high, wide},
                    0,
                    new View[] {filters, windows},
                    new View[] {out},
                    Launch.NO_SCALARS);
            float[] expected = product(a, b, size);
            for (int threads : new int[] {1, 2, 3}) {
                Arrays.fill((float[]) ((CpuBuffer) out.buffer()).array, Float.NaN);
                assertArrayEquals(expected, run(UnpackedMatMul.of(size, b, threads), launch, threads));
            }
        }
    }

    private static float[] product(Matrix a, Matrix b, MatMulSize size) {
        float[] product = new float[size.m() * size.n()];
        for (int i = 0; i < product.length; i++) {
            for (int p = 0; p < size.k(); p++) {
                product[i] = Math.fma(a.array[a.at(i / size.n(), p)], b.array[b.at(p, i % size.n())], product[i]);
            }
        }
        return product;
    }

    private static void assertWindows(
            Kernel.MatMul kernel, View first, View second, boolean transposes, long... shape) {
        View out = Views.rowMajor(new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (x, y) -> x * y))], shape);
        Launch launch = new Launch(kernel, shape, 0, new View[] {first, second}, new View[] {out}, Launch.NO_SCALARS);
        Matrix a = new Matrix(first, 1, kernel.innerAxes(), false);
        Matrix b = new Matrix(second, kernel.innerAxes(), kernel.columnAxes(), false);
        int k = (int) new Places(first, 1, kernel.innerAxes()).run();
        int n = (int) (launch.size() / shape[0]);
        MatMulSize size = new MatMulSize((int) shape[0], n, k);
        float[] expected = product(a, b, size);
        assertEquals(transposes, WindowMatMul.of(size, a, b, 1).transposes);
        assertFalse(b.isEven());
        Tiles tiles = Tiles.of(new MatMulSize(29, 2 * VectorMatMul.COLUMNS, 1), 12, false, true);
        assertEquals(new Tiles(12, 5, 2, 0, false, true, false), tiles);
        for (int threads : new int[] {1, 3}) {
            assertArrayEquals(expected, run(PlainMatMul.of(size, threads), launch, threads));
            assertArrayEquals(expected, run(WindowMatMul.of(size, a, b, threads), launch, threads));
        }
        for (boolean vector : new boolean[] {false, true}) {
            try (CpuBackend cpu = new CpuBackend(3, vector, 0, false)) {
                cpu.run(launch);
            }
            assertArrayEquals(expected, (float[]) ((CpuBuffer) launch.outputs()[0].buffer()).array);
        }
    }
}
