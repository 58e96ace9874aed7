package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Space}, and what walks through it: {@link Cursor}, {@link ShortRows}, {@link BlockInputs}, {@link BlockOutputs}. */
class SpaceTest {
    private static final long ALL = -1;
    private final Random random = new Random(5);

    private static long count(long[] shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /** Where each element of a view is, in row-major order. */
    private static long[] places(long[] shape, long[] strides) {
        long[] places = new long[(int) count(shape)];
        for (int k = 0; k < places.length; k++) {
            long rest = k;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                places[k] += rest % shape[axis] * strides[axis];
                rest /= shape[axis];
            }
        }
        return places;
    }

    private long[] shape() {
        long[] shape = new long[1 + random.nextInt(6)];
        Arrays.setAll(shape, axis -> 1 + random.nextInt(axis == 0 ? 40 : 6));
        return shape;
    }

    /** A permutation of a contiguous view, some axes of it expanded. */
    private long[] strides(long[] shape) {
        long[] strides = permuted(shape);
        Arrays.setAll(strides, axis -> random.nextInt(4) == 0 ? 0 : strides[axis]);
        return strides;
    }

    private long[] permuted(long[] shape) {
        long[] strides = new long[shape.length];
        boolean[] done = new boolean[shape.length];
        long stride = 1;
        for (int k = 0; k < shape.length; k++) {
            int axis = random.nextInt(shape.length);
            while (done[axis]) {
                axis = (axis + 1) % shape.length;
            }
            done[axis] = true;
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    @Test
    void axesThatAllViewsWalkEvenlyAreOne() {
        long[] shape = {3, 1, 4, 5};
        Space one = Space.of(shape, ALL, new long[][] {{20, 7, 5, 1}, {0, 0, 0, 0}}, true);
        assertEquals(1, one.rank);
        assertTrue(one.isDense(0) && one.isOneElement(1) && one.byRows);
        Space two = Space.of(shape, ALL, new long[][] {{20, 7, 5, 1}, {4, 0, 1, 0}}, true);
        assertArrayEquals(new long[] {12, 5}, two.sizes);
        assertEquals(0, two.rowStride(1));
        assertArrayEquals(new long[] {60, 20, 5, 1}, Space.rowMajor(new long[] {2, 3, 4, 5}));
        assertEquals(1, Space.POINT.count);
    }

    @Test
    void placesAndCursors() {
        for (int round = 0; round < 300; round++) {
            long[] shape = shape();
            long[] strides = strides(shape);
            long[] expected = places(shape, strides);
            Space space = Space.of(shape, ALL, new long[][] {strides}, true);
            Cursor cursor = new Cursor();
            cursor.start(space, 0);
            for (int k = 0; k < expected.length; ) {
                assertEquals(expected[k], space.offset(0, k));
                assertEquals(expected[k], cursor.offset(0));
                assertEquals(k, cursor.position());
                int n = Math.min(1 + random.nextInt(7), expected.length - k);
                k += n;
                if (k < expected.length) {
                    cursor.advance(n);
                }
            }
        }
    }

    @Test
    void shortRows() {
        assertFalse(ShortRows.areIn(Space.of(new long[] {3, 64}, ALL, new long[][] {{1, 3}}, true)));
        int some = 0;
        for (int round = 0; round < 300; round++) {
            long[] shape = shape();
            long[] strides = strides(shape);
            Space space = Space.of(shape, ALL, new long[][] {strides}, true);
            if (ShortRows.areIn(space)) {
                some++;
                for (Type type : Type.values()) {
                    roundTrip(type, new ShortRows(space, 0), places(shape, strides));
                }
            }
        }
        assertTrue(some > 50);
    }

    private void roundTrip(Type type, ShortRows rows, long[] places) {
        int size = 3 + (int) Arrays.stream(places).max().orElseThrow();
        Object array = array(type, size);
        Object copy = array(type, size);
        Program program = new Programs(List.of(Expr.input(0, type)), true, false).forUniform(0, 1);
        Frame r = new Frame(program, new Scratch());
        r.own(0);
        int from = random.nextInt(places.length);
        int n = Math.min(places.length - from, 1 + random.nextInt(program.block()));
        rows.read(type, array, 2, from, r, 0, n);
        for (int k = 0; k < n; k++) {
            assertEquals(get(array, 2 + (int) places[from + k]), get(register(type, r), k));
        }
        rows.write(type, r, 0, copy, 2, from, n);
        for (int k = 0; k < n; k++) {
            assertEquals(get(array, 2 + (int) places[from + k]), get(copy, 2 + (int) places[from + k]));
        }
    }

    private static Object array(Type type, int n) {
        Object array = new CpuBuffer(type, n).array;
        for (int k = 0; k < n; k++) {
            switch (array) {
                case float[] f -> f[k] = k;
                case int[] i -> i[k] = k;
                case long[] l -> l[k] = k;
                default -> ((boolean[]) array)[k] = k % 3 == 0;
            }
        }
        return array;
    }

    private static Object register(Type type, Frame r) {
        return switch (type) {
            case F32 -> r.f[0];
            case I32 -> r.i[0];
            case I64 -> r.l[0];
            case BOOL -> r.b[0];
        };
    }

    private static Object get(Object array, int k) {
        return Array.get(array, k);
    }

    /** What is dense or in rows of one stride is used where it lies; what is not F32 is copied. */
    @Test
    void directInputsAndOutputs() {
        long[] shape = {100, 100};
        assertTrue(isDirect(Type.F32, shape, 100, 1));
        assertTrue(isDirect(Type.F32, shape, 200, 1));
        assertFalse(isDirect(Type.F32, shape, 1, 100));
        assertFalse(isDirect(Type.I64, shape, 100, 1));
    }

    private static boolean isDirect(Type type, long[] shape, long... strides) {
        Program program = new Programs(List.of(Expr.input(0, type)), true, true).forUniform(0, 1);
        View view = new View(new CpuBuffer(type, 20_000), shape, strides, 0);
        Space space = Space.of(shape, ALL, Space.viewStrides(new View[] {view}, new View[] {view}, null), true);
        boolean reads = new BlockInputs(program, space, 2, program.inPlace()).isDirect();
        assertEquals(reads, new BlockOutputs(program, space, program.inPlace()).isDirect());
        return reads;
    }

    /** Blocks begin and end anywhere; what is not one of theirs stays. */
    @ParameterizedTest
    @EnumSource
    void blocksOfAnyLayout(Type type) {
        Kernel.Map copy = new Kernel.Map(Expr.input(0, type));
        Object nothing = get(new CpuBuffer(type, 1).array, 0);
        int several = 0;
        for (int round = 0; round < 100; round++) {
            long[] shape = shape();
            long[] from = strides(shape);
            long[] to = permuted(shape);
            int count = (int) count(shape);
            View[] in = {Views.of(array(type, count), shape, from)};
            View[] out = {Views.of(new CpuBuffer(type, count).array, shape, to)};
            Launch launch = new Launch(copy, shape, 0, in, out, Launch.NO_SCALARS);
            MapPlan plan = new MapPlan(new Programs(copy.outputs(), true, random.nextBoolean()), launch);
            Frame frame = plan.begin(new Scratch(), in, out, Launch.NO_SCALARS);
            long first = random.nextLong(plan.blocks);
            plan.run(frame, first, plan.blocks);
            frame.end();
            several += plan.blocks > 1 ? 1 : 0;
            long start = plan.space.blockStart(first, plan.length);
            long[] read = places(shape, from);
            long[] written = places(shape, to);
            for (int k = 0; k < count; k++) {
                Object expected = k < start ? nothing : get(Views.array(in[0]), (int) read[k]);
                assertEquals(expected, get(Views.array(out[0]), (int) written[k]));
            }
        }
        assertTrue(several > 0);
    }
}
