package ondol.optim.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;
import ondol.optim.Adam;
import ondol.optim.Optimizer;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What schedulers refuse, and that nothing has changed then. */
class SchedulerErrorTest {
    private final Optimizer o = Schedules.optimizer("sgd");

    private void refuses(String message, Executable body) {
        String before = o + " " + o.stateDict();
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
        assertEquals(before, o + " " + o.stateDict());
    }

    @Test
    void settings() {
        refuses("StepLR: stepSize is 0; it must be 1 or more", () -> new StepLR(o, 0));
        refuses("StepLR: gamma is -1.0; it must be a finite number of 0 or more", () -> new StepLR(o, 3, -1));
        refuses("MultiStepLR: a milestone is -1; it must be 0 or more", () -> new MultiStepLR(o, 3, -1));
        refuses("ConstantLR: factor is 0.0; it must be above 0 and at most 1", () -> new ConstantLR(o, 0, 5));
        refuses("ConstantLR: totalIters is 0; it must be 1 or more", () -> new ConstantLR(o, 0.5, 0));
        refuses("LinearLR: startFactor is 1.5; it must be above 0 and at most 1", () -> new LinearLR(o, 1.5, 1, 5));
        refuses("LinearLR: endFactor is -0.5; it must be from 0.0 to 1.0", () -> new LinearLR(o, 0.5, -0.5, 5));
        refuses("LinearLR: totalIters is -3; it must be 1 or more", () -> new LinearLR(o, 0.5, 1, -3));
        refuses(
                "ExponentialLR: gamma is NaN; it must be a finite number of 0 or more",
                () -> new ExponentialLR(o, Double.NaN));
        refuses("PolynomialLR: totalIters is 0; it must be 1 or more", () -> new PolynomialLR(o, 0, 1));
        refuses(
                "PolynomialLR: power is -1.0; it must be a finite number of 0 or more",
                () -> new PolynomialLR(o, 5, -1));
        refuses("CosineAnnealingLR: tMax is 0; it must be 1 or more", () -> new CosineAnnealingLR(o, 0));
        refuses(
                "CosineAnnealingLR: etaMin is -0.1; it must be a finite number of 0 or more",
                () -> new CosineAnnealingLR(o, 5, -0.1));
        refuses(
                "CosineAnnealingWarmRestarts: t0 is 0; it must be 1 or more",
                () -> new CosineAnnealingWarmRestarts(o, 0));
        refuses(
                "CosineAnnealingWarmRestarts: tMult is 0; it must be 1 or more",
                () -> new CosineAnnealingWarmRestarts(o, 3, 0, 0));
        refuses("CyclicOptions: stepSizeUp is 0; it must be 1 or more", () -> new CyclicOptions().stepSizes(0, 1));
        refuses("OneCycleLR: totalSteps is 0; it must be 1 or more", () -> new OneCycleLR(o, 0.1, 0));
        refuses(
                "OneCycleOptions: pctStart is 1.5; it must be from 0.0 to 1.0",
                () -> new OneCycleOptions().pctStart(1.5));
        refuses(
                "OneCycleOptions: divFactor is 0.0; it must be a finite number above 0",
                () -> new OneCycleOptions().divFactors(0, 1));
        refuses(
                "SWALR: annealEpochs is -1; it must be 0 or more",
                () -> new SWALR(o, 0.1, -1, OneCycleOptions.AnnealStrategy.COS));
        refuses("SWALR: swaLr is -1.0; it must be a finite number of 0 or more", () -> new SWALR(o, -1));
        refuses(
                "PlateauOptions: factor is 1.0; it must be 0 or more and less than 1",
                () -> new PlateauOptions().factor(1));
    }

    @Test
    void numbersOfGroups() {
        refuses(
                "OneCycleLR: there are 3 values of maxLr for 2 groups; give one for all groups, or one for each",
                () -> new OneCycleLR(o, new double[] {1, 2, 3}, 10, new OneCycleOptions()));
        refuses(
                "CyclicLR: there are 0 values of maxLr for 2 groups; give one for all groups, or one for each",
                () -> new CyclicLR(o, new double[] {1}, new double[0], new CyclicOptions()));
        refuses(
                "LambdaLR: there are 3 functions for 2 groups; give one for all groups, or one for each",
                () -> new LambdaLR(o, t -> 1, t -> 1, t -> 1));
        refuses(
                "ReduceLROnPlateau: there are 3 values of minLr for 2 groups; give one for all groups, or one for each",
                () -> new ReduceLROnPlateau(o, new PlateauOptions().minLr(1, 2, 3)));
    }

