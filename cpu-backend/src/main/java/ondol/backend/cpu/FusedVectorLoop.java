package ondol.backend.cpu;

import static ondol.backend.cpu.Written.desc;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Type;

/**
 * Writes a class with one loop for a whole expression: every vector of elements is loaded, goes through all primitives in
 * registers, and is stored. The JIT compiler makes of it what a C compiler would of the same loop by hand.
 *
 * <p>Where there are longs, all vectors have as many lanes as a vector of longs. But where longs are only on one side of
 * selections, as in a sine, which needs them for large arguments, vectors without such an element go the other way.
 */
final class FusedVectorLoop {
    /** The vectors of loops without longs; the loops written here read these. */
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

    /** The vectors of loops with longs. */
    static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;

    private static final VectorShape HALF = VectorShape.forBitSize(L.vectorBitSize() / 2);

    static final VectorSpecies<Float> HALF_F = VectorSpecies.of(float.class, HALF);

    static final VectorSpecies<Integer> HALF_I = VectorSpecies.of(int.class, HALF);

    /** A value that ends up in a slot. */
    record Store(Expr value, int slot) {}

    /**
     * What a loop computes.
     *
     * @param ahead the expressions that are one value for the whole block, as far as they are to be computed
     * @param body the expressions that differ from element to element, without inputs
     * @param varying the slots of inputs, and of dropout masks that are not in the body
     * @param uniform the slots of what is one value for the whole block
     */
    record Work(
            List<Expr> ahead,
            List<Expr> body,
            Map<Expr, Integer> varying,
            Map<Expr, Integer> uniform,
            List<Store> stores) {
        /** Whether there are dropout masks in the body; all else that varies is then F32. */
        boolean keeps() {
            return body.stream().anyMatch(e -> e instanceof Expr.Keep);
        }

        /** Everything that is computed or read, operands first; of {@code shortcuts} only the condition and one side. */
        List<Expr> nodes(Map<Expr.Select, Expr> shortcuts) {
            return Dag.nodes(stores.stream().map(Store::value).toList(), e -> {
                if (varying.containsKey(e) || uniform.containsKey(e)) {
                    return Expr.NO_OPERANDS;
                }
                Expr side = e instanceof Expr.Select s ? shortcuts.get(s) : null;
                return side == null ? e.operands() : new Expr[] {((Expr.Select) e).condition(), side};
            });
        }

        /** The selections of floats of which one side needs longs, and the other side; none if longs come in anyway. */
        Map<Expr.Select, Expr> shortcuts() {
            Map<Expr.Select, Expr> shortcuts = new IdentityHashMap<>();
            Map<Expr, Boolean> needsLongs = new IdentityHashMap<>();
            for (Expr e : nodes(shortcuts)) {
                boolean needs = e.type() == Type.I64;
                for (Expr operand : e.operands()) {
                    needs |= needsLongs.getOrDefault(operand, operand.type() == Type.I64);
                }
                if (needs && e instanceof Expr.Select s && s.type() == Type.F32 && !ahead.contains(s)) {
                    boolean whenTrue = needsLongs.getOrDefault(s.whenTrue(), false);
                    boolean whenFalse = needsLongs.getOrDefault(s.whenFalse(), false);
                    if (whenTrue != whenFalse && !needsLongs.getOrDefault(s.condition(), false)) {
                        shortcuts.put(s, whenTrue ? s.whenFalse() : s.whenTrue());
                        needs = false;
                    }
                }
                needsLongs.put(e, needs);
            }
            return hasLongs(nodes(shortcuts)) ? Map.of() : shortcuts;
        }
    }

    private static boolean hasLongs(List<Expr> nodes) {
        return nodes.stream().anyMatch(e -> e.type() == Type.I64);
    }

    /** Does a block that has several runs of indices run by run; {@code moving} are the slots that go with the elements. */
    static void runs(Step loop, Frame r, int[] moving) {
        int runs = r.indexRuns;
        long firstStart = r.indexStart[0];
        int done = 0;
        r.indexRuns = 1;
        for (int run = 0; run < runs; run++) {
            r.indexStart[0] = run == 0 ? firstStart : r.indexStart[run];
            int n = r.indexCount[run];
            loop.run(r, n);
            for (int slot : moving) {
                r.at[slot] += n;
            }
            done += n;
        }
        for (int slot : moving) {
            r.at[slot] -= done;
        }
        r.indexStart[0] = firstStart;
        r.indexRuns = runs;
    }

