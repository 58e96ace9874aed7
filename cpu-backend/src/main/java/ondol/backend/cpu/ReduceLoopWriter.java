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
 */
abstract sealed class ReduceLoopWriter permits RowLoopWriter, ColumnLoopWriter {
    /** How an input is read along a row. */
    enum Access {
        SIDE_BY_SIDE,
        ONE_ELEMENT,
        BY_TABLE
    }

    /** More primitives in one loop than this are more than the JIT compiler does well. */
    private static final int MOST_PRIMITIVES = 150;

    /** As many primitives as are written a few times over. */
    static final int FEW_PRIMITIVES = 40;

    /** Most rows that a lane of columns takes at once. */
    private static final int MOST_ROUNDS = 4;

    static final int WIDTH = FusedVectorLoop.F.length();
    static final int LANES = ReduceOp.LANES;
    private static final ClassDesc NAME = ClassDesc.of(ReduceLoopWriter.class.getPackageName(), "WrittenReduceLoop");
    static final ClassDesc ARGUMENTS = desc(ReduceArguments.class);
    private static final ClassDesc LOOPS = desc(FusedVectorLoop.class);
    static final ClassDesc VECTOR = desc(Vector.class);
    static final ClassDesc OPERATORS = desc(VectorOperators.class);
    static final ClassDesc ASSOCIATIVE = desc(VectorOperators.Associative.class);
    static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
    static final ClassDesc INT = ConstantDescs.CD_int;
    static final ClassDesc FLOAT = ConstantDescs.CD_float;
    static final ClassDesc ARRAY = FLOAT.arrayType();
    static final ClassDesc TABLE = INT.arrayType();

    final Expr value;
    final ReduceOp op;
    final List<Access> reads;
    final List<Expr> order;
    final CodeBuilder code;
    private final Map<Expr, Integer> values = new IdentityHashMap<>();
    final Map<Expr, Place> places = new IdentityHashMap<>();
    private final Map<Expr, int[]> elements = new IdentityHashMap<>();
    private final FusedVectorPrimitives primitives;
    final int count;
    final int n;
    final int lanes;
    final int row;
    final int k;
    final int mask;

    /** The locals of an input, one place for each of the rows that are taken at once; the table is -1 if it has none. */
    @SuppressWarnings("ArrayRecordComponent")
    record Place(int array, int[] at, int pitch, int table) {}

