package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Type;

/** Turns expressions into a {@link Program}: orders them, keeps what is uniform out of the blocks, and fills slots. */
final class ProgramCompiler {
    /** How often an expression's value changes. */
    private enum Pace {
        LAUNCH,
        BLOCK,
        ELEMENT
    }

    private static final int FIRST_LEVEL_BYTES = 20 << 10;

    /** More in one loop than this is more than the JIT compiler does well; such programs are cut in pieces. */
    private static final int MOST_WRITTEN = 150;

    /** The fewest and the most primitives of a piece; constants come on top. */
    private static final int SHORT_PIECE = 40;

    private static final int LONG_PIECE = 100;

    /** A long that goes from one piece to the next counts like so many floats: it may be one that is rarely needed. */
    private static final int LONG_WEIGHT = 8;

    private final List<Expr> order;
    private final List<Expr> results;
    private final boolean stores;
    private final boolean written;
    private final boolean keeps;
    private final int inputs;
    private final Type[] inputTypes;
    private final List<Integer> used = new ArrayList<>();
    private final Map<Expr, Pace> paces = new IdentityHashMap<>();
    private final Map<Expr, Integer> lastUse = new IdentityHashMap<>();
    private final Map<Expr, Integer> slots = new IdentityHashMap<>();
    private final Map<Integer, Integer> filled = new HashMap<>();
    private final SlotTable table = new SlotTable();
    private final List<Program.Uniform> constants = new ArrayList<>();
    private final List<Program.Uniform> scalars = new ArrayList<>();
    private final List<Step> perLaunch = new ArrayList<>();
    private final List<Step> fills = new ArrayList<>();
    private final List<Step> perBlock = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final int[] lastRead;
    private final int[] writtenBy;

    /** What goes into the written loop: what is computed once a block, and what for every element. */
    private final List<Expr> ahead = new ArrayList<>();

    private final List<Expr> body = new ArrayList<>();

    /** Whether the written loop would be slower than plain ones. */
    private boolean isSlow;

    /** Whether the program can be run on F32 views where they lie. */
    private boolean inPlace = true;

    private ProgramCompiler(List<Expr> results, int inputs, boolean stores, boolean written) {
        this.order = Dag.nodes(results);
        this.results = results;
        this.stores = stores;
        this.keeps = order.stream().anyMatch(e -> e instanceof Expr.Keep);
        this.written = written && (order.size() <= MOST_WRITTEN || !keeps);
        this.inputs = inputs;
        this.inputTypes = new Type[inputs];
        this.lastRead = new int[inputs];
        this.writtenBy = new int[stores ? results.size() : 0];
        Arrays.fill(inputTypes, Type.F32);
        Arrays.fill(lastRead, -1);
        for (Expr e : order) {
            if (e instanceof Expr.Input in) {
                inputTypes[in.index()] = in.type();
                used.add(in.index());
            }
        }
    }

    /**
     * Compiles.
     *
     * @param results what is wanted
     * @param inputs how many inputs a launch has, used or not
     * @param uniformInputs bit i is set if input i is one value for each whole block
     * @param stores whether every result is to end up in a slot of its own, for a Map's outputs; else there is one
     * @param written whether one vector loop, or a few of a long program, are to do everything, where that is possible
     */
    static Program compile(List<Expr> results, int inputs, long uniformInputs, boolean stores, boolean written) {
        ProgramCompiler compiler = new ProgramCompiler(results, inputs, stores, written);
        Program program = compiler.compile(uniformInputs);
        return compiler.isSlow ? compile(results, inputs, uniformInputs, stores, false) : program;
    }

    private Program compile(long uniformInputs) {
        for (Type type : inputTypes) {
            table.add(type);
        }
        if (stores) {
            results.forEach(result -> table.add(result.type()));
        }
        place(uniformInputs);
        for (int position = 0; position < order.size(); position++) {
            translate(order.get(position), position);
        }
        boolean hasLoop = !ahead.isEmpty() || !body.isEmpty();
        if (hasLoop) {
            write();
        }
        int result = -1;
        if (stores) {
            for (int o = 0; o < results.size(); o++) {
                store(results.get(o), o);
            }
        } else {
            Expr value = results.getFirst();
            result = !isUniform(value) || ahead.contains(value) ? known(slots, value) : fill(value);
        }
        return new Program(
                inputs,
                used.stream().mapToInt(Integer::intValue).toArray(),
                stores ? results.size() : 0,
                table.types(),
                table.registers(),
                constants.toArray(Program.Uniform[]::new),
                scalars.toArray(Program.Uniform[]::new),
                perLaunch.toArray(Step[]::new),
                fills.toArray(Step[]::new),
                perBlock.toArray(Step[]::new),
                steps.toArray(Step[]::new),
                result,
                lastRead,
                writtenBy,
                keeps,
                block(),
                cost(),
                arithmetic(),
                inPlace,
                hasLoop);
    }

