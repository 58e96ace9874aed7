package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import ondol.backend.cpu.Schedule.Merging;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Turns expressions into a {@link Program}: orders them, keeps what is uniform out of the blocks, and fills slots. */
final class ProgramCompiler {
    /** How often an expression's value changes. */
    private enum Pace {
        LAUNCH,
        BLOCK,
        ELEMENT
    }

    private static final int FIRST_LEVEL_BYTES = 20 << 10;

    /** More primitives in one loop than this are more than the JIT compiler does well. */
    private static final int MOST_FUSED = 150;

    private final Loops loops;
    private final Schedule schedule;
    private final List<Expr> results;
    private final boolean stores;
    private final int inputs;
    private final Type[] inputTypes;
    private final List<Integer> used = new ArrayList<>();
    private final Map<Expr, Pace> paces = new IdentityHashMap<>();
    private final Map<Expr, Integer> positions = new IdentityHashMap<>();
    private final Map<Expr, Integer> lastUse = new IdentityHashMap<>();
    private final Map<Expr, Integer> slots = new IdentityHashMap<>();
    private final Map<Integer, Integer> filled = new HashMap<>();
    private final SlotTable table = new SlotTable();
    private final List<Program.Uniform> constants = new ArrayList<>();
    private final List<Program.Uniform> scalars = new ArrayList<>();
    private final List<Instruction> perLaunch = new ArrayList<>();
    private final List<Instruction> fills = new ArrayList<>();
    private final List<Instruction> perBlock = new ArrayList<>();
    private final List<Instruction> steps = new ArrayList<>();
    private final int[] lastRead;

    /** What goes into one loop; null if every primitive has its own. */
    private final @Nullable List<Expr> body;

    private int fusedStep = -1;

