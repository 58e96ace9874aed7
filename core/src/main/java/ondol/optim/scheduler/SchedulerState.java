package ondol.optim.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All that a scheduler knows besides its optimizer: its settings and how far it is, by name. Of the groups' values the names end
 * in a dot and the group's number.
 *
 * @param scheduler the class's name
 * @param values the settings, and what a step changes
 * @param schedulers the states of those that it is made of, in their order
 */
public record SchedulerState(String scheduler, Map<String, Double> values, List<SchedulerState> schedulers) {
    /** Keeps immutable copies. */
    public SchedulerState {
        Objects.requireNonNull(scheduler, "SchedulerState: the scheduler's name is null; give its class's name");
        Objects.requireNonNull(values, "SchedulerState: the values are null; give a map");
        Objects.requireNonNull(
                schedulers, "SchedulerState: the schedulers are null; give a list, empty if there are none");
        for (var entry : values.entrySet()) {
            if (entry.getKey() == null || entry.getValue() == null) {
                throw new IllegalArgumentException("SchedulerState: the values have " + entry.getValue() + " for '"
                        + entry.getKey() + "'; leave out what is null");
            }
        }
        for (SchedulerState state : new ArrayList<>(schedulers)) {
            if (state == null) {
                throw new IllegalArgumentException("SchedulerState: one of the schedulers is null; leave it out");
            }
        }
        values = Map.copyOf(values);
        schedulers = List.copyOf(schedulers);
    }
}
