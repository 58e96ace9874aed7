package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Fused;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a recurrent network in one direction, through all steps: the hidden states [time, batch, hidden] and, of an LSTM,
 * the cell's last state. The products with the input are one matmul for all steps, and so are all gradients by weights; a step is
 * a product with the state before and one map, and so is a step back.
 *
 * <p>Inputs are the sequence [time, batch, in], the states before [batch, hidden], the weights, the two biases if there are any,
 * and if the sequences have lengths a BOOL [time, batch, 1], false from each one's end on. There a state stays as it is.
 *
 * <p>Gradients that are to be differentiated are those of the same steps taken one by one in recorded operations.
 */
final class RecurrentLayer extends MultiFunction {
    private final RecurrentCell cell;
    private final boolean reverse;
    private final boolean hasBias;
    private final boolean masked;

    private RecurrentLayer(RecurrentCell cell, boolean reverse, boolean hasBias, boolean masked) {
        this.cell = cell;
        this.reverse = reverse;
        this.hasBias = hasBias;
        this.masked = masked;
    }

    /**
     * The weights of a layer in one direction.
     *
     * @param ih [gates hidden, in]
     * @param hh [gates hidden, hidden]
     * @param biasIh, biasHh [gates hidden], both or none
     * @param hr [projected, hidden], by which an LSTM's hidden states are projected, or none
     */
    record Weights(
            Tensor ih,
            Tensor hh,
            @Nullable Tensor biasIh,
            @Nullable Tensor biasHh,
            @Nullable Tensor hr) {}

    /** The hidden states of all steps; of an LSTM, also the cell's last. */
    static List<Tensor> run(
            RecurrentCell cell,
            boolean reverse,
            Tensor x,
            List<Tensor> before,
            Weights weights,
            @Nullable Tensor active) {
        if (weights.hr != null) {
            return Scope.results(() -> recorded(cell, reverse, x, before, weights, active));
        }
        List<Tensor> inputs = new ArrayList<>(List.of(x));
        inputs.addAll(before);
        inputs.add(weights.ih);
        inputs.add(weights.hh);
        boolean hasBias = weights.biasIh != null && weights.biasHh != null;
        if (weights.biasIh != null && weights.biasHh != null) {
            inputs.add(weights.biasIh);
            inputs.add(weights.biasHh);
        }
        if (active != null) {
            inputs.add(active);
        }
        return new RecurrentLayer(cell, reverse, hasBias, active != null).apply(inputs.toArray(Tensor[]::new));
    }

    // ---- the inputs by name

    private Tensor inputWeight(List<Tensor> inputs) {
        return inputs.get(1 + cell.states);
    }

    private Tensor stateWeight(List<Tensor> inputs) {
        return inputs.get(2 + cell.states);
    }

    private @Nullable Tensor bias(List<Tensor> inputs, int which) {
        return hasBias ? inputs.get(3 + cell.states + which) : null;
    }

    private @Nullable Tensor active(List<Tensor> inputs) {
        return masked ? inputs.getLast() : null;
    }

    private int inputs() {
        return 3 + cell.states + (hasBias ? 2 : 0) + (masked ? 1 : 0);
    }

    // ---- forward

    @Override
    protected Tensor[] forward(Function.Context context, Tensor... inputs) {
        return Scope.results(() -> forward(context, List.of(inputs))).toArray(Tensor[]::new);
    }

    private List<Tensor> forward(Function.Context context, List<Tensor> inputs) {
        boolean keeps = false;
        for (int i = 0; i < inputs.size(); i++) {
            keeps |= context.needsGradient(i);
        }
        Tensor x = inputs.get(0);
        long steps = x.size(0);
        long batch = x.size(1);
        long hidden = stateWeight(inputs).size(1);
        Tensor products = x.linear(inputWeight(inputs), bias(inputs, 0));
        Tensor stateWeight = stateWeight(inputs).t().contiguous().t(); // each step reads it, so it lies as they read it
        List<Tensor> states = new ArrayList<>();
        for (int i = 0; i < cell.states; i++) {
            states.add(room(x, steps, batch, hidden));
        }
        Tensor kept = room(x, keeps ? steps : 1, batch, cell.kept * hidden);
        for (long n = 0; n < steps; n++) {
            long t = reverse ? steps - 1 - n : n;
            try (var _ = Scope.open()) {
                step(inputs, stateWeight, products, states, kept.select(0, keeps ? t : 0), t);
            }
        }
        context.save(inputs.toArray(Tensor[]::new));
        context.save(states.toArray(Tensor[]::new));
        context.save(kept);
        long last = reverse ? 0 : steps - 1;
        return cell.states == 1
                ? List.of(states.getFirst())
                : List.of(states.getFirst(), states.get(1).select(0, last).clone());
    }

