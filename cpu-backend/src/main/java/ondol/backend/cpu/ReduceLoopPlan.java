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
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** How a {@link ReduceLoop} goes through one layout: along its rows or across its columns, and how it reads each input. */
final class ReduceLoopPlan {
    /** Most columns that are taken side by side, and the fewest that are left to a thread. */
    static final int MOST_COLUMNS = 1024;

    private static final int FEW_COLUMNS = 64;

    /** Rows shorter than half of this are taken together. */
    private static final int GROUPED = 256;

    private static final int LONG_RUN = 8;

    /** So many times as much as a primitive it is to look a vector's elements up one by one. */
    private static final int LOOK_UP = 8;

    /** Elements of a vector: the room that a written loop needs behind the last element. */
    static final int VECTOR = FusedVectorLoop.F.length();

    /** The loops written for a kernel, one for each way to read its inputs. */
    static final class Loops {
        private record Key(int rounds, List<Access> reads) {}

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

        /** The plan for a layout that so many threads share; null if there is no loop for it, or none yet. */
        @Nullable
        ReduceLoopPlan plan(ReducePlan layout, int threads, boolean mayWrite) {
            boolean has = can && (mayWrite || !known.isEmpty()) && layout.reduced.count > 0 && layout.kept.count > 0;
            return has ? ReduceLoopPlan.of(layout, this, threads, mayWrite) : null;
        }

        private ReduceLoop loop(int rounds, List<Access> reads) {
            return known.computeIfAbsent(
                    new Key(rounds, reads),
                    key -> ReduceLoopWriter.of(kernel.value(), compared(kernel.op()), rounds, reads));
        }
    }

    final ReduceLoop loop;
    private final int primitives;
    final boolean byColumns;

    /** How many rows a lane of columns takes at once, if there are so many; 0 if not by columns. */
    final int rounds;

    /** Most columns at once; every block of them has so many where a table is used. */
    final int length;

