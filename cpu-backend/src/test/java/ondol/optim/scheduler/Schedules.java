package ondol.optim.scheduler;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import ondol.Tensor;
import ondol.optim.Adam;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.SGD;

/** The schedules of schedules.py. */
final class Schedules {
    /** A scheduler that has been made, of either kind. */
    interface Scheduler {
        void step(long epoch);

        List<Double> lastLr();

        SchedulerState save();

        void load(SchedulerState state);
    }

    private static final CyclicOptions STILL = new CyclicOptions().cycleMomentum(false);

    private static final Map<String, Function<Optimizer, Scheduler>> ALL = new LinkedHashMap<>();

    private Schedules() {}

    static Optimizer optimizer(String name) {
        ParameterGroup first = new ParameterGroup(List.of(Tensor.parameter(Tensor.ones(1))));
        ParameterGroup second = new ParameterGroup(List.of(Tensor.parameter(Tensor.ones(1)))).setLr(0.03);
        return name.endsWith("adam") ? new Adam(0.1, first, second) : new SGD(0.1, first, second).momentum(0.9);
    }

    static Map<String, Function<Optimizer, Scheduler>> all() {
        return ALL;
    }

    private static void add(String name, Function<Optimizer, ? extends LRScheduler> make) {
        ALL.put(name, o -> {
            LRScheduler s = make.apply(o);
            return of(e -> s.step(), s::getLastLr, s::stateDict, s::loadStateDict);
        });
    }

    /** One to which the program sets a learning rate of its own in between. */
    private static void addSet(String name, Function<Optimizer, ? extends LRScheduler> make) {
        ALL.put(name, o -> {
            LRScheduler s = make.apply(o);
            return of(
                    e -> {
                        if (e == 18) {
                            o.setLr(0.25);
                        }
                        s.step();
                    },
                    s::getLastLr,
                    s::stateDict,
                    s::loadStateDict);
        });
    }

    private static void addPlateau(String name, PlateauOptions options) {
        ALL.put(name, o -> {
            ReduceLROnPlateau s = new ReduceLROnPlateau(o, options);
            return of(e -> s.step(loss((int) e - 1)), s::getLastLr, s::stateDict, s::loadStateDict);
        });
    }

    private static double loss(int t) {
        double[] all = {5.0, 4.0, 3.0, 2.9, 2.8999, 2.95, 2.7, 2.9, 2.9, 2.9, Double.NaN, 2.69999, 2.8};
        double[] powers = {1, 0.99, 0.9801, 0.99 * 0.9801};
        return all[t % 13] * powers[t / 26];
    }

    private static Scheduler of(
            DoubleConsumer step,
            Supplier<List<Double>> last,
            Supplier<SchedulerState> save,
            Consumer<SchedulerState> load) {
        return new Scheduler() {
            @Override
            public void step(long epoch) {
                step.accept(epoch);
            }

            @Override
            public List<Double> lastLr() {
                return last.get();
            }

            @Override
            public SchedulerState save() {
                return save.get();
            }

            @Override
            public void load(SchedulerState state) {
                load.accept(state);
            }
        };
    }

    static {
        add("StepLR", o -> new StepLR(o, 7));
        add("StepLR-0.7", o -> new StepLR(o, 3, 0.7));
        addSet("StepLR-set", o -> new StepLR(o, 3, 0.7));
        add("MultiStepLR", o -> new MultiStepLR(o, new int[] {30, 5, 80, 30}, 0.3));
        add("ConstantLR", ConstantLR::new);
        add("ConstantLR-0.7", o -> new ConstantLR(o, 0.7, 40));
        add("LinearLR", LinearLR::new);
        add("LinearLR-down", o -> new LinearLR(o, 0.9, 0.1, 90));
        addSet("LinearLR-set", o -> new LinearLR(o, 0.1, 1, 60));
        add("ExponentialLR", o -> new ExponentialLR(o, 0.93));
        addSet("ExponentialLR-set", o -> new ExponentialLR(o, 0.93));
        add("PolynomialLR", PolynomialLR::new);
        add("PolynomialLR-0.9", o -> new PolynomialLR(o, 95, 0.9));
        add("PolynomialLR-2.5", o -> new PolynomialLR(o, 60, 2.5));
        addSet("PolynomialLR-set", o -> new PolynomialLR(o, 95, 0.9));
        cosines();
        cycles();
        plateaus();
        LongToDoubleFunction odd = t -> 0.95 * (t + 1) / (t + 3);
        add("LambdaLR", o -> new LambdaLR(o, odd));
        add("LambdaLR-two", o -> new LambdaLR(o, t -> 1.0 / (t + 1), t -> t / 30 + 0.1));
        add("MultiplicativeLR", o -> new MultiplicativeLR(o, t -> 0.97, t -> 1 - 0.1 / t));
        combined();
        averaging();
    }

    private static void averaging() {
        add("SWALR", o -> new SWALR(o, 0.05));
        add("SWALR-linear", o -> new SWALR(o, new double[] {0.5, 0.001}, 37, OneCycleOptions.AnnealStrategy.LINEAR));
        addSet("SWALR-set", o -> new SWALR(o, 0.02, 60, OneCycleOptions.AnnealStrategy.COS));
        add("SWALR-0", o -> new SWALR(o, 0.02, 0, OneCycleOptions.AnnealStrategy.COS));
    }

