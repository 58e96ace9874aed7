package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.cpu.ReduceLoopWriter.Access;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import org.jspecify.annotations.Nullable;

/** How a {@link ReduceLoop} goes through one layout: along its rows or across its columns, and how it reads each input. */
final class ReduceLoopPlan {
    /** Most columns that are taken side by side. */
    static final int MOST_COLUMNS = 128;

    private static final int LONG_RUN = 8;

    /** So many times as much as a primitive it is to look a vector's elements up one by one. */
    private static final int LOOK_UP = 8;

    private static final int VECTOR = FusedVectorLoop.F.length();

    /** The loops written for a kernel, one for each way to read its inputs. */
    static final class Loops {
        private record Key(boolean byColumns, List<Access> reads) {}

        private final Kernel.Reduce kernel;
        private final boolean can;
        private final int primitives;
        private final Set<Integer> used;
        private final Map<Key, ReduceLoop> known = new ConcurrentHashMap<>();

        Loops(Kernel.Reduce kernel) {
            this.kernel = kernel;
            this.can = ReduceLoopWriter.has(kernel);
            List<Expr> nodes = Dag.nodes(List.of(kernel.value()));
            this.primitives = nodes.size() + 1;
            this.used = nodes.stream()
                    .flatMap(e -> e instanceof Expr.Input in ? Stream.of(in.index()) : Stream.of())
                    .collect(Collectors.toSet());
        }

        /** The plan for a layout; null if there is no loop for it, or none yet. */
        @Nullable
        ReduceLoopPlan plan(ReducePlan layout, boolean mayWrite) {
            boolean has = can && (mayWrite || !known.isEmpty()) && layout.reduced.count > 0 && layout.kept.count > 0;
            return has ? ReduceLoopPlan.of(layout, this, mayWrite) : null;
        }

        private ReduceLoop loop(boolean byColumns, List<Access> reads) {
            return known.computeIfAbsent(
                    new Key(byColumns, reads),
                    key -> ReduceLoopWriter.of(kernel.value(), compared(kernel.op()), byColumns, reads));
        }
    }

    final ReduceLoop loop;
    private final int primitives;
    final boolean byColumns;

    /** Most columns at once; every block of them has so many where a table is used. */
    final int length;

    /** Whether rows have inputs of which a block is copied first. */
    final boolean hasCopies;

    private final boolean[] copied;
    private final List<Access> reads;
    private final Space space;
    private final Tables whole;
    private volatile Tables rest;

    /** Where the first n elements of a block are, for inputs that need a table. */
    private record Tables(int n, int[][] ofInputs) {}

    private ReduceLoopPlan(
            ReduceLoop loop,
            int primitives,
            boolean byColumns,
            int length,
            List<Access> reads,
            Space space,
            int n,
            boolean[] copied) {
        this.copied = copied;
        this.hasCopies = hasAny(copied);
        this.loop = loop;
        this.primitives = primitives;
        this.byColumns = byColumns;
        this.length = length;
        this.reads = reads;
        this.space = space;
        this.whole = tables(space, reads, n);
        this.rest = whole;
    }

    /** The operation on values of one whose result is an index. */
    static ReduceOp compared(ReduceOp op) {
        return switch (op) {
            case ARGMAX -> ReduceOp.MAX;
            case ARGMIN -> ReduceOp.MIN;
            default -> op;
        };
    }

    private static @Nullable ReduceLoopPlan of(ReducePlan layout, Loops loops, boolean mayWrite) {
        Space kept = layout.kept;
        Space reduced = layout.reduced;
        int inputs = layout.inputs;
        List<Access> along = reads(reduced, inputs, loops.used, false);
        List<Access> across = reads(kept, inputs, loops.used, true);
        int length = columns(kept, across);
        boolean[] copied = copied(reduced, along);
        for (int v = 0; v < inputs; v++) {
            if (copied[v]) {
                along.set(v, Access.SIDE_BY_SIDE);
            }
        }
        boolean byRows = !layout.op.isArg() || reduced.rank == 1 && !hasAny(copied);
        boolean byColumns = !layout.op.isArg() && layout.hasRoomForPartials();
        if (byRows && byColumns) {
            double row =
                    cost(along) + copyingCost(reduced, copied) + 12.0 / reduced.count + 20.0 / reduced.count / kept.row;
            double column = cost(across) + 0.04 + 3.0 / Math.min(length, kept.count) + 20.0 / reduced.row / length;
            byColumns = column < row;
        }
        if (!byRows && !byColumns) {
            return null;
        }
        List<Access> reads = byColumns ? across : along;
        if (!mayWrite && !loops.known.containsKey(new Loops.Key(byColumns, reads))) {
            return null;
        }
        int n = byColumns ? length : (int) Math.min(BLOCK, reduced.count);
        return new ReduceLoopPlan(
                loops.loop(byColumns, reads),
                loops.primitives,
                byColumns,
                length,
                reads,
                byColumns ? kept : reduced,
                n,
                copied);
    }

    /** Which inputs a block of a row is copied of first, instead of being read by table: long ones, and those of long runs. */
    private static boolean[] copied(Space reduced, List<Access> reads) {
        boolean[] copied = new boolean[reads.size()];
        for (int v = 0; v < copied.length; v++) {
            boolean inRuns = reduced.rowStride(v) == 1 && reduced.row >= LONG_RUN;
            copied[v] = reads.get(v) == Access.BY_TABLE && (reduced.count > BLOCK || inRuns);
        }
        return copied;
    }

