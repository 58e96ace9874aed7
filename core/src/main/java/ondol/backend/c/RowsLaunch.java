package ondol.backend.c;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that go along the same axes, seen as one: which of them reads what another has written, and what they read and write
 * altogether.
 */
final class RowsLaunch {
    /**
     * A value that some of the kernels read, or one of them writes. An element-wise value has a number for each element of a
     * row, another one a row.
     *
     * @param strides along the axes of the whole rows; 0 where the value has one number for all
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Value(View view, long[] strides, boolean isWritten, boolean isElementwise) {}

    /**
     * One of the kernels.
     *
     * @param isElementwise whether a Map goes over the elements of a row, or is computed once for it
     * @param reads each input's number among the values
     * @param scalars each run-time scalar's number among those of all kernels
     * @param writes the number of its first output, which the others follow
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Step(Kernel kernel, boolean isElementwise, int[] reads, int[] scalars, int writes) {}

    private final long[] sizes;
    private final long axes;
    private final List<Value> values = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Long> scalars = new ArrayList<>();
    private long rowLength = 1;

    private RowsLaunch(long[] sizes, long axes) {
        this.sizes = sizes;
        this.axes = axes;
    }

    /** The kernels as one; null if they do not fit together in one group of work items for each row. */
    static @Nullable RowsLaunch of(List<Launch> launches, long axes) {
        long[] sizes = launches.getFirst().shape().clone();
        for (Launch launch : launches) {
            for (int axis = 0; axis < sizes.length; axis++) {
                sizes[axis] = launch.shape()[axis] == 0 ? 0 : Math.max(sizes[axis], launch.shape()[axis]);
            }
        }
        RowsLaunch all = new RowsLaunch(sizes, axes);
        for (int axis = 0; axis < sizes.length; axis++) {
            all.rowLength = all.isReduced(axis) ? Planner.product(all.rowLength, sizes[axis]) : all.rowLength;
        }
        if (all.rowLength < 2 || all.rowLength > ReduceOp.BLOCK && !LongRowsWriter.suits(all.rows(), all.rowLength)) {
            return null;
        }
        for (Launch launch : launches) {
            if (!all.add(launch)) {
                return null;
            }
        }
        return all.isAcross() ? null : all;
    }

    private long rows() {
        return Planner.product(IntStream.range(0, sizes.length)
                .filter(axis -> !isReduced(axis))
                .mapToLong(axis -> sizes[axis])
                .toArray());
    }

    private boolean isReduced(int axis) {
        return (axes >> axis & 1) != 0;
    }

    private boolean add(Launch launch) {
        boolean whole = true;
        boolean single = true;
        for (int axis = 0; axis < sizes.length; axis++) {
            long size = launch.shape()[axis];
            whole &= size == sizes[axis];
            single &= size == (isReduced(axis) ? 1 : sizes[axis]);
        }
        boolean isReduce = launch.kernel() instanceof Kernel.Reduce;
        if (!whole && (!single || isReduce) || isReduce && launch.reducedAxes() != axes) {
            return false;
        }
        int[] reads = new int[launch.inputs().length];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = read(launch.inputs()[i], whole);
            if (reads[i] < 0) {
                return false;
            }
        }
        int[] numbers = new int[launch.scalars().length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = scalar(launch.scalars()[i]);
        }
        steps.add(new Step(launch.kernel(), whole, reads, numbers, values.size()));
        for (View output : launch.outputs()) {
            if (!write(output, whole && !isReduce)) {
                return false;
            }
        }
        return true;
    }

    /** A view's steps along the whole rows. */
    private long[] strides(View view, boolean isElementwise) {
        long[] strides = view.strides().clone();
        for (int axis = 0; axis < strides.length; axis++) {
            if (sizes[axis] == 1 || !isElementwise && isReduced(axis)) {
                strides[axis] = 0;
            }
        }
        return strides;
    }

    private static boolean isSame(Value value, View view, long[] strides) {
        return value.view.offset() == view.offset() && Arrays.equals(value.strides, strides);
    }

    /** The number of what is read; -1 if it has been written, but lies otherwise. */
    private int read(View view, boolean isElementwise) {
        long[] strides = strides(view, isElementwise);
        for (int v = values.size() - 1; v >= 0; v--) {
            Value value = values.get(v);
            if (value.view.buffer() == view.buffer()) {
                if (isSame(value, view, strides)) {
                    return v;
                }
                if (value.isWritten) {
                    return -1;
                }
            }
        }
        values.add(new Value(view, strides, false, isElementwise(strides)));
        return values.size() - 1;
    }

    private boolean isElementwise(long[] strides) {
        for (int axis = 0; axis < strides.length; axis++) {
            if (isReduced(axis) && strides[axis] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Adds what is written; false if a work item would overwrite what another one still reads. */
    private boolean write(View view, boolean isElementwise) {
        long[] strides = strides(view, isElementwise);
        for (Value value : values) {
            if (value.view.buffer() == view.buffer() && !(isElementwise && isSame(value, view, strides))) {
                return false;
            }
        }
        values.add(new Value(view, strides, true, isElementwise));
        return true;
    }

    /** Equal scalars are one: kernels that compute the same of them compute it once. */
    private int scalar(long value) {
        int known = scalars.indexOf(value);
        if (known < 0) {
            scalars.add(value);
            return scalars.size() - 1;
        }
        return known;
    }

    /** Whether neighbours lie along the other axes: then a row is no place to read neighbours in. */
    private boolean isAcross() {
        Space kept = kept();
        Space reduced = reduced();
        for (int v = 0; v < values.size() && kept.size() >= ReduceWriter.COLUMNS; v++) {
            if (values.get(v).isElementwise) {
                int way = ReduceSpaces.way(kept, reduced, v);
                if (way != 0) {
                    return way > 0;
                }
            }
        }
        return false;
    }

    /** The rows, with every value on them. */
    Space kept() {
        return space(false).asGeneral();
    }

    /** The elements of a row, with every value on them. */
    Space reduced() {
        return space(true);
    }

    private Space space(boolean ofReduced) {
        int[] chosen = IntStream.range(0, sizes.length)
                .filter(axis -> isReduced(axis) == ofReduced)
                .toArray();
        long[][] strides = new long[values.size()][];
        for (int v = 0; v < strides.length; v++) {
            strides[v] = pick(values.get(v).strides, chosen);
        }
        return Space.of(pick(sizes, chosen), strides);
    }

    private static long[] pick(long[] of, int[] axes) {
        long[] picked = new long[axes.length];
        Arrays.setAll(picked, i -> of[axes[i]]);
        return picked;
    }

    long rowLength() {
        return rowLength;
    }

    List<Value> values() {
        return values;
    }

    List<Step> steps() {
        return steps;
    }

    /** Some of the run-time scalars, by their numbers. */
    long[] scalars(int[] chosen) {
        return Arrays.stream(chosen).mapToLong(scalars::get).toArray();
    }

    /** Everything that a text depends on but for kernels and spaces. */
    String signature() {
        StringBuilder s = new StringBuilder();
        for (Value value : values) {
            s.append(value.view.type().name().charAt(0))
                    .append(value.view.type().bytes())
                    .append(value.isWritten ? 'w' : 'r')
                    .append(value.isElementwise ? 'e' : 'o');
        }
        for (Step step : steps) {
            s.append(step.isElementwise ? 'E' : 'O')
                    .append(Arrays.toString(step.reads))
                    .append(Arrays.toString(step.scalars));
        }
        return s.toString();
    }
}