    private static void cosines() {
        add("CosineAnnealingLR", o -> new CosineAnnealingLR(o, 10));
        add("CosineAnnealingLR-37", o -> new CosineAnnealingLR(o, 37, 0.001));
        addSet("CosineAnnealingLR-set", o -> new CosineAnnealingLR(o, 37, 0.001));
        add("CosineAnnealingLR-100", o -> new CosineAnnealingLR(o, 100));
        add("CosineAnnealingWarmRestarts", o -> new CosineAnnealingWarmRestarts(o, 13));
        add("CosineAnnealingWarmRestarts-2", o -> new CosineAnnealingWarmRestarts(o, 9, 2, 0.002));
        add("CosineAnnealingWarmRestarts-3", o -> new CosineAnnealingWarmRestarts(o, 1, 3, 0));
    }

    private static void cycles() {
        add("CyclicLR", o -> new CyclicLR(o, 0.001, 0.1, new CyclicOptions().stepSizes(7, 0)));
        add(
                "CyclicLR-2",
                o -> new CyclicLR(
                        o,
                        new double[] {0.001, 0.01},
                        new double[] {0.1, 0.3},
                        new CyclicOptions().stepSizes(5, 8).mode(CyclicOptions.Mode.TRIANGULAR2)));
        add(
                "CyclicLR-exp",
                o -> new CyclicLR(
                        o,
                        0.001,
                        0.1,
                        new CyclicOptions().stepSizes(6, 3).expRange(0.97).momentum(0.7, 0.9)));
        add(
                "CyclicLR-fn",
                o -> new CyclicLR(o, 0.001, 0.1, STILL.stepSizes(6, 0).scaleFn(c -> 1 / c, true)));
        add(
                "CyclicLR-step",
                o -> new CyclicLR(o, 0.001, 0.1, STILL.stepSizes(6, 0).scaleFn(t -> 1 / (1 + t), false)));
        add("OneCycleLR", o -> new OneCycleLR(o, 0.1, 101));
        add("OneCycleLR-10", o -> new OneCycleLR(o, 0.1, 10));
        add(
                "OneCycleLR-linear",
                o -> new OneCycleLR(
                        o,
                        new double[] {0.1, 0.5},
                        101,
                        new OneCycleOptions()
                                .pctStart(0.45)
                                .annealStrategy(OneCycleOptions.AnnealStrategy.LINEAR)
                                .divFactors(10, 300)));
        add(
                "OneCycleLR-three",
                o -> new OneCycleLR(
                        o, 0.2, 101, new OneCycleOptions().threePhase(true).momentum(0.8, 0.95)));
        add("OneCycleLR-adam", o -> new OneCycleLR(o, 0.1, 101));
    }

    private static void plateaus() {
        PlateauOptions usual = new PlateauOptions();
        PlateauOptions max = usual.mode(PlateauOptions.Mode.MAX);
        addPlateau("ReduceLROnPlateau", usual.patience(2));
        addPlateau(
                "ReduceLROnPlateau-max",
                max.factor(0.7)
                        .patience(3)
                        .threshold(0.01, PlateauOptions.ThresholdMode.ABS)
                        .cooldown(2)
                        .minLr(0.02, 0.001));
        addPlateau(
                "ReduceLROnPlateau-abs",
                usual.factor(0.5)
                        .patience(1)
                        .threshold(0.05, PlateauOptions.ThresholdMode.ABS)
                        .cooldown(1)
                        .minLr(1e-6)
                        .eps(1e-4));
        addPlateau(
                "ReduceLROnPlateau-rel",
                max.factor(0.9).patience(0).threshold(0.001, PlateauOptions.ThresholdMode.REL));
    }

    private static void combined() {
        add(
                "SequentialLR",
                o -> new SequentialLR(
                        o,
                        List.of(new LinearLR(o, 0.1, 1, 8), new CosineAnnealingLR(o, 40), new ExponentialLR(o, 0.9)),
                        8,
                        48));
        add(
                "SequentialLR-all",
                o -> new SequentialLR(
                        o,
                        List.of(
                                new ConstantLR(o, 0.3, 4),
                                new StepLR(o, 2, 0.9),
                                new MultiStepLR(o, new int[] {0, 3}, 0.5),
                                new PolynomialLR(o, 9, 2),
                                new LinearLR(o, 0.2, 0.9, 7),
                                new ConstantLR(o, 0.6, 3),
                                new CosineAnnealingWarmRestarts(o, 5, 2, 0.001),
                                new MultiplicativeLR(o, t -> 0.98),
                                new LambdaLR(o, t -> 1.0 / (1 + t))),
                        5,
                        11,
                        20,
                        31,
                        40,
                        50,
                        70,
                        80));
        add(
                "SequentialLR-cycle",
                o -> new SequentialLR(o, List.of(new LinearLR(o, 0.1, 1, 8), new OneCycleLR(o, 0.2, 95)), 8));
        add(
                "ChainedScheduler",
                o -> new ChainedScheduler(List.of(new ConstantLR(o, 0.1, 12), new ExponentialLR(o, 0.95))));
        add(
                "ChainedScheduler-sequence",
                o -> new ChainedScheduler(List.of(
                        new SequentialLR(o, List.of(new LinearLR(o), new CosineAnnealingLR(o, 30)), 5),
                        new StepLR(o, 10, 0.8))));
    }
}
