package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which kernels are one written loop. */
class ReduceLoopWriterTest {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);

    private static boolean has(Expr value, ReduceOp op) {
        return ReduceLoopWriter.has(new Kernel.Reduce(value, op));
    }

    @ParameterizedTest
    @EnumSource
    void inputs(ReduceOp op) {
        assertTrue(has(X, op));
    }

    @Test
    void expressionsOfFloats() {
        Expr difference = X.sub(Y);
        assertTrue(has(difference.exp(), ReduceOp.SUM), "softmax");
        assertTrue(has(difference.mul(difference), ReduceOp.SUM), "mean squared error");
        assertTrue(has(X.mul(Y), ReduceOp.SUM), "dot product");
        assertTrue(has(X.abs(), ReduceOp.MAX), "largest magnitude");
    }

    @Test
    void notIndicesOfExpressionsNorOtherTypes() {
        assertFalse(has(X.abs(), ReduceOp.ARGMAX));
        assertFalse(has(Expr.input(0, Type.I64), ReduceOp.SUM));
        assertFalse(has(Expr.input(0, Type.BOOL).to(Type.F32), ReduceOp.SUM));
        assertFalse(has(Expr.keep(0, 1).choose(X, Y), ReduceOp.SUM));
    }
}
