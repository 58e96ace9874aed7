package ondol.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A way to lay a tensor of some shape out in a buffer of {@code length} elements, with elements before, between and
 * behind its own.
 */
@SuppressWarnings("ArrayRecordComponent")
record Layout(String name, long[] shape, long[] strides, long offset, long length) {
    /** A step that stands for an axis of size 1 whose stride says nothing. */
    private static final long MEANINGLESS = 1_000_003;

    /** Every element after the other. */
    static Layout contiguous(long... shape) {
        return of("contiguous", shape, inOrder(shape), steps(shape, 1), 0, 0);
    }

    /** No elements at all, so that the strides say nothing. */
    static Layout empty(long... shape) {
        long[] strides = new long[shape.length];
        Arrays.fill(strides, MEANINGLESS);
        strides[shape.length - 1] = 1;
        return new Layout("empty", shape, strides, 0, 1);
    }

    /** The last two axes swapped in memory. */
    static Layout transposed(long... shape) {
        int[] order = inOrder(shape);
        int last = shape.length - 1;
        order[last] = last - 1;
        order[last - 1] = last;
        return of("transposed", shape, order, steps(shape, 1), 0, 0);
    }

    /** A slice of something larger along every axis. */
    static Layout sliced(long... shape) {
        return of("sliced", shape, inOrder(shape), steps(shape, 1), 2, 5);
    }

    /** Stride 0 on the axes of {@code broadcast} (bit a is axis a). */
    static Layout broadcast(int broadcast, long... shape) {
        long[] steps = steps(shape, 1);
        for (int axis = 0; axis < shape.length; axis++) {
            if ((broadcast >> axis & 1) != 0) {
                steps[axis] = 0;
            }
        }
        return of("broadcast on " + axes(broadcast), shape, inOrder(shape), steps, 0, 0);
    }

    /** Windows that overlap: neighbours along an axis are closer than the next axis reaches. */
    static Layout windows(long... shape) {
        long[] strides = new long[shape.length];
        long length = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            strides[axis] = shape.length - axis;
            length += strides[axis] * Math.max(0, shape[axis] - 1);
        }
        return new Layout("windows", shape, strides, 0, length);
    }

    /** Every sort of layout an output may have. */
    static List<Layout> outputs(long... shape) {
        int[] order = inOrder(shape);
        List<Layout> all = new ArrayList<>();
        all.add(contiguous(shape));
        all.add(sliced(shape));
        all.add(of("step 2", shape, order, steps(shape, 2), 0, 1));
        all.add(of("backwards", shape, order, steps(shape, -1), 1, 3));
        if (shape.length > 1) {
            int[] reversed = new int[shape.length];
            Arrays.setAll(reversed, i -> shape.length - 1 - i);
            all.add(of("axes reversed", shape, reversed, steps(shape, 1), 0, 0));
        }
        if (shape.length > 2) {
            int[] rotated = new int[shape.length];
            Arrays.setAll(rotated, i -> (i + 1) % shape.length);
            all.add(of("axes rotated, sliced", shape, rotated, steps(shape, 1), 1, 2));
        }
        if (Arrays.stream(shape).anyMatch(n -> n == 1)) {
            long[] steps =
                    Arrays.stream(shape).map(n -> n == 1 ? MEANINGLESS : 1).toArray();
            all.add(of("meaningless strides on axes of size 1", shape, order, steps, 0, 0));
        }
        return all;
    }

    /** Every sort of layout an input may have: those of outputs, broadcasts, and windows. */
    static List<Layout> inputs(long... shape) {
        List<Layout> all = new ArrayList<>(outputs(shape));
        for (int axis = 0; axis < shape.length; axis++) {
            all.add(broadcast(1 << axis, shape));
            long[] steps = steps(shape, 1);
            steps[axis] = -2;
            all.add(of("step -2 on axis " + axis, shape, inOrder(shape), steps, 0, 0));
        }
        if (shape.length > 1) {
            all.add(broadcast((1 << shape.length) - 1, shape));
            all.add(windows(shape));
        }
        return all;
    }

    /** Some layout: any order of axes, any steps, with or without gaps. */
    static Layout random(Random random, boolean output, long... shape) {
        List<Integer> order = new ArrayList<>();
        for (int axis = 0; axis < shape.length; axis++) {
            order.add(axis);
        }
        boolean plain = random.nextInt(3) == 0;
        if (!plain) {
            Collections.shuffle(order, random);
        }
        long[] steps = steps(shape, 1);
        for (int axis = 0; axis < shape.length && !plain; axis++) {
            steps[axis] = switch (random.nextInt(8)) {
                case 0 -> 2;
                case 1 -> -1;
                case 2 -> -3;
                case 3 -> output ? 1 : 0;
                default -> shape[axis] == 1 && random.nextBoolean() ? MEANINGLESS : 1;
            };
        }
        return of(
                "random",
                shape,
                order.stream().mapToInt(i -> i).toArray(),
                steps,
                plain ? 0 : random.nextInt(3),
                random.nextInt(7));
    }

    /**
     * The general layout.
     *
     * @param order the axes, the outermost in memory first
     * @param steps each axis's step through the elements stored along it
     * @param padding unused elements at both ends of an axis
     * @param lead unused elements at both ends of the buffer
     */
    private static Layout of(String name, long[] shape, int[] order, long[] steps, long padding, long lead) {
        long[] strides = new long[shape.length];
        long offset = lead;
        long length = 1;
        for (int i = order.length - 1; i >= 0; i--) {
            int axis = order[i];
            if (shape[axis] == 1 && steps[axis] == MEANINGLESS) {
                strides[axis] = MEANINGLESS;
                continue;
            }
            strides[axis] = steps[axis] * length;
            long reach = Math.abs(steps[axis]) * Math.max(0, shape[axis] - 1);
            // Of many axes only some are padded, or the buffer would be nearly all gaps.
            long gap = shape.length < 4 || axis % 3 == 1 ? padding : 0;
            offset += (gap + (steps[axis] < 0 ? reach : 0)) * length;
            length *= reach + Math.min(1, shape[axis]) + 2 * gap;
        }
        return new Layout(name, shape, strides, offset, length + 2 * lead);
    }

    private static int[] inOrder(long[] shape) {
        return IntStream.range(0, shape.length).toArray();
    }

    private static long[] steps(long[] shape, long step) {
        long[] steps = new long[shape.length];
        Arrays.fill(steps, step);
        return steps;
    }

    private static String axes(int set) {
        return IntStream.range(0, Integer.SIZE)
                .filter(a -> (set >> a & 1) != 0)
                .boxed()
                .toList()
                .toString();
    }

    /** How many elements the tensor has. */
    long size() {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /** The index of the tensor's element {@code linear} in row-major order. */
    long[] index(long linear) {
        long[] index = new long[shape.length];
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            index[axis] = linear % shape[axis];
            linear /= shape[axis];
        }
        return index;
    }

    /** Where in the buffer that element is. */
    int place(long linear) {
        long place = offset;
        long[] index = index(linear);
        for (int axis = 0; axis < shape.length; axis++) {
            place += index[axis] * strides[axis];
        }
        return Math.toIntExact(place);
    }

    @Override
    public String toString() {
        return name + " " + Arrays.toString(shape) + ", strides " + Arrays.toString(strides) + ", offset " + offset
                + " of " + length;
    }
}