    private void step(
            List<Tensor> inputs, Tensor stateWeight, Tensor products, List<Tensor> states, Tensor kept, long t) {
        List<Tensor> before = before(inputs, states, t);
        Tensor h = before.getFirst().linear(stateWeight, bias(inputs, 1));
        List<Tensor> in = new ArrayList<>(slices(products.select(0, t), cell.gates));
        in.addAll(slices(h, cell.gates));
        in.addAll(before);
        addActive(in, inputs, t);
        List<Tensor> out = new ArrayList<>(at(states, t));
        out.addAll(slices(kept, cell.kept));
        Fused.update(cell.forward(masked), in, out);
    }

    /** The states that a step begins with. */
    private List<Tensor> before(List<Tensor> inputs, List<Tensor> states, long t) {
        long from = reverse ? t + 1 : t - 1;
        boolean begins = from < 0 || from == states.getFirst().size(0);
        return begins ? inputs.subList(1, 1 + cell.states) : at(states, from);
    }

    private static List<Tensor> at(List<Tensor> sequences, long t) {
        return sequences.stream().map(s -> s.select(0, t)).toList();
    }

    private void addActive(List<Tensor> in, List<Tensor> inputs, long t) {
        Tensor active = active(inputs);
        if (active != null) {
            in.add(active.select(0, t).expand(in.getFirst().shape().toArray()));
        }
    }

    /** Takes memory for a tensor that the steps write in full. */
    private static Tensor room(Tensor like, long... sizes) {
        return Tensor.empty(Shape.of(sizes), DType.FLOAT32, like.device());
    }

    private static Tensor zeros(Tensor like, long... sizes) {
        return Tensor.zeros(Shape.of(sizes), DType.FLOAT32, like.device());
    }

