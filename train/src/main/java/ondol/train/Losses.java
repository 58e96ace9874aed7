package ondol.train;

import java.util.ArrayList;
import java.util.List;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** The mean of an epoch's losses. They are brought from the device some at a time, so that it need not wait for each. */
final class Losses {
    private static final int AT_ONCE = 64;

    private final List<Tensor> waiting = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private double sum;
    private long samples;
    private long batches;

    /** A loss, the mean over so many samples. */
    void add(Tensor loss, int size) {
        waiting.add(Scope.escape(loss.detach()));
        sizes.add(size);
        if (waiting.size() == AT_ONCE) {
            read();
        }
    }

    private void read() {
        if (waiting.isEmpty()) {
            return;
        }
        float[] values;
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            values = Tensor.stack(0, waiting.toArray(new Tensor[0])).toFloatArray();
        }
        waiting.forEach(Tensor::close);
        waiting.clear();
        for (int i = 0; i < values.length; i++) {
            batches++;
            if (!Float.isFinite(values[i])) {
                throw new NonFiniteLossException("Trainer.fit: the loss of batch " + batches + " is " + values[i]
                        + "; look at the data for what is not finite, lower the learning rate, or clip the gradients");
            }
            sum += (double) values[i] * sizes.get(i);
            samples += sizes.get(i);
        }
        sizes.clear();
    }

    /** The mean over all samples; NaN if there are none. */
    double mean() {
        read();
        return sum / samples;
    }

    /** The state in a checkpoint. */
    record State(double sum, long samples, long batches) {}

    State state() {
        read();
        return new State(sum, samples, batches);
    }

    void load(State state) {
        sum = state.sum;
        samples = state.samples;
        batches = state.batches;
    }
}
