package org.example.training;

import ondol.Tensor;
import ondol.nn.LSTM;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.op.RecurrenceOptions;

/**
 * Forecasts what comes next in a series: from what came last [N, days] to the next value [N]. The LSTM reads day by day, and what
 * it says is how much the next value differs from the last one.
 */
public final class TemperatureNet extends Layer {
    private final LSTM lstm;
    private final Linear change;

    /** With so many hidden features. */
    public TemperatureNet(int hidden) {
        lstm = register("lstm", new LSTM(1, hidden, new RecurrenceOptions().batchFirst(true)));
        change = register("change", new Linear(hidden, 1));
    }

    @Override
    public Tensor forward(Tensor days) {
        Tensor read = lstm.forward(days.unsqueeze(2)).output().select(1, -1); // [N, hidden], after the last day
        return days.select(1, -1).add(change.forward(read).squeeze(1));
    }
}
