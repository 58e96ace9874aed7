package ondol.train;

import java.util.ArrayList;
import java.util.List;

/** Which scores each epoch of a training has. */
record ScoreNames(List<String> names, boolean validation) {
    static ScoreNames of(List<Metric> metrics, boolean validation) {
        List<String> names = new ArrayList<>();
        names.add("loss");
        if (validation) {
            names.add("val_loss");
            metrics.forEach(m -> names.add("val_" + m.name()));
        }
        return new ScoreNames(names, validation);
    }

    /** Refuses a name that is none of them. */
    void check(String operation, String name) {
        if (!names.contains(name)) {
            throw new IllegalArgumentException(operation + ": there is no score '" + name + "'; there are " + names
                    + (validation
                            ? ", and more with metrics(...)"
                            : name.startsWith("val_") ? "; give a validation loader" : ""));
        }
    }
}