    /** A pass of the interpreter goes through the first-level cache, a primitive in a written loop through registers. */
    private int cost() {
        return 2 + 2 * steps.size() + arithmetic() + (keeps ? 4 : 0);
    }

    private int arithmetic() {
        return keeps ? 0 : body.size() / 3;
    }

    /** The longest block whose registers, inputs and outputs fit the first-level cache, if that is not too short. */
    private int block() {
        int bytes = used.stream().mapToInt(v -> inputTypes[v].bytes()).sum();
        bytes += table.bytesFrom(inputs);
        int elements = FIRST_LEVEL_BYTES / Math.max(1, bytes) / 256 * 256;
        return Math.clamp(elements, 512, keeps ? KeepMask.LONGEST_RUN : 2048);
    }

    /** Finds every expression's pace and last use, and gives the leaves their slots. */
    private void place(long uniformInputs) {
        for (int position = 0; position < order.size(); position++) {
            Expr e = order.get(position);
            Pace pace = Pace.LAUNCH;
            switch (e) {
                case Expr.Input in -> {
                    boolean uniform = in.index() < Long.SIZE && (uniformInputs >>> in.index() & 1) != 0;
                    pace = uniform ? Pace.BLOCK : Pace.ELEMENT;
                    slots.put(e, in.index());
                }
                case Expr.Constant c -> constants.add(new Program.Uniform(lastingSlot(e), c.bits()));
                case Expr.Scalar s -> scalars.add(new Program.Uniform(lastingSlot(e), s.index()));
                case Expr.Keep k -> pace = Pace.ELEMENT;
                default -> {
                    for (Expr operand : e.operands()) {
                        Pace p = known(paces, operand);
                        pace = p.compareTo(pace) > 0 ? p : pace;
                        lastUse.put(operand, position);
                    }
                }
            }
            paces.put(e, pace);
        }
        results.forEach(result -> lastUse.put(result, Integer.MAX_VALUE));
    }

    private int lastingSlot(Expr e) {
        int slot = table.addLasting(e.type());
        slots.put(e, slot);
        return slot;
    }

    private void translate(Expr e, int position) {
        if (e instanceof Expr.Input || e instanceof Expr.Constant || e instanceof Expr.Scalar) {
            return;
        }
        Pace pace = known(paces, e);
        if (e instanceof Expr.Keep k && !(written && masksInLoop())) {
            steps.add(PlainStep.keep(k, resultSlot(e)));
        } else if (written && pace == Pace.ELEMENT && isConvertedBefore(e)) {
            int d = table.take(e.type());
            steps.add(PlainStep.of(e, d, new int[] {known(slots, e.operands()[0]), 0, 0}));
            slots.put(e, d);
        } else if (written && pace != Pace.LAUNCH) {
            (pace == Pace.BLOCK ? ahead : body).add(e);
        } else {
            plain(e, pace, position);
        }
    }

    /** Whether a plain loop converts an input of longs to floats before the written one, which would be slow at it. */
    private boolean isConvertedBefore(Expr e) {
        return FusedVectorLoop.isSlow(e)
                && e.type() == Type.F32
                && e.operands()[0] instanceof Expr.Input
                && !results.contains(e);
    }

    /** Whether the written loop makes dropout masks itself: it goes run by run then, and only floats can begin anywhere. */
    private boolean masksInLoop() {
        return order.stream().noneMatch(e -> e.type() == Type.I64)
                && results.stream().allMatch(e -> e.type() == Type.F32)
                && used.stream().allMatch(v -> inputTypes[v] == Type.F32);
    }

    /** Emits a plain loop, or one element of it. What is uniform becomes a register of equal elements for the loop. */
    private void plain(Expr e, Pace pace, int position) {
        Expr[] operands = e.operands();
        int[] s = new int[3];
        for (int k = 0; k < operands.length; k++) {
            boolean spreads = pace == Pace.ELEMENT && isUniform(operands[k]);
            s[k] = spreads ? fill(operands[k]) : known(slots, operands[k]);
        }
        for (Expr operand : operands) {
            if (operand instanceof Expr.Input in && pace == Pace.ELEMENT) {
                lastRead[in.index()] = steps.size();
            }
        }
        List<Step> to = pace == Pace.LAUNCH ? perLaunch : pace == Pace.BLOCK ? perBlock : steps;
        if (pace == Pace.ELEMENT) {
            release(position, operands);
        }
        int d = pace == Pace.ELEMENT ? resultSlot(e) : table.add(e.type());
        slots.put(e, d);
        to.add(PlainStep.of(e, d, s));
        inPlace &= pace == Pace.LAUNCH;
    }

    /** Writes a loop for each piece of the body, which leaves in slots what are results, or what later pieces read. */
    private void write() {
        int from = 0;
        Map<Expr, Integer> lastReads = lastReads();
        do {
            int to = order.size() <= MOST_WRITTEN ? body.size() : cut(from, lastReads);
            write(body.subList(from, to), from == 0, e -> lastReads.getOrDefault(e, -1) >= to);
            for (Expr e : body.subList(0, to)) {
                int lastRead = known(lastReads, e);
                if (lastRead >= from && lastRead < to && slots.containsKey(e) && !results.contains(e)) {
                    table.release(known(slots, e));
                }
            }
            from = to;
        } while (from < body.size());
    }

