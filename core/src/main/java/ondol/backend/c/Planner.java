package ondol.backend.c;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * Turns launches into calls of C kernels. A text depends on the kernel and how its views lie, not on their sizes: a text is
 * written once for each such structure.
 */
public final class Planner {
    /** Work items of a group that every device runs. */
    private static final int EVERYWHERE = 256;

    private static final int LARGE = 1024;

    private record Key(Kernel kernel, String structure) {}

    private record RowsKey(List<Kernel> kernels, String structure) {}

    private final ConcurrentHashMap<Key, Plan> plans = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<RowsKey, RowsWriter.Planned> rowsPlans = new ConcurrentHashMap<>();

    /** Whether a reduction draws a dropout mask: to look through its expression for every launch takes too long. */
    private final ConcurrentHashMap<Kernel.Reduce, Boolean> keeps = new ConcurrentHashMap<>();

    /** Whether a Map is short enough for several elements a work item. */
    private final ConcurrentHashMap<Kernel.Map, Boolean> fours = new ConcurrentHashMap<>();

    private final MatMulTiles.Choice tiles;
    private final boolean isGpu;
    private final boolean alwaysWide;
    private final boolean insists;
    private final int largestGroup;

    /**
     * For one device.
     *
     * @param tiles how its matrix products are cut up; asked for each large one
     */
    public Planner(MatMulTiles.Choice tiles) {
        this(tiles, false, false, false, EVERYWHERE);
    }

    /**
     * {@return a planner for a GPU, which has tens of thousands of work items at once}
     *
     * @param tiles how its matrix products are cut up
     */
    public static Planner ofGpu(MatMulTiles.Choice tiles) {
        return new Planner(tiles, true, false, false, EVERYWHERE);
    }

    /**
     * {@return the same for a GPU whose groups may have as many as 1024 work items}
     *
     * @param tiles how its matrix products are cut up
     */
    public static Planner ofGpuWithLargeGroups(MatMulTiles.Choice tiles) {
        return new Planner(tiles, true, false, false, LARGE);
    }

    /** A planner for trials: it cuts matrix products up in this way, or fails for want of memory. */
    static Planner ofTrial(MatMulTiles tiles) {
        return new Planner(_ -> tiles, false, false, true, EVERYWHERE);
    }

    /** All indices have 64 bits: tests cannot have operands that need them. */
    static Planner ofWide(MatMulTiles tiles, boolean isGpu) {
        return new Planner(_ -> tiles, isGpu, true, false, EVERYWHERE);
    }

    private Planner(MatMulTiles.Choice tiles, boolean isGpu, boolean alwaysWide, boolean insists, int largestGroup) {
        this.largestGroup = largestGroup;
        this.tiles = tiles;
        this.isGpu = isGpu;
        this.alwaysWide = alwaysWide;
        this.insists = insists;
    }

    /** Whether a product for whose tiles there is no memory fails, instead of being computed without. */
    boolean insists() {
        return insists;
    }

    /** Whether a launch's indices have 64 bits. */
    boolean wide(boolean needed) {
        return needed || alwaysWide;
    }

    /** How a product is cut up. */
    MatMulTiles tiles(long rows, long columns, long batches) {
        return tiles.of(
                product(Math.ceilDiv(rows, MatMulTiles.BLOCK), Math.ceilDiv(columns, MatMulTiles.BLOCK), batches));
    }

    /**
     * {@return whether a sort is one for the device: of a GPU, which is alone with its memory} Others are {@link HostSort}'s.
     *
     * @param launch the sort
     */
    public boolean sorts(Launch launch) {
        return isGpu && launch.shape()[launch.shape().length - 1] <= SortWriter.LONGEST;
    }