    /** The parts, as many as there are gates, of the last axis. */
    private static List<Tensor> slices(Tensor t, int parts) {
        List<Tensor> slices = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            long size = t.size(-1) / parts;
            slices.add(t.slice(-1, i * size, (i + 1) * size));
        }
        return slices;
    }

    // ---- backward

    @Override
    protected @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor... grads) {
        List<Tensor> inputs = saved(context, 0, inputs());
        List<Tensor> given = Arrays.stream(grads).toList();
        @Nullable Tensor[] gradients = new @Nullable Tensor[inputs.size()];
        if (Autograd.isGradEnabled()) {
            differentiable(context, inputs, given, gradients);
            return gradients;
        }
        List<Tensor> states = saved(context, inputs.size(), cell.states);
        Tensor kept = context.saved(inputs.size() + cell.states);
        Scope.results(() -> {
            walkBack(context, inputs, states, kept, given, gradients);
            return Arrays.stream(gradients).filter(g -> g != null).toList();
        });
        return gradients;
    }

    private static List<Tensor> saved(Function.Context context, int from, int count) {
        List<Tensor> saved = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            saved.add(context.saved(from + i));
        }
        return saved;
    }

    private void walkBack(
            Function.Context context,
            List<Tensor> inputs,
            List<Tensor> states,
            Tensor kept,
            List<Tensor> given,
            @Nullable Tensor[] gradients) {
        Tensor all = states.getFirst();
        long steps = all.size(0);
        Tensor byX = room(all, steps, all.size(1), cell.gates * all.size(2));
        Tensor byH = cell.sharesGates() ? byX : room(all, steps, all.size(1), cell.gates * all.size(2));
        List<Tensor> carried = new ArrayList<>();
        if (cell.carriesHidden(masked)) {
            carried.add(zeros(all, all.size(1), all.size(2)));
        }
        if (cell.states == 2) {
            carried.add(given.get(1).clone());
        }
        Tensor through = zeros(all, all.size(1), all.size(2));
        for (long n = 0; n < steps; n++) {
            long t = reverse ? n : steps - 1 - n;
            try (Scope scope = Scope.open()) {
                List<Tensor> in = new ArrayList<>(List.of(given.getFirst().select(0, t), through));
                in.addAll(carried);
                in.addAll(slices(kept.select(0, t), cell.kept));
                in.addAll(before(inputs, states, t));
                in.addAll(at(states, t));
                addActive(in, inputs, t);
                List<Tensor> out = new ArrayList<>(slices(byX.select(0, t), cell.gates));
                if (!cell.sharesGates()) {
                    out.addAll(slices(byH.select(0, t), cell.gates));
                }
                out.addAll(carried);
                Fused.update(cell.backward(masked), in, out);
                through.close();
                through = scope.keep(byH.select(0, t).matmul(stateWeight(inputs)));
            }
        }
        if (context.needsGradient(1)) {
            gradients[1] = cell.carriesHidden(masked) ? through.add(carried.getFirst()) : through;
        }
        if (cell.states == 2) {
            gradients[2] = carried.getLast();
        }
        byWeights(context, inputs, states, rows(byX), rows(byH), gradients);
    }

    /** The gradients by the sequence, the weights and the biases: one product or sum each. */
    private void byWeights(
            Function.Context context,
            List<Tensor> inputs,
            List<Tensor> states,
            Tensor byX,
            Tensor byH,
            @Nullable Tensor[] gradients) {
        Tensor x = inputs.getFirst();
        int weights = 1 + cell.states;
        if (context.needsGradient(0)) {
            gradients[0] = byX.matmul(inputWeight(inputs)).reshape(x.shape().toArray());
        }
        if (context.needsGradient(weights)) {
            gradients[weights] = byX.t().matmul(rows(x));
        }
        if (context.needsGradient(weights + 1)) {
            gradients[weights + 1] = byH.t().matmul(rows(hiddenBefore(inputs, states.getFirst())));
        }
        if (hasBias && context.needsGradient(weights + 2)) {
            gradients[weights + 2] = byX.sum(0);
        }
        if (hasBias && context.needsGradient(weights + 3)) {
            Tensor other = gradients[weights + 2];
            gradients[weights + 3] = other != null && cell.sharesGates() ? other.clone() : byH.sum(0);
        }
    }

    /** The hidden states that the steps begin with. */
    private Tensor hiddenBefore(List<Tensor> inputs, Tensor hidden) {
        Tensor first = inputs.get(1).unsqueeze(0);
        long steps = hidden.size(0);
        return reverse
                ? Tensor.cat(0, hidden.slice(0, 1, steps), first)
                : Tensor.cat(0, first, hidden.slice(0, 0, steps - 1));
    }

    private static Tensor rows(Tensor t) {
        return t.reshape(t.size(0) * t.size(1), t.size(2));
    }

    // ---- recorded

    private void differentiable(
            Function.Context context, List<Tensor> inputs, List<Tensor> given, @Nullable Tensor[] gradients) {
        Weights weights = new Weights(inputWeight(inputs), stateWeight(inputs), bias(inputs, 0), bias(inputs, 1), null);
        List<Tensor> results =
                recorded(cell, reverse, inputs.getFirst(), inputs.subList(1, 1 + cell.states), weights, active(inputs));
        List<Tensor> wanted = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (context.needsGradient(i)) {
                wanted.add(inputs.get(i));
            }
        }
        List<@Nullable Tensor> found = Autograd.gradAllowUnused(results, wanted, given, true, true);
        int next = 0;
        for (int i = 0; i < inputs.size(); i++) {
            if (context.needsGradient(i)) {
                gradients[i] = found.get(next++);
            }
        }
    }

    private static List<Tensor> recorded(
            RecurrentCell cell,
            boolean reverse,
            Tensor x,
            List<Tensor> before,
            Weights weights,
            @Nullable Tensor active) {
        List<Tensor> products = Unbind.of(x.linear(weights.ih, weights.biasIh));
        Tensor[] hidden = new Tensor[products.size()];
        List<Tensor> states = before;
        for (int n = 0; n < hidden.length; n++) {
            int t = reverse ? hidden.length - 1 - n : n;
            Tensor h = states.getFirst().linear(weights.hh, weights.biasHh);
            List<Tensor> next =
                    new ArrayList<>(cell.step(slices(products.get(t), cell.gates), slices(h, cell.gates), states)
                            .subList(0, cell.states));
            if (weights.hr != null) {
                next.set(0, next.getFirst().linear(weights.hr, null));
            }
            for (int i = 0; active != null && i < next.size(); i++) {
                next.set(i, next.get(i).where(active.select(0, t), states.get(i)));
            }
            states = next;
            hidden[t] = states.getFirst();
        }
        Tensor all = Tensor.stack(0, hidden);
        return cell.states == 1 ? List.of(all) : List.of(all, states.get(1));
    }

    @Override
    protected String gradName() {
        return switch (cell) {
            case RNN_TANH -> "RnnTanhBackward0";
            case RNN_RELU -> "RnnReluBackward0";
            case LSTM -> "LstmBackward0";
            case GRU -> "GruBackward0";
        };
    }
}