    private static boolean hasAny(boolean[] flags) {
        boolean any = false;
        for (boolean flag : flags) {
            any |= flag;
        }
        return any;
    }

    private static double copyingCost(Space reduced, boolean[] copied) {
        double cost = 0;
        for (int v = 0; v < copied.length; v++) {
            cost += !copied[v] ? 0 : 5.0 / reduced.row + (reduced.rowStride(v) == 1 ? 0.05 : 0.7);
        }
        return cost;
    }

    /** About how many nanoseconds it takes to read an element. */
    private static double cost(List<Access> reads) {
        return reads.stream()
                .mapToDouble(read -> switch (read) {
                    case SIDE_BY_SIDE -> 0.05;
                    case ONE_ELEMENT -> 0;
                    case BY_TABLE -> 0.5;
                })
                .sum();
    }

    private static List<Access> reads(Space space, int inputs, Set<Integer> used, boolean mayCut) {
        List<Access> reads = new ArrayList<>();
        for (int v = 0; v < inputs; v++) {
            boolean inRow = space.rank == 1 || mayCut && space.byRows;
            if (!used.contains(v) || (inRow ? space.rowStride(v) == 0 : space.isOneElement(v))) {
                reads.add(Access.ONE_ELEMENT);
            } else if (inRow ? space.rowStride(v) == 1 : space.isDense(v)) {
                reads.add(Access.SIDE_BY_SIDE);
            } else {
                reads.add(Access.BY_TABLE);
            }
        }
        return reads;
    }

    /** How many columns to take at once: where short rows are read by table, so many that every block's table is the same. */
    private static int columns(Space kept, List<Access> reads) {
        if (kept.byRows || !reads.contains(Access.BY_TABLE)) {
            return kept.evenBlock(MOST_COLUMNS);
        }
        int whole = 1;
        int axis = kept.rank - 1;
        while (axis >= 0 && whole * kept.sizes[axis] <= MOST_COLUMNS) {
            whole *= (int) kept.sizes[axis--];
        }
        int some = axis < 0 ? 1 : MOST_COLUMNS / whole;
        while (axis >= 0 && kept.sizes[axis] % some != 0) {
            some--;
        }
        return whole * some;
    }

    /**
     * Where the first n elements of a space are, for views that need a table. A vector that is only partly wanted is looked up
     * as a whole, so that the first element stands in for those behind.
     */
    private static Tables tables(Space space, List<Access> reads, int n) {
        int[][] tables = new int[reads.size()][];
        for (int v = 0; v < tables.length; v++) {
            if (reads.get(v) == Access.BY_TABLE) {
                tables[v] = new int[n + VECTOR];
                Cursor cursor = new Cursor();
                cursor.start(space, 0);
                for (int k = 0; k < Math.min(n, space.count); k++) {
                    tables[v][k] = (int) cursor.offset(v);
                    cursor.advance(1);
                }
            }
        }
        return new Tables(n, tables);
    }

    /** Sets the number of a row's elements; all blocks but the last of a row of columns have the same. */
    void elements(ReduceArguments a, int n) {
        Tables tables = n == whole.n ? whole : rest;
        if (tables.n != n) {
            tables = tables(space, reads, n);
            rest = tables;
        }
        a.n = n;
        a.tables = tables.ofInputs;
    }

    /** Whether a block of an input is copied first. */
    boolean isCopied(int input) {
        return copied[input];
    }

    /** Whether an input is one value for each whole row. */
    boolean isOneElement(int input) {
        return reads.get(input) == Access.ONE_ELEMENT;
    }

    /** What the loop is told that stays the same for a launch. */
    ReduceArguments arguments(Launch launch, float[] lanes) {
        View[] inputs = launch.inputs();
        ReduceArguments a = new ReduceArguments(inputs.length);
        for (int v = 0; v < inputs.length; v++) {
            if (((CpuBuffer) inputs[v].buffer()).array instanceof float[] array) { // others are not read
                a.arrays[v] = array;
            }
        }
        a.scalars = launch.scalars();
        a.lanes = lanes;
        return a;
    }

    /** What has to be compiled before the loop is used. */
    Warmup.Exercise exercise() {
        int inputs = reads.size();
        int most = 1024;
        ReduceArguments a = new ReduceArguments(inputs);
        a.tables = new int[inputs][most];
        Arrays.fill(a.arrays, new float[most]);
        a.scalars = new long[64];
        a.lanes = new float[ReduceOp.LANES * 64];
        a.lanePitch = 64;
        a.out = new float[16];
        a.outPitch = 1;
        a.count = byColumns ? 8 : 2;
        int lookUps = 0;
        for (Access read : reads) {
            lookUps += read == Access.BY_TABLE ? LOOK_UP : 0;
        }
        return new Warmup.Exercise(loop.getClass(), primitives + lookUps, n -> {
            a.n = n / a.count;
            // Every other run ends where the arrays end: what is there is loaded in another way.
            Arrays.fill(a.at, a.at.length > 0 && a.at[0] == 0 ? most - a.n : 0);
            loop.run(a);
            loop.fold(a, 64, Math.min(n, 64));
        });
    }
}