    /** Where in the body each value of the body is read last; -1 for nowhere. */
    private Map<Expr, Integer> lastReads() {
        Map<Expr, Integer> places = new IdentityHashMap<>();
        for (int k = 0; k < body.size(); k++) {
            for (Expr operand : body.get(k).operands()) {
                places.replace(operand, k);
            }
            places.put(body.get(k), -1);
        }
        return places;
    }

    /** The end of a piece: where the fewest values are still to be read. */
    private int cut(int from, Map<Expr, Integer> lastReads) {
        if (body.size() - from <= LONG_PIECE) {
            return body.size();
        }
        int best = from + LONG_PIECE;
        int least = Integer.MAX_VALUE;
        for (int to = from + LONG_PIECE; to >= from + SHORT_PIECE; to--) {
            int weight = 0;
            for (Expr e : body.subList(from, to)) {
                if (known(lastReads, e) >= to && !results.contains(e)) {
                    weight += e.type() == Type.I64 ? LONG_WEIGHT : 1;
                }
            }
            if (weight < least) {
                least = weight;
                best = to;
            }
        }
        return best;
    }

    /**
     * Writes one loop.
     *
     * @param first whether no loop has been written: this one stores results that are one value for the whole block
     * @param later whether a later loop reads a value
     */
    private void write(List<Expr> piece, boolean first, Predicate<Expr> later) {
        Map<Expr, Integer> varying = new LinkedHashMap<>();
        Map<Expr, Integer> uniform = new LinkedHashMap<>();
        List<Expr> all = new ArrayList<>(ahead);
        all.addAll(piece);
        for (Expr e : all) {
            for (Expr operand : e.operands()) {
                Integer slot = slots.get(operand);
                if (slot != null && !ahead.contains(operand)) {
                    (isUniform(operand) ? uniform : varying).put(operand, slot);
                    if (operand instanceof Expr.Input in) {
                        lastRead[in.index()] = steps.size();
                    }
                }
            }
        }
        List<FusedVectorLoop.Store> stored = new ArrayList<>();
        for (Expr e : first ? all : piece) {
            if (results.contains(e) || later.test(e)) {
                stored.add(new FusedVectorLoop.Store(e, resultSlot(e)));
            }
        }
        FusedVectorLoop.Work work = new FusedVectorLoop.Work(ahead, piece, varying, uniform, stored);
        isSlow |= FusedVectorLoop.isSlow(work);
        if (!isSlow) {
            steps.add(FusedVectorLoop.of(work));
        }
    }

    /** The slot of a block filled with a uniform value. */
    private int fill(Expr uniform) {
        int from = known(slots, uniform);
        return filled.computeIfAbsent(from, slot -> {
            int d = table.add(uniform.type());
            List<Step> place = known(paces, uniform) == Pace.LAUNCH ? fills : steps;
            place.add(PlainStep.fill(uniform.type(), d, slot));
            return d;
        });
    }

    /** What every expression has from the analysis on. */
    private static <V> V known(Map<Expr, V> of, Expr e) {
        return Objects.requireNonNull(of.get(e));
    }

    /** Frees the slots of temporaries that are used here for the last time. */
    private void release(int position, Expr[] operands) {
        for (int k = 0; k < operands.length; k++) {
            Expr operand = operands[k];
            boolean isTemporary = !isUniform(operand) && !(operand instanceof Expr.Input);
            boolean isRepeated = Arrays.asList(operands).indexOf(operand) != k;
            if (isTemporary && !isRepeated && known(lastUse, operand) == position) {
                table.release(known(slots, operand));
            }
        }
    }

    /** Where the value of a varying expression goes, with the next step: into an output's slot if it is one, else into a temporary. */
    private int resultSlot(Expr e) {
        int output = stores ? results.indexOf(e) : -1;
        int slot = output >= 0 ? inputs + output : table.take(e.type());
        if (output >= 0) {
            writtenBy[output] = steps.size();
        }
        slots.put(e, slot);
        return slot;
    }

    /** Sees to it that output o has its value. */
    private void store(Expr result, int o) {
        int slot = known(slots, result);
        if (slot != inputs + o) {
            Type type = result.type();
            boolean fills = isUniform(result) && !ahead.contains(result);
            if (result instanceof Expr.Input in) {
                lastRead[in.index()] = steps.size();
            }
            writtenBy[o] = steps.size();
            steps.add(fills ? PlainStep.fill(type, inputs + o, slot) : PlainStep.copy(type, inputs + o, slot));
        }
    }

    private boolean isUniform(Expr e) {
        return known(paces, e) != Pace.ELEMENT;
    }
}
