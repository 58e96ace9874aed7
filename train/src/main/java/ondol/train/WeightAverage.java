package ondol.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.DType;
import ondol.Fused;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import ondol.nn.Module;
import ondol.optim.swa.AvgFn;
import org.jspecify.annotations.Nullable;

/**
 * Averages of a network's weights, which change places with the weights themselves while something is computed with them. A {@link
 * ondol.optim.swa.AveragedModel} needs a second network; a trainer knows only one.
 */
final class WeightAverage {
    private static final Expr ONE = Expr.input(0, Type.F32);
    private static final Expr OTHER = Expr.input(1, Type.F32);
    private static final Kernel.Map EXCHANGE = new Kernel.Map(OTHER, ONE);
    private static final Kernel.Map EXCHANGE_INTEGERS =
            new Kernel.Map(Expr.input(1, Type.I64), Expr.input(0, Type.I64));

    private final Module net;
    private final AvgFn avgFn;
    private final boolean useBuffers;
    private final int fromEpoch;
    private final boolean eachStep;
    private long count;

    /** By the network's names; empty before the first. While they are in force, these are the weights that are trained. */
    private Map<String, Tensor> averages = Map.of();

    private boolean inForce;

    WeightAverage(Module net, AvgFn avgFn, int fromEpoch, boolean eachStep, boolean useBuffers) {
        this.net = net;
        this.avgFn = Objects.requireNonNull(
                avgFn, "Trainer.averageWeights: the function is null; give one, as SwaUtils.getEmaMultiAvgFn(0.999)");
        if (fromEpoch < 1) {
            throw new IllegalArgumentException(
                    "Trainer.averageWeights: from epoch " + fromEpoch + "; epochs are counted from 1");
        }
        this.fromEpoch = fromEpoch;
        this.eachStep = eachStep;
        this.useBuffers = useBuffers;
        members().forEach((name, t) -> {
            if (t.dtype() == DType.BOOL) {
                throw new IllegalArgumentException("Trainer.averageWeights: the buffer '" + name
                        + "' is BOOL, which has no average; leave buffers out");
            }
        });
    }

    /** What is averaged, each tensor once. */
    private Map<String, Tensor> members() {
        Map<String, Tensor> all = new LinkedHashMap<>(net.namedParameters());
        if (useBuffers) {
            all.putAll(net.namedBuffers());
        }
        return all;
    }

    /** After a step of the optimizer. */
    void stepEnds(int epoch) {
        if (eachStep && epoch >= fromEpoch) {
            takeIn();
        }
    }

    /** After the last step of an epoch. */
    void epochEnds(int epoch) {
        if (!eachStep && epoch >= fromEpoch) {
            takeIn();
        }
    }

    private void takeIn() {
        Map<String, Tensor> current = members();
        if (count == 0) {
            averages = EarlyStopping.copy(current);
        } else {
            List<Tensor> averaged = new ArrayList<>();
            List<Tensor> values = new ArrayList<>();
            current.forEach((name, t) -> {
                averaged.add(at(t, name));
                values.add(t.detach());
            });
            try (var _ = Autograd.noGrad();
                    var _ = Scope.open()) {
                avgFn.update(averaged, values, count);
            }
        }
        count++;
    }

    /** An average, where the network's tensor is. */
    private Tensor at(Tensor member, String name) {
        Tensor average = Objects.requireNonNull(averages.get(name), name);
        if (average.device() != member.device()) {
            average = Scope.escape(average.to(member.device()));
            averages.put(name, average);
        }
        return average;
    }

    /** Computes with the averages, if there are any yet. */
    void during(Runnable body) {
        if (inForce || count == 0) {
            body.run();
            return;
        }
        exchange();
        try {
            body.run();
        } finally {
            exchange();
        }
    }

    /** Makes them the network's weights for good, until the training goes on. */
    void putInForce() {
        if (!inForce && count > 0) {
            exchange();
        }
    }

    /** Makes the network's weights those that are trained. */
    void takeBack() {
        if (inForce) {
            exchange();
        }
    }

    private void exchange() {
        members().forEach((name, t) -> {
            List<Tensor> both = List.of(t, at(t, name));
            Fused.update(t.dtype() == DType.INT64 ? EXCHANGE_INTEGERS : EXCHANGE, both, both);
        });
        inForce = !inForce;
    }

    // ---- state

    /** How many values the averages are of. */
    long count() {
        return count;
    }

    /** While the averages are in force: the weights that are trained. */
    Map<String, Tensor> trained() {
        return averages;
    }

    /**
     * Goes on from what the network has now, which are averages, and the weights that are trained.
     *
     * @throws IllegalArgumentException if these are not the network's
     */
    void load(@Nullable Long saved, Map<String, Tensor> trained) {
        Map<String, Tensor> current = members();
        long n = saved == null ? 0 : saved;
        if (!trained.keySet().equals(n == 0 ? Map.of().keySet() : current.keySet())) {
            throw new IllegalArgumentException("its averages are of " + trained.keySet() + ", not of "
                    + current.keySet() + "; go on with what it was begun with");
        }
        Map<String, Tensor> now = n == 0 ? Map.of() : EarlyStopping.copy(current);
        net.loadStateDict(trained, false);
        averages = now;
        count = n;
        inForce = false;
    }
}
