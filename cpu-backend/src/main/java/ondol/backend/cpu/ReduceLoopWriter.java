package ondol.backend.cpu;

import static ondol.backend.cpu.FusedVectorLoop.FLOATS;
import static ondol.backend.cpu.FusedVectorLoop.INTS;
import static ondol.backend.cpu.FusedVectorLoop.MASK;
import static ondol.backend.cpu.FusedVectorLoop.SPECIES;
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
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * Writes a {@link ReduceLoop}: every vector of elements goes through the whole expression in registers and into its lanes.
 * Of rows, a few vectors of lanes stay in registers while the row goes by; of columns, all lanes are in the first- or
 * second-level cache, a vector for each of the 64 and each vector of columns.
 */
final class ReduceLoopWriter {
    /** How an input is read along a row. */
    enum Access {
        SIDE_BY_SIDE,
        ONE_ELEMENT,
        BY_TABLE
    }

    /** More primitives in one loop than this are more than the JIT compiler does well. */
    private static final int MOST_PRIMITIVES = 150;

    private static final int WIDTH = FusedVectorLoop.F.length();
    private static final int LANES = ReduceOp.LANES;
    private static final ClassDesc NAME = ClassDesc.of(ReduceLoopWriter.class.getPackageName(), "WrittenReduceLoop");
    private static final ClassDesc ARGUMENTS = desc(ReduceArguments.class);
    private static final ClassDesc LOOPS = desc(FusedVectorLoop.class);
    private static final ClassDesc VECTOR = desc(Vector.class);
    private static final ClassDesc OPERATORS = desc(VectorOperators.class);
    private static final ClassDesc ASSOCIATIVE = desc(VectorOperators.Associative.class);
    private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc FLOAT = ConstantDescs.CD_float;
    private static final ClassDesc ARRAY = FLOAT.arrayType();
    private static final ClassDesc TABLE = INT.arrayType();

    private final Expr value;
    private final ReduceOp op;
    private final List<Access> reads;
    private final List<Expr> order;
    private final CodeBuilder code;
    private final Map<Expr, Integer> values = new IdentityHashMap<>();
    private final Map<Expr, Place> places = new IdentityHashMap<>();
    private final FusedVectorPrimitives primitives;
    private final int count;
    private final int n;
    private final int lanes;
    private final int row;
    private final int k;
    private final int mask;

    /** The locals of an input; the table is -1 if it has none. */
    private record Place(int array, int at, int pitch, int table) {}

    private ReduceLoopWriter(Expr value, ReduceOp op, List<Access> reads, CodeBuilder code) {
        this.value = value;
        this.op = op;
        this.reads = reads;
        this.order = Dag.nodes(List.of(value));
        this.code = code;
        this.primitives = new FusedVectorPrimitives(code, this::push, this::species);
        this.count = field("count", INT);
        this.n = field("n", INT);
        this.lanes = field("lanes", ARRAY);
        this.row = code.allocateLocal(TypeKind.INT);
        this.k = code.allocateLocal(TypeKind.INT);
        this.mask = code.allocateLocal(TypeKind.REFERENCE);
    }

    /** Whether there can be a loop for this kernel: all inputs are F32, and an ARGMAX or ARGMIN is of an input. */
    static boolean has(Kernel.Reduce kernel) {
        List<Expr> all = Dag.nodes(List.of(kernel.value()));
        return kernel.value().type() == Type.F32
                && (!kernel.op().isArg() || kernel.value() instanceof Expr.Input)
                && all.size() <= MOST_PRIMITIVES
                && all.stream()
                        .allMatch(e -> e.type() != Type.I64
                                && !(e instanceof Expr.Keep)
                                && (!(e instanceof Expr.Input) || e.type() == Type.F32));
    }

    /**
     * A loop; its class lives as long as it does.
     *
     * @param op SUM, PROD, MAX or MIN
     * @param byColumns whether rows are added up element by element; else each is reduced to one element
     * @param reads how each input is read
     */
    static ReduceLoop of(Expr value, ReduceOp op, boolean byColumns, List<Access> reads) {
        MethodTypeDesc run = MethodTypeDesc.of(ConstantDescs.CD_void, ARGUMENTS);
        MethodTypeDesc fold = MethodTypeDesc.of(ConstantDescs.CD_void, ARGUMENTS, INT, INT);
        byte[] bytes = ClassFile.of().build(NAME, type -> {
            Written.begin(type, desc(ReduceLoop.class));
            type.withMethodBody("run", run, ClassFile.ACC_PUBLIC, code -> {
                ReduceLoopWriter writer = new ReduceLoopWriter(value, op, reads, code);
                writer.returnIfNone();
                writer.begin();
                if (byColumns) {
                    writer.columns();
                } else {
                    writer.rows();
                }
            });
            type.withMethodBody(
                    "fold",
                    fold,
                    ClassFile.ACC_PUBLIC,
                    code -> new ReduceLoopWriter(value, op, reads, code).foldLanes(2, 3));
        });
        return (ReduceLoop) Written.instance(bytes);
    }

