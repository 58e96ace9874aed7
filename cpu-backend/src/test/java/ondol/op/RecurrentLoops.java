package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Recurrent networks as plain loops in double precision: inputs are [time, batch, features], weights as PyTorch lists them. */
final class RecurrentLoops {
    enum Kind {
        TANH(1),
        RELU(1),
        LSTM(4),
        GRU(3);

        final int gates;

        Kind(int gates) {
            this.gates = gates;
        }
    }

    private final Kind kind;
    private final RecurrenceOptions options;
    private final int in;
    private final int hidden;
    private final int shown;
    private final int directions;

    RecurrentLoops(Kind kind, RecurrenceOptions options, int in, int hidden) {
        this.kind = kind;
        this.options = options;
        this.in = in;
        this.hidden = hidden;
        shown = options.projSize() > 0 ? (int) options.projSize() : hidden;
        directions = options.isBidirectional() ? 2 : 1;
    }

    /** The shapes of x, h0, c0 (of an LSTM) and all weights. */
    long[][] shapes(int steps, int batch) {
        long layers = (long) options.numLayers() * directions;
        List<long[]> shapes = new ArrayList<>();
        shapes.add(new long[] {steps, batch, in});
        shapes.add(new long[] {layers, batch, shown});
        if (kind == Kind.LSTM) {
            shapes.add(new long[] {layers, batch, hidden});
        }
        for (int at = 0; at < layers; at++) {
            long rows = (long) kind.gates * hidden;
            shapes.add(new long[] {rows, at < directions ? in : (long) directions * shown});
            shapes.add(new long[] {rows, shown});
            if (options.hasBias()) {
                shapes.add(new long[] {rows});
                shapes.add(new long[] {rows});
            }
            if (options.projSize() > 0) {
                shapes.add(new long[] {shown, hidden});
            }
        }
        return shapes.toArray(long[][]::new);
    }

    int states() {
        return kind == Kind.LSTM ? 2 : 1;
    }

    /** The output, then all last states. */
    double[] run(double[][] inputs, int steps, int[] lengths) {
        int batch = lengths.length;
        int layers = options.numLayers() * directions;
        double[] x = inputs[0];
        int width = in;
        double[] hn = new double[layers * batch * shown];
        double[] cn = new double[kind == Kind.LSTM ? layers * batch * hidden : 0];
        int each = (inputs.length - 1 - states()) / layers;
        for (int layer = 0; layer < options.numLayers(); layer++) {
            double[] out = new double[steps * batch * directions * shown];
            for (int d = 0; d < directions; d++) {
                int at = layer * directions + d;
                double[][] weights =
                        Arrays.copyOfRange(inputs, 1 + states() + at * each, 1 + states() + (at + 1) * each);
                for (int b = 0; b < batch; b++) {
                    double[] h = Arrays.copyOfRange(inputs[1], (at * batch + b) * shown, (at * batch + b + 1) * shown);
                    double[] c = kind == Kind.LSTM
                            ? Arrays.copyOfRange(inputs[2], (at * batch + b) * hidden, (at * batch + b + 1) * hidden)
                            : new double[0];
                    for (int n = 0; n < lengths[b]; n++) {
                        int t = d == 0 ? n : lengths[b] - 1 - n;
                        double[] features = Arrays.copyOfRange(x, (t * batch + b) * width, (t * batch + b + 1) * width);
                        h = step(features, h, c, weights);
                        System.arraycopy(h, 0, out, ((t * batch + b) * directions + d) * shown, shown);
                    }
                    System.arraycopy(h, 0, hn, (at * batch + b) * shown, shown);
                    System.arraycopy(c, 0, cn, (at * batch + b) * c.length, c.length);
                }
            }
            x = out;
            width = directions * shown;
        }
        return concatenated(x, hn, cn);
    }

    private static double[] concatenated(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[] product(double[] weight, double[] x, double[] bias) {
        int rows = weight.length / x.length;
        double[] y = new double[rows];
        for (int i = 0; i < rows; i++) {
            y[i] = bias == null ? 0 : bias[i];
            for (int j = 0; j < x.length; j++) {
                y[i] += weight[i * x.length + j] * x[j];
            }
        }
        return y;
    }

    private static double sigmoid(double v) {
        return 1 / (1 + Math.exp(-v));
    }

    /** The hidden state after a step; c is changed. */
    double[] step(double[] x, double[] h, double[] c, double[][] weights) {
        double[] a = product(weights[0], x, options.hasBias() ? weights[2] : null);
        double[] u = product(weights[1], h, options.hasBias() ? weights[3] : null);
        double[] next = new double[hidden];
        for (int j = 0; j < hidden; j++) {
            int k = hidden + j;
            int l = 2 * hidden + j;
            int m = 3 * hidden + j;
            switch (kind) {
                case TANH -> next[j] = Math.tanh(a[j] + u[j]);
                case RELU -> next[j] = Math.max(0, a[j] + u[j]);
                case LSTM -> {
                    c[j] = sigmoid(a[k] + u[k]) * c[j] + sigmoid(a[j] + u[j]) * Math.tanh(a[l] + u[l]);
                    next[j] = sigmoid(a[m] + u[m]) * Math.tanh(c[j]);
                }
                case GRU -> {
                    double r = sigmoid(a[j] + u[j]);
                    double z = sigmoid(a[k] + u[k]);
                    next[j] = (1 - z) * Math.tanh(a[l] + r * u[l]) + z * h[j];
                }
            }
        }
        return options.projSize() > 0 ? product(weights[weights.length - 1], next, null) : next;
    }
}
