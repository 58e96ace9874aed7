package ondol.backend.cpu;

import static ondol.backend.cpu.Written.desc;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import ondol.kernel.Expr;
import ondol.kernel.Type;

/**
 * Writes a class with one loop for a whole expression: every vector of elements is loaded, goes through all primitives in
 * registers, and is stored. The JIT compiler makes of it what a C compiler would of the same loop by hand.
 */
final class FusedVectorLoop {
    /** What the loops written here are for; they read these. */
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

    static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

    /** A value that ends up in a slot. */
    record Store(Expr value, int slot) {}

    /**
     * What a loop computes.
     *
     * @param body the expressions that differ from element to element, operands first, without inputs
     * @param varying the slots of inputs, and of dropout masks that are not in the body
     * @param uniform the slots of what is one value for the whole block
     */
    record Work(List<Expr> body, Map<Expr, Integer> varying, Map<Expr, Integer> uniform, List<Store> stores) {
        /** Whether there are dropout masks in the body; all else that varies is then F32. */
        boolean keeps() {
            return body.stream().anyMatch(e -> e instanceof Expr.Keep);
        }
    }

    /** Does a block that has several runs of indices run by run; {@code moving} are the slots that go with the elements. */
    static void runs(Loop loop, Frame r, Instruction i, int[] moving) {
        int runs = r.indexRuns;
        long firstStart = r.indexStart[0];
        int done = 0;
        r.indexRuns = 1;
        for (int run = 0; run < runs; run++) {
            r.indexStart[0] = run == 0 ? firstStart : r.indexStart[run];
            int n = r.indexCount[run];
            loop.run(r, i, n);
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
    static final ClassDesc MASK = desc(VectorMask.class);
    static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc HERE = desc(FusedVectorLoop.class);
    private static final ClassDesc FRAME = desc(Frame.class);
    private static final ClassDesc NAME = ClassDesc.of(FusedVectorLoop.class.getPackageName(), "Fused");
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(ConstantDescs.CD_void, FRAME, desc(Instruction.class), ConstantDescs.CD_int);
    private static final MethodTypeDesc RUNS = MethodTypeDesc.of(
            ConstantDescs.CD_void, desc(Loop.class), FRAME, desc(Instruction.class), ConstantDescs.CD_int.arrayType());
    private static final ClassDesc KEEP = desc(VectorKeepMask.class);
    private static final MethodTypeDesc TAIL =
            MethodTypeDesc.of(ConstantDescs.CD_void, FRAME, ConstantDescs.CD_int, ConstantDescs.CD_int);

    private FusedVectorLoop() {}

    /** A loop that does this work; its class lives as long as it does. */
    static Loop of(Work work) {
        byte[] bytes = ClassFile.of().build(NAME, type -> {
            Written.begin(type, desc(WrittenLoop.class));
            type.withMethodBody(
                    "primitives",
                    MethodTypeDesc.of(ConstantDescs.CD_int),
                    ClassFile.ACC_PUBLIC,
                    code -> code.loadConstant(work.body.size()).ireturn());
            type.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> {
                Writer writer = new Writer(work, code, 1);
                writer.callForNone(3);
                if (work.keeps()) {
                    writer.oneRunAtATime(2);
                }
                writer.wholeVectors(3);
            });
            type.withMethodBody("tail", TAIL, ClassFile.ACC_STATIC, code -> new Writer(work, code, 0).rest(1, 2));
        });
        return (Loop) Written.instance(bytes);
    }

    /** Writes one method. The frame is in a parameter, and so are the bounds. */
    private static final class Writer {
        private final Work work;
        private final CodeBuilder code;
        private final int frame;
        private final int index;
        private final Map<Expr, Integer> values = new IdentityHashMap<>();
        private final Map<Expr, Mask> masks = new IdentityHashMap<>();
        private int powers;

        Writer(Work work, CodeBuilder code, int frame) {
            this.work = work;
            this.code = code;
            this.frame = frame;
            this.index = code.allocateLocal(TypeKind.INT);
        }

        /** Calls the tail and returns if there are no elements: such calls are what the compiler counts. */
        void callForNone(int n) {
            Label some = code.newLabel();
            code.iload(n).ifgt(some);
            code.aload(frame)
                    .iconst_0()
                    .iload(n)
                    .invokestatic(NAME, "tail", TAIL)
                    .return_();
            code.labelBinding(some);
        }

        /** Returns after {@link FusedVectorLoop#runs} if the block has several runs of indices. */
        void oneRunAtATime(int instruction) {
            Label one = code.newLabel();
            code.aload(frame).getfield(FRAME, "indexRuns", ConstantDescs.CD_int);
            code.iconst_1().if_icmpeq(one);
            int[] moving = IntStream.concat(
                            work.varying.values().stream().mapToInt(slot -> slot),
                            work.stores.stream().mapToInt(Store::slot))
                    .distinct()
                    .toArray();
            code.aload(0).aload(frame).aload(instruction);
            code.loadConstant(moving.length).newarray(TypeKind.INT);
            for (int k = 0; k < moving.length; k++) {
                code.dup().loadConstant(k).loadConstant(moving[k]).iastore();
            }
            code.invokestatic(HERE, "runs", RUNS).return_().labelBinding(one);
        }

        /** Elements 0 to n - 1, as far as they fill vectors, and a call of the tail for the rest. */
        void wholeVectors(int n) {
            Label next = code.newLabel();
            Label end = code.newLabel();
            Label done = code.newLabel();
            int bound = code.allocateLocal(TypeKind.INT);
            uniforms();
            Map<Integer, Place> places = places();
            species(Type.F32);
            code.iload(n)
                    .invokeinterface(
                            SPECIES, "loopBound", MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int))
                    .istore(bound);
            code.iconst_0().istore(index);
            code.labelBinding(next).iload(index).iload(bound).if_icmpge(end);
            body(places, -1);
            code.iinc(index, F.length()).goto_(next).labelBinding(end);
            code.iload(index).iload(n).if_icmpge(done);
            code.aload(frame).iload(index).iload(n).invokestatic(NAME, "tail", TAIL);
            code.labelBinding(done).return_();
        }

        /** Elements from to n - 1, less than a vector. Floats may lie in a tensor, others in registers of whole vectors. */
        void rest(int from, int n) {
            Label some = code.newLabel();
            code.iload(from).iload(n).if_icmplt(some).return_().labelBinding(some);
            int mask = code.allocateLocal(TypeKind.REFERENCE);
            uniforms();
            Map<Integer, Place> places = places();
            species(Type.F32);
            code.iload(from)
                    .iload(n)
                    .invokeinterface(
                            SPECIES,
                            "indexInRange",
                            MethodTypeDesc.of(MASK, ConstantDescs.CD_int, ConstantDescs.CD_int))
                    .astore(mask);
            code.iload(from).istore(index);
            body(places, mask);
            code.return_();
        }

        /** Where a slot's elements lie: an array and, for floats, where in it they begin. */
        private record Place(Type type, int array, int at) {}

        private Map<Integer, Place> places() {
            Map<Integer, Place> places = new java.util.HashMap<>();
            work.varying.forEach((e, slot) -> places.computeIfAbsent(slot, s -> place(e.type(), s)));
            work.stores.forEach(store -> places.computeIfAbsent(store.slot, s -> place(store.value.type(), s)));
            return places;
        }

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
            ClassDesc element = element(type);
            String field = switch (type) {
                case F32 -> "f";
                case I32 -> "i";
                case BOOL -> "b";
                case I64 -> throw new AssertionError(type);
            };
            code.aload(frame)
                    .getfield(FRAME, field, element.arrayType(2))
                    .loadConstant(slot)
                    .aaload();
        }