    ReduceLoopWriter(Expr value, ReduceOp op, List<Access> reads, CodeBuilder code) {
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

    /** How many rows a lane of columns should take at once where there are so many for each: 4, 2 or 1. */
    static int rounds(Expr value, long rows) {
        boolean few = Dag.nodes(List.of(value)).size() <= FEW_PRIMITIVES;
        return few ? Integer.highestOneBit((int) Math.clamp(rows, 1, MOST_ROUNDS)) : 1;
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
     * @param rounds 0 if each row is reduced to one element; else rows are added up element by element, one or so many at once
     * @param reads how each input is read
     */
    static ReduceLoop of(Expr value, ReduceOp op, int rounds, List<Access> reads) {
        MethodTypeDesc run = MethodTypeDesc.of(ConstantDescs.CD_void, ARGUMENTS);
        MethodTypeDesc fold = MethodTypeDesc.of(ConstantDescs.CD_void, ARGUMENTS, INT, INT);
        byte[] bytes = ClassFile.of().build(NAME, type -> {
            Written.begin(type, desc(ReduceLoop.class));
            type.withMethodBody("run", run, ClassFile.ACC_PUBLIC, code -> {
                ReduceLoopWriter writer = writer(value, op, rounds, reads, code);
                writer.returnIfNone();
                writer.begin(Math.max(1, rounds));
                writer.write();
            });
            type.withMethodBody(
                    "fold",
                    fold,
                    ClassFile.ACC_PUBLIC,
                    code -> writer(value, op, rounds, reads, code).foldLanes(2, 3));
        });
        return (ReduceLoop) Written.instance(bytes);
    }

    private static ReduceLoopWriter writer(Expr value, ReduceOp op, int rounds, List<Access> reads, CodeBuilder code) {
        return rounds > 0
                ? new ColumnLoopWriter(value, op, rounds, reads, code)
                : new RowLoopWriter(value, op, reads, code);
    }

    /** Writes the loop over rows and returns. */
    abstract void write();

    /** A call for no elements is one that the compiler counts. */
    private void returnIfNone() {
        Label some = code.newLabel();
        code.iload(n).ifgt(some).return_().labelBinding(some);
    }

    /** Reads a field of the arguments into a local. */
    int field(String name, ClassDesc type) {
        int local = code.allocateLocal(TypeKind.from(type));
        code.aload(1).getfield(ARGUMENTS, name, type).storeLocal(TypeKind.from(type), local);
        return local;
    }

    /** Reads an element of an array among the arguments into a local. */
    int element(String name, ClassDesc type, int index) {
        TypeKind kind = TypeKind.from(type);
        int local = code.allocateLocal(kind);
        code.aload(1).getfield(ARGUMENTS, name, type.arrayType()).loadConstant(index);
        code.arrayLoad(kind).storeLocal(kind, local);
        return local;
    }

    private void push(Expr e) {
        code.aload(Objects.requireNonNull(values.get(e)));
    }

    void species(Type type) {
        code.getstatic(LOOPS, type == Type.I32 ? "I" : "F", SPECIES);
    }

    /** Pops a value into the local of an expression. */
    private void keep(Expr e) {
        code.astore(values.computeIfAbsent(e, x -> code.allocateLocal(TypeKind.REFERENCE)));
    }

    /** Pops an element, with its species below it, and pushes the vector of it. */
    void broadcast(Type type) {
        switch (type) {
            case F32 -> code.invokestatic(FLOATS, "broadcast", MethodTypeDesc.of(FLOATS, SPECIES, FLOAT));
            case I32 -> code.invokestatic(INTS, "broadcast", MethodTypeDesc.of(INTS, SPECIES, INT));
            case BOOL -> code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, ConstantDescs.CD_boolean));
            case I64 -> throw new AssertionError(type);
        }
    }

