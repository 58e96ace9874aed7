package ondol.backend.cpu;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Writes a {@link Tile} of some size as a class. Its sums are local variables one by one, since an array of vectors would
 * live in memory: by hand that would be a page for each size.
 */
final class VectorTileWriter {
    private static final ClassDesc NAME = ClassDesc.of(VectorTileWriter.class.getPackageName(), "WrittenTile");
    private static final ClassDesc ARGUMENTS = Written.desc(TileArguments.class);
    private static final ClassDesc KERNEL = Written.desc(VectorMatMul.class);
    private static final ClassDesc FLOATS = Written.desc(FloatVector.class);
    private static final ClassDesc SPECIES = Written.desc(VectorSpecies.class);
    private static final ClassDesc VECTOR = Written.desc(Vector.class);
    private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();
    private static final ClassDesc ARRAY = ConstantDescs.CD_float.arrayType();

    private final CodeBuilder code;
    private final int rows;
    private final int vectors;
    private final boolean byColumns;
    private final boolean inPieces;
    private final int a;
    private final int b;
    private final int c;
    private final int b0;
    private final int c0;
    private final int pitchC;
    private final int first;
    private final int k;
    private final int[][] sums;

    /** Where each vector belongs in C's rows, if they are pieces. */
    private final int[] to;

    private VectorTileWriter(CodeBuilder code, int rows, int vectors, boolean byColumns, boolean inPieces) {
        this.code = code;
        this.rows = rows;
        this.vectors = vectors;
        this.byColumns = byColumns;
        this.inPieces = inPieces;
        this.a = field("a", ARRAY);
        this.b = field("b", ARRAY);
        this.c = field("c", ARRAY);
        this.b0 = field("b0", ConstantDescs.CD_int);
        this.c0 = field("c0", ConstantDescs.CD_int);
        this.pitchC = field("pitchC", ConstantDescs.CD_int);
        this.first = field("first", ConstantDescs.CD_boolean);
        this.k = field("k", ConstantDescs.CD_int);
        this.sums = new int[rows][vectors];
        this.to = inPieces ? places("to", -1) : new int[0];
    }

    /**
     * A tile of so many rows and vectors across, which reads A by columns or by rows.
     *
     * @param inPieces whether each vector has a place of its own in B's rows and in C's; else they are side by side
     */
    static Tile write(int rows, int vectors, boolean byColumns, boolean inPieces) {
        MethodTypeDesc run = MethodTypeDesc.of(ConstantDescs.CD_void, ARGUMENTS);
        byte[] bytes = ClassFile.of().build(NAME, type -> {
            Written.begin(type, Written.desc(Tile.class));
            type.withMethodBody(
                    "run",
                    run,
                    ClassFile.ACC_PUBLIC,
                    code -> new VectorTileWriter(code, rows, vectors, byColumns, inPieces).body());
        });
        return (Tile) Written.instance(bytes);
    }

    /** Reads a field of the arguments into a local. */
    private int field(String name, ClassDesc type) {
        int local = code.allocateLocal(TypeKind.from(type));
        code.aload(1).getfield(ARGUMENTS, name, type).storeLocal(TypeKind.from(type), local);
        return local;
    }

    /** Reads the pieces' places into locals; {@code plus} names one to add, if it is not negative. */
    private int[] places(String name, int plus) {
        int all = field(name, INTS);
        int piece = field("piece", ConstantDescs.CD_int);
        int[] places = new int[vectors];
        for (int v = 0; v < vectors; v++) {
            places[v] = code.allocateLocal(TypeKind.INT);
            code.aload(all).iload(piece).loadConstant(v).iadd().iaload();
            if (plus >= 0) {
                code.iload(plus).iadd();
            }
            code.istore(places[v]);
        }
        return places;
    }

