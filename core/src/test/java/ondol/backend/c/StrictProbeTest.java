package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.MemorySegment;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.ReferenceBackend;
import ondol.backend.View;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.UnaryOp;
import org.junit.jupiter.api.Test;

/** The probe finds what drivers are known to do with arithmetic, and calls it by its name. */
class StrictProbeTest {
    private static final String DIVISION = "division is not correctly rounded";
    private static final String SUBNORMAL = "subnormal numbers are flushed to zero";

    /** What a device makes of an expression whose operands are a, b, c and whose right value is {@code right}. */
    private interface Arithmetic {
        float of(Expr e, float a, float b, float c, float right);
    }

    /** Runs a Map rightly and then changes its results. */
    private static final class Careless extends DelegatingBackend {
        private final Arithmetic arithmetic;

        Careless(Arithmetic arithmetic) {
            super(new ReferenceBackend());
            this.arithmetic = arithmetic;
        }

        @Override
        public void run(Launch launch) {
            right.run(launch);
            float[] a = values(launch.inputs()[0]);
            float[] b = values(launch.inputs()[1]);
            float[] c = values(launch.inputs()[2]);
            Kernel.Map map = (Kernel.Map) launch.kernel();
            for (int o = 0; o < map.outputs().size(); o++) {
                float[] results = values(launch.outputs()[o]);
                for (int i = 0; i < results.length; i++) {
                    results[i] = arithmetic.of(map.outputs().get(o), a[i], b[i], c[i], results[i]);
                }
                right.upload(MemorySegment.ofArray(results), launch.outputs()[o].buffer(), 0);
            }
        }

        private float[] values(View view) {
            float[] values = new float[(int) view.size()];
            right.download(view.buffer(), 0, MemorySegment.ofArray(values));
            return values;
        }
    }

    private static boolean is(Expr e, BinaryOp op) {
        return e instanceof Expr.Binary binary && binary.op() == op;
    }

    private static boolean isSumOfProduct(Expr e) {
        return e instanceof Expr.Binary sum && sum.op() == BinaryOp.ADD && is(sum.a(), BinaryOp.MUL);
    }

    private static float flushed(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    private static void assertFails(String failure, Arithmetic arithmetic) {
        assertEquals(failure, StrictProbe.failure(new Careless(arithmetic)));
    }

    @Test
    void nothingIsWrong() {
        assertNull(StrictProbe.failure(new Careless((_, _, _, _, right) -> right)));
    }

    @Test
    void fmaRoundedTwice() {
        assertFails("fma is not rounded once", (e, a, b, c, right) -> e instanceof Expr.Fma ? a * b + c : right);
    }

    @Test
    void divisionOneUlpOff() {
        assertFails(DIVISION, (e, _, _, _, right) -> is(e, BinaryOp.DIV) ? Math.nextUp(right) : right);
    }

    /** a * (1 / b), as compilers like it. */
    @Test
    void divisionByReciprocal() {
        assertFails(DIVISION, (e, a, b, _, right) -> is(e, BinaryOp.DIV) ? a * (1 / b) : right);
    }

    @Test
    void squareRootOneUlpOff() {
        assertFails(
                "the square root is not correctly rounded",
                (e, _, _, _, right) ->
                        e instanceof Expr.Unary u && u.op() == UnaryOp.SQRT ? Math.nextUp(right) : right);
    }

    @Test
    void contraction() {
        assertFails(
                "a product and a sum are contracted to an fma",
                (e, a, b, c, right) -> isSumOfProduct(e) ? Math.fma(a, b, c) : right);
    }

    /** As C's ternary has it, which knows no order of zeros, and as C's fmin, which passes over NaN. */
    @Test
    void extremesOfZerosAndNaN() {
        assertFails(
                "the larger of two is another",
                (e, a, b, c, right) -> is(e, BinaryOp.MAX) ? (a != a || a > b ? a : b) : right);
        assertFails("the smaller of two is another", (e, a, b, c, right) -> is(e, BinaryOp.MIN) && a != a ? b : right);
    }

    @Test
    void flushedResults() {
        assertFails(SUBNORMAL, (_, _, _, _, right) -> flushed(right));
    }

    /** What is read, what is written, and what is in between. */
    @Test
    void flushedEverywhere() {
        assertFails(SUBNORMAL, (e, a, b, c, _) -> flushing(e, a, b, c));
    }

    private static float flushing(Expr e, float... inputs) {
        float[] of = new float[e.operands().length];
        for (int i = 0; i < of.length; i++) {
            of[i] = flushing(e.operands()[i], inputs);
        }
        return flushed(
                switch (e) {
                    case Expr.Input input -> inputs[input.index()];
                    case Expr.Fma _ -> Math.fma(of[0], of[1], of[2]);
                    case Expr.Unary unary -> unary.op() == UnaryOp.SQRT ? (float) Math.sqrt(of[0]) : Math.abs(of[0]);
                    case Expr.Binary binary ->
                        switch (binary.op()) {
                            case ADD -> of[0] + of[1];
                            case MUL -> of[0] * of[1];
                            case DIV -> of[0] / of[1];
                            case MAX -> Math.max(of[0], of[1]);
                            case MIN -> Math.min(of[0], of[1]);
                            default -> throw new IllegalArgumentException(e.toString());
                        };
                    default -> throw new IllegalArgumentException(e.toString());
                });
    }
}