    @Test
    void momentumThatIsNotThere() {
        SGD plain = new SGD(List.of(Tensor.parameter(Tensor.ones(1))), 0.1);
        String message = ": the momentum is to be cycled, but that of group 0 is 0; switch it on, or give"
                + " cycleMomentum(false)";
        String before = plain.toString() + plain.stateDict();
        assertEquals(
                "OneCycleLR" + message,
                assertThrows(IllegalArgumentException.class, () -> new OneCycleLR(plain, 0.1, 10))
                        .getMessage());
        assertEquals(
                "CyclicLR" + message,
                assertThrows(IllegalArgumentException.class, () -> new CyclicLR(plain, 0.1, 1))
                        .getMessage());
        assertEquals(before, plain.toString() + plain.stateDict());
        new OneCycleLR(plain, 0.1, 10, new OneCycleOptions().cycleMomentum(false)).step();
        Adam adam = new Adam(List.of(Tensor.parameter(Tensor.ones(1))), 0.1);
        new CyclicLR(adam, 0.1, 1);
        assertEquals(0.9, adam.paramGroups().getFirst().get("beta1"));
        assertEquals(
                "OneCycleLR: beta1 is to be cycled from 0.5 to 1.0; both must be finite and above 0 and below 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new OneCycleLR(adam, 0.1, 10, new OneCycleOptions().momentum(0.5, 1)))
                        .getMessage());
    }

