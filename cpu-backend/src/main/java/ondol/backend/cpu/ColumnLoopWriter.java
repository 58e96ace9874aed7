package ondol.backend.cpu;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;

/**
 * Writes a loop that takes rows into lanes, which are in the first- or second-level cache. A vector of them takes at once what
 * a few rows, which are as far apart as there are lanes, have for it.
 */
final class ColumnLoopWriter extends ReduceLoopWriter {
    private final int rounds;

    ColumnLoopWriter(Expr value, ReduceOp op, int rounds, List<Access> reads, CodeBuilder code) {
        super(value, op, reads, code);
        this.rounds = rounds;
    }

    /** Two loops: one takes as many rows at once as there are rounds, the other takes one. */
    @Override
    void write() {
        int from = field("from", INT);
        int to = field("to", INT);
        int limit = code.allocateLocal(TypeKind.INT);
        code.iload(n).loadConstant(WIDTH).isub().istore(limit);
        code.iconst_0().istore(row);
        if (rounds > 1) {
            Label one = code.newLabel();
            code.iload(field("rounds", INT)).iconst_1().if_icmpeq(one);
            columns(rounds, from, to, limit);
            code.labelBinding(one);
        }
        columns(1, from, to, limit);
    }

    private void columns(int some, int from, int to, int limit) {
        Label next = code.newLabel();
        Label end = code.newLabel();
        Label nextVector = code.newLabel();
        Label rest = code.newLabel();
        Label done = code.newLabel();
        int fromPitch = field("fromPitch", INT);
        int toPitch = field("toPitch", INT);
        Map<Place, Integer> far = new IdentityHashMap<>();
        if (some > 1) {
            places.forEach((e, place) -> far.put(place, element("far", INT, ((Expr.Input) e).index())));
        }
        beginRow(next, end);
        far.forEach((place, distance) -> {
            for (int j = 1; j < some; j++) {
                code.iload(place.at()[j - 1]).iload(distance).iadd().istore(place.at()[j]);
            }
        });
        loadElements(some);
        code.iconst_0().istore(k);
        code.labelBinding(nextVector).iload(k).iload(limit).if_icmpgt(rest);
        takeRounds(some, from, to, false);
        code.iinc(k, WIDTH).goto_(nextVector).labelBinding(rest);
        code.iload(k).iload(n).if_icmpge(done);
        maskRest();
        takeRounds(some, from, to, true);
        code.labelBinding(done);
        code.iload(from).iload(fromPitch).iadd().istore(from);
        code.iload(to).iload(toPitch).iadd().istore(to);
        endRow(next, end);
    }

    private void takeRounds(int some, int from, int to, boolean masked) {
        loadLanes(masked, () -> code.iload(from).iload(k).iadd());
        for (int j = 0; j < some; j++) {
            compute(j, 0, masked);
            combine();
        }
        storeLanes(masked, () -> code.iload(to).iload(k).iadd());
    }
}
