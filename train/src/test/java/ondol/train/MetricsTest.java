package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Values worked out by hand. */
class MetricsTest {
    private static final Tensor SCORES = Tensor.tensor(new float[][] {{2, 1, 0}, {0, 3, 1}, {1, 0, 2}, {5, 4, 0}});
    private static final Tensor TARGETS = Tensor.tensor(new long[] {0, 1, 1, 1});

    private static double of(Metric metric, Tensor output, Tensor target) {
        assertTrue(Double.isNaN(metric.compute()));
        metric.update(output.slice(0, 0, 1), target.slice(0, 0, 1));
        metric.update(output.slice(0, 1, output.size(0)), target.slice(0, 1, target.size(0)));
        double once = metric.compute();
        metric.reset();
        metric.update(output, target);
        assertEquals(once, metric.compute(), 1e-12, "in one batch, after another use");
        return once;
    }

    @Test
    void classes() {
        assertEquals(0.5, of(Metrics.accuracy(), SCORES, TARGETS));
        assertEquals(0.75, of(Metrics.topK(2), SCORES, TARGETS));
        assertEquals(1, of(Metrics.topK(3), SCORES, TARGETS));
        // Taken for 0, 1, 2, 0: precision 1/2, 1, 0; recall 1, 1/3, 0; class 2 occurs as an answer.
        assertEquals((0.5 + 1 + 0) / 3, of(Metrics.precision(4), SCORES, TARGETS), 1e-12);
        assertEquals((1 + 1 / 3.0 + 0) / 3, of(Metrics.recall(4), SCORES, TARGETS), 1e-12);
        assertEquals((2 / 3.0 + 0.5 + 0) / 3, of(Metrics.f1(4), SCORES, TARGETS), 1e-12);
    }

    @Test
    void twoClassesByOneNumber() {
        Tensor logits = Tensor.tensor(-1f, 2f, 0f, 3f);
        Tensor targets = Tensor.tensor(0f, 1f, 1f, 1f);
        assertEquals(0.75, of(Metrics.accuracy(), logits, targets));
        assertEquals(0.75, of(Metrics.accuracy(), logits.unsqueeze(1), targets.unsqueeze(1)));
        assertEquals(1, of(Metrics.precision(2), logits, targets) * 2 - 0.5);
    }

    /** A regression's targets are no classes, and what was collected before stays. */
    @Test
    void targetsThatAreNumbers() {
        Tensor output = Tensor.zeros(8, 1);
        Tensor numbers = Tensor.full(Shape.of(8, 1), 1.5);
        for (Metric metric : List.of(
                Metrics.accuracy(),
                Metrics.precision(2),
                Metrics.recall(2),
                Metrics.f1(2),
                Metrics.rocAuc(),
                new ConfusionMatrix(2))) {
            metric.update(Tensor.tensor(1f, -1f), Tensor.tensor(true, false));
            String name = metric instanceof ConfusionMatrix ? "ConfusionMatrix" : metric.name();
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> metric.update(output, numbers));
            assertEquals(
                    name + ": the targets are FLOAT32 of shape [8, 1] and hold 1.5, which is no class; give classes'"
                            + " numbers as INT64 (FLOAT32 is for 0 and 1 only), or measure numbers by Metrics.mae(),"
                            + " rmse() or r2()",
                    e.getMessage());
            assertEquals(1, metric.compute(), name);
        }
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Metrics.topK(1).update(SCORES, Tensor.tensor(0f, 1f, Float.NaN, 1f)));
        assertTrue(
                e.getMessage().startsWith("top1: the targets are FLOAT32 of shape [4] and hold NaN"), e.getMessage());
    }

    @Test
    void positionsOfSequences() {
        Tensor scores = SCORES.t().unsqueeze(0).contiguous(); // [1, 3 classes, 4 positions]
        Metric accuracy = Metrics.accuracy();
        accuracy.update(scores, TARGETS.unsqueeze(0));
        assertEquals(0.5, accuracy.compute());
    }

    @Test
    void confusion() {
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        matrix.update(SCORES, TARGETS);
        assertEquals("1 0 0\n1 1 1\n0 0 0\n", matrix.toString());
        assertEquals(1, matrix.count(1, 2));
        assertEquals(1 / 3.0, matrix.recall(1), 1e-12);
        assertEquals(0, matrix.f1(2));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new ConfusionMatrix(2).update(SCORES, TARGETS));
        assertTrue(e.getMessage().contains("taken for class 2, but there are 2 classes"), e.getMessage());
    }

    @Test
    void areaUnderTheCurve() {
        Tensor scores = Tensor.tensor(0.1f, 0.4f, 0.35f, 0.8f);
        Tensor targets = Tensor.tensor(new long[] {0, 0, 1, 1});
        assertEquals(0.75, of(Metrics.rocAuc(), scores, targets));
        assertEquals(0.75, of(Metrics.rocAuc(), Tensor.stack(1, Tensor.zeros(4), scores), targets));
        assertEquals(0.5, of(Metrics.rocAuc(), Tensor.zeros(4), targets));
        assertEquals(0.875, of(Metrics.rocAuc(), Tensor.tensor(0f, 1f, 1f, 2f), targets)); // a tie counts half
        assertThrows(IllegalArgumentException.class, () -> Metrics.rocAuc().update(scores, Tensor.arange(4)));
        assertThrows(IllegalArgumentException.class, () -> Metrics.rocAuc().update(SCORES, TARGETS));
    }

    @Test
    void numbers() {
        Tensor f = Tensor.tensor(2.5f, 0f, 2f, 8f);
        Tensor y = Tensor.tensor(3f, -0.5f, 2f, 7f);
        assertEquals(0.5, of(Metrics.mae(), f, y), 1e-12);
        assertEquals(Math.sqrt(0.375), of(Metrics.rmse(), f, y), 1e-12);
        assertEquals(1 - 1.5 / 29.1875, of(Metrics.r2(), f, y), 1e-12);
        Metric constant = Metrics.r2();
        constant.update(f, Tensor.ones(4));
        assertTrue(Double.isNaN(constant.compute()));
        Tensor far = y.add(1e6f); // exact
        assertEquals(1 - 1.5 / 29.1875, of(Metrics.r2(), f.add(1e6f), far), 1e-9);
    }

    @Test
    void perplexity() {
        assertEquals(3, of(Metrics.perplexity(), Tensor.zeros(4, 3), TARGETS), 1e-6);
    }

    @Test
    void whatDoesNotFit() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Metrics.accuracy().update(SCORES, TARGETS.slice(0, 0, 3)));
        assertTrue(e.getMessage().contains("[4, 3]") && e.getMessage().contains("[3]"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Metrics.mae().update(SCORES, TARGETS));
        assertThrows(IllegalArgumentException.class, () -> Metrics.topK(4).update(SCORES, TARGETS));
        assertThrows(IllegalArgumentException.class, () -> Metrics.topK(0));
        assertThrows(IllegalArgumentException.class, () -> new ConfusionMatrix(1));
    }
}