    private ProgramCompiler(List<Expr> results, int inputs, boolean stores, Loops loops, boolean fused) {
        this.loops = loops;
        this.body = fused ? new ArrayList<>() : null;
        Merging merging = loops.fusesChains() ? Merging.CHAINS : Merging.SELECTIONS;
        this.schedule = new Schedule(results, fused ? Merging.NONE : merging);
        this.results = results;
        this.stores = stores;
        this.inputs = inputs;
        this.inputTypes = new Type[inputs];
        this.lastRead = new int[inputs];
        Arrays.fill(inputTypes, Type.F32);
        Arrays.fill(lastRead, -1);
        for (Expr e : schedule.order()) {
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
     * @param stores whether every result is to end up in a slot of its own, for a Map's outputs
     */
    static Program compile(List<Expr> results, int inputs, long uniformInputs, boolean stores, Loops loops) {
        return new ProgramCompiler(results, inputs, stores, loops, false).compile(uniformInputs);
    }

    /** Compiles to a program that does almost everything in one vector loop; null where that is not possible. */
    static @Nullable Program compileFused(
            List<Expr> results, int inputs, long uniformInputs, boolean stores, Loops loops) {
        ProgramCompiler compiler = new ProgramCompiler(results, inputs, stores, loops, true);
        return compiler.isFusible() ? compiler.compile(uniformInputs) : null;
    }

    /** Whether all that goes from element to element through the registers is F32, masks aside. */
    private boolean isAllFloat() {
        return results.stream().allMatch(e -> e.type() == Type.F32)
                && used.stream().allMatch(v -> inputTypes[v] == Type.F32);
    }

    private boolean isFusible() {
        return schedule.order().size() <= MOST_FUSED
                && schedule.order().stream().allMatch(FusedVectorPrimitives::has);
    }

    private Program compile(long uniformInputs) {
        for (Type type : inputTypes) {
            table.add(type);
        }
        if (stores) {
            results.forEach(result -> table.add(result.type()));
        }
        place(schedule.order(), uniformInputs);
        schedule.order().forEach(this::translate);
        if (body != null) {
            fuse(body);
        }
        int[] writtenBy = new int[stores ? results.size() : 0];
        int[] resultSlots = new int[results.size()];
        boolean[] uniformResults = new boolean[results.size()];
        // Of two factors the second may stay uniform; all else is a block.
        boolean exchanged = !stores && results.size() == 2 && isUniformFirst(results.get(0), results.get(1));
        for (int o = 0; o < results.size(); o++) {
            Expr result = results.get(exchanged ? 1 - o : o);
            if (stores) {
                writtenBy[o] = store(result, o);
                resultSlots[o] = inputs + o;
            } else {
                uniformResults[o] = o == 1 && isUniform(result) && (exchanged || !isUniform(results.get(0)));
                resultSlots[o] = isUniform(result) && !uniformResults[o] ? fill(result) : known(slots, result);
            }
        }
        return new Program(
                inputs,
                used.stream().mapToInt(Integer::intValue).toArray(),
                stores ? results.size() : 0,
                table.types(),
                table.registers(),
                constants.toArray(Program.Uniform[]::new),
                scalars.toArray(Program.Uniform[]::new),
                perLaunch.toArray(Instruction[]::new),
                fills.toArray(Instruction[]::new),
                perBlock.toArray(Instruction[]::new),
                steps.toArray(Instruction[]::new),
                resultSlots,
                uniformResults,
                lastRead,
                writtenBy,
                schedule.keeps(),
                block(),
                cost(),
                arithmetic(),
                fusedStep >= 0);
    }

    /** A pass of the interpreter goes through the first-level cache, a primitive in a fused loop through registers. */
    private int cost() {
        return 2 + 2 * steps.size() + arithmetic() + (schedule.keeps() ? 4 : 0);
    }

    private int arithmetic() {
        return body == null || schedule.keeps() ? 0 : body.size() / 3;
    }

    /** The longest block whose registers, inputs and outputs fit the first-level cache, if that is not too short. */
    private int block() {
        int bytes = used.stream().mapToInt(v -> inputTypes[v].bytes()).sum();
        bytes += table.bytesFrom(inputs);
        int elements = FIRST_LEVEL_BYTES / Math.max(1, bytes) / 256 * 256;
        return Math.clamp(elements, 512, schedule.keeps() ? KeepMask.LONGEST_RUN : 2048);
    }

    /** Finds every expression's pace and last use, and gives the leaves their slots. */
    private void place(List<Expr> order, long uniformInputs) {
        for (int position = 0; position < order.size(); position++) {
            Expr e = order.get(position);
            Pace pace = switch (e) {
                case Expr.Constant c -> Pace.LAUNCH;
                case Expr.Scalar s -> Pace.LAUNCH;
                case Expr.Keep k -> Pace.ELEMENT;
                case Expr.Input in ->
                    in.index() < Long.SIZE && (uniformInputs >>> in.index() & 1) != 0 ? Pace.BLOCK : Pace.ELEMENT;
                default -> {
                    boolean masked = e instanceof Expr.Select s && schedule.isByKeep(s);
                    Pace slowest = masked ? Pace.ELEMENT : Pace.LAUNCH;
                    for (Expr operand : schedule.operands(e)) {
                        Pace p = known(paces, operand);
                        slowest = p.compareTo(slowest) > 0 ? p : slowest;
                        lastUse.put(operand, position);
                    }
                    yield slowest;
                }
            };
            paces.put(e, pace);
            positions.put(e, position);
            switch (e) {
                case Expr.Input in -> slots.put(e, in.index());
                case Expr.Constant c -> constants.add(new Program.Uniform(lastingSlot(e), c.bits()));
                case Expr.Scalar s -> scalars.add(new Program.Uniform(lastingSlot(e), s.index()));
                default -> {}
            }
        }
        results.forEach(result -> lastUse.put(result, Integer.MAX_VALUE));
    }

    private int lastingSlot(Expr e) {
        int slot = table.addLasting(e.type());
        slots.put(e, slot);
        return slot;
    }

    private void translate(Expr e) {
        Expr[] operands = schedule.operands(e);
        switch (e) {
            case Expr.Input i -> {}
            case Expr.Scalar s -> {}
            case Expr.Constant c -> {}
            case Expr.Keep k when body != null && isAllFloat() -> body.add(e);
            case Expr.Keep k -> {
                int d = resultSlot(e);
                steps.add(new Instruction(loops.keep(), d, k.seedScalar(), k.thresholdScalar(), 0, 0));
            }
            case Expr.Unary u -> emit(e, operands, form -> loops.unary(u.op(), u.a().type()));
            case Expr.Binary b
            when b.op().isComparison() -> {
                Comparison comparison = Comparison.of(b.op());
                Comparison used = isUniformFirst(b.a(), b.b()) ? comparison.exchanged() : comparison;
                emit(e, ordered(b.a(), b.b()), form -> loops.compare(used, b.a().type(), form));
            }
            case Expr.Binary b
            when schedule.product(b) != null -> {
                Expr[] pair = ordered(operands[0], operands[1]);
                operands[0] = pair[0];
                operands[1] = pair[1];
                emit(e, operands, operands.length == 3 ? loops::mulAdd : loops::fmaAdd);
            }
            case Expr.Binary b -> {
                Expr[] pair = isCommutative(b.op()) ? ordered(b.a(), b.b()) : operands;
                emit(e, pair, form -> loops.binary(b.op(), b.type(), form));
            }
            case Expr.Fma f when schedule.polynomial(f) != null -> emitPolynomial(f, operands);
            case Expr.Fma f -> {
                Expr[] pair = ordered(f.a(), f.b());
                emit(e, new Expr[] {pair[0], pair[1], f.c()}, loops::fma);
            }
            case Expr.Select s
            when schedule.isByKeep(s) -> {
                emit(e, new Expr[] {null, operands[0], operands[1]}, loops::selectKeep);
            }
            case Expr.Select s
            when schedule.isByComparison(s) -> {
                Comparison comparison = Comparison.of(Schedule.comparison(s).op());
                Comparison used = isUniformFirst(operands[0], operands[1]) ? comparison.exchanged() : comparison;
                Expr[] pair = ordered(operands[0], operands[1]);
                emit(
                        e,
                        new Expr[] {pair[0], pair[1], operands[2], operands[3]},
                        form -> loops.selectCompare(used, form));
            }
            case Expr.Select s -> emit(e, operands, form -> loops.select(s.type(), form));
        }
    }

    /** Emits the instruction for {@code e}, in the form that leaves most uniform operands as they are. */
    private void emit(Expr e, @Nullable Expr[] operands, IntFunction<@Nullable Loop> forms) {
        Pace pace = known(paces, e);
        if (body != null && pace == Pace.ELEMENT) {
            body.add(e);
            return;
        }
        int[] s = new int[4];
        for (int k = 0; k < operands.length; k++) {
            Expr operand = operands[k];
            s[k] = operand == null ? 0 : known(slots, operand);
        }
        if (e instanceof Expr.Select select && schedule.isByKeep(select)) {
            s[0] = Schedule.keep(select).seedScalar();
            s[3] = Schedule.keep(select).thresholdScalar();
        }
        if (pace != Pace.ELEMENT) {
            int d = table.add(e.type());
            slots.put(e, d);
            Loop loop = form(forms, 0);
            (pace == Pace.LAUNCH ? perLaunch : perBlock).add(new Instruction(loop, d, s[0], s[1], s[2], s[3]));
            return;
        }
        int uniform = 0;
        for (int k = 0; k < operands.length; k++) {
            Expr operand = operands[k];
            if (operand != null && isUniform(operand)) {
                uniform |= 1 << k;
            }
        }
        int form = bestForm(forms, uniform);
        for (int k = 0; k < operands.length; k++) {
            Expr operand = operands[k];
            if (operand != null && (uniform & ~form & 1 << k) != 0) {
                s[k] = fill(operand);
            }
            if (operand instanceof Expr.Input in) {
                lastRead[in.index()] = steps.size();
            }
        }
        Loop loop = form(forms, form);
        release(e, operands);
        int d = resultSlot(e);
        steps.add(new Instruction(loop, d, s[0], s[1], s[2], s[3]));
    }

    /** Horner's rule: the start, x, then the coefficients, which are leaves and stay uniform. */
    private void emitPolynomial(Expr e, Expr[] operands) {
        int[] coefficients = new int[operands.length - 2];
        for (int k = 0; k < coefficients.length; k++) {
            coefficients[k] = known(slots, operands[k + 2]);
        }
        Expr[] varying = {operands[0], operands[1]};
        emit(e, varying, form -> loops.polynomial(coefficients, form));
    }

    /** Emits one loop for all of these, which leaves in slots what are results. */
    private void fuse(List<Expr> all) {
        Map<Expr, Integer> varying = new LinkedHashMap<>();
        Map<Expr, Integer> uniform = new LinkedHashMap<>();
        for (Expr e : all) {
            for (Expr operand : e.operands()) {
                Integer slot = slots.get(operand);
                if (slot != null) {
                    (isUniform(operand) ? uniform : varying).put(operand, slot);
                    if (operand instanceof Expr.Input in) {
                        lastRead[in.index()] = steps.size();
                    }
                }
            }
        }
        List<FusedVectorLoop.Store> stored = new ArrayList<>();
        for (Expr e : all) {
            if (results.contains(e)) {
                stored.add(new FusedVectorLoop.Store(e, resultSlot(e)));
            }
        }
        if (!stored.isEmpty()) {
            fusedStep = steps.size();
            Loop loop = FusedVectorLoop.of(new FusedVectorLoop.Work(all, varying, uniform, stored));
            steps.add(new Instruction(loop, stored.getLast().slot(), 0, 0, 0, 0));
        }
    }

    private static Loop form(IntFunction<@Nullable Loop> forms, int form) {
        Loop loop = forms.apply(form);
        if (loop == null) {
            throw new AssertionError("no loop of form " + form);
        }
        return loop;
    }

    private static int bestForm(IntFunction<@Nullable Loop> forms, int uniform) {
        int best = 0;
        for (int form = uniform; form > 0; form = (form - 1) & uniform) {
            if (Integer.bitCount(form) > Integer.bitCount(best) && forms.apply(form) != null) {
                best = form;
            }
        }
        return best;
    }

    /** The slot of a block filled with a uniform value. */
    private int fill(Expr uniform) {
        int from = known(slots, uniform);
        return filled.computeIfAbsent(from, slot -> {
            int d = table.add(uniform.type());
            List<Instruction> place = known(paces, uniform) == Pace.LAUNCH ? fills : steps;
            place.add(new Instruction(loops.fill(uniform.type()), d, slot, 0, 0, 0));
            return d;
        });
    }

    /** What every expression has from the analysis on. */
    private static <V> V known(Map<Expr, V> of, Expr e) {
        return Objects.requireNonNull(of.get(e));
    }

    /** Frees the slots of temporaries that are used here for the last time. */
    private void release(Expr e, @Nullable Expr[] operands) {
        int position = known(positions, e);
        for (int k = 0; k < operands.length; k++) {
            Expr operand = operands[k];
            if (operand == null) {
                continue;
            }
            boolean isTemporary = !isUniform(operand) && !(operand instanceof Expr.Input);
            boolean isRepeated = Arrays.asList(operands).indexOf(operand) != k;
            if (isTemporary && !isRepeated && known(lastUse, operand) == position) {
                table.release(known(slots, operand));
            }
        }
    }

    /** Where the value of a varying expression goes: into an output's slot if it is one, else into a temporary. */
    private int resultSlot(Expr e) {
        int output = stores ? results.indexOf(e) : -1;
        int slot = output >= 0 ? inputs + output : table.take(e.type());
        slots.put(e, slot);
        return slot;
    }

    /** Sees to it that output o has its value; returns the step that writes it. */
    private int store(Expr result, int o) {
        int slot = known(slots, result);
        if (slot != inputs + o) {
            Loop loop = isUniform(result) ? loops.fill(result.type()) : loops.copy(result.type());
            if (result instanceof Expr.Input in) {
                lastRead[in.index()] = steps.size();
            }
            steps.add(new Instruction(loop, inputs + o, slot, 0, 0, 0));
            return steps.size() - 1;
        }
        if (body != null && body.contains(result)) {
            return fusedStep;
        }
        for (int step = steps.size() - 1; step >= 0; step--) {
            if (steps.get(step).d() == slot) {
                return step;
            }
        }
        throw new AssertionError("nothing writes output " + o);
    }

    private boolean isUniform(Expr e) {
        return known(paces, e) != Pace.ELEMENT;
    }

    private boolean isUniformFirst(Expr a, Expr b) {
        return isUniform(a) && !isUniform(b);
    }

    private Expr[] ordered(Expr a, Expr b) {
        return isUniformFirst(a, b) ? new Expr[] {b, a} : new Expr[] {a, b};
    }

    private static boolean isCommutative(BinaryOp op) {
        return switch (op) {
            case ADD, MUL, MIN, MAX, EQ, AND, OR, XOR -> true;
            case SUB, DIV, LT, LE, SHL, SHR, USHR -> false;
        };
    }
}