    static final ClassDesc FLOATS = desc(FloatVector.class);
    static final ClassDesc INTS = desc(IntVector.class);
    static final ClassDesc LONGS = desc(LongVector.class);
    static final ClassDesc MASK = desc(VectorMask.class);
    static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc HERE = desc(FusedVectorLoop.class);
    private static final ClassDesc FRAME = desc(Frame.class);
    private static final ClassDesc NAME = ClassDesc.of(FusedVectorLoop.class.getPackageName(), "Fused");
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(ConstantDescs.CD_void, FRAME, ConstantDescs.CD_int);
    private static final MethodTypeDesc RUNS =
            MethodTypeDesc.of(ConstantDescs.CD_void, desc(Step.class), FRAME, ConstantDescs.CD_int.arrayType());
    private static final MethodTypeDesc MASKED =
            MethodTypeDesc.of(ConstantDescs.CD_void, FRAME, ConstantDescs.CD_int, ConstantDescs.CD_int);

    private FusedVectorLoop() {}

    /** Whether plain loops are faster. */
    static boolean isSlow(Work work) {
        return work.nodes(work.shortcuts()).stream()
                .anyMatch(e -> !work.varying.containsKey(e) && !work.uniform.containsKey(e) && isSlow(e));
    }

    /** Whether this is a conversion between longs and floats, for which only vectors of 512 bits have an instruction. */
    static boolean isSlow(Expr e) {
        return F.vectorBitSize() < 512
                && e instanceof Expr.Unary u
                && (u.type() == Type.F32 && u.a().type() == Type.I64
                        || u.type() == Type.I64 && u.a().type() == Type.F32);
    }

