package ondol.backend.c;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Sort kernels, for GPUs: a merge sort. An element becomes a word that is ordered as the sort orders elements, with its place in the
 * row in the lower half, so that equal elements stay in order; elements of 64 bits have their places beside them. A first call
 * sorts blocks of 1024 words in local memory, each further one merges two neighbouring runs at a time, and the last fetches
 * the elements by their places. An element's place in a merged run is its place in its own, and how many of the other run's
 * come before it, which a binary search tells; so all work items are alike, whatever the data are. In a tie the left run's come first.
 */
final class SortWriter {
    private static final int GROUP = 256;

    /** Elements that a group sorts: one block of a row, or several rows that are shorter. */
    private static final int BLOCK = 1024;

    /** Elements in the longest row: places have 32 bits. */
    static final long LONGEST = Integer.MAX_VALUE - 8;

    private final Planner planner;
    private final Kernel.Sort kernel;
    private final Launch launch;
    private final Workspace workspace;
    private final Consumer<Call> start;
    private final Space rows;
    private final long n;
    private final long elements;

    /** Whether places are beside the words. */
    private final boolean beside;

    private final boolean wide;

    private SortWriter(Planner planner, Kernel.Sort kernel, Launch launch, Workspace workspace, Consumer<Call> start) {
        this.planner = planner;
        this.kernel = kernel;
        this.launch = launch;
        this.workspace = workspace;
        this.start = start;
        int last = launch.shape().length - 1;
        View[] views = views();
        long[][] strides = new long[views.length][];
        for (int v = 0; v < views.length; v++) {
            strides[v] = Arrays.copyOf(views[v].strides(), last);
        }
        rows = Space.of(Arrays.copyOf(launch.shape(), last), strides).asGeneral();
        n = launch.shape()[last];
        elements = Planner.product(rows.size(), n);
        beside = kernel.type() == Type.I64;
        long furthest = elements;
        for (View view : views) {
            furthest = Math.max(furthest, Planner.reach(view));
        }
        wide = planner.wide(furthest > Integer.MAX_VALUE - 4096);
    }

    /** The calls of one launch. */
    static void plan(Planner planner, Kernel.Sort kernel, Launch launch, Workspace workspace, Consumer<Call> start) {
        new SortWriter(planner, kernel, launch, workspace, start).plan();
    }

    private View[] views() {
        return new View[] {launch.inputs()[0], launch.outputs()[0], launch.outputs()[1]};
    }

    private void plan() {
        Buffer[] room = new Buffer[n > BLOCK ? 2 * each() : each()];
        int taken = 0;
        try {
            for (; taken < room.length; taken++) {
                room[taken] = workspace.take(taken % each() == 0 ? Type.I64 : Type.I32, elements);
            }
            Buffer[] sorted = Arrays.copyOf(room, each());
            Buffer[] next = Arrays.copyOfRange(room, room.length - each(), room.length);
            blocks(sorted);
            for (long run = BLOCK; run < n; run *= 2) {
                merge(sorted, next, run);
                Buffer[] before = sorted;
                sorted = next;
                next = before;
            }
            results(sorted);
        } finally {
            for (int i = 0; i < taken; i++) {
                workspace.give(room[i]);
            }
        }
    }

    /** How many buffers hold words and what is beside them. */
    private int each() {
        return beside ? 2 : 1;
    }

    private static long step(View view) {
        return view.strides()[view.strides().length - 1];
    }