        private void offset(int slot) {
            code.aload(frame)
                    .getfield(FRAME, "at", ConstantDescs.CD_int.arrayType())
                    .loadConstant(slot)
                    .iaload();
        }

        private static ClassDesc element(Type type) {
            return switch (type) {
                case F32 -> ConstantDescs.CD_float;
                case I32 -> ConstantDescs.CD_int;
                case BOOL -> ConstantDescs.CD_boolean;
                case I64 -> throw new AssertionError(type);
            };
        }

        private static ClassDesc vector(Type type) {
            return switch (type) {
                case F32 -> FLOATS;
                case I32 -> INTS;
                case BOOL -> MASK;
                case I64 -> throw new AssertionError(type);
            };
        }

        /** Pushes the species of vectors of this type; masks are those of floats. */
        private void species(Type type) {
            code.getstatic(HERE, type == Type.I32 ? "I" : "F", SPECIES);
        }

        /** The locals that a dropout mask is made of: the state at the block's first index, and the threshold. */
        private record Mask(int first, int threshold) {}

        private void masks() {
            powers = code.allocateLocal(TypeKind.REFERENCE);
            code.aload(frame)
                    .invokevirtual(FRAME, "powers", MethodTypeDesc.of(ConstantDescs.CD_int.arrayType()))
                    .astore(powers);
            for (Expr e : work.body) {
                if (e instanceof Expr.Keep keep) {
                    Mask mask = new Mask(code.allocateLocal(TypeKind.LONG), code.allocateLocal(TypeKind.INT));
                    scalar(keep.seedScalar());
                    code.aload(frame)
                            .getfield(FRAME, "indexStart", ConstantDescs.CD_long.arrayType())
                            .iconst_0()
                            .laload()
                            .invokestatic(
                                    desc(KeepMask.class),
                                    "state",
                                    MethodTypeDesc.of(
                                            ConstantDescs.CD_long, ConstantDescs.CD_int, ConstantDescs.CD_long))
                            .lstore(mask.first);
                    scalar(keep.thresholdScalar());
                    code.istore(mask.threshold);
                    masks.put(e, mask);
                }
            }
        }