    /** Where inputs are, and the vectors of constants and scalars. */
    private void begin(int rounds) {
        for (Expr e : order) {
            switch (e) {
                case Expr.Input in -> {
                    int v = in.index();
                    boolean byTable = reads.get(v) == Access.BY_TABLE;
                    int[] at = new int[rounds];
                    at[0] = element("at", INT, v);
                    for (int j = 1; j < rounds; j++) {
                        at[j] = code.allocateLocal(TypeKind.INT);
                    }
                    int array = element("arrays", ARRAY, v);
                    places.put(
                            e,
                            new Place(array, at, element("pitch", INT, v), byTable ? element("tables", TABLE, v) : -1));
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

    /** Begins the loop over rows. */
    void beginRow(Label next, Label end) {
        code.labelBinding(next).iload(row).iload(count).if_icmpge(end);
    }

    /** Loads what is one element for a row, of each of the rows that are taken at once. */
    void loadElements(int rounds) {
        for (Expr e : places.keySet()) {
            if (isOneElement(e)) {
                Place place = Objects.requireNonNull(places.get(e));
                int[] locals = elements.computeIfAbsent(e, x -> new int[place.at.length]);
                for (int j = 0; j < rounds; j++) {
                    species(Type.F32);
                    code.aload(place.array).iload(place.at[j]).faload();
                    broadcast(Type.F32);
                    locals[j] = locals[j] == 0 ? code.allocateLocal(TypeKind.REFERENCE) : locals[j];
                    code.astore(locals[j]);
                }
            }
        }
    }

    private boolean isOneElement(Expr input) {
        return reads.get(((Expr.Input) input).index()) == Access.ONE_ELEMENT;
    }

    void endRow(Label next, Label end) {
        for (Place place : places.values()) {
            code.iload(place.at[0]).iload(place.pitch).iadd().istore(place.at[0]);
        }
        code.iinc(row, 1).goto_(next).labelBinding(end).return_();
    }

    /** Makes the mask of the elements from k on that are below n. */
    void maskRest() {
        species(Type.F32);
        code.iload(k)
                .iload(n)
                .invokeinterface(SPECIES, "indexInRange", MethodTypeDesc.of(MASK, INT, INT))
                .astore(mask);
    }

    /**
     * Pushes the values of the elements k + beyond and following.
     *
     * @param round which of the rows that are taken at once
     * @param masked whether only the elements of the mask may be read
     */
    void compute(int round, int beyond, boolean masked) {
        for (Expr e : order) {
            Place place = places.get(e);
            if (place != null) {
                if (isOneElement(e)) {
                    values.put(e, Objects.requireNonNull(elements.get(e))[round]);
                } else {
                    load(place, round, beyond, masked);
                    keep(e);
                }
            } else if (!(e instanceof Expr.Constant) && !(e instanceof Expr.Scalar)) {
                primitives.compute(e);
                keep(e);
            }
        }
        push(value);
    }

    private void load(Place place, int round, int beyond, boolean masked) {
        MethodTypeDesc from = MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, INT);
        species(Type.F32);
        code.aload(place.array);
        if (place.table >= 0) {
            from = from.insertParameterTypes(3, TABLE, INT);
            code.iload(place.at[round]).aload(place.table);
        }
        code.iload(k);
        if (place.table < 0) {
            code.iload(place.at[round]).iadd();
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

    void loadLanes(boolean masked, Runnable pushPlace) {
        MethodTypeDesc from = MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, INT);
        species(Type.F32);
        code.aload(lanes);
        pushPlace.run();
        if (masked) {
            code.aload(mask);
        }
        code.invokestatic(FLOATS, "fromArray", masked ? from.insertParameterTypes(3, MASK) : from);
    }

    /** Pops a vector into the lanes. */
    void storeLanes(boolean masked, Runnable pushPlace) {
        MethodTypeDesc into = MethodTypeDesc.of(ConstantDescs.CD_void, ARRAY, INT);
        code.aload(lanes);
        pushPlace.run();
        if (masked) {
            code.aload(mask);
        }
        code.invokevirtual(FLOATS, "intoArray", masked ? into.insertParameterTypes(2, MASK) : into);
    }

    /**
     * Pops two vectors and pushes what they come to. {@code FloatVector.add} and the like would do the same, but call a virtual
     * method in turn, of which the JIT compiler finds the target by this loop's own profile only if it is called here.
     */
    void combine() {
        operator();
        code.swap().invokevirtual(FLOATS, "lanewise", MethodTypeDesc.of(FLOATS, BINARY, VECTOR));
    }

    void operator() {
        String name = switch (op) {
            case SUM -> "ADD";
            case PROD -> "MUL";
            case MAX -> "MAX";
            case MIN -> "MIN";
            case ARGMAX, ARGMIN -> throw new AssertionError(op);
        };
        code.getstatic(OPERATORS, name, ASSOCIATIVE);
    }

    /** Two halvings at once: four elements come to one. */
    private void foldLanes(int distance, int length) {
        Label next = code.newLabel();
        Label end = code.newLabel();
        code.iconst_0().istore(k);
        code.labelBinding(next).iload(k).iload(length).if_icmpge(end);
        pushFolded(distance, 0);
        pushFolded(distance, 1);
        combine();
        storeLanes(false, () -> code.iload(k));
        code.iinc(k, WIDTH).goto_(next).labelBinding(end).return_();
    }

    /** Pushes the elements that are so many distances behind k, with those two distances behind them. */
    private void pushFolded(int distance, int first) {
        for (int d = first; d < 4; d += 2) {
            int times = d;
            loadLanes(
                    false,
                    () -> code.iload(distance)
                            .loadConstant(times)
                            .imul()
                            .iload(k)
                            .iadd());
        }
        combine();
    }
}