    /** So many rows of columns, a part of the lanes, lie side by side and are taken as one. */
    final int group;

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
            Loops loops, int rounds, int length, int group, List<Access> reads, ReducePlan layout, boolean[] copied) {
        this.copied = copied;
        this.hasCopies = hasAny(copied);
        this.loop = loops.loop(rounds, reads);
        this.primitives = loops.primitives;
        this.rounds = rounds;
        this.byColumns = rounds > 0;
        this.length = length;
        this.group = group;
        this.reads = reads;
        this.space = byColumns ? layout.kept : layout.reduced;
        this.whole = tables(space, reads, byColumns ? length : (int) Math.min(BLOCK, layout.reduced.count));
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

    private static @Nullable ReduceLoopPlan of(ReducePlan layout, Loops loops, int threads, boolean mayWrite) {
        Space kept = layout.kept;
        Space reduced = layout.reduced;
        int inputs = layout.inputs;
        List<Access> along = reads(reduced, inputs, loops.used, false);
        List<Access> across = reads(kept, inputs, loops.used, true);
        long share = Math.ceilDiv(Math.multiplyExact(kept.count, Math.min(layout.blocks(), MOST_COLUMNS)), threads);
        int length = columns(kept, across, (int) Math.clamp(share, FEW_COLUMNS, MOST_COLUMNS));
        int group = layout.op.isArg() || kept.count > length ? 1 : group(layout, across);
        boolean[] copied = copied(reduced, along);
        for (int v = 0; v < inputs; v++) {
            if (copied[v]) {
                along.set(v, Access.SIDE_BY_SIDE);
            }
        }
        boolean byRows = !layout.op.isArg() || reduced.rank == 1 && !hasAny(copied);
        boolean byColumns = layout.hasRoomForPartials();
        if (byRows && byColumns) {
            double row =
                    cost(along) + copyingCost(reduced, copied) + 12.0 / reduced.count + 20.0 / reduced.count / kept.row;
            double column = cost(across)
                    + 0.04
                    + 3.0 / Math.min(length, group * kept.count)
                    + 20.0 / reduced.row / Math.min(length, kept.count);
            byColumns = column < row;
        }
        List<Access> reads = byColumns ? across : along;
        int lanes = layout.op.hasIdentity() ? ReduceOp.LANES : group;
        int rounds = byColumns ? ReduceLoopWriter.rounds(loops.kernel.value(), reduced.row / lanes) : 0;
        if (!byRows && !byColumns || !mayWrite && !loops.known.containsKey(new Loops.Key(rounds, reads))) {
            return null;
        }
        return new ReduceLoopPlan(loops, rounds, length, group, reads, layout, copied);
    }

    /** How many rows lie side by side in every input that is read side by side: half the lanes, a quarter ... */
    private static int group(ReducePlan layout, List<Access> across) {
        boolean dense = layout.reduced.rank == 1;
        for (int v = 0; v < across.size(); v++) {
            long stride = layout.reduced.rowStride(v);
            dense &= switch (across.get(v)) {
                case SIDE_BY_SIDE -> stride == layout.kept.count;
                case ONE_ELEMENT -> stride == 0;
                case BY_TABLE -> false;
            };
        }
        return dense ? Integer.highestOneBit((int) Math.clamp(GROUPED / layout.kept.count, 1, ReduceOp.LANES)) : 1;
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
    private static int columns(Space kept, List<Access> reads, int most) {
        if (kept.byRows || !reads.contains(Access.BY_TABLE)) {
            return kept.evenBlock(most);
        }
        int whole = 1;
        int axis = kept.rank - 1;
        while (axis >= 0 && whole * kept.sizes[axis] <= most) {
            whole *= (int) kept.sizes[axis--];
        }
        int some = axis < 0 ? 1 : most / whole;
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
        if (tables.n != n && reads.contains(Access.BY_TABLE)) {
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

    /** How far behind the first of a block of columns one of them is. */
    int place(int input, int column) {
        return switch (reads.get(input)) {
            case SIDE_BY_SIDE -> column;
            case ONE_ELEMENT -> 0;
            case BY_TABLE -> whole.ofInputs[input][column];
        };
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
    List<Warmup.Exercise> exercises() {
        Warmup.Exercise exercise = exercise(loop, rounds, reads, primitives);
        return hasCopies && !byColumns ? List.of(exercise, VectorMatMul.copying()) : List.of(exercise);
    }

    /** A loop that adds rows to lanes, one at a time, and what has to be compiled before it is used. */
    record Additions(ReduceLoop loop, Warmup.Exercise exercise) {}

    static Additions additions() {
        List<Access> reads = List.of(Access.SIDE_BY_SIDE);
        ReduceLoop loop = ReduceLoopWriter.of(Expr.input(0, Type.F32), ReduceOp.SUM, 1, reads);
        return new Additions(loop, exercise(loop, 1, reads, 1));
    }

    private static Warmup.Exercise exercise(ReduceLoop loop, int rounds, List<Access> reads, int primitives) {
        int inputs = reads.size();
        int most = 1024;
        ReduceArguments a = new ReduceArguments(inputs);
        a.tables = new int[inputs][most];
        Arrays.fill(a.arrays, new float[most]);
        a.scalars = new long[64];
        a.lanes = new float[4 * most];
        a.out = new float[16];
        a.outPitch = 1;
        a.count = 2;
        int lookUps = 0;
        for (Access read : reads) {
            lookUps += read == Access.BY_TABLE ? LOOK_UP : 0;
        }
        return new Warmup.Exercise(loop.getClass(), primitives + lookUps, n -> {
            a.n = n / a.count / (rounds + 1);
            // Every other run ends where the arrays end: what is there is loaded in another way.
            Arrays.fill(a.at, a.at.length > 0 && a.at[0] == 0 ? most - a.n : 0);
            loop.run(a);
            if (rounds > 0) {
                a.rounds = rounds;
                loop.run(a);
                a.rounds = 1;
                loop.fold(a, most / 2, n / 8);
            }
        });
    }
}