    private static Buffer[] buffers(Buffer[] some, Buffer... more) {
        Buffer[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private void call(Plan plan, Arguments arguments, Buffer[] buffers, long items) {
        start.accept(new Call(plan.source(), buffers, arguments.bytes(), Math.ceilDiv(items, GROUP)));
    }

    private Plan plan(String name, String structure, Function<Arguments.Fields, String> text) {
        return planner.plan(kernel, name + structure, wide, () -> {
            var fields = new Arguments.Fields(wide, List.of());
            String body = text.apply(fields);
            Source source = new Source(name, fields + "\n" + body, GROUP, false);
            return new Plan(source, wide, fields.count(), List.of());
        });
    }

    // ---- blocks

    private void blocks(Buffer[] sorted) {
        Plan plan = plan("sort_blocks", rows.signature(), this::blocks);
        View in = launch.inputs()[0];
        long slot = Math.min(BLOCK, Long.highestOneBit(2 * n - 1));
        long blocks = Math.ceilDiv(n, BLOCK);
        long units = rows.size() * blocks;
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(n).index(units).index(slot).divisor(blocks);
        rows.sizes(arguments);
        arguments.index(in.offset()).index(step(in));
        rows.place(arguments, 0);
        call(plan, arguments, buffers(new Buffer[] {in.buffer()}, sorted), Math.ceilDiv(units, BLOCK / slot) * GROUP);
    }

    private String blocks(Arguments.Fields fields) {
        fields.index("n");
        fields.index("units");
        fields.index("slot");
        Divisor blocks = fields.divisor("blocks");
        Space.Places places = rows.new Places(fields, "o", "o");
        StringBuilder row = new StringBuilder();
        places.print(row, "            ");
        String at = fields.index("in0_at") + " + (first + k) * " + fields.index("in0_step")
                + places.place(fields, 0, "in0");
        String t = Expressions.memory(kernel.type());
        String word = beside ? "key" : "(i64) ((u64) (u32) key << 32 | (u32) (first + k))";
        return """
                KERNEL GROUP_SIZE(%1$d) void sort_blocks(GLOBAL const %2$s* in0, GLOBAL i64* out0, %3$sconst Args a) {
                    LOCAL i64 words[2 * %4$d];
                %5$s    // A work item's elements, each in a block, or a row shorter than that, of which a group does several.
                    const i32 slot = (i32) a.slot;
                    i64 mine[4];
                    i32 place[4];
                    i32 to[4];
                    for (i32 e = 0; e < 4; e++) {
                        const i32 i = LOCAL_ID + e * %1$d;
                        const idx unit = (idx) GROUP_ID * (%4$d / slot) + i / slot;
                        const i32 k = i & (slot - 1);
                        mine[e] = 0;
                        place[e] = 0;
                        to[e] = -1;
                        if (unit < a.units) {
                            const idx o = %6$s;
                            const idx first = (unit - o * a.blocks) * %4$d;
                %7$s            if (first + k < a.n) {
                                const %2$s x = in0[%8$s];
                                %9$s
                                mine[e] = %10$s;
                                place[e] = (i32) (first + k);
                                to[e] = i;
                            }
                        }
                        if (to[e] >= 0) {
                            words[i] = mine[e];
                %11$s        }
                    }
                """.formatted(
                                GROUP,
                                t,
                                beside ? "GLOBAL i32* out1, " : "",
                                BLOCK,
                                beside ? "    LOCAL i32 places[2 * %d];\n".formatted(BLOCK) : "",
                                blocks.quotient("unit"),
                                row,
                                at,
                                key(),
                                word,
                                beside ? "            places[i] = place[e];\n" : "")
                + """
                    BARRIER();
                    i32 side = 0;
                    for (i32 run = 1; run < slot; run <<= 1) {
                        for (i32 e = 0; e < 4; e++) {
                            if (to[e] >= 0) {
                                const i32 i = LOCAL_ID + e * %1$d;
                                const i32 base = i & ~(slot - 1);
                                const idx unit = (idx) GROUP_ID * (%2$d / slot) + i / slot;
                                const idx left = a.n - (unit - %3$s * a.blocks) * %2$d;
                                const i32 end = left < slot ? (i32) left : slot;
                                const i32 k = i - base;
                                const i64 word = words[side + i];
                %4$s%5$s                to[e] = side + base + start + k - own + (low - other);
                                mine[e] = word;
                            }
                        }
                        side ^= %2$d;
                        for (i32 e = 0; e < 4; e++) {
                            if (to[e] >= 0) {
                                const i32 at = to[e] ^ %2$d;
                                words[at] = mine[e];
                %6$s            }
                        }
                        BARRIER();
                    }
                """.formatted(
                                GROUP,
                                BLOCK,
                                blocks.quotient("unit"),
                                beside ? "                place[e] = places[side + i];\n" : "",
                                search("                ", "i32", "words[side + base + %s]", "end"),
                                beside ? "                places[at] = place[e];\n" : "")
                + """
                    for (i32 e = 0; e < 4; e++) {
                        if (to[e] >= 0) {
                            const i32 i = LOCAL_ID + e * %1$d;
                            const idx unit = (idx) GROUP_ID * (%2$d / slot) + i / slot;
                            const idx o = %3$s;
                            const idx at = o * a.n + (unit - o * a.blocks) * %2$d + (i & (slot - 1));
                            out0[at] = words[side + i];
                %4$s        }
                    }
                }
                """.formatted(
                                GROUP,
                                BLOCK,
                                blocks.quotient("unit"),
                                beside ? "            out1[at] = places[side + i];\n" : "");
    }

    /** The words' upper half, or all of them: NaN above all, -0 equal to +0. */
    private String key() {
        String not = kernel.descending() ? "~" : "";
        return switch (kernel.type()) {
            case F32 -> """
                const i32 bits = x == 0.0f ? 0 : x != x ? 0x7fc00000 : BITS(x);
                                const i32 key = %s(bits >= 0 ? bits : bits ^ 0x7fffffff);""".formatted(not);
            case I32, BOOL -> "const i32 key = " + not + "(i32) x;";
            case I64 -> "const i64 key = " + not + "x;";
        };
    }

    /**
     * Where element {@code k} of two runs, which {@code word} is, has its own run and the other: afterwards the merged run begins
     * at {@code start}, its own at {@code own}, the other at {@code other}, and {@code low} is the first of the other's that
     * comes after it.
     *
     * @param word how a text reads a word of both runs, by its number
     * @param end where the second run ends, or the row
     */
    private static String search(String indent, String type, String word, String end) {
        return """
                const %1$s start = k & ~(2 * run - 1);
                const %1$s middle = start + run < %3$s ? start + run : %3$s;
                const %1$s last = %3$s - start < 2 * run ? %3$s : start + 2 * run;
                const bool isLeft = k < middle;
                const %1$s own = isLeft ? start : middle;
                const %1$s other = isLeft ? middle : start;
                %1$s low = other, high = isLeft ? last : middle;
                while (low < high) {
                    const %1$s probe = low + (high - low) / 2;
                    const i64 there = %2$s;
                    const bool isBefore = isLeft ? there < word : there <= word;
                    low = isBefore ? probe + 1 : low;
                    high = isBefore ? high : probe;
                }
                """.formatted(type, word.formatted("probe"), end).indent(indent.length());
    }

    // ---- runs

    private void merge(Buffer[] from, Buffer[] to, long run) {
        Plan plan = plan("sort_merge", "", this::merge);
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(elements).divisor(n).index(run);
        call(plan, arguments, buffers(from, to), elements);
    }

    private String merge(Arguments.Fields fields) {
        fields.index("items");
        Divisor n = fields.divisor("n");
        fields.index("run");
        return """
                KERNEL GROUP_SIZE(%1$d) void sort_merge(GLOBAL const i64* in0, %2$sGLOBAL i64* out0, %3$sconst Args a) {
                    const idx i = (idx) (GROUP_ID * %1$d + LOCAL_ID);
                    if (i < a.items) {
                        const idx row = %4$s * a.n;
                        const idx k = i - row;
                        const idx run = a.run;
                        const i64 word = in0[i];
                %5$s        const idx at = row + start + k - own + (low - other);
                        out0[at] = word;
                %6$s    }
                }
                """.formatted(
                        GROUP,
                        beside ? "GLOBAL const i32* in1, " : "",
                        beside ? "GLOBAL i32* out1, " : "",
                        n.quotient("i"),
                        search("        ", "idx", "in0[row + %s]", "a.n"),
                        beside ? "        out1[at] = in1[i];\n" : "");
    }

    // ---- results

    private void results(Buffer[] sorted) {
        Plan plan = plan("sort_results", rows.signature(), this::results);
        View[] views = views();
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(elements).divisor(n);
        rows.sizes(arguments);
        for (int v = 0; v < views.length; v++) {
            arguments.index(views[v].offset()).index(step(views[v]));
            rows.place(arguments, v);
        }
        Buffer[] operands = Arrays.stream(views).map(View::buffer).toArray(Buffer[]::new);
        Buffer places = sorted[sorted.length - 1];
        call(plan, arguments, buffers(new Buffer[] {places}, operands), elements);
    }

    private String results(Arguments.Fields fields) {
        fields.index("items");
        Divisor n = fields.divisor("n");
        Space.Places places = rows.new Places(fields, "o", "o");
        StringBuilder row = new StringBuilder();
        places.print(row, "        ");
        String[] at = new String[3];
        List<String> names = List.of("in0", "out0", "out1");
        for (int v = 0; v < at.length; v++) {
            String name = names.get(v);
            at[v] = fields.index(name + "_at") + " + %s * " + fields.index(name + "_step")
                    + places.place(fields, v, name);
        }
        return """
                KERNEL GROUP_SIZE(%1$d) void sort_results(GLOBAL const %2$s* places, GLOBAL const %3$s* in0, GLOBAL %3$s* out0, GLOBAL i64* out1, const Args a) {
                    const idx i = (idx) (GROUP_ID * %1$d + LOCAL_ID);
                    if (i < a.items) {
                        const idx o = %4$s;
                        const idx k = i - o * a.n;
                %5$s        const i32 place = (i32) %6$s;
                        out0[%7$s] = in0[%8$s];
                        out1[%9$s] = place;
                    }
                }
                """.formatted(
                        GROUP,
                        beside ? "i32" : "i64",
                        Expressions.memory(kernel.type()),
                        n.quotient("i"),
                        row,
                        beside ? "places[i]" : "(u32) places[i]",
                        at[1].formatted("k"),
                        at[0].formatted("(idx) place"),
                        at[2].formatted("k"));
    }
}
