package ondol.optim.swa;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import ondol.DType;
import ondol.Fused;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import ondol.nn.BatchNorm1d;
import ondol.nn.BatchNorm2d;
import ondol.nn.BatchNorm3d;
import ondol.nn.Layer;
import ondol.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * The functions of PyTorch's {@code torch.optim.swa_utils}: how weights are averaged, and batch normalisation's running numbers for
 * a network of averages.
 *
 * <p>Each average is one kernel for each tensor. Of an INT64 buffer the average is computed in FLOAT32, and its fraction dropped.
 */
public final class SwaUtils {
    private static final Formula SWA = new Formula(SwaUtils::swa);
    private static final Formula EMA = new Formula(SwaUtils::ema);
    private static final Formula LERP = new Formula(SwaUtils::lerp);
    private static final Formula LERP_FAR = new Formula(SwaUtils::lerpFar);

    private SwaUtils() {}

    // ---- formulas

    private static Expr first() {
        return Expr.scalar(0, Type.F32);
    }

    private static Expr second() {
        return Expr.scalar(1, Type.F32);
    }

    private static Expr swa(Expr average, Expr current) {
        return average.add(current.sub(average).div(first()));
    }

    private static Expr ema(Expr average, Expr current) {
        return average.mul(first()).add(current.mul(second()));
    }

    private static Expr lerp(Expr average, Expr current) {
        return average.add(first().mul(current.sub(average)));
    }

    private static Expr lerpFar(Expr average, Expr current) {
        return current.sub(current.sub(average).mul(first()));
    }

    private interface Average {
        Expr of(Expr average, Expr current);
    }

    /** A formula, as a kernel for each type; what changes from call to call is a run-time scalar. */
    private static final class Formula {
        private final Kernel.Map floats;
        private final Kernel.Map integers;

        Formula(Average average) {
            floats = kernel(average, Type.F32);
            integers = kernel(average, Type.I64);
        }

        private static Kernel.Map kernel(Average average, Type type) {
            Expr a = Expr.input(0, type).to(Type.F32);
            Expr c = Expr.input(1, type).to(Type.F32);
            return new Kernel.Map(average.of(a, c).to(type));
        }

        void update(Tensor averaged, Tensor current, Number... scalars) {
            Kernel.Map kernel = averaged.dtype() == DType.INT64 ? integers : floats;
            Fused.update(kernel, List.of(averaged, current), List.of(averaged), scalars);
        }
    }

    private record Call(Formula formula, Number... scalars) {}

    private static AvgFn each(LongFunction<Call> floats, LongFunction<Call> integers) {
        return (averaged, current, n) -> {
            Objects.requireNonNull(averaged, "AvgFn.update: the list of averages is null; give tensors");
            Objects.requireNonNull(current, "AvgFn.update: the list of current values is null; give tensors");
            if (averaged.size() != current.size() || n < 1) {
                throw new IllegalArgumentException("AvgFn.update: " + averaged.size() + " averages of " + n + ", and "
                        + current.size() + " values; give a value for each average, and averages of 1 or more");
            }
            for (int i = 0; i < averaged.size(); i++) {
                Tensor a = averaged.get(i);
                Objects.requireNonNull(a, "AvgFn.update: an average is null; give tensors");
                Call call = (a.dtype() == DType.INT64 ? integers : floats).apply(n);
                call.formula.update(a, current.get(i), call.scalars);
            }
        };
    }

    private static Call towards(double share) {
        float weight = (float) share;
        return weight < 0.5f ? new Call(LERP, weight) : new Call(LERP_FAR, 1 - weight); // as torch.lerp chooses
    }

    private static double checked(String operation, double decay) {
        if (!(decay >= 0 && decay <= 1)) {
            throw new IllegalArgumentException(
                    "SwaUtils." + operation + ": the decay is " + decay + "; it must be from 0 to 1");
        }
        return decay;
    }

    // ---- averages

    /**
     * The mean of all values: {@code average + (current - average) / (n + 1)}; PyTorch's {@code get_swa_avg_fn}, and the usual one.
     *
     * @return the function for {@link AveragedModel}
     */
    public static AvgFn getSwaAvgFn() {
        return each(SwaUtils::mean, SwaUtils::mean);
    }

    private static Call mean(long n) {
        return new Call(SWA, (float) (n + 1));
    }

    /**
     * The mean of all values by {@code torch.lerp}: {@code average + 1 / (n + 1) * (current - average)}; PyTorch's {@code
     * get_swa_multi_avg_fn}. It differs from {@link #getSwaAvgFn} by rounding.
     *
     * @return the function for {@link AveragedModel}
     */
    public static AvgFn getSwaMultiAvgFn() {
        return each(n -> towards(1.0 / (n + 1)), SwaUtils::mean);
    }