    /** A call for no elements is one that the compiler counts. */
    private void returnIfNone() {
        Label some = code.newLabel();
        code.iload(n).ifgt(some).return_().labelBinding(some);
    }

    /** Reads a field of the arguments into a local. */
    private int field(String name, ClassDesc type) {
        int local = code.allocateLocal(TypeKind.from(type));
        code.aload(1).getfield(ARGUMENTS, name, type).storeLocal(TypeKind.from(type), local);
        return local;
    }

    /** Reads an element of an array among the arguments into a local. */
    private int element(String name, ClassDesc type, int index) {
        TypeKind kind = TypeKind.from(type);
        int local = code.allocateLocal(kind);
        code.aload(1).getfield(ARGUMENTS, name, type.arrayType()).loadConstant(index);
        code.arrayLoad(kind).storeLocal(kind, local);
        return local;
    }

    private void push(Expr e) {
        code.aload(Objects.requireNonNull(values.get(e)));
    }

    private void species(Type type) {
        code.getstatic(LOOPS, type == Type.I32 ? "I" : "F", SPECIES);
    }

    /** Pops a value into the local of an expression. */
    private void keep(Expr e) {
        code.astore(values.computeIfAbsent(e, x -> code.allocateLocal(TypeKind.REFERENCE)));
    }