    /** A loop that does this work; its class lives as long as it does. */
    static Step of(Work work) {
        Map<Expr.Select, Expr> shortcuts = work.shortcuts();
        byte[] bytes = ClassFile.of().build(NAME, type -> {
            Written.begin(type, desc(WrittenStep.class));
            type.withMethodBody(
                    "primitives",
                    MethodTypeDesc.of(ConstantDescs.CD_int),
                    ClassFile.ACC_PUBLIC,
                    code -> code.loadConstant(work.body.size()).ireturn());
            type.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> {
                Writer writer = new Writer(work, shortcuts, code, 1);
                writer.callForNone(2);
                if (work.keeps()) {
                    writer.oneRunAtATime();
                }
                writer.wholeVectors(2);
            });
            type.withMethodBody(
                    "masked", MASKED, ClassFile.ACC_STATIC, code -> new Writer(work, Map.of(), code, 0).masked(1, 2));
        });
        return (Step) Written.instance(bytes);
    }

    /** The class of a type's vectors. */
    static ClassDesc vector(Type type) {
        return switch (type) {
            case F32 -> FLOATS;
            case I32 -> INTS;
            case I64 -> LONGS;
            case BOOL -> MASK;
        };
    }

    static ClassDesc element(Type type) {
        return switch (type) {
            case F32 -> ConstantDescs.CD_float;
            case I32 -> ConstantDescs.CD_int;
            case I64 -> ConstantDescs.CD_long;
            case BOOL -> ConstantDescs.CD_boolean;
        };
    }

    /** Writes one method. The frame is in a parameter, and so are the bounds. */
    private static final class Writer {
        private final Work work;
        private final Map<Expr.Select, Expr> shortcuts;
        private final List<Expr> nodes;
        private final boolean half;
        private final int lanes;
        private final CodeBuilder code;
        private final FusedVectorPrimitives primitives;
        private final int frame;
        private final int index;
        private final Map<Expr, Integer> values = new IdentityHashMap<>();
        private final Map<Expr, Mask> masks = new IdentityHashMap<>();
        private final Map<Integer, Place> places = new HashMap<>();
        private int powers;

        Writer(Work work, Map<Expr.Select, Expr> shortcuts, CodeBuilder code, int frame) {
            this.work = work;
            this.shortcuts = shortcuts;
            this.nodes = work.nodes(shortcuts);
            this.half = hasLongs(nodes);
            this.lanes = half ? L.length() : F.length();
            this.code = code;
            this.primitives = new FusedVectorPrimitives(code, this::push, this::species);
            this.frame = frame;
            this.index = code.allocateLocal(TypeKind.INT);
        }

        /** Calls the rest and returns if there are no elements: such calls are what the compiler counts. */
        void callForNone(int n) {
            Label some = code.newLabel();
            code.iload(n).ifgt(some);
            code.aload(frame)
                    .iconst_0()
                    .iload(n)
                    .invokestatic(NAME, "masked", MASKED)
                    .return_();
            code.labelBinding(some);
        }

        /** Returns after {@link FusedVectorLoop#runs} if the block has several runs of indices. */
        void oneRunAtATime() {
            Label one = code.newLabel();
            code.aload(frame).getfield(FRAME, "indexRuns", ConstantDescs.CD_int);
            code.iconst_1().if_icmpeq(one);
            int[] moving = IntStream.concat(
                            work.varying.values().stream().mapToInt(slot -> slot),
                            work.stores.stream().mapToInt(Store::slot))
                    .distinct()
                    .toArray();
            code.aload(0).aload(frame);
            code.loadConstant(moving.length).newarray(TypeKind.INT);
            for (int k = 0; k < moving.length; k++) {
                code.dup().loadConstant(k).loadConstant(moving[k]).iastore();
            }
            code.invokestatic(HERE, "runs", RUNS).return_().labelBinding(one);
        }

        /** Elements 0 to n - 1, as far as they fill vectors, and a call of the other method for the rest. */
        void wholeVectors(int n) {
            Label next = code.newLabel();
            Label end = code.newLabel();
            Label done = code.newLabel();
            int bound = code.allocateLocal(TypeKind.INT);
            begin();
            code.iload(n).loadConstant(-lanes).iand().istore(bound);
            code.iconst_0().istore(index);
            code.labelBinding(next).iload(index).iload(bound).if_icmpge(end);
            compute(-1);
            if (shortcuts.isEmpty()) {
                store(-1);
            } else {
                Label store = code.newLabel();
                Label stored = code.newLabel();
                longSides();
                code.invokevirtual(MASK, "anyTrue", MethodTypeDesc.of(ConstantDescs.CD_boolean));
                code.ifeq(store);
                code.aload(frame).iload(index).dup().loadConstant(lanes).iadd().invokestatic(NAME, "masked", MASKED);
                code.goto_(stored).labelBinding(store);
                store(-1);
                code.labelBinding(stored);
            }
            code.iinc(index, lanes).goto_(next).labelBinding(end);
            code.iload(index).iload(n).if_icmpge(done);
            code.aload(frame).iload(index).iload(n).invokestatic(NAME, "masked", MASKED);
            code.labelBinding(done).return_();
        }

        /** Pushes which elements need a side that the shortcuts leave out. */
        private void longSides() {
            boolean first = true;
            for (Expr e : nodes) {
                if (e instanceof Expr.Select s && shortcuts.containsKey(s)) {
                    push(s.condition());
                    if (shortcuts.get(s) == s.whenTrue()) {
                        code.invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
                    }
                    if (!first) {
                        code.invokevirtual(MASK, "or", MethodTypeDesc.of(MASK, MASK));
                    }
                    first = false;
                }
            }
        }

        /** Elements from to n - 1 under a mask. Floats may lie in a tensor, others in registers of whole vectors. */
        void masked(int from, int n) {
            Label some = code.newLabel();
            code.iload(from).iload(n).if_icmplt(some).return_().labelBinding(some);
            Label next = code.newLabel();
            Label end = code.newLabel();
            int mask = code.allocateLocal(TypeKind.REFERENCE);
            begin();
            code.iload(from).istore(index);
            code.labelBinding(next).iload(index).iload(n).if_icmpge(end);
            species(Type.F32);
            code.iload(index)
                    .iload(n)
                    .invokeinterface(
                            SPECIES,
                            "indexInRange",
                            MethodTypeDesc.of(MASK, ConstantDescs.CD_int, ConstantDescs.CD_int))
                    .astore(mask);
            compute(mask);
            store(mask);
            code.iinc(index, lanes).goto_(next).labelBinding(end).return_();
        }

        /** What comes before the loop: where things lie, and what is one value for the whole block. */
        private void begin() {
            for (Expr e : nodes) {
                Integer slot = work.uniform.get(e);
                if (slot != null) {
                    broadcast(e.type(), slot);
                    keep(e);
                } else if (work.ahead.contains(e)) {
                    primitives.compute(e);
                    keep(e);
                } else if (e instanceof Expr.Keep keep && work.body.contains(e)) {
                    mask(keep);
                } else if (work.varying.containsKey(e)) {
                    places.computeIfAbsent(work.varying.get(e), s -> place(e.type(), s));
                }
            }
            work.stores.forEach(store -> places.computeIfAbsent(store.slot, s -> place(store.value.type(), s)));
        }

        /** Where a slot's elements lie: an array and, for floats, where in it they begin. */
        private record Place(Type type, int array, int at) {}

        private Place place(Type type, int slot) {
            int array = code.allocateLocal(TypeKind.REFERENCE);
            int at = code.allocateLocal(TypeKind.INT);
            array(type, slot);
            code.astore(array);
            offset(slot);
            code.istore(at);
            return new Place(type, array, at);
        }

        private void array(Type type, int slot) {
            String field = switch (type) {
                case F32 -> "f";
                case I32 -> "i";
                case I64 -> "l";
                case BOOL -> "b";
            };
            code.aload(frame)
                    .getfield(FRAME, field, element(type).arrayType(2))
                    .loadConstant(slot)
                    .aaload();
        }

        private void offset(int slot) {
            code.aload(frame)
                    .getfield(FRAME, "at", ConstantDescs.CD_int.arrayType())
                    .loadConstant(slot)
                    .iaload();
        }

        /** Pushes the species of vectors of this type; masks are those of floats. */
        private void species(Type type) {
            String name = switch (type) {
                case F32, BOOL -> half ? "HALF_F" : "F";
                case I32 -> half ? "HALF_I" : "I";
                case I64 -> "L";
            };
            code.getstatic(HERE, name, SPECIES);
        }

        /** The locals that a dropout mask is made of: the state at the block's first index, and the threshold. */
        private record Mask(int first, int threshold) {}

        private void mask(Expr.Keep keep) {
            if (masks.isEmpty()) {
                powers = code.allocateLocal(TypeKind.REFERENCE);
                code.aload(frame)
                        .invokevirtual(FRAME, "powers", MethodTypeDesc.of(ConstantDescs.CD_int.arrayType()))
                        .astore(powers);
            }
            Mask mask = new Mask(code.allocateLocal(TypeKind.LONG), code.allocateLocal(TypeKind.INT));
            scalar(keep.seedScalar());
            code.aload(frame)
                    .getfield(FRAME, "indexStart", ConstantDescs.CD_long.arrayType())
                    .iconst_0()
                    .laload()
                    .invokestatic(
                            desc(KeepMask.class),
                            "state",
                            MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_int, ConstantDescs.CD_long))
                    .lstore(mask.first);
            scalar(keep.thresholdScalar());
            code.istore(mask.threshold);
            masks.put(keep, mask);
        }

        private void scalar(int number) {
            code.aload(frame)
                    .getfield(FRAME, "scalars", ConstantDescs.CD_long.arrayType())
                    .loadConstant(number)
                    .laload()
                    .l2i();
        }

        private void broadcast(Type type, int slot) {
            species(type);
            array(type, slot);
            offset(slot);
            code.arrayLoad(TypeKind.from(element(type)));
            if (type == Type.BOOL) {
                code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, ConstantDescs.CD_boolean));
            } else {
                code.invokestatic(vector(type), "broadcast", MethodTypeDesc.of(vector(type), SPECIES, element(type)));
            }
        }

        /** Pops a value into a local of its own. */
        private void keep(Expr e) {
            int local = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(local);
            values.put(e, local);
        }

        private void push(Expr e) {
            Expr side = e instanceof Expr.Select s ? shortcuts.get(s) : null;
            if (side == null) {
                code.aload(Objects.requireNonNull(values.get(e)));
            } else {
                push(side);
            }
        }

        /** One vector; all is loaded before anything is stored, as an output may lie where an input does. */
        private void compute(int mask) {
            for (Expr e : nodes) {
                if (work.varying.containsKey(e)) {
                    Place place = Objects.requireNonNull(places.get(work.varying.get(e)));
                    boolean masked = mask >= 0 && place.type == Type.F32;
                    species(place.type);
                    address(place, masked, mask);
                    code.invokestatic(
                            vector(place.type), "fromArray", access(vector(place.type), true, place.type, masked));
                    keep(e);
                }
            }
            for (Expr e : nodes) {
                Mask dropout = masks.get(e);
                if (dropout != null) {
                    primitives.keep(powers, index, dropout.first, dropout.threshold);
                    keep(e);
                } else if (!values.containsKey(e) && !(e instanceof Expr.Select s && shortcuts.containsKey(s))) {
                    primitives.compute(e);
                    keep(e);
                }
            }
        }

        private void store(int mask) {
            for (Store store : work.stores) {
                Place place = Objects.requireNonNull(places.get(store.slot));
                boolean masked = mask >= 0 && place.type == Type.F32;
                push(store.value);
                address(place, masked, mask);
                code.invokevirtual(
                        vector(place.type), "intoArray", access(ConstantDescs.CD_void, false, place.type, masked));
            }
        }

        private void address(Place place, boolean masked, int mask) {
            code.aload(place.array).iload(index);
            if (place.type == Type.F32) {
                code.iload(place.at).iadd();
            }
            if (masked) {
                code.aload(mask);
            }
        }

        private static MethodTypeDesc access(ClassDesc result, boolean loads, Type type, boolean masked) {
            MethodTypeDesc access = MethodTypeDesc.of(result, element(type).arrayType(), ConstantDescs.CD_int);
            access = loads ? access.insertParameterTypes(0, SPECIES) : access;
            return masked ? access.insertParameterTypes(access.parameterCount(), MASK) : access;
        }
    }
}
