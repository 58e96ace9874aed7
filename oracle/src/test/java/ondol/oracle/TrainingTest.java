package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Generator;
import ondol.Reduction;
import ondol.Tensor;
import ondol.nn.BCELoss;
import ondol.nn.BCEWithLogitsLoss;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.ELU;
import ondol.nn.GELU;
import ondol.nn.L1Loss;
import ondol.nn.Layer;
import ondol.nn.LeakyReLU;
import ondol.nn.Linear;
import ondol.nn.LogSoftmax;
import ondol.nn.Loss;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.SiLU;
import ondol.nn.Sigmoid;
import ondol.nn.Softmax;
import ondol.nn.Softplus;
import ondol.nn.Tanh;
import ondol.optim.Optimizer;
import ondol.oracle.UpdateRule.Kind;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Random networks trained in both engines from the same weights with the same data: the loss of every step, the first
 * gradients and the final weights.
 *
 * <p>PyTorch trains a second time in double precision. Where its own two curves are further apart than {@link #STABLE}, the
 * training magnifies rounding, and nothing is compared from there on.
 */
class TrainingTest {
    private static final int STEPS = 50;

    /** How many trainings for each optimizer and loss. */
    private static final int TRAININGS = Math.max(20, Settings.CASES / 10);

    private static final double STABLE = 1e-6;

    private static final double BOUND = 1e-5;

    /** What is learned, and how it is measured. */
    private enum Task {
        MSE,
        L1,
        BCE,
        BCE_WITH_LOGITS,
        CROSS_ENTROPY
    }

    /** An activation in both engines. */
    private record Activation(Layer ondol, UnaryOperator<org.bytedeco.pytorch.Tensor> torch) {}

    /** What a training left. */
    private static final class Result {
        final double[] losses = new double[STEPS];
        final List<double[]> gradients = new ArrayList<>();
        final List<double[]> weights = new ArrayList<>();
    }

    /** A drawn training. */
    private static final class Training {
        final Task task;
        final UpdateRule rule;
        final Reduction reduction;
        final Sequential net = new Sequential();
        final List<UnaryOperator<org.bytedeco.pytorch.Tensor>> activations = new ArrayList<>();
        final boolean bias;
        final Array x;
        final Array y;
        final int batch;
        final int accumulated;
        final int frozen;
        final double laterLr;
        final boolean python;
        final List<Array> start = new ArrayList<>();

        Training(Draw d, Kind kind, Task task) {
            this.task = task;
            int layers = d.between(1, 4);
            long in = d.between(1, 8);
            long width = in;
            bias = d.chance(0.8);
            long out = task == Task.CROSS_ENTROPY ? d.between(2, 5) : d.between(1, 4);
            Generator generator = new Generator(d.below(1_000_000));
            for (int i = 0; i < layers; i++) {
                long next = i == layers - 1 ? out : d.between(2, 16);
                net.append(new Linear(width, next, bias, generator));
                Activation activation = i < layers - 1
                        ? activation(d, kind)
                        : task == Task.BCE
                                ? new Activation(new Sigmoid(), torch::sigmoid)
                                : new Activation(new ondol.nn.Identity(), t -> t);
                net.append(activation.ondol);
                activations.add(activation.torch);
                width = next;
            }
            net.parameters().forEach(p -> start.add(Array.of(p)));
            frozen = d.chance(0.15) && start.size() > 1 ? d.below(start.size()) : -1;
            // With |x - t|, an even number of rows may pull a bias by exactly the same to both sides, but for rounding.
            batch = task == Task.L1 ? 2 * d.between(1, 10) + 1 : d.between(1, 20);
            int n = batch * (d.flag() ? 1 : d.between(2, 4)) + (task == Task.L1 ? 0 : d.below(batch));
            accumulated = d.chance(0.2) ? 3 : 1;
            x = normal(d, n, in);
            y = switch (task) {
                case MSE, L1 -> normal(d, n, out);
                case BCE, BCE_WITH_LOGITS -> fractions(d, n, out);
                case CROSS_ENTROPY -> classes(d, n, out);
            };
            reduction = d.chance(0.8) ? Reduction.MEAN : Reduction.SUM;
            UpdateRule drawn = UpdateRule.draw(d, kind);
            double size = reduction == Reduction.SUM && kind == Kind.SGD ? batch * out : 1;
            rule = drawn.lr(drawn.lr() / size / accumulated);
            laterLr = d.chance(0.3) ? rule.lr() * d.pick(0.1, 0.5, 1.5) : rule.lr();
            python = d.flag();
        }

        /** Softmax does not see what is added to all its inputs: there the gradient is mere rounding, which Adam magnifies. */
        private static Activation activation(Draw d, Kind kind) {
            return switch (d.below(kind == Kind.SGD ? 10 : 8)) {
                case 0 -> new Activation(new ReLU(), torch::relu);
                case 1 -> new Activation(new LeakyReLU(), torch::leaky_relu);
                case 2 -> new Activation(new ELU(), torch::elu);
                case 3 -> new Activation(new GELU(), torch::gelu);
                case 4 -> new Activation(new SiLU(), torch::silu);
                case 5 -> new Activation(new Softplus(), torch::softplus);
                case 6 -> new Activation(new Sigmoid(), torch::sigmoid);
                case 7 -> new Activation(new Tanh(), torch::tanh);
                case 8 -> new Activation(new Softmax(-1), t -> torch.softmax(t, -1));
                default -> new Activation(new LogSoftmax(1), t -> torch.log_softmax(t, 1));
            };
        }

        private static Array normal(Draw d, long... shape) {
            float[] values = new float[(int) Array.count(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) d.gaussian();
            }
            return Array.of(shape, values);
        }

        private static Array fractions(Draw d, long... shape) {
            float[] values = new float[(int) Array.count(shape)];
            boolean whole = d.flag();
            for (int i = 0; i < values.length; i++) {
                values[i] = whole ? d.below(2) : (float) d.uniform(0, 1);
            }
            return Array.of(shape, values);
        }

        private static Array classes(Draw d, long n, long count) {
            long[] values = new long[(int) n];
            for (int i = 0; i < n; i++) {
                values[i] = d.below(count);
            }
            return Array.of(new long[] {n}, values);
        }

        /** Where the mini batch of a step begins. */
        private long from(int step) {
            long batches = (x.shape()[0] + batch - 1) / batch;
            return step % batches * batch;
        }

        private long to(int step) {
            return Math.min(from(step) + batch, x.shape()[0]);
        }

        // ---- Ondol

        Result ondol(Device device) {
            Result result = new Result();
            net.to(device);
            net.zeroGrad(); // what another device's last steps left moves along
            List<Tensor> parameters = net.parameters();
            Optimizer optimizer = rule.ondol(parameters);
            for (int i = 0; i < start.size(); i++) {
                parameters.get(i).detach().copyFrom(start.get(i).ondol(device));
                parameters.get(i).requiresGrad(i != frozen);
            }
            Loss loss = switch (task) {
                case MSE -> new MSELoss(reduction);
                case L1 -> new L1Loss(reduction);
                case BCE -> new BCELoss(reduction);
                case BCE_WITH_LOGITS -> new BCEWithLogitsLoss(reduction);
                case CROSS_ENTROPY -> new CrossEntropyLoss(reduction);
            };
            Tensor data = x.ondol(device);
            Tensor target = y.ondol(device);
            for (int step = 0; step < STEPS; step++) {
                Tensor out = loss.forward(
                        net.forward(data.slice(0, from(step), to(step))), target.slice(0, from(step), to(step)));
                result.losses[step] = out.item();
                out.backward();
                if (step == 0) {
                    parameters.forEach(
                            p -> result.gradients.add(p.grad() == null ? new double[0] : doubles(Array.of(p.grad()))));
                }
                if (step == STEPS / 2) {
                    optimizer.setLr(laterLr);
                }
                if ((step + 1) % accumulated == 0) {
                    optimizer.step();
                    optimizer.zeroGrad();
                }
            }
            parameters.forEach(p -> result.weights.add(doubles(Array.of(p))));
            return result;
        }

        // ---- PyTorch

        Result torched(ScalarType type) {
            Result result = new Result();
            List<org.bytedeco.pytorch.Tensor> parameters = new ArrayList<>();
            for (int i = 0; i < start.size(); i++) {
                parameters.add(start.get(i).torch().toType(type).set_requires_grad(i != frozen));
            }
            UpdateRule.Torched optimizer = python ? rule.python(parameters) : rule.cpp(parameters);
            org.bytedeco.pytorch.Tensor data = x.torch().toType(type);
            org.bytedeco.pytorch.Tensor target = y.isFloat() ? y.torch().toType(type) : y.torch();
            for (int step = 0; step < STEPS; step++) {
                try (PointerScope scope = new PointerScope()) {
                    org.bytedeco.pytorch.Tensor out =
                            forward(parameters, Torch.slice(data, 0, from(step), to(step), 1));
                    org.bytedeco.pytorch.Tensor loss = loss(out, Torch.slice(target, 0, from(step), to(step), 1));
                    result.losses[step] = loss.item_double();
                    loss.backward();
                    if (step == 0) {
                        parameters.forEach(
                                p -> result.gradients.add(p.grad().defined() ? doubles(p.grad()) : new double[0]));
                    }
                    if (step == STEPS / 2) {
                        optimizer.setLr(laterLr);
                    }
                    if ((step + 1) % accumulated == 0) {
                        optimizer.step();
                        optimizer.zeroGrad();
                    }
                }
            }
            parameters.forEach(p -> result.weights.add(doubles(p)));
            return result;
        }

        private org.bytedeco.pytorch.Tensor forward(
                List<org.bytedeco.pytorch.Tensor> parameters, org.bytedeco.pytorch.Tensor h) {
            int next = 0;
            for (UnaryOperator<org.bytedeco.pytorch.Tensor> activation : activations) {
                org.bytedeco.pytorch.Tensor weight = parameters.get(next++);
                h = activation.apply(torch.linear(
                        h, weight, bias ? new TensorOptional(parameters.get(next++)) : new TensorOptional()));
            }
            return h;
        }

        private org.bytedeco.pytorch.Tensor loss(org.bytedeco.pytorch.Tensor out, org.bytedeco.pytorch.Tensor target) {
            TensorOptional none = new TensorOptional();
            long r = reduction.ordinal();
            return switch (task) {
                case MSE -> torch.mse_loss(out, target, r);
                case L1 -> torch.l1_loss(out, target, r);
                case BCE -> torch.binary_cross_entropy(out, target, none, r);
                case BCE_WITH_LOGITS -> torch.binary_cross_entropy_with_logits(out, target, none, none, r);
                case CROSS_ENTROPY -> torch.cross_entropy_loss(out, target, none, r, -100, 0);
            };
        }

        @Override
        public String toString() {
            return task + " " + reduction + ", " + rule + (laterLr != rule.lr() ? ", later lr " + laterLr : "") + ", "
                    + x.shape()[0] + " rows in batches of " + batch
                    + (accumulated > 1 ? ", " + accumulated + " accumulated" : "")
                    + (frozen >= 0 ? ", parameter " + frozen + " frozen" : "") + (python ? ", Python's formula" : "")
                    + "\n"
                    + net;
        }
    }

    private static double[] doubles(Array a) {
        double[] values = new double[a.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = a.at(i);
        }
        return values;
    }

    private static double[] doubles(org.bytedeco.pytorch.Tensor t) {
        org.bytedeco.pytorch.Tensor c = t.detach().toType(ScalarType.Double).contiguous();
        double[] values = new double[(int) c.numel()];
        c.data_ptr_double().get(values);
        return values;
    }

    // ---- comparison

    /** How far two lists of numbers are apart, relative to the largest of the first. */
    private static double apart(double[] a, double[] b) {
        double size = Double.MIN_NORMAL;
        double distance = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            size = Math.max(size, Math.abs(a[i]));
            distance = Math.max(distance, a[i] == b[i] ? 0 : Math.abs(a[i] - b[i]));
        }
        return distance / size;
    }

    private static double apart(double a, double b) {
        return apart(new double[] {a}, new double[] {b});
    }

    /** How much of some trainings was stable in PyTorch, and compared. */
    private static final class Compared {
        int steps;
        int parameters;
        int ofParameters;
    }

    private static void compare(Training training, Compared compared) {
        Result single = training.torched(ScalarType.Float);
        Result exact = training.torched(ScalarType.Double);
        Result ours = training.ondol(Settings.devices().getFirst());
        for (Device device : Settings.devices().subList(1, Settings.devices().size())) {
            Result other = training.ondol(device);
            assertArrayEquals(ours.losses, other.losses, "losses on " + device);
            for (int i = 0; i < ours.weights.size(); i++) {
                assertArrayEquals(ours.weights.get(i), other.weights.get(i), "parameter " + i + " on " + device);
            }
        }
        for (int i = 0; i < single.gradients.size(); i++) {
            double apart = apart(single.gradients.get(i), ours.gradients.get(i));
            boolean stable = apart(exact.gradients.get(i), single.gradients.get(i)) <= STABLE;
            assertTrue(!stable || apart <= BOUND, "first gradient of parameter " + i + ": " + apart);
        }
        compared.ofParameters += ours.weights.size();
        for (int step = 0; step < STEPS; step++, compared.steps++) {
            if (!(apart(exact.losses[step], single.losses[step]) <= STABLE)) {
                return;
            }
            double apart = apart(single.losses[step], ours.losses[step]);
            if (!(apart <= BOUND)) {
                fail("loss of step " + step + ": PyTorch " + single.losses[step] + ", in double precision "
                        + exact.losses[step] + ", Ondol " + ours.losses[step] + ", apart " + apart);
            }
        }
        for (int i = 0; i < single.weights.size(); i++) {
            if (apart(exact.weights.get(i), single.weights.get(i)) <= STABLE) {
                double apart = apart(single.weights.get(i), ours.weights.get(i));
                assertTrue(apart <= BOUND, "final parameter " + i + ": " + apart);
                compared.parameters++;
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> trainings() {
        return Stream.of(Kind.values())
                .flatMap(kind -> Stream.of(Task.values())
                        .map(task -> {
                            String name = "training " + kind + " " + task;
                            return Map.entry(name, DynamicTest.dynamicTest(name, () -> run(name, kind, task)));
                        })
                        .filter(e -> Settings.ONLY.isEmpty() || Settings.ONLY.startsWith(e.getKey()))
                        .map(Map.Entry::getValue));
    }

    private static void run(String name, Kind kind, Task task) {
        Compared compared = new Compared();
        for (int i = 0; i < TRAININGS; i++) {
            if (Settings.ONLY.contains("#") && !Settings.ONLY.equals(name + "#" + i)) {
                continue;
            }
            try (PointerScope scope = new PointerScope()) {
                Training training = new Training(new Draw(Settings.seed(name, i)), kind, task);
                try {
                    compare(training, compared);
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(
                            e.getMessage() + "\n" + training + "\nagain: -Dondol.oracle.seed=" + Settings.SEED
                                    + " -Dondol.oracle.only=" + name + "#" + i,
                            e);
                }
            }
            Report.ran(name);
        }
        if (!Settings.ONLY.contains("#")) {
            assertTrue(
                    compared.steps >= 0.9 * STEPS * TRAININGS && compared.parameters >= 0.5 * compared.ofParameters,
                    "only " + compared.steps + " steps and " + compared.parameters + " of " + compared.ofParameters
                            + " final parameters of " + TRAININGS + " trainings are stable in PyTorch");
        }
    }
}
