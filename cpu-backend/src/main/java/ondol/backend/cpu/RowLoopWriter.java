package ondol.backend.cpu;

import static ondol.backend.cpu.FusedVectorLoop.FLOATS;
import static ondol.backend.cpu.FusedVectorLoop.MASK;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Writes a loop that reduces rows: a few vectors of lanes stay in registers while a row goes by. */
final class RowLoopWriter extends ReduceLoopWriter {
    RowLoopWriter(Expr value, ReduceOp op, List<Access> reads, CodeBuilder code) {
        super(value, op, reads, code);
    }

    @Override
    void write() {
        int vectors = order.size() <= FEW_PRIMITIVES ? 4 : order.size() <= 80 ? 2 : 1;
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
        loadElements(1);
        code.iconst_0().istore(lane).labelBinding(nextRound);
        for (int sum : sums) {
            code.aload(none).astore(sum);
        }
        code.iload(lane).istore(k);
        code.labelBinding(nextVectors).iload(k).iload(limit).if_icmpgt(rest);
        for (int u = 0; u < sums.length; u++) {
            code.aload(sums[u]);
            compute(0, u * WIDTH, false);
            combine();
            code.astore(sums[u]);
        }
        code.iinc(k, all).goto_(nextVectors).labelBinding(rest);
        for (int u = 0; u < sums.length; u++) {
            int beyond = u * WIDTH;
            code.aload(sums[u]);
            storeLanes(false, () -> code.iload(lane).loadConstant(beyond).iadd());
        }
        int at = code.allocateLocal(TypeKind.INT);
        code.iload(lane).istore(at);
        code.labelBinding(nextRest).iload(k).iload(n).if_icmpge(done);
        maskRest();
        loadLanes(false, () -> code.iload(at));
        operator();
        compute(0, 0, true);
        code.aload(mask).invokevirtual(FLOATS, "lanewise", MethodTypeDesc.of(FLOATS, BINARY, VECTOR, MASK));
        storeLanes(false, () -> code.iload(at));
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
            storeLanes(false, code::iconst_0);
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
            loadLanes(false, () -> code.loadConstant(first * WIDTH));
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
}
