package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import ondol.DType;
import ondol.Generator;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Layers of one or two directions, one after the other. */
final class RecurrentNetwork {
    private final RecurrentCell cell;
    private final RecurrenceOptions options;
    private final List<Tensor> weights;
    private final int directions;

    RecurrentNetwork(RecurrentCell cell, RecurrenceOptions options, List<Tensor> weights) {
        this.cell = cell;
        this.options = options;
        this.weights = Objects.requireNonNull(
                weights, () -> cell.operation + ": the list of weights is null; give the weights of every layer");
        directions = options.isBidirectional() ? 2 : 1;
        if (options.projSize() > 0 && cell != RecurrentCell.LSTM) {
            throw new IllegalArgumentException(cell.operation + ": projSize is " + options.projSize()
                    + ", and only an LSTM has a projection; leave it 0");
        }
    }

    /** The output, the last hidden states and, of an LSTM, the last states of the cells. */
    List<Tensor> run(
            Tensor input, @Nullable Tensor h0, @Nullable Tensor c0, boolean training, @Nullable Tensor lengths) {
        String operation = cell.operation;
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), 2, 3);
        boolean single = input.dim() == 2;
        boolean swapped = options.isBatchFirst() && !single;
        long steps = Arguments.positive(operation, "number of steps in the input", input.size(swapped ? 1 : 0));
        long batch = single ? 1 : input.size(swapped ? 0 : 1);
        List<RecurrentLayer.Weights> layers = layers(input);
        long hidden = layers.getFirst().hh().size(0) / cell.gates;
        long shown = options.projSize() > 0 ? options.projSize() : hidden;
        checkState("h0", h0, input, single, batch, shown);
        checkState("c0", c0, input, single, batch, hidden);
        boolean[][] active = lengths == null ? null : active(lengths, batch, steps);
        return undrawn(
                training && options.dropout() > 0 && options.numLayers() > 1,
                () -> Scope.results(() -> {
                    Tensor x = single ? input.unsqueeze(1) : swapped ? input.transpose(0, 1) : input;
                    Tensor mask = active == null
                            ? null
                            : Tensor.tensor(active).unsqueeze(2).to(input.device());
                    List<Tensor> before = new ArrayList<>(List.of(state(h0, x, single, shown)));
                    if (cell.states == 2) {
                        before.add(state(c0, x, single, hidden));
                    }
                    Tensor own = mask == null ? x : x.where(mask, x.constant(0)); // padding may be anything, NaN too
                    List<Tensor> results = run(own, before, layers, training, mask);
                    if (single) {
                        results.replaceAll(t -> t.squeeze(1));
                    } else if (swapped) {
                        results.set(0, results.getFirst().transpose(0, 1));
                    }
                    return results;
                }));
    }

    private interface Body {
        List<Tensor> run();
    }

    /** Runs something that, if it fails, has drawn nothing. */
    private List<Tensor> undrawn(boolean draws, Body body) {
        if (!draws) {
            return body.run();
        }
        Generator generator = options.generator();
        byte[] state = generator.getState();
        try {
            return body.run();
        } catch (RuntimeException e) {
            generator.setState(state);
            throw e;
        }
    }

    private List<Tensor> run(
            Tensor input,
            List<Tensor> before,
            List<RecurrentLayer.Weights> layers,
            boolean training,
            @Nullable Tensor active) {
        Tensor x = input;
        Tensor[] hn = new Tensor[layers.size()];
        Tensor[] cn = new Tensor[layers.size()];
        for (int layer = 0; layer < options.numLayers(); layer++) {
            Tensor[] outputs = new Tensor[directions];
            for (int d = 0; d < directions; d++) {
                int at = layer * directions + d;
                List<Tensor> states = before.stream().map(s -> s.select(0, at)).toList();
                List<Tensor> found = RecurrentLayer.run(cell, d == 1, x, states, layers.get(at), active);
                Tensor all = found.getFirst();
                hn[at] = all.select(0, d == 1 ? 0 : all.size(0) - 1);
                cn[at] = found.getLast();
                outputs[d] = active == null ? all : all.where(active, all.constant(0));
            }
            x = directions == 1 ? outputs[0] : Tensor.cat(-1, outputs);
            if (training && layer < options.numLayers() - 1) {
                x = x.dropout(options.dropout(), options.generator());
            }
        }
        List<Tensor> results = new ArrayList<>(List.of(x, Tensor.stack(0, hn)));
        if (cell.states == 2) {
            results.add(Tensor.stack(0, cn));
        }
        return results;
    }

    /** [layers * directions, batch, features]. */
    private Tensor state(@Nullable Tensor given, Tensor x, boolean single, long features) {
        if (given != null) {
            return single ? given.unsqueeze(1) : given;
        }
        long[] sizes = {(long) options.numLayers() * directions, x.size(1), features};
        return Tensor.zeros(Shape.of(sizes), DType.FLOAT32, x.device());
    }

    // ---- what is refused

    private void checkState(
            String name, @Nullable Tensor state, Tensor input, boolean single, long batch, long features) {
        if (state == null) {
            return;
        }
        Arguments.floats(cell.operation, name, state);
        long all = (long) options.numLayers() * directions;
        Arguments.shape(
                cell.operation, name, state, single ? new long[] {all, features} : new long[] {all, batch, features});
        Arguments.sameDevice(cell.operation, input, state);
    }

    /** Which steps are a sequence's own, [time, batch]. */
    private boolean[][] active(Tensor lengths, long batch, long steps) {
        Arguments.shape(cell.operation, "lengths", Arguments.longs(cell.operation, "lengths", lengths), batch);
        long[] values = lengths.toLongArray();
        for (long n : values) {
            if (n < 1 || n > steps) {
                throw new IllegalArgumentException(cell.operation + ": the lengths are " + Arrays.toString(values)
                        + " for an input of " + steps + " steps; each must be 1 to " + steps);
            }
        }
        boolean[][] active = new boolean[(int) steps][values.length];
        for (int t = 0; t < active.length; t++) {
            for (int i = 0; i < values.length; i++) {
                active[t][i] = t < values[i];
            }
        }
        return active;
    }

    /** The weights by layers and directions, all of the shapes that they must have. */
    private List<RecurrentLayer.Weights> layers(Tensor input) {
        boolean projected = options.projSize() > 0;
        int each = 2 + (options.hasBias() ? 2 : 0) + (projected ? 1 : 0);
        long wanted = (long) each * options.numLayers() * directions;
        if (weights.size() != wanted) {
            throw new IllegalArgumentException(
                    cell.operation + ": there are " + weights.size() + " weights; " + options.numLayers()
                            + " layers of " + directions + " directions need " + wanted + ", " + each + " each");
        }
        Arguments.axes(
                cell.operation, "weight_hh_l0", Arguments.floats(cell.operation, "weight_hh_l0", weights.get(1)), 2, 2);
        long hidden = Arguments.positive(
                        cell.operation,
                        "first size of weight_hh_l0",
                        weights.get(1).size(0))
                / cell.gates;
        long shown = projected ? options.projSize() : hidden;
        List<RecurrentLayer.Weights> layers = new ArrayList<>();
        for (int at = 0; at < options.numLayers() * directions; at++) {
            String name = "_l" + at / directions + (at % directions == 1 ? "_reverse" : "");
            long in = at < directions ? input.size(-1) : directions * shown;
            List<Tensor> own = weights.subList(at * each, (at + 1) * each);
            if (at < directions) {
                checkInput(input, own.getFirst(), name);
            }
            Tensor ih = weight(input, "weight_ih" + name, own.get(0), cell.gates * hidden, in);
            Tensor hh = weight(input, "weight_hh" + name, own.get(1), cell.gates * hidden, shown);
            Tensor biasIh = options.hasBias() ? weight(input, "bias_ih" + name, own.get(2), cell.gates * hidden) : null;
            Tensor biasHh = options.hasBias() ? weight(input, "bias_hh" + name, own.get(3), cell.gates * hidden) : null;
            Tensor hr = projected ? weight(input, "weight_hr" + name, own.getLast(), shown, hidden) : null;
            layers.add(new RecurrentLayer.Weights(ih, hh, biasIh, biasHh, hr));
        }
        return layers;
    }

    private void checkInput(Tensor input, Tensor ih, String name) {
        Arguments.axes(cell.operation, "weight_ih" + name, ih, 2, 2);
        if (input.size(-1) != ih.size(1)) {
            throw new IllegalArgumentException(cell.operation + ": the input has shape " + input.shape()
                    + ", and weight_ih" + name + " " + ih.shape() + "; the input's last size must be " + ih.size(1));
        }
    }

    private Tensor weight(Tensor input, String name, Tensor weight, long... sizes) {
        checked(cell.operation, name, input, weight, sizes);
        return weight;
    }

    // ---- a single step

    static List<Tensor> step(
            String operation,
            RecurrentCell cell,
            Tensor x,
            @Nullable Tensor h,
            @Nullable Tensor c,
            Tensor wIh,
            Tensor wHh,
            @Nullable Tensor bIh,
            @Nullable Tensor bHh) {
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", x), 1, 2);
        Arguments.axes(operation, "weight_hh", Arguments.floats(operation, "weight_hh", wHh), 2, 2);
        long hidden = Arguments.positive(operation, "last size of weight_hh", wHh.size(1));
        long[] state = x.shape().toArray();
        state[state.length - 1] = hidden;
        checked(operation, "weight_ih", x, wIh, cell.gates * hidden, x.size(-1));
        checked(operation, "weight_hh", x, wHh, cell.gates * hidden, hidden);
        if ((bIh == null) != (bHh == null)) {
            throw new IllegalArgumentException(operation + ": bias_" + (bIh == null ? "ih" : "hh")
                    + " is null and the other is not; give both, or none");
        }
        if (bIh != null && bHh != null) {
            checked(operation, "bias_ih", x, bIh, cell.gates * hidden);
            checked(operation, "bias_hh", x, bHh, cell.gates * hidden);
        }
        if (h != null) {
            checked(operation, "hidden state", x, h, state);
        }
        if (c != null) {
            checked(operation, "cell state", x, c, state);
        }
        return Scope.results(() -> {
            long batch = x.dim() == 1 ? 1 : x.size(0);
            List<Tensor> before = new ArrayList<>(List.of(rows(h, x, batch, hidden)));
            if (cell.states == 2) {
                before.add(rows(c, x, batch, hidden));
            }
            Tensor sequence = x.reshape(1, batch, x.size(-1));
            RecurrentLayer.Weights weights = new RecurrentLayer.Weights(wIh, wHh, bIh, bHh, null);
            return RecurrentLayer.run(cell, false, sequence, before, weights, null).stream()
                    .map(t -> t.reshape(state))
                    .toList();
        });
    }

    private static void checked(String operation, String name, Tensor x, Tensor t, long... sizes) {
        Arguments.shape(operation, name, Arguments.floats(operation, name, t), sizes);
        Arguments.sameDevice(operation, x, t);
    }

    private static Tensor rows(@Nullable Tensor state, Tensor x, long batch, long hidden) {
        return state == null
                ? Tensor.zeros(Shape.of(batch, hidden), DType.FLOAT32, x.device())
                : state.reshape(batch, hidden);
    }
}