    @Test
    void aStepTooMany() {
        OneCycleLR scheduler = new OneCycleLR(o, 0.1, 10);
        for (int i = 1; i <= 10; i++) { // the loop around batches steps after the last one too
            scheduler.step();
        }
        String before = scheduler + " " + o.stateDict();
        String message =
                "OneCycleLR.step: all 10 learning rates of the schedule have been used; make one of more steps";
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, scheduler::step).getMessage());
        assertEquals(before, scheduler + " " + o.stateDict());

        Optimizer other = Schedules.optimizer("sgd");
        ChainedScheduler chain =
                new ChainedScheduler(List.of(new OneCycleLR(other, 1, 9), new OneCycleLR(other, 0.1, 2)));
        chain.step();
        chain.step();
        String then = chain + " " + chain.stateDict() + " " + other.stateDict();
        assertThrows(IllegalStateException.class, chain::step);
        assertEquals(then, chain + " " + chain.stateDict() + " " + other.stateDict());
    }

    /** The learning rates of PyTorch 1.13, also the one after the last batch. */
    @Test
    void oneCycleToItsEnd() {
        SGD sgd = new SGD(List.of(Tensor.parameter(Tensor.ones(1))), 0.1);
        OneCycleLR scheduler = new OneCycleLR(sgd, 1, 5, new OneCycleOptions().cycleMomentum(false));
        double[] expected = {
            0.040000000000000036,
            0.9504846320134737,
            0.6112620219362893,
            0.18825834605023697,
            4e-06,
            0.18825834605023686
        };
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], sgd.paramGroups().getFirst().lr(), 1e-16);
            if (i < 5) {
                scheduler.step();
            }
        }
        assertThrows(IllegalStateException.class, scheduler::step);
    }

    @Test
    void aCycleWithoutAWayUp() {
        refuses(
                "OneCycleLR: pctStart 0.1 of 10 steps is a single one, so that the way up has no length; give more steps,"
                        + " or another pctStart",
                () -> new OneCycleLR(o, 0.1, 10, new OneCycleOptions().pctStart(0.1)));
    }

    @Test
    void learningRatesThatCannotBe() {
        refuses(
                "LambdaLR: the learning rate of group 1 would be -0.03 in epoch 0; it must be a finite number of 0 or"
                        + " more",
                () -> new LambdaLR(o, t -> 1, t -> -1));
        LRScheduler scheduler = new MultiplicativeLR(o, t -> 0.5, t -> t < 2 ? 0.5 : Double.NaN);
        scheduler.step();
        refuses(
                "MultiplicativeLR: the learning rate of group 1 would be NaN in epoch 2; it must be a finite number of 0"
                        + " or more",
                scheduler::step);
        assertEquals(List.of(0.05, 0.015), scheduler.getLastLr());
        refuses(
                "CyclicLR: the learning rate of group 0 would be NaN in epoch 0; it must be a finite number of 0 or more",
                () -> new CyclicLR(o, 0.1, 1, new CyclicOptions().scaleFn(c -> Double.NaN, true)));
    }

    @Test
    void combinations() {
        Optimizer other = Schedules.optimizer("sgd");
        LRScheduler elsewhere = new StepLR(other, 3);
        StepLR here = new StepLR(o, 3);
        ConstantLR stepped = new ConstantLR(o, 1, 5);
        stepped.step();
        refuses(
                "SequentialLR: there are 2 schedulers and 2 milestones; give one milestone less than schedulers",
                () -> new SequentialLR(o, List.of(here, new StepLR(o, 2)), 1, 2));
        refuses(
                "SequentialLR: milestone 1 is 3; it must be 4 or more",
                () -> new SequentialLR(o, List.of(here, new StepLR(o, 2), new StepLR(o, 2)), 3, 3));
        refuses(
                "SequentialLR: scheduler 1 is of another optimizer; give different schedulers of one optimizer",
                () -> new SequentialLR(o, List.of(here, (StepLR) elsewhere), 1));
        refuses(
                "SequentialLR: scheduler 1 is there twice; give different schedulers of one optimizer",
                () -> new SequentialLR(o, List.of(here, here), 1));
        refuses("SequentialLR: there are no schedulers; give at least one", () -> new SequentialLR(o, List.of()));
        refuses(
                "SequentialLR: ConstantLR(factor=1.0, totalIters=5.0, lastEpoch=1) has been stepped, or is in another"
                        + " sequence; give new schedulers",
                () -> new SequentialLR(o, List.of(stepped)));
        refuses(
                "ChainedScheduler: scheduler 1 is of another optimizer; give different schedulers of one optimizer",
                () -> new ChainedScheduler(List.of(here, elsewhere)));
        refuses(
                "ChainedScheduler: scheduler 1 is null; give different schedulers of one optimizer",
                () -> new ChainedScheduler(Arrays.asList(here, null)));
        refuses(
                "ChainedScheduler: there is no first scheduler; give at least one",
                () -> new ChainedScheduler(List.of()));
    }

    @Test
    void states() {
        StepLR scheduler = new StepLR(o, 3, 0.5);
        SchedulerState good = scheduler.stateDict();
        String end = "; load the state of a scheduler that was made the same way";
        String start = "StepLR.loadStateDict: the state does not fit: ";
        refuses(
                start + "it is the state of ExponentialLR" + end,
                () -> scheduler.loadStateDict(new ExponentialLR(o, 0.5).stateDict()));
        refuses(
                start + "gamma is 0.25 in it, not 0.5" + end,
                () -> scheduler.loadStateDict(new StepLR(o, 3, 0.25).stateDict()));
        refuses(
                start + "lastEpoch is 0.5, no whole number from -1 to 2^53" + end,
                () -> scheduler.loadStateDict(with(good, "lastEpoch", 0.5)));
        refuses(
                start + "baseLr.1 is -1.0, no finite number of 0 or more" + end,
                () -> scheduler.loadStateDict(with(good, "baseLr.1", -1)));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> scheduler.loadStateDict(with(good, "baseLr.2", 1)))
                .getMessage();
        assertEquals(start + "it has [", message.substring(0, start.length() + 8));
        assertEquals(good, scheduler.stateDict());

        SequentialLR sequence = new SequentialLR(o, List.of(new StepLR(o, 3), new ExponentialLR(o, 0.5)), 4);
        SchedulerState state = sequence.stateDict();
        sequence.step();
        String before = sequence.stateDict().toString();
        refuses(
                "SequentialLR.loadStateDict: the state does not fit: it has 1 schedulers, not 2" + end,
                () -> sequence.loadStateDict(new SchedulerState(
                        "SequentialLR",
                        state.values(),
                        List.of(state.schedulers().getFirst()))));
        refuses(
                "ExponentialLR.loadStateDict: the state does not fit: it is the state of StepLR" + end,
                () -> sequence.loadStateDict(new SchedulerState(
                        "SequentialLR",
                        state.values(),
                        List.of(
                                state.schedulers().getFirst(),
                                state.schedulers().getFirst()))));
        assertEquals(before, sequence.stateDict().toString());
    }

    private static SchedulerState with(SchedulerState state, String name, double value) {
        Map<String, Double> values = new HashMap<>(state.values());
        values.put(name, value);
        return new SchedulerState(state.scheduler(), values, state.schedulers());
    }
}