        private void scalar(int number) {
            code.aload(frame)
                    .getfield(FRAME, "scalars", ConstantDescs.CD_long.arrayType())
                    .loadConstant(number)
                    .laload()
                    .l2i();
        }

        private void mask(Mask mask) {
            code.aload(powers).iload(index).lload(mask.first).iload(mask.threshold);
            code.invokestatic(
                    KEEP,
                    "mask",
                    MethodTypeDesc.of(
                            MASK,
                            ConstantDescs.CD_int.arrayType(),
                            ConstantDescs.CD_int,
                            ConstantDescs.CD_long,
                            ConstantDescs.CD_int));
        }

        private void uniforms() {
            if (work.keeps()) {
                masks();
            }
            work.uniform.forEach((e, slot) -> {
                Type type = e.type();
                species(type);
                array(type, slot);
                offset(slot);
                switch (type) {
                    case F32 ->
                        code.faload()
                                .invokestatic(
                                        FLOATS,
                                        "broadcast",
                                        MethodTypeDesc.of(FLOATS, SPECIES, ConstantDescs.CD_float));
                    case I32 ->
                        code.iaload()
                                .invokestatic(
                                        INTS, "broadcast", MethodTypeDesc.of(INTS, SPECIES, ConstantDescs.CD_int));
                    case BOOL ->
                        code.baload()
                                .invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, ConstantDescs.CD_boolean));
                    case I64 -> throw new AssertionError(type);
                }
                keep(e);
            });
        }

        /** Pops a value into a local of its own. */
        private void keep(Expr e) {
            int local = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(local);
            values.put(e, local);
        }

        private void push(Expr e) {
            code.aload(Objects.requireNonNull(values.get(e)));
        }

        /** One vector; all is loaded before anything is stored, as an output may lie where an input does. */
        private void body(Map<Integer, Place> places, int mask) {
            work.varying.forEach((e, slot) -> {
                Place place = Objects.requireNonNull(places.get(slot));
                boolean masked = mask >= 0 && place.type == Type.F32;
                species(place.type);
                address(place, masked, mask);
                code.invokestatic(
                        vector(place.type), "fromArray", access(vector(place.type), true, place.type, masked));
                keep(e);
            });
            FusedVectorPrimitives primitives = new FusedVectorPrimitives(code, this::push, this::species);
            for (Expr e : work.body) {
                Mask dropout = masks.get(e);
                if (dropout == null) {
                    primitives.compute(e);
                } else {
                    mask(dropout);
                }
                keep(e);
            }
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