    /** Pops an element, with its species below it, and pushes the vector of it. */
    private void broadcast(Type type) {
        switch (type) {
            case F32 -> code.invokestatic(FLOATS, "broadcast", MethodTypeDesc.of(FLOATS, SPECIES, FLOAT));
            case I32 -> code.invokestatic(INTS, "broadcast", MethodTypeDesc.of(INTS, SPECIES, INT));
            case BOOL -> code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, ConstantDescs.CD_boolean));
            case I64 -> throw new AssertionError(type);
        }
    }

    // ---- what both kinds of loop consist of

    /** Where inputs are, and the vectors of constants and scalars. */
    private void begin() {
        for (Expr e : order) {
            switch (e) {
                case Expr.Input in -> {
                    int v = in.index();
                    boolean byTable = reads.get(v) == Access.BY_TABLE;
                    places.put(
                            e,
                            new Place(
                                    element("arrays", ARRAY, v),
                                    element("at", INT, v),
                                    element("pitch", INT, v),
                                    byTable ? element("tables", TABLE, v) : -1));
                }
                case Expr.Constant c -> {
                    species(c.type());
                    if (c.type() == Type.F32) {
                        code.loadConstant(Float.intBitsToFloat((int) c.bits()));
                    } else {
                        code.loadConstant(c.type() == Type.BOOL ? (int) c.bits() & 1 : (int) c.bits());
                    }
                    broadcast(c.type());
                    keep(e);
                }
                case Expr.Scalar s -> {
                    species(s.type());
                    code.aload(1)
                            .getfield(ARGUMENTS, "scalars", ConstantDescs.CD_long.arrayType())
                            .loadConstant(s.index())
                            .laload()
                            .l2i();
                    if (s.type() == Type.F32) {
                        code.invokestatic(ConstantDescs.CD_Float, "intBitsToFloat", MethodTypeDesc.of(FLOAT, INT));
                    } else if (s.type() == Type.BOOL) {
                        code.iconst_1().iand();
                    }
                    broadcast(s.type());
                    keep(e);
                }
                default -> {}
            }
        }
    }

    /** Begins the loop over rows: loads what is one element for a row. */
    private void beginRow(Label next, Label end) {
        code.labelBinding(next).iload(row).iload(count).if_icmpge(end);
        places.forEach((e, place) -> {
            if (reads.get(((Expr.Input) e).index()) == Access.ONE_ELEMENT) {
                species(Type.F32);
                code.aload(place.array).iload(place.at).faload();
                broadcast(Type.F32);
                keep(e);
            }
        });
    }

    private void endRow(Label next, Label end) {
        places.values()
                .forEach(place -> code.iload(place.at).iload(place.pitch).iadd().istore(place.at));
        code.iinc(row, 1).goto_(next).labelBinding(end).return_();
    }

    /** Pushes the values of the elements k + beyond and following, of those below n if only these may be read. */
    private void compute(int beyond, boolean masked) {
        if (masked) {
            species(Type.F32);
            code.iload(k)
                    .iload(n)
                    .invokeinterface(SPECIES, "indexInRange", MethodTypeDesc.of(MASK, INT, INT))
                    .astore(mask);
        }
        for (Expr e : order) {
            Place place = places.get(e);
            if (place != null) {
                if (reads.get(((Expr.Input) e).index()) != Access.ONE_ELEMENT) {
                    load(place, beyond, masked);
                    keep(e);
                }
            } else if (!(e instanceof Expr.Constant) && !(e instanceof Expr.Scalar)) {
                primitives.compute(e);
                keep(e);
            }
        }
        push(value);
    }

    private void load(Place place, int beyond, boolean masked) {
        MethodTypeDesc from = MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, INT);
        species(Type.F32);
        code.aload(place.array);
        if (place.table >= 0) {
            from = from.insertParameterTypes(3, TABLE, INT);
            code.iload(place.at).aload(place.table);
        }
        code.iload(k);
        if (place.table < 0) {
            code.iload(place.at).iadd();
        }
        if (beyond > 0) {
            code.loadConstant(beyond).iadd();
        }
        if (masked) {
            from = from.insertParameterTypes(from.parameterCount(), MASK);
            code.aload(mask);
        }
        code.invokestatic(FLOATS, "fromArray", from);
    }

    private void loadLanes(Runnable pushPlace) {
        species(Type.F32);
        code.aload(lanes);
        pushPlace.run();
        code.invokestatic(FLOATS, "fromArray", MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, INT));
    }

    /** Pops a vector into the lanes. */
    private void storeLanes(Runnable pushPlace) {
        code.aload(lanes);
        pushPlace.run();
        code.invokevirtual(FLOATS, "intoArray", MethodTypeDesc.of(ConstantDescs.CD_void, ARRAY, INT));
    }

    private void combine() {
        String name = switch (op) {
            case SUM -> "add";
            case PROD -> "mul";
            case MAX -> "max";
            case MIN -> "min";
            case ARGMAX, ARGMIN -> throw new AssertionError(op);
        };
        code.invokevirtual(FLOATS, name, MethodTypeDesc.of(FLOATS, VECTOR));
    }

    private void operator() {
        String name = switch (op) {
            case SUM -> "ADD";
            case PROD -> "MUL";
            case MAX -> "MAX";
            case MIN -> "MIN";
            case ARGMAX, ARGMIN -> throw new AssertionError(op);
        };
        code.getstatic(OPERATORS, name, ASSOCIATIVE);
    }

    // ---- rows

    private void rows() {
        int vectors = order.size() <= 40 ? 4 : order.size() <= 80 ? 2 : 1;
        int round = Math.min(LANES, vectors * WIDTH);
        int[] sums = new int[round / WIDTH];
        int all = op.hasIdentity() ? LANES : round; // what is no sum has no lanes
        int out = field("out", ARRAY);
        int outAt = field("outAt", INT);
        int outPitch = field("outPitch", INT);
        int lane = code.allocateLocal(TypeKind.INT);
        int limit = code.allocateLocal(TypeKind.INT);
        int none = code.allocateLocal(TypeKind.REFERENCE);
        Label next = code.newLabel();
        Label end = code.newLabel();
        Label nextRound = code.newLabel();
        Label nextVectors = code.newLabel();
        Label rest = code.newLabel();
        Label nextRest = code.newLabel();
        Label done = code.newLabel();
        for (int u = 0; u < sums.length; u++) {
            sums[u] = code.allocateLocal(TypeKind.REFERENCE);
        }
        species(Type.F32);
        code.loadConstant(Folds.identity(op));
        broadcast(Type.F32);
        code.astore(none);
        code.iload(n).loadConstant(round).isub().istore(limit);
        code.iconst_0().istore(row);
        beginRow(next, end);
        code.iconst_0().istore(lane).labelBinding(nextRound);
        for (int sum : sums) {
            code.aload(none).astore(sum);
        }
        code.iload(lane).istore(k);
        code.labelBinding(nextVectors).iload(k).iload(limit).if_icmpgt(rest);
        for (int u = 0; u < sums.length; u++) {
            code.aload(sums[u]);
            compute(u * WIDTH, false);
            combine();
            code.astore(sums[u]);
        }
        code.iinc(k, all).goto_(nextVectors).labelBinding(rest);
        for (int u = 0; u < sums.length; u++) {
            int beyond = u * WIDTH;
            code.aload(sums[u]);
            storeLanes(() -> code.iload(lane).loadConstant(beyond).iadd());
        }
        int at = code.allocateLocal(TypeKind.INT);
        code.iload(lane).istore(at);
        code.labelBinding(nextRest).iload(k).iload(n).if_icmpge(done);
        loadLanes(() -> code.iload(at));
        operator();
        compute(0, true);
        code.aload(mask).invokevirtual(FLOATS, "lanewise", MethodTypeDesc.of(FLOATS, BINARY, VECTOR, MASK));
        storeLanes(() -> code.iload(at));
        code.iinc(k, WIDTH).iinc(at, WIDTH).goto_(nextRest).labelBinding(done);
        code.iinc(lane, round).iload(lane).loadConstant(all).if_icmplt(nextRound);
        code.aload(out).iload(outAt);
        foldRow(all / WIDTH);
        code.fastore();
        code.iload(outAt).iload(outPitch).iadd().istore(outAt);
        endRow(next, end);
    }

    /** Pushes what so many vectors of lanes come to, by halves. */
    private void foldRow(int vectors) {
        pushVectors(0, 1, vectors);
        if (op.hasIdentity()) {
            storeLanes(code::iconst_0);
            pushElements(0, 1);
        } else {
            int whole = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(whole).aload(whole);
            operator();
            code.invokevirtual(FLOATS, "reduceLanes", MethodTypeDesc.of(FLOAT, ASSOCIATIVE));
        }
    }

    private void pushVectors(int first, int step, int vectors) {
        if (step >= vectors) {
            loadLanes(() -> code.loadConstant(first * WIDTH));
            return;
        }
        pushVectors(first, 2 * step, vectors);
        pushVectors(first + step, 2 * step, vectors);
        combine();
    }

    private void pushElements(int first, int step) {
        if (step >= WIDTH) {
            code.aload(lanes).loadConstant(first).faload();
            return;
        }
        pushElements(first, 2 * step);
        pushElements(first + step, 2 * step);
        if (op == ReduceOp.SUM) {
            code.fadd();
        } else {
            code.fmul();
        }
    }

    // ---- columns

    private void columns() {
        int lane = field("lane", INT);
        int lanePitch = field("lanePitch", INT);
        int to = code.allocateLocal(TypeKind.INT);
        int limit = code.allocateLocal(TypeKind.INT);
        Label next = code.newLabel();
        Label end = code.newLabel();
        Label nextVector = code.newLabel();
        Label rest = code.newLabel();
        Label done = code.newLabel();
        Runnable place = () -> code.iload(to).iload(k).iadd();
        code.iload(n).loadConstant(WIDTH).isub().istore(limit);
        code.iconst_0().istore(row);
        beginRow(next, end);
        if (op.hasIdentity()) {
            code.iload(lane).iload(row).iadd().loadConstant(LANES - 1).iand();
            code.iload(lanePitch).imul().istore(to);
        } else {
            code.iconst_0().istore(to);
        }
        code.iconst_0().istore(k);
        code.labelBinding(nextVector).iload(k).iload(limit).if_icmpgt(rest);
        loadLanes(place);
        compute(0, false);
        combine();
        storeLanes(place);
        code.iinc(k, WIDTH).goto_(nextVector).labelBinding(rest);
        code.iload(k).iload(n).if_icmpge(done);
        loadLanes(place);
        compute(0, true);
        combine();
        storeLanes(place);
        code.labelBinding(done);
        endRow(next, end);
    }

    private void foldLanes(int distance, int length) {
        Label next = code.newLabel();
        Label end = code.newLabel();
        code.iconst_0().istore(k);
        code.labelBinding(next).iload(k).iload(length).if_icmpge(end);
        loadLanes(() -> code.iload(k));
        loadLanes(() -> code.iload(k).iload(distance).iadd());
        combine();
        storeLanes(() -> code.iload(k));
        code.iinc(k, WIDTH).goto_(next).labelBinding(end).return_();
    }
}
