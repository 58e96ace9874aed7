package ondol.optim.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each schedule against PyTorch's values, to the bit, and again from a saved state. */
class SchedulesTest {
    /** PyTorch's values by name and group. */
    private static final Map<String, double[]> RECORDED = recorded();

    private static Map<String, double[]> recorded() {
        Map<String, double[]> all = new LinkedHashMap<>();
        try (InputStream in = SchedulesTest.class.getResourceAsStream("schedules.txt.gz");
                var lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                List<String> words = List.of(line.split(" ", -1));
                double[] values = words.subList(2, words.size()).stream()
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                all.put(words.get(0) + " " + words.get(1), values);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return all;
    }

    @Test
    void everyRecordIsCompared() {
        assertTrue(RECORDED.size() > 100, "found " + RECORDED.size());
        RECORDED.keySet().forEach(key -> {
            String name = key.substring(0, key.length() - 2).replaceFirst("-momentum$", "");
            assertTrue(Schedules.all().containsKey(name), name);
        });
    }

    @TestFactory
    Stream<DynamicTest> asInPyTorch() {
        return Schedules.all().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    String name = e.getKey();
                    Optimizer optimizer = Schedules.optimizer(name);
                    Schedules.Scheduler scheduler = e.getValue().apply(optimizer);
                    int n = RECORDED.get(name + " 0").length;
                    double[][] seen = run(optimizer, scheduler, 0, n);
                    for (int g = 0; g < 2; g++) {
                        compare(name + " " + g, RECORDED.get(name + " " + g), seen[g]);
                        double[] momenta = RECORDED.get(name + "-momentum " + g);
                        if (momenta != null) {
                            compare(name + "-momentum " + g, momenta, seen[2 + g]);
                        }
                    }
                }));
    }

    private static void compare(String name, double[] expected, double[] seen) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], seen[i], name + ", step " + i);
        }
        assertEquals(expected.length, seen.length);
    }

    /** Learning rates and momenta of both groups, in epochs from one to before another. */
    private static double[][] run(Optimizer optimizer, Schedules.Scheduler scheduler, int from, int to) {
        double[][] seen = new double[4][to - from];
        for (int t = from; t < to; t++) {
            if (t > from || from > 0) {
                scheduler.step(t);
                List<Double> lrs =
                        optimizer.paramGroups().stream().map(ParameterGroup::lr).toList();
                assertEquals(lrs, scheduler.lastLr());
            }
            for (int g = 0; g < 2; g++) {
                ParameterGroup group = optimizer.paramGroups().get(g);
                seen[g][t - from] = group.lr();
                seen[2 + g][t - from] = group.get(group.settings().containsKey("beta1") ? "beta1" : "momentum");
            }
        }
        return seen;
    }

    @TestFactory
    Stream<DynamicTest> goOnFromASavedState() {
        return Schedules.all().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    String name = e.getKey();
                    int n = RECORDED.get(name + " 0").length;
                    for (int at : new int[] {1, n / 2, n - 1}) {
                        Optimizer optimizer = Schedules.optimizer(name);
                        Schedules.Scheduler scheduler = e.getValue().apply(optimizer);
                        run(optimizer, scheduler, 0, at);
                        SchedulerState saved = scheduler.save();
                        Optimizer.State training = optimizer.stateDict();
                        double[][] expected = run(optimizer, scheduler, at, n);

                        for (boolean optimizerFirst : new boolean[] {true, false}) {
                            Optimizer other = Schedules.optimizer(name);
                            Schedules.Scheduler again = e.getValue().apply(other);
                            again.step(1);
                            if (optimizerFirst) {
                                other.loadStateDict(training);
                            }
                            again.load(saved);
                            if (!optimizerFirst) {
                                other.loadStateDict(training);
                            }
                            assertEquals(saved, again.save());
                            double[][] seen = run(other, again, at, n);
                            for (int i = 0; i < seen.length; i++) {
                                assertArrayEquals(expected[i], seen[i], name + " from " + at);
                            }
                        }
                    }
                }));
    }

    @Test
    void aSchedulerMadeLaterStartsWhereTheFirstDid() {
        Optimizer optimizer = Schedules.optimizer("sgd");
        assertTrue(optimizer.paramGroups().getFirst().initialLr().isEmpty());
        LRScheduler first = new ConstantLR(optimizer, 0.5, 3);
        assertEquals(0.1, optimizer.paramGroups().getFirst().initialLr().getAsDouble());
        LRScheduler second = new LambdaLR(optimizer, t -> 1.0);
        assertEquals(List.of(0.05, 0.015), first.getLastLr());
        assertEquals(List.of(0.1, 0.03), second.getLastLr());
    }

    @Test
    void groupsThatAreAddedLaterAreLeftAlone() {
        Optimizer optimizer = Schedules.optimizer("sgd");
        LRScheduler scheduler = new ExponentialLR(optimizer, 0.5);
        optimizer.addParamGroup(new ParameterGroup(List.of()).setLr(7));
        scheduler.step();
        assertEquals(
                List.of(0.05, 0.015, 7.0),
                optimizer.paramGroups().stream().map(ParameterGroup::lr).toList());
    }

    @Test
    void aSchedulerOfOnesOwn() {
        Optimizer optimizer = Schedules.optimizer("sgd");
        var own = new RecursiveLR(optimizer) {
            @Override
            protected double lr(long epoch, int group, double lr, double baseLr) {
                return baseLr / (1 + epoch + group);
            }
        };
        assertEquals(List.of(0.1, 0.015), own.getLastLr());
        own.step();
        assertEquals(List.of(0.05, 0.01), own.getLastLr());
        assertEquals(1, own.lastEpoch());
        assertEquals("RecursiveLR(lastEpoch=1)", own.toString());
    }

    /** Where PyTorch's is some 1e-17 below 0. */
    @Test
    void aLineToZeroEndsAtZero() {
        boolean some = false;
        for (int n = 1; n < 200; n++) {
            Optimizer optimizer = Schedules.optimizer("sgd");
            LRScheduler scheduler = new LinearLR(optimizer, 0.1, 0, n);
            for (int t = 0; t < n; t++) {
                scheduler.step();
            }
            assertTrue(
                    scheduler.getLastLr().stream().allMatch(lr -> lr >= 0 && lr < 1e-15), "" + scheduler.getLastLr());
            some |= scheduler.getLastLr().contains(0.0);
        }
        assertTrue(some);
    }

    @Test
    void textsAndSettings() {
        Optimizer optimizer = Schedules.optimizer("sgd");
        assertEquals("StepLR(stepSize=3.0, gamma=0.1, lastEpoch=0)", new StepLR(optimizer, 3).toString());
        assertEquals(
                "SequentialLR([StepLR(stepSize=3.0, gamma=0.1, lastEpoch=0)], milestones=[], lastEpoch=0)",
                new SequentialLR(optimizer, List.of(new StepLR(optimizer, 3))).toString());
        assertEquals(
                Map.of(
                        "stepSize",
                        3.0,
                        "gamma",
                        0.1,
                        "lastEpoch",
                        0.0,
                        "baseLr.0",
                        0.1,
                        "baseLr.1",
                        0.03,
                        "lastLr.0",
                        0.1,
                        "lastLr.1",
                        0.03),
                new StepLR(optimizer, 3).stateDict().values());
    }
}