    /**
     * The calls of a launch, in order. Not all sorts are printed as C: see {@link #sorts}.
     *
     * @param launch what is to be computed
     * @param workspace where memory between two calls comes from
     * @param start starts a call; all calls of all launches run in the order they are started
     */
    public void plan(Launch launch, Workspace workspace, Consumer<Call> start) {
        if (launch.outputs()[0].size() == 0) {
            return;
        }
        switch (launch.kernel()) {
            case Kernel.Map map -> {
                Space space = MapWriter.space(launch);
                boolean wide = isWide(space.size(), space, launch.inputs(), launch.outputs());
                int inputs = launch.inputs().length;
                if (isGpu && FourWriter.suits(launch, space) && fours.computeIfAbsent(map, FourWriter::suits)) {
                    Plan plan = plan(
                            map, FourWriter.signature(space), wide, () -> FourWriter.plan(map, space, wide, inputs));
                    start.accept(MapWriter.call(plan, space, launch, FourWriter.FOUR));
                } else {
                    Plan plan = plan(map, space.signature(), wide, () -> MapWriter.plan(map, space, wide, inputs));
                    start.accept(MapWriter.call(plan, space, launch, 1));
                }
            }
            case Kernel.Reduce reduce -> reduce(reduce, launch, workspace, start);
            case Kernel.MatMul matMul -> MatMulWriter.plan(this, matMul, launch, workspace, start);
            case Kernel.Gather gather -> {
                Space space = IndexWriter.gatherSpace(launch);
                long furthest = Math.max(space.size(), reach(launch.inputs()[0]));
                boolean wide = isWide(furthest, space, launch.inputs(), launch.outputs());
                Plan plan = plan(gather, space.signature(), wide, () -> IndexWriter.gather(gather.type(), space, wide));
                start.accept(IndexWriter.gather(plan, space, launch));
            }
            case Kernel.ScatterAdd scatter -> {
                if (launch.inputs()[0].size() == 0) {
                    return;
                }
                Space space = IndexWriter.scatterSpace(launch);
                IndexWriter.Scatter way = IndexWriter.Scatter.of(launch, space, isGpu);
                long furthest = Math.max(
                        reach(launch.outputs()[0]), Math.max(reach(launch.inputs()[0]), reach(launch.inputs()[1])));
                long sizes = Math.max(launch.inputs()[0].size(), launch.outputs()[0].size());
                boolean wide = isWide(Math.max(furthest, sizes), space, launch.inputs(), launch.outputs());
                Plan plan = plan(
                        scatter,
                        space.signature() + way,
                        wide,
                        () -> IndexWriter.scatter(scatter.type(), space, wide, way));
                start.accept(IndexWriter.scatter(plan, space, launch, way));
            }
            case Kernel.Scan scan -> ScanWriter.plan(this, scan, launch, workspace, start);
            case Kernel.Sort sort -> {
                if (!sorts(launch)) {
                    throw new IllegalArgumentException("a sort for the host is not printed as C");
                }
                SortWriter.plan(this, sort, launch, workspace, start);
            }
        }
    }

    /**
     * The one call of several launches along rows ({@link ondol.backend.Backend#runRows}), for GPUs and rows that fit: at most a million elements, not across memory.
     *
     * @param launches what is to be computed, in order
     * @param reducedAxes the axes as bits: bit i for axis i
     * @param start starts the call
     * @return whether there is one; if not, the launches are to be run by themselves
     */
    public boolean planRows(List<Launch> launches, long reducedAxes, Consumer<Call> start) {
        RowsLaunch launch = isGpu && launches.size() > 1 ? RowsLaunch.of(launches, reducedAxes) : null;
        if (launch == null) {
            return false;
        }
        Space kept = launch.kept();
        Space reduced = launch.reduced();
        boolean wide = wide(RowsWriter.isWide(launch, kept, reduced));
        List<Kernel> kernels = launches.stream().map(Launch::kernel).toList();
        String structure = kept.signature() + "|" + reduced.signature() + (wide ? "w" : "")
                + RowsWriter.signature(launch, largestGroup) + launch.signature();
        RowsWriter.Planned planned = rowsPlans.computeIfAbsent(
                new RowsKey(kernels, structure), _ -> RowsWriter.plan(launch, kept, reduced, wide, largestGroup));
        Plan plan = planned.plan();
        if (plan == null) {
            return false;
        }
        start.accept(RowsWriter.call(plan, planned.scalars(), launch, kept, reduced));
        return true;
    }

    /**
     * The kernels of launches that will be planned.
     *
     * @param launches what is to be computed, in order
     * @return the texts, in the order of the calls
     */
    public List<Source> sources(List<Launch> launches) {
        List<Source> sources = new ArrayList<>();
        launches.forEach(launch -> plan(launch, Nowhere.ROOM, call -> sources.add(call.source())));
        return sources;
    }

    private void reduce(Kernel.Reduce reduce, Launch launch, Workspace workspace, Consumer<Call> start) {
        boolean counts = keeps.computeIfAbsent(reduce, r -> Expressions.keeps(List.of(r.value())));
        ReduceSpaces spaces = ReduceSpaces.of(launch, counts);
        reduce(reduce, spaces, launch.inputs(), launch.outputs()[0], launch.scalars(), false, workspace, start);
    }

