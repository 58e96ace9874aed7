package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.junit.jupiter.api.Test;

/** Programs and the plans that run them: {@link ProgramCompiler}, {@link SlotTable}, {@link PlainStep}, {@link Plans}, {@link MapPlans}, {@link MapPlan}. */
class ProgramCompilerTest {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);

    private static Program plain(long uniformInputs, Expr... outputs) {
        return ProgramCompiler.compile(List.of(outputs), 2, uniformInputs, true, false);
    }

    /** However long the chain, it needs few registers. */
    @Test
    void registersAreUsedAgain() {
        Expr e = X;
        for (int k = 0; k < 100; k++) {
            e = e.mul(Y).add(X);
        }
        Program p = plain(0, e);
        assertEquals(200, p.steps().length);
        assertTrue(p.slots() <= 5, () -> p.slots() + " slots");
        SlotTable table = new SlotTable();
        int slot = table.take(Type.I64);
        table.release(slot);
        assertEquals(slot, table.take(Type.I64));
        assertNotSame(slot, table.take(Type.I64));
        assertEquals(16, table.bytesFrom(0));
    }

    @Test
    void whatIsUniformIsComputedOnce() {
        Program p = plain(0b10, X.mul(Y.add(Expr.scalar(0, Type.F32).exp())));
        assertTrue(p.perLaunch().length > 10);
        assertEquals(1, p.perBlock().length);
        assertEquals(2, p.steps().length); // a block of equal factors, and the product
        assertEquals(1, p.lastRead()[0]);
        assertEquals(1, p.writtenBy()[0]);
    }

    /** For every primitive there is a plain loop for just those types that it takes. */
    @Test
    void everyPrimitiveHasAPlainLoop() {
        for (Type type : Type.values()) {
            Expr a = Expr.input(0, type);
            for (UnaryOp op : UnaryOp.values()) {
                boolean takes = takes(() -> Expr.unary(op, a));
                assertEquals(
                        takes,
                        takes(() -> step(new Expr.Unary(op, a, Expr.unary(op, a).type()))));
            }
            for (BinaryOp op : BinaryOp.values()) {
                boolean takes = takes(() -> Expr.binary(op, a, a));
                assertEquals(takes, takes(() -> binary(type, op)));
            }
        }
        assertThrows(AssertionError.class, () -> step(X));
    }

    private static PlainStep step(Expr e) {
        return PlainStep.of(e, 3, new int[] {0, 1, 2});
    }

    private static PlainStep binary(Type type, BinaryOp op) {
        return switch (type) {
            case F32 -> PlainFloats.binary(op, 3, 0, 1);
            case I32 -> PlainInts.binary(op, 3, 0, 1);
            case I64 -> PlainLongs.binary(op, 3, 0, 1);
            case BOOL -> PlainBooleans.binary(op, 3, 0, 1);
        };
    }

    private static boolean takes(Runnable made) {
        try {
            made.run();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    // ---- plans

    private static View view(CpuBuffer buffer, long... strides) {
        return new View(buffer, new long[] {40, 40}, strides, 0);
    }

    private static final Kernel.Map SWAP = new Kernel.Map(Y, X);

    private final MapPlans plans = new MapPlans(SWAP.outputs(), new LoopChoice(true, null));

    private MapPlan plan(View[] inputs, View... outputs) {
        return plans.plan(new Launch(SWAP, new long[] {40, 40}, 0, inputs, outputs, Launch.NO_SCALARS));
    }

    private static View[] views(long... strides) {
        return new View[] {view(new CpuBuffer(Type.F32, 1600), strides), view(new CpuBuffer(Type.F32, 1600), strides)};
    }

    @Test
    void aLayoutHasOnePlan() {
        MapPlan plan = plan(views(40, 1), views(40, 1));
        assertSame(plan, plan(views(40, 1), views(40, 1)));
        assertNotSame(plan, plan(views(1, 40), views(40, 1)));
        assertNotSame(plan, plan(views(40, 1), views(1, 40)));
        for (int stride = 2; stride < 20; stride++) {
            plan(views(40, stride), views(40, 1));
        }
        assertNotSame(plan, plan(views(40, 1), views(40, 1))); // forgotten by now
    }

    /** An output may lie where an input does that is read later: such a launch has another plan. */
    @Test
    void anOutputOverAnInputThatIsReadLater() {
        View[] views = views(40, 1);
        MapPlan plan = plan(views, views(40, 1));
        assertTrue(plan.reads.isDirect() && plan.writes.isDirect());
        MapPlan careful = plan(views, views);
        assertNotSame(plan, careful);
        assertTrue(careful.reads.isDirect() && !careful.writes.isDirect());
    }
}
