package ondol.train;

import java.util.List;

/** Which epochs' checkpoints are to stay, whatever comes after them. */
record BestEpochs(String score, int keep, boolean higherIsBetter) {
    BestEpochs {
        if (keep < 1) {
            throw new IllegalArgumentException(
                    "Trainer.bestCheckpoints: keep " + keep + " of the best; give 1 or more");
        }
    }

    /** Their numbers. */
    List<Integer> of(History history) {
        return history.best(score, higherIsBetter).stream()
                .limit(keep)
                .map(History.Epoch::number)
                .toList();
    }
}
