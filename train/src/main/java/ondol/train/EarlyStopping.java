package ondol.train;

import java.util.LinkedHashMap;
import java.util.Map;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.Module;
import org.jspecify.annotations.Nullable;

/** Watches a score of each epoch: remembers the network as it was when that was best, and says when it is time to stop. */
final class EarlyStopping {
    private final String score;
    private final int patience;
    private final boolean higherIsBetter;
    private double best = Double.NaN;
    private int bestEpoch;
    private int since;
    private Map<String, Tensor> weights = Map.of();

    EarlyStopping(String score, int patience, boolean higherIsBetter) {
        if (patience < 1) {
            throw new IllegalArgumentException(
                    "Trainer.earlyStopping: a patience of " + patience + " epochs; give 1 or more");
        }
        this.score = score;
        this.patience = patience;
        this.higherIsBetter = higherIsBetter;
    }

    /** The name of what is watched. */
    String score() {
        return score;
    }

    /** Takes in an epoch. */
    void look(History.Epoch epoch, Module net) {
        double now = epoch.score(score);
        if (!Double.isNaN(now) && (bestEpoch == 0 || (higherIsBetter ? now > best : now < best))) {
            best = now;
            bestEpoch = epoch.number();
            since = 0;
            weights = copy(net.stateDict());
        } else {
            since++;
        }
    }

    /** A state that later steps leave alone, whatever scope is open. */
    static Map<String, Tensor> copy(Map<String, Tensor> state) {
        try (var _ = Autograd.noGrad()) {
            Map<String, Tensor> copy = new LinkedHashMap<>();
            state.forEach((name, t) -> copy.put(name, Scope.escape(t.clone())));
            return copy;
        }
    }

    /** Whether that many epochs in a row were no better. */
    boolean isDue() {
        return since >= patience;
    }

    /** The epoch whose weights are the best; 0 before the first. */
    int bestEpoch() {
        return bestEpoch;
    }

    /** Brings the best weights back. */
    void restore(Module net) {
        if (bestEpoch > 0) {
            net.loadStateDict(weights);
        }
    }

    /** The state in a checkpoint, beside the weights. */
    record State(double best, int bestEpoch, int since) {}

    State state() {
        return new State(best, bestEpoch, since);
    }

    Map<String, Tensor> weights() {
        return weights;
    }

    void load(@Nullable State state, Map<String, Tensor> weights) {
        if (state != null) {
            best = state.best;
            bestEpoch = state.bestEpoch;
            since = state.since;
            this.weights = copy(weights);
        }
    }
}
