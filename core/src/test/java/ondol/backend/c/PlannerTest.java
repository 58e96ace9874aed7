package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** What is printed, and when the same text serves again. What texts compute is tested where they can be run. */
class PlannerTest {
    private record Room(Type type, long length) implements Buffer {}

    /** Counts what was taken and not given back. */
    private static final class Rooms implements Workspace {
        int out;
        int taken;

        @Override
        public Buffer take(Type type, long length) {
            out++;
            taken++;
            return new Room(type, length);
        }

        @Override
        public void give(Buffer buffer) {
            out--;
        }
    }

    private final Planner planner = new Planner(_ -> new MatMulTiles(MatMulTiles.Kind.PACKED, 8, 32, 0));
    private final Rooms rooms = new Rooms();

    private List<Call> plan(Launch launch) {
        List<Call> calls = new ArrayList<>();
        planner.plan(launch, rooms, calls::add);
        assertEquals(0, rooms.out, "everything taken is given back");
        return calls;
    }

    private static View view(Type type, long[] shape, long... strides) {
        long length = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            length += (shape[axis] - 1) * strides[axis];
        }
        return new View(new Room(type, length), shape, strides, 0);
    }

    private static View contiguous(long... shape) {
        return Planner.contiguous(new Room(Type.F32, 1), shape);
    }

    private static Launch map(Expr value, View output, View... inputs) {
        return new Launch(new Kernel.Map(value), output.shape(), 0, inputs, new View[] {output}, Launch.NO_SCALARS);
    }

    private static final Expr RELU = Functions.relu(Expr.input(0, Type.F32));

    @Test
    void aContiguousMapReadsAsOneWouldWriteIt() {
        Call call = plan(map(RELU, contiguous(3, 5), contiguous(3, 5))).getFirst();
        assertEquals("""
                typedef i32 idx;
                typedef u32 uidx;
                typedef struct {
                    idx n, in0_at, out0_at;
                } Args;

                KERNEL GROUP_SIZE(256) void map(GLOBAL const f32* in0, GLOBAL f32* out0, const Args a) {
                    const idx i = (idx) (GROUP_ID * 256 + LOCAL_ID);
                    if (i < a.n) {
                        const f32 x0 = in0[a.in0_at + i];
                        const bool v0 = x0 < 0.0f;
                        const f32 v1 = v0 ? 0.0f : x0;
                        out0[a.out0_at + i] = v1;
                    }
                }
                """, call.source().text());
        assertEquals(1, call.groups());
        ByteBuffer arguments = call.arguments();
        assertEquals(12, arguments.capacity());
        assertEquals(15, arguments.getInt(0));
    }

    @Test
    void sizesDoNotChangeTheText() {
        Source small =
                plan(map(RELU, contiguous(3, 5), contiguous(3, 5))).getFirst().source();
        Call large = plan(map(RELU, contiguous(70, 9, 1000), contiguous(70, 9, 1000)))
                .getFirst();
        assertEquals(small, large.source());
        assertEquals((70 * 9 * 1000 + 255) / 256, large.groups());
    }

    @Test
    void layoutsChangeTheTextAndDivideOnlyWhereTheyMust() {
        long[] shape = {64, 100};
        String contiguous = text(map(RELU, contiguous(shape), contiguous(shape)));
        String row = text(map(RELU, contiguous(shape), view(Type.F32, shape, 0, 1)));
        String one = text(map(RELU, contiguous(shape), view(Type.F32, shape, 0, 0)));
        String everySecond = text(map(RELU, contiguous(shape), view(Type.F32, shape, 200, 2)));
        assertTrue(row.contains("quotient("), row);
        for (String text : List.of(contiguous, one, everySecond)) {
            assertFalse(text.contains("quotient(") || text.contains("/") || text.contains("%"), text);
        }
        assertEquals(
                4,
                List.of(contiguous, row, one, everySecond).stream().distinct().count());
    }

    /** Four at once where wide loads may begin, and only for GPUs. */
    @Test
    void aWorkItemOfAGpuDoesFour() {
        Planner gpu = Planner.ofGpu(_ -> new MatMulTiles(MatMulTiles.Kind.TILED, 4, 4, 16));
        long[] shape = {6, 100};
        View all = contiguous(shape);
        View row = view(Type.F32, shape, 0, 1);
        View column = view(Type.F32, shape, 1, 0);
        List<Launch> fours = List.of(
                map(RELU, all, all),
                map(RELU, all, row),
                map(RELU, all, column),
                map(RELU, contiguous(7, 3), contiguous(7, 3)),
                map(RELU, all, view(Type.F32, shape, 104, 1)));
        for (Launch launch : fours) {
            Call call = plan(gpu, launch).getFirst();
            assertTrue(
                    call.source().text().contains("store4_f32(out0 + "),
                    call.source().text());
            assertEquals(1, call.groups());
            assertFalse(text(launch).contains("store4"), "it is for a processor");
        }
        assertTrue(plan(gpu, fours.getFirst()).getFirst().source().text().contains("load4_f32(in0 + a.in0_at + first"));
        assertFalse(plan(gpu, fours.get(2)).getFirst().source().text().contains("load4_f32(in0"));
        View shifted = new View(all.buffer(), shape, all.strides(), 2);
        for (Launch launch : List.of(
                map(RELU, all, shifted),
                map(RELU, shifted, all),
                map(RELU, all, view(Type.F32, shape, 102, 1)),
                map(RELU, all, view(Type.F32, shape, 200, 2)),
                map(RELU, contiguous(7, 3), view(Type.F32, new long[] {7, 3}, 0, 1)))) {
            Call call = plan(gpu, launch).getFirst();
            assertFalse(call.source().text().contains("store4"), call.source().text());
        }
    }

    /** Rows that are shorter than the lanes share a group on GPUs, and few rows are shared out among its work items. */
    @Test
    void aGpuIsKeptBusyByShortRowsAndByFew() {
        Planner gpu = Planner.ofGpu(_ -> new MatMulTiles(MatMulTiles.Kind.TILED, 4, 4, 16));
        Kernel sum = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
        for (int n : new int[] {9, 10, 16, 17, 32, 33}) {
            View rows = contiguous(1000, n);
            Launch launch =
                    new Launch(sum, rows.shape(), 2, new View[] {rows}, new View[] {contiguous(1000, 1)}, new long[0]);
            Call call = plan(gpu, launch).getFirst();
            int lanes = n <= 16 ? 16 : n <= 32 ? 32 : 64;
            assertEquals(lanes == 64 ? 1000 : Math.ceilDiv(1000, 256 / lanes), call.groups());
            assertEquals(1000, plan(launch).getFirst().groups());
        }
        View index = Planner.contiguous(new Room(Type.I64, 1), 1000);
        Launch scatter = launch(new Kernel.ScatterAdd(Type.F32), contiguous(1 << 20), index, contiguous(1000));
        assertEquals((1 << 16) / 128, plan(gpu, scatter).getFirst().groups());
        assertEquals(1, plan(scatter).getFirst().groups());
        View same = view(Type.I64, new long[] {768, 1000}, 0, 1);
        Launch embedding = launch(new Kernel.ScatterAdd(Type.F32), contiguous(768, 5000), same, contiguous(768, 1000));
        assertEquals(768 * 128 / 128, plan(gpu, embedding).getFirst().groups());
    }

    private static List<Call> plan(Planner planner, Launch launch) {
        List<Call> calls = new ArrayList<>();
        planner.plan(launch, new Rooms(), calls::add);
        return calls;
    }

    private String text(Launch launch) {
        return plan(launch).getFirst().source().text();
    }

    @Test
    void indicesHave64BitsOnlyWhere32DoNotSuffice() {
        long[] shape = {1000, 1000};
        String narrow = text(map(RELU, contiguous(shape), view(Type.F32, shape, 2_000_000, 1)));
        String wide = text(map(RELU, contiguous(shape), view(Type.F32, shape, 3_000_000, 1)));
        assertTrue(narrow.contains("typedef i32 idx;") && wide.contains("typedef i64 idx;"));
        String large = text(map(RELU, contiguous(1L << 32), view(Type.F32, new long[] {1L << 32}, 0)));
        assertTrue(large.contains("typedef i64 idx;"), large);
    }

    /** Operands that take no room, with more elements than an i32 counts. */
    @Test
    void sizesCountToo() {
        long many = 1L << 31;
        View table = contiguous(5);
        View index = view(Type.I64, new long[] {many}, 0);
        View all = contiguous(many);
        View none = view(Type.F32, new long[] {many}, 0);
        assertWide(launch(new Kernel.Gather(Type.F32), all, table, index));
        assertWide(launch(new Kernel.ScatterAdd(Type.F32), table, index, none));
        List<Call> scan = plan(launch(SCAN, all, none)); // in between, the totals are few
        for (Call call : List.of(scan.getFirst(), scan.getLast())) {
            assertTrue(call.source().text().contains("typedef i64 idx;"), call.source()::text);
        }
        View a = view(Type.F32, new long[] {2, many}, 1, 0);
        View b = view(Type.F32, new long[] {many, 2}, 0, 1);
        assertWide(launch(new Kernel.MatMul(null), contiguous(2, 2), a, b));
    }

    private static Launch launch(Kernel kernel, View output, View... inputs) {
        return new Launch(kernel, output.shape(), 0, inputs, new View[] {output}, Launch.NO_SCALARS);
    }

    /** Along an axis of one element a stride may be anything, and beside an axis of none so may a size. */
    @Test
    void whatIsNeverWalkedDoesNotCount() {
        long far = 1L << 40;
        View row = view(Type.F32, new long[] {1, 70}, far, 1);
        View column = view(Type.F32, new long[] {70, 1}, 1, far);
        View square = contiguous(70, 70);
        assertNarrow(launch(new Kernel.MatMul(null), contiguous(1, 70), row, square));
        assertNarrow(launch(new Kernel.MatMul(null), contiguous(70, 1), square, column));
        View one = view(Type.F32, new long[] {70, 1}, 1, far);
        View zeros = view(Type.I64, new long[] {70, 1}, 1, far);
        assertNarrow(launch(new Kernel.Gather(Type.F32), contiguous(70, 1), one, zeros));
        assertNarrow(launch(new Kernel.ScatterAdd(Type.F32), one, zeros, one));
        View none = view(Type.F32, new long[] {3, 0, far}, 0, 0, 0);
        Kernel sum = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
        assertNarrow(
                new Launch(sum, none.shape(), 6, new View[] {none}, new View[] {contiguous(3, 1, 1)}, new long[0]));
    }

    private void assertNarrow(Launch launch) {
        List<Call> calls = plan(launch);
        assertFalse(calls.isEmpty());
        for (Call call : calls) {
            assertTrue(call.source().text().contains("typedef i32 idx;"), call.source()::text);
        }
    }

    @Test
    void nothingIsStartedForNothing() {
        long far = 1L << 40;
        View none = view(Type.F32, new long[] {0, far}, 0, 0);
        View noIndex = view(Type.I64, new long[] {0, far}, 0, 0);
        assertEquals(List.of(), plan(map(RELU, none, none)));
        assertEquals(List.of(), plan(launch(new Kernel.Gather(Type.F32), none, contiguous(1, 5), noIndex)));
        assertEquals(List.of(), plan(launch(new Kernel.ScatterAdd(Type.F32), contiguous(2, 5), noIndex, none)));
        View tall = view(Type.F32, new long[] {far, 3}, 0, 1);
        View thin = view(Type.F32, new long[] {3, 0}, 0, 1);
        View empty = view(Type.F32, new long[] {far, 0}, 0, 1);
        assertEquals(List.of(), plan(launch(new Kernel.MatMul(null), empty, tall, thin)));
    }

    @Test
    void anIndexIsNeverCut() {
        for (long value : new long[] {Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            Arguments arguments = new Arguments(false, 1, List.of(), Launch.NO_SCALARS).index(value);
            assertEquals(value, arguments.bytes().getInt(0));
        }
        for (long value : new long[] {1L << 31, (1L << 32) + 3, Long.MIN_VALUE}) {
            Arguments arguments = new Arguments(false, 1, List.of(), Launch.NO_SCALARS);
            var e = assertThrows(IllegalArgumentException.class, () -> arguments.index(value));
            assertEquals("a kernel with indices of 32 bits was given " + value, e.getMessage());
        }
    }

    /** An inner size that no memory has room for, of operands that take none: A and B cannot be packed. */
    @Test
    void aProductWithoutRoomForPanels() {
        for (long inner : new long[] {1L << 31, 1L << 56, 1L << 62}) {
            View a = view(Type.F32, new long[] {2, inner}, 1, 0);
            View b = view(Type.F32, new long[] {inner, 2}, 0, 1);
            List<Call> calls = new ArrayList<>();
            Workspace full = new Workspace() {
                @Override
                public Buffer take(Type type, long length) {
                    assertTrue(length * Float.BYTES / Float.BYTES == length, "bytes that no long counts");
                    if (length >= 1L << 31) {
                        throw new OutOfDeviceMemoryException("full");
                    }
                    return rooms.take(type, length);
                }

                @Override
                public void give(Buffer buffer) {
                    rooms.give(buffer);
                }
            };
            planner.plan(launch(new Kernel.MatMul(null), contiguous(2, 2), a, b), full, calls::add);
            assertEquals(1, calls.size());
            String text = calls.getFirst().source().text();
            assertTrue(text.contains("typedef i64 idx;") && text.contains("c = FMA(in0[x + k"), text);
            assertEquals(inner, calls.getFirst().arguments().getLong(3 * Long.BYTES));
            assertEquals(0, rooms.out);
        }
    }

    /** 2 x 2 x 2^62 is 0 in 64 bits. */
    @Test
    void aLargeProductIsNotTakenForASmallOne() {
        View a = view(Type.F32, new long[] {2, 1L << 62}, 1, 0);
        View b = view(Type.F32, new long[] {1L << 62, 2}, 0, 1);
        List<Call> calls = new ArrayList<>();
        new Planner(_ -> new MatMulTiles(MatMulTiles.Kind.TILED, 4, 4, 16))
                .plan(launch(new Kernel.MatMul(null), contiguous(2, 2), a, b), rooms, calls::add);
        assertTrue(calls.getFirst().source().text().contains("#define TM 64"));
    }

    /** 2^33 rows of 2^33 elements that take no memory: their product is 4 in 64 bits. */
    @Test
    void aLargeReductionIsNotTakenForASmallOne() {
        long many = 1L << 33;
        View input = view(Type.F32, new long[] {many, many}, 1, 0);
        Kernel sum = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
        View output = view(Type.F32, new long[] {many, 1}, 1, 0);
        Launch launch = new Launch(sum, input.shape(), 2, new View[] {input}, new View[] {output}, new long[0]);
        Workspace full = new Workspace() {
            @Override
            public Buffer take(Type type, long length) {
                throw new OutOfDeviceMemoryException("no room for " + length);
            }

            @Override
            public void give(Buffer buffer) {
                throw new AssertionError("nothing was taken");
            }
        };
        var e = assertThrows(
                OutOfDeviceMemoryException.class, () -> planner.plan(launch, full, call -> fail("it starts a part")));
        assertEquals("no room for " + (1L << 54), e.getMessage());
        long vast = 1L << 62;
        View all = view(Type.F32, new long[] {4096, vast}, 1, 0);
        Launch whole = new Launch(
                sum,
                all.shape(),
                2,
                new View[] {all},
                new View[] {view(Type.F32, new long[] {4096, 1}, 1, 0)},
                new long[0]);
        e = assertThrows(
                OutOfDeviceMemoryException.class, () -> planner.plan(whole, full, call -> fail("it starts a part")));
        assertEquals("no room for " + (1L << 62), e.getMessage());
    }

    private void assertWide(Launch launch) {
        for (Call call : plan(launch)) {
            assertTrue(call.source().text().contains("typedef i64 idx;"), call.source()::text);
        }
    }

    @Test
    void aPlannerForTestsIsAlwaysWide() {
        List<Call> calls = new ArrayList<>();
        WidePlanner.of(new MatMulTiles(MatMulTiles.Kind.PACKED, 8, 32, 0))
                .plan(
                        launch(new Kernel.MatMul(null), contiguous(70, 70), contiguous(70, 70), contiguous(70, 70)),
                        rooms,
                        calls::add);
        assertEquals(3, calls.size());
        for (Call call : calls) {
            assertTrue(call.source().text().contains("typedef i64 idx;"), call.source()::text);
        }
    }

    @Test
    void noElementIsFoundByDivision() {
        String direct = text(launch(new Kernel.MatMul(null), contiguous(3, 4), contiguous(3, 5), contiguous(5, 4)));
        String scatter = text(launch(
                new Kernel.ScatterAdd(Type.F32),
                contiguous(3, 4),
                view(Type.I64, new long[] {3, 5}, 5, 1),
                contiguous(3, 5)));
        for (String text : List.of(direct, scatter)) {
            assertTrue(text.contains("quotient("), text);
            assertFalse(text.contains("/") || text.contains("%"), text);
        }
    }

    @Test
    void divisionByMultiplicationIsExact() {
        SplittableRandom random = new SplittableRandom(3);
        for (int trial = 0; trial < 20_000; trial++) {
            int size = trial < 3000 ? trial + 1 : random.nextInt(1, Integer.MAX_VALUE) >>> random.nextInt(31);
            size = Math.max(1, size);
            Arguments arguments = new Arguments(false, 3, List.of(), Launch.NO_SCALARS).divisor(size);
            int magic = arguments.bytes().getInt(4);
            int shift = arguments.bytes().getInt(8);
            for (int n :
                    new int[] {0, 1, size - 1, size, random.nextInt(Integer.MAX_VALUE), Integer.MAX_VALUE - 4096}) {
                long product = Integer.toUnsignedLong(n) * Integer.toUnsignedLong(magic);
                int quotient = ((int) (product >>> 32) + n) >>> shift;
                assertEquals(n / size, quotient, n + " / " + size);
            }
        }
    }

    @Test
    void aLongReductionIsDoneInBlocksAndThenOverThem() {
        Kernel sum = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
        long n = 4096L * 4096 + 1;
        Launch launch = new Launch(
                sum, new long[] {n}, 1, new View[] {contiguous(n)}, new View[] {contiguous(1)}, Launch.NO_SCALARS);
        List<Call> calls = plan(launch);
        assertEquals(List.of(4097L, 2L, 1L), calls.stream().map(Call::groups).toList());
        assertNotEquals(calls.get(0).source(), calls.get(2).source());
        assertEquals(2, rooms.taken);
    }

    private static final Kernel SCAN = new Kernel.Scan(Type.F32, ReduceOp.SUM);

    @Test
    void aLongScanFindsTotalsThenWhatComesBeforeEachThenResults() {
        long n = 4096L * 4096 + 1;
        List<Call> calls = plan(launch(SCAN, contiguous(n), contiguous(n)));
        assertEquals(
                List.of(4097L, 2L, 1L, 2L, 4097L),
                calls.stream().map(Call::groups).toList());
        assertEquals(2, rooms.taken);
        // Rows side by side take a work item for each block of each.
        View columns = view(Type.F32, new long[] {2000, 4097}, 1, 2000);
        assertEquals(
                List.of(2 * 2000 / 256 + 1L, 2000 / 256 + 1L, 2 * 2000 / 256 + 1L),
                plan(launch(SCAN, columns, columns)).stream().map(Call::groups).toList());
    }

    /** Products of different sizes may be cut up differently: then each has a text of its own, and else the same. */
    @Test
    void productsCutUpDifferently() {
        Planner gpu = Planner.ofGpu(blocks -> new MatMulTiles(MatMulTiles.Kind.TILED, blocks < 10 ? 4 : 8, 4, 16));
        Planner processor = new Planner(blocks -> new MatMulTiles(MatMulTiles.Kind.PACKED, blocks < 10 ? 4 : 8, 32, 0));
        for (Planner planner : List.of(gpu, processor)) {
            Source small = product(planner, 100);
            Source large = product(planner, 1000);
            assertNotEquals(small.text(), large.text());
            assertEquals(small, product(planner, 120));
            assertEquals(large, product(planner, 2000));
        }
        assertTrue(
                product(gpu, 100).text().contains("#define TM 64"),
                product(gpu, 100).text());
        assertTrue(
                product(gpu, 1000).text().contains("#define TM 128"),
                product(gpu, 1000).text());
    }

    /** The last of a product's kernels. */
    private Source product(Planner planner, long n) {
        List<Call> calls = new ArrayList<>();
        planner.plan(
                launch(new Kernel.MatMul(null), contiguous(n, n), contiguous(n, n), contiguous(n, n)),
                rooms,
                calls::add);
        return calls.getLast().source();
    }

    @Test
    void memoryTakenIsGivenBackWhenACallFails() {
        Launch product = new Launch(
                new Kernel.MatMul(null),
                new long[] {100, 100},
                0,
                new View[] {contiguous(100, 100), contiguous(100, 100)},
                new View[] {contiguous(100, 100)},
                Launch.NO_SCALARS);
        assertEquals(3, plan(product).size());
        assertThrows(
                IllegalStateException.class,
                () -> planner.plan(product, rooms, _ -> {
                    throw new IllegalStateException();
                }));
        assertEquals(0, rooms.out);
        assertTrue(rooms.taken > 2);
    }

    @Test
    void sortsAreForGpus() {
        Launch sort = new Launch(
                new Kernel.Sort(Type.F32, false),
                new long[] {3},
                0,
                new View[] {contiguous(3)},
                new View[] {contiguous(3), contiguous(3)},
                Launch.NO_SCALARS);
        assertThrows(IllegalArgumentException.class, () -> plan(sort));
        Planner gpu = Planner.ofGpu(_ -> new MatMulTiles(MatMulTiles.Kind.TILED, 4, 4, 16));
        List<String> names = new ArrayList<>();
        for (long n : new long[] {3, 1024, 1025, 5000}) {
            View values = contiguous(4, n);
            Launch rows = new Launch(
                    new Kernel.Sort(Type.I64, true),
                    new long[] {4, n},
                    0,
                    new View[] {contiguous(4, n)},
                    new View[] {values, contiguous(4, n)},
                    Launch.NO_SCALARS);
            assertTrue(gpu.sorts(rows));
            gpu.plan(rows, Nowhere.ROOM, call -> names.add(call.source().name()));
            int merges = n <= 1024 ? 0 : n == 1025 ? 1 : 3;
            assertEquals(2 + merges, names.size());
            assertEquals("sort_blocks", names.getFirst());
            assertEquals("sort_results", names.getLast());
            names.clear();
        }
    }
}