    private void reduce(
            Kernel.Reduce reduce,
            ReduceSpaces spaces,
            View[] inputs,
            View output,
            long[] scalars,
            boolean combining,
            Workspace workspace,
            Consumer<Call> start) {
        boolean partial = spaces.blocks() > 1;
        long elements =
                product(spaces.kept().size(), Math.max(1, spaces.reduced().size()));
        boolean wide = isWide(elements, spaces.kept(), inputs, new View[] {output});
        for (int v = 0; v < inputs.length; v++) {
            wide |= inputs[v].offset()
                            + spaces.kept().reach(v)
                            + spaces.reduced().reach(v)
                    > Integer.MAX_VALUE;
        }
        boolean w = wide;
        int lanes = spaces.lanes(isGpu);
        String structure = spaces.signature() + lanes + (partial ? "p" : "") + (combining ? "c" : "");
        Plan plan = plan(
                reduce,
                structure,
                wide,
                () -> ReduceWriter.plan(reduce, spaces, lanes, w, inputs.length, partial, combining));
        if (!partial) {
            start.accept(ReduceWriter.call(plan, spaces, lanes, inputs, new View[] {output}, scalars));
            return;
        }
        long outputs = spaces.kept().size();
        long blocks = spaces.blocks();
        Type type = reduce.value().type();
        boolean isArg = reduce.op().isArg();
        long[] shape = {outputs, blocks};
        long results = product(outputs, blocks);
        Buffer values = workspace.take(type, results);
        try {
            if (!isArg) {
                View[] left = {contiguous(values, shape)};
                blocks(plan, reduce, spaces, inputs, left, output, scalars, workspace, start);
                return;
            }
            Buffer places = workspace.take(Type.I64, results);
            try {
                View[] left = {contiguous(values, shape), contiguous(places, shape)};
                blocks(plan, reduce, spaces, inputs, left, output, scalars, workspace, start);
            } finally {
                workspace.give(places);
            }
        } finally {
            workspace.give(values);
        }
    }

    /** Reduces the blocks, then the results of each output's blocks by the same rule. */
    private void blocks(
            Plan plan,
            Kernel.Reduce reduce,
            ReduceSpaces spaces,
            View[] inputs,
            View[] results,
            View output,
            long[] scalars,
            Workspace workspace,
            Consumer<Call> start) {
        start.accept(ReduceWriter.call(plan, spaces, ReduceOp.LANES, inputs, results, scalars));
        Kernel.Reduce rest = new Kernel.Reduce(Expr.input(0, reduce.value().type()), reduce.op());
        ReduceSpaces next = ReduceSpaces.ofBlocks(spaces.kept(), inputs.length, spaces.blocks(), results.length);
        boolean isArg = reduce.op().isArg();
        reduce(rest, next, results, output, Launch.NO_SCALARS, isArg, workspace, start);
    }

    /** The product of sizes, or the largest number if it is larger still: views that take no room can be of any size. */
    static long product(long... sizes) {
        long product = 1;
        for (long size : sizes) {
            product = size > 0 && product > Long.MAX_VALUE / size ? Long.MAX_VALUE : product * size;
        }
        return product;
    }

    static View contiguous(Buffer buffer, long... shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= shape[axis];
        }
        return new View(buffer, shape, strides, 0);
    }

    /** The plan of a structure, written if it is new. */
    Plan plan(Kernel kernel, String structure, boolean wide, Supplier<Plan> writer) {
        Key key = new Key(kernel, wide ? structure + "w" : structure);
        Plan plan = plans.get(key);
        return plan != null ? plan : plans.computeIfAbsent(key, _ -> writer.get());
    }

    private boolean isWide(long size, Space space, View[] inputs, View[] outputs) {
        boolean wide = wide(size > Integer.MAX_VALUE - 4096);
        for (int v = 0; v < inputs.length + outputs.length && v < space.strides().length; v++) {
            View view = v < inputs.length ? inputs[v] : outputs[v - inputs.length];
            wide |= view.offset() + space.reach(v) > Integer.MAX_VALUE;
        }
        return wide;
    }

    /** The furthest place from its offset that a view reaches. */
    static long reach(View view) {
        return Space.of(view.shape(), new long[][] {view.strides()}).reach(0) + view.offset();
    }
}