    /**
     * A mean in which a value counts the less the longer ago it was: {@code decay * average + (1 - decay) * current}; PyTorch's {@code
     * get_ema_avg_fn}.
     *
     * @param decay from 0 to 1; 0.999 is PyTorch's default
     * @return the function for {@link AveragedModel}
     * @throws IllegalArgumentException if it is not
     */
    public static AvgFn getEmaAvgFn(double decay) {
        return ema(checked("getEmaAvgFn", decay));
    }

    private static AvgFn ema(double decay) {
        Call call = new Call(EMA, (float) decay, (float) (1 - decay));
        return each(n -> call, n -> call);
    }

    /**
     * The same by {@code torch.lerp}: {@code average + (1 - decay) * (current - average)}; PyTorch's {@code get_ema_multi_avg_fn}. It
     * differs from {@link #getEmaAvgFn} by rounding.
     *
     * @param decay from 0 to 1; 0.999 is PyTorch's default
     * @return the function for {@link AveragedModel}
     * @throws IllegalArgumentException if it is not
     */
    public static AvgFn getEmaMultiAvgFn(double decay) {
        Call floats = towards(1 - checked("getEmaMultiAvgFn", decay));
        Call integers = new Call(EMA, (float) decay, (float) (1 - decay));
        return each(n -> floats, n -> integers);
    }

    // ---- batch normalisation

    /**
     * Of a network of one input, {@link #updateBn(Iterable, Module, Consumer)}.
     *
     * @param inputs the training's data, in batches
     * @param model the network, with averages as weights
     */
    public static void updateBn(Iterable<Tensor> inputs, Layer model) {
        Objects.requireNonNull(model, "SwaUtils.updateBn: the network is null; give one");
        updateBn(inputs, model, model::call);
    }

    /**
     * Makes the running means and variances of batch normalisation anew, which averages of weights have none of: as averages over
     * all batches, in training mode and without a record; PyTorch's {@code update_bn}. A network without batch normalisation is left
     * alone. Modes and momenta are afterwards what they were, and if something fails the running numbers too.
     *
     * @param <B> the type of a batch
     * @param batches the training's data
     * @param model the network, with averages as weights
     * @param forward calls the network on a batch
     */
    public static <B> void updateBn(Iterable<B> batches, Module model, Consumer<? super B> forward) {
        Objects.requireNonNull(batches, "SwaUtils.updateBn: the batches are null; give the training's data");
        Objects.requireNonNull(model, "SwaUtils.updateBn: the network is null; give one");
        Objects.requireNonNull(forward, "SwaUtils.updateBn: the function is null; give one that calls the network");
        List<BatchNorm> all = new ArrayList<>();
        Map<Module, Boolean> modes = new LinkedHashMap<>();
        for (Module m : model.modules()) {
            modes.put(m, m.training());
            BatchNorm norm = BatchNorm.of(m);
            if (norm != null) {
                all.add(norm);
            }
        }
        if (all.isEmpty()) {
            return;
        }
        boolean done = false;
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            Map<Tensor, Tensor> before = new LinkedHashMap<>();
            all.forEach(norm -> norm.numbers.forEach(t -> before.put(t, t.clone())));
            try {
                for (BatchNorm norm : all) {
                    norm.reset.run();
                    norm.setMomentum.accept(null);
                }
                model.train();
                for (B batch : batches) {
                    try (var _ = Scope.open()) {
                        forward.accept(batch);
                    }
                }
                done = true;
            } finally {
                if (!done) {
                    before.forEach(Tensor::copyFrom);
                }
                all.forEach(norm -> norm.setMomentum.accept(norm.momentum));
                modes.forEach((module, training) -> module.train(training)); // a module before those in it
            }
        }
    }

    /** What the classes of batch normalisation have in common. */
    private record BatchNorm(
            @Nullable Double momentum, Consumer<@Nullable Double> setMomentum, Runnable reset, List<Tensor> numbers) {
        static @Nullable BatchNorm of(Module m) {
            return switch (m) {
                case BatchNorm1d b
                when b.runningMean() != null ->
                    new BatchNorm(b.momentum(), b::setMomentum, b::resetRunningStats, b.buffers());
                case BatchNorm2d b
                when b.runningMean() != null ->
                    new BatchNorm(b.momentum(), b::setMomentum, b::resetRunningStats, b.buffers());
                case BatchNorm3d b
                when b.runningMean() != null ->
                    new BatchNorm(b.momentum(), b::setMomentum, b::resetRunningStats, b.buffers());
                default -> null;
            };
        }
    }
}