    private void body() {
        Label some = code.newLabel();
        code.iload(k).ifge(some).return_().labelBinding(some); // a call for no steps at all, which the compiler counts
        Label load = code.newLabel();
        Label begin = code.newLabel();
        for (int[] row : sums) {
            for (int v = 0; v < vectors; v++) {
                row[v] = code.allocateLocal(TypeKind.REFERENCE);
            }
        }
        code.iload(first).ifeq(load);
        forEachSum((row, v) -> {
            species();
            code.invokestatic(FLOATS, "zero", MethodTypeDesc.of(FLOATS, SPECIES))
                    .astore(sums[row][v]);
        });
        code.goto_(begin).labelBinding(load);
        forEachSum((row, v) -> {
            species();
            placeInC(row, v);
            load().astore(sums[row][v]);
        });
        code.labelBinding(begin);
        loop();
        forEachSum((row, v) -> {
            code.aload(sums[row][v]);
            placeInC(row, v);
            code.invokevirtual(
                    FLOATS, "intoArray", MethodTypeDesc.of(ConstantDescs.CD_void, ARRAY, ConstantDescs.CD_int));
        });
        code.return_();
    }

    /** {@code for (p = 0; p < k; p++)}: the vectors of B's row, then row by row of A a broadcast and its products. */
    private void loop() {
        int pitchB = inPieces ? 0 : field("pitchB", ConstantDescs.CD_int);
        int lines = inPieces ? field("lines", INTS) : 0;
        int[] from = inPieces ? places("from", b0) : new int[0];
        int[] at = new int[byColumns ? 1 : rows];
        int pitchA = field("pitchA", ConstantDescs.CD_int);
        for (int i = 0; i < at.length; i++) {
            at[i] = i == 0 ? field("a0", ConstantDescs.CD_int) : code.allocateLocal(TypeKind.INT);
            if (i > 0) {
                code.iload(at[i - 1]).iload(pitchA).iadd().istore(at[i]);
            }
        }
        int p = code.allocateLocal(TypeKind.INT);
        int row = code.allocateLocal(TypeKind.INT);
        int q = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(p).iload(b0).istore(row).iload(at[0]).istore(q);
        Label next = code.newLabel();
        Label end = code.newLabel();
        code.labelBinding(next).iload(p).iload(k).if_icmpge(end);
        if (inPieces) {
            code.aload(lines).iload(p).iaload().istore(row);
        }
        int[] right = new int[vectors];
        for (int v = 0; v < vectors; v++) {
            right[v] = code.allocateLocal(TypeKind.REFERENCE);
            species();
            code.aload(b).iload(row);
            if (inPieces) {
                code.iload(from[v]).iadd();
            } else {
                code.loadConstant(v * VectorMatMul.S.length()).iadd();
            }
            load().astore(right[v]);
        }
        int left = code.allocateLocal(TypeKind.REFERENCE);
        for (int i = 0; i < rows; i++) {
            species();
            code.aload(a);
            if (byColumns) {
                code.iload(q).loadConstant(i).iadd();
            } else {
                code.iload(at[i]).iload(p).iadd();
            }
            code.faload()
                    .invokestatic(FLOATS, "broadcast", MethodTypeDesc.of(FLOATS, SPECIES, ConstantDescs.CD_float))
                    .astore(left);
            for (int v = 0; v < vectors; v++) {
                code.aload(left)
                        .aload(right[v])
                        .aload(sums[i][v])
                        .invokevirtual(FLOATS, "fma", MethodTypeDesc.of(FLOATS, VECTOR, VECTOR))
                        .astore(sums[i][v]);
            }
        }
        code.iinc(p, 1).iload(q).iload(pitchA).iadd().istore(q);
        if (!inPieces) {
            code.iload(row).iload(pitchB).iadd().istore(row);
        }
        code.goto_(next).labelBinding(end);
    }

    private interface OfSum {
        void write(int row, int vector);
    }

    private void forEachSum(OfSum what) {
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors; v++) {
                what.write(row, v);
            }
        }
    }

    private void species() {
        code.getstatic(KERNEL, "S", SPECIES);
    }

    /** With species, array and place pushed. */
    private CodeBuilder load() {
        return code.invokestatic(FLOATS, "fromArray", MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, ConstantDescs.CD_int));
    }

    /** Pushes C and where a sum belongs in it. */
    private void placeInC(int row, int vector) {
        code.aload(c).iload(c0).iload(pitchC).loadConstant(row).imul().iadd();
        if (inPieces) {
            code.iload(to[vector]).iadd();
        } else {
            code.loadConstant(vector * VectorMatMul.S.length()).iadd();
        }
    }
}
