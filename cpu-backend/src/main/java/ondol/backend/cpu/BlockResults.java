package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** What blocks gave, F32 as floats and all else as longs, and how that is combined by the same rule. */
final class BlockResults {
    private final ReduceOp op;
    private final boolean isFloat;
    private final float[] floats;
    private final long[] longs;

    /** Room for so many results. */
    BlockResults(ReducePlan plan, int room) {
        this.op = plan.op;
        this.isFloat = plan.valueType == Type.F32;
        this.floats = new float[isFloat ? room : 0];
        this.longs = new long[isFloat ? 0 : room];
    }

    void set(int at, float result) {
        floats[at] = result;
    }

    void set(int at, long result) {
        longs[at] = result;
    }

    /** Lets a loop over rows leave its results from here on. */
    void into(ReduceArguments a, int at) {
        a.out = floats;
        a.outAt = at;
        a.outPitch = 1;
    }

    /** Combines n results, overwriting them; F32 as its bits. */
    long combine(int at, int n) {
        int left = n;
        while (left > 1) {
            left = combineBlocks(at, left, this, at);
        }
        return isFloat ? Float.floatToRawIntBits(floats[at]) & 0xffffffffL : longs[at];
    }

    /** Combines each block of n results into one, which {@code to} takes; returns how many those are. */
    int combineBlocks(int at, int n, BlockResults to, int toAt) {
        int blocks = Math.ceilDiv(n, BLOCK);
        float[] lanes = new float[isFloat ? LANES : 0];
        for (int block = 0; block < blocks; block++) {
            int from = at + block * BLOCK;
            int m = Math.min(BLOCK, n - block * BLOCK);
            if (isFloat) {
                to.floats[toAt + block] = combineFloats(lanes, from, m);
            } else {
                to.longs[toAt + block] = IntegerFolds.fold(op, IntegerFolds.identity(op), longs, from, m);
            }
        }
        return blocks;
    }

    private float combineFloats(float[] lanes, int from, int m) {
        Arrays.fill(lanes, Folds.identity(op));
        Folds.intoLanes(op, lanes, floats, from, m);
        return Folds.fold(op, lanes);
    }
}
