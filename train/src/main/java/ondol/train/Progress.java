package ondol.train;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of a {@link Trainer} itself in a checkpoint.
 *
 * @param epoch the one that is going on, counted from 1
 * @param seconds how long it has taken
 * @param averaged how many weights the averages are of; null if none are made
 * @param settings what the training is made of
 */
record Progress(
        int epoch,
        double seconds,
        Losses.State losses,
        List<History.Epoch> history,
        EarlyStopping.@Nullable State stopping,
        @Nullable Long averaged,
        @Nullable Map<String, String> settings) {
    /** Refuses to go on with a training that is made of something else. */
    void check(Map<String, String> others) {
        Map<String, String> known = settings == null ? Map.of() : settings;
        others.forEach((name, ours) -> {
            String theirs = known.get(name);
            if (!ours.equals(theirs)) {
                throw new IllegalArgumentException("it is of a training whose " + name + " was " + theirs + ", not "
                        + ours + "; go on with what it was begun with");
            }
        });
    }
}
