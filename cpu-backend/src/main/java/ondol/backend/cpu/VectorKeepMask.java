package ondol.backend.cpu;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import ondol.kernel.Expr.Keep;

/** {@link KeepMask} with the Vector API, for {@link FusedVectorLoop}. */
final class VectorKeepMask {
    private VectorKeepMask() {}

    // Helpers over vectors stay below 35 bytecodes: larger ones C2 may leave as calls, with every vector on the heap.

    /** The mask of the elements whose powers are at {@code at} and following. */
    static VectorMask<Float> mask(int[] powers, int at, long first, int threshold) {
        return states(powers, at, first).compare(VectorOperators.LT, threshold).cast(FusedVectorLoop.F);
    }

    /** The states at the next indices: the products of the even lanes and of the odd, 64 bits wide, folded. */
    private static IntVector states(int[] powers, int at, long first) {
        LongVector pairs = IntVector.fromArray(FusedVectorLoop.I, powers, at).reinterpretAsLongs();
        return foldLanes(even(pairs, first).or(odd(pairs, first)).reinterpretAsInts());
    }

    private static LongVector even(LongVector pairs, long first) {
        return fold(pairs.and(0xffffffffL).mul(first));
    }

    private static LongVector odd(LongVector pairs, long first) {
        return fold(pairs.lanewise(VectorOperators.LSHR, 32).mul(first)).lanewise(VectorOperators.LSHL, 32);
    }

    private static LongVector fold(LongVector v) {
        return v.and(Keep.MODULUS).add(v.lanewise(VectorOperators.LSHR, 31));
    }

    private static IntVector foldLanes(IntVector v) {
        return v.and((int) Keep.MODULUS).add(v.lanewise(VectorOperators.LSHR, 31));
    }
}
