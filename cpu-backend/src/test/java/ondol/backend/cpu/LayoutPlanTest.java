package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Which launches have one {@link LayoutPlan}, how many {@link Plans} keep, and when one has enough {@link Heat}. */
class LayoutPlanTest {
    private static final Kernel COPY = new Kernel.Map(Expr.input(0, Type.F32));

    private static final class Plan extends LayoutPlan {
        double nanos;

        Plan(Launch launch, boolean indexed) {
            super(launch, indexed);
        }

        @Override
        double nanos() {
            return nanos;
        }
    }

    private static final class CountedPlans extends Plans<Plan> {
        final List<Plan> improved = new ArrayList<>();

        CountedPlans(LoopChoice choice) {
            super(choice);
        }

        @Override
        Plan make(Launch launch) {
            return new Plan(launch, false);
        }

        @Override
        void improve(Plan plan, Launch launch) {
            improved.add(plan);
        }
    }

    private static View view(int offset, long[] shape, long... strides) {
        return new View(new CpuBuffer(Type.F32, 100), shape, strides, offset);
    }

    private static Launch launch(long axes, View in, View out) {
        return new Launch(COPY, in.shape(), axes, new View[] {in}, new View[] {out}, Launch.NO_SCALARS);
    }

    /** A launch over n elements. */
    private static Launch launch(long n) {
        return launch(0, view(0, new long[] {n}, 1), view(0, new long[] {n}, 1));
    }

    @Test
    void whatALayoutIs() {
        long[] shape = {2, 3};
        Plan plan = new Plan(launch(1, view(0, shape, 3, 1), view(0, shape, 1, 2)), false);
        assertTrue(plan.fits(launch(1, view(5, shape, 3, 1), view(7, shape, 1, 2))), "other buffers and offsets");
        assertFalse(plan.fits(launch(2, view(0, shape, 3, 1), view(0, shape, 1, 2))), "other axes");
        assertFalse(plan.fits(launch(1, view(0, shape, 6, 1), view(0, shape, 1, 2))), "another input");
        assertFalse(plan.fits(launch(1, view(0, shape, 3, 1), view(0, shape, 3, 1))), "another output");
        long[] other = {2, 2};
        assertFalse(plan.fits(launch(1, view(0, other, 3, 1), view(0, other, 1, 2))), "another shape");
        Plan indexed = new Plan(launch(0, view(0, shape, 0, 0), view(0, shape, 1, 2)), true);
        assertArrayEquals(new long[][] {{0, 0}, {1, 2}, {3, 1}}, indexed.strides);
    }

    @Test
    void theLastEightAreKept() {
        CountedPlans plans = new CountedPlans(new LoopChoice(true, null));
        List<Plan> made = new ArrayList<>();
        for (int n = 1; n <= 9; n++) {
            made.add(plans.forLayoutOf(launch(n)));
        }
        for (int n = 2; n <= 9; n++) {
            assertSame(made.get(n - 1), plans.forLayoutOf(launch(n)));
        }
        assertNotSame(made.getFirst(), plans.forLayoutOf(launch(1)));
        assertNotSame(made.get(1), plans.forLayoutOf(launch(2)));
        assertEquals(List.of(), plans.improved);
    }

    /** The launch that makes a plan counts nothing. */
    @Test
    void aHotPlanIsImprovedOnce() {
        try (Warmup warmup = new Warmup(512)) {
            CountedPlans plans = new CountedPlans(new LoopChoice(true, warmup));
            Plan plan = plans.forLayoutOf(launch(5));
            for (int again = 0; again < 10; again++) {
                assertSame(plan, plans.forLayoutOf(launch(5)));
                assertEquals(List.of(), plans.improved);
            }
            plan.nanos = 1e18;
            for (int again = 0; again < 10; again++) {
                assertSame(plan, plans.forLayoutOf(launch(5)));
                assertEquals(List.of(plan), plans.improved);
            }
        }
    }

    @Test
    void heatAddsUp() {
        Heat heat = new Heat();
        int launches = 1;
        while (!heat.hasBecomeHot(1e5)) {
            launches++;
        }
        assertTrue(launches > 1);
        assertFalse(heat.hasBecomeHot(1e18));
    }
}
