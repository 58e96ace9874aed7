package org.example;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * A function with a gradient of its own, and a layer that uses it: a smooth clamp, {@code m tanh(x / m)}, which is nearly
 * {@code x} near 0 and never leaves (-m, m).
 *
 * <p>Prints how far its gradients, and the gradients of its gradient, are from differences of its values; then a network
 * with the layer, which learns what an instrument shows of {@code 2 x + 1} if its scale ends at 3. Takes about a second.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class CustomFunction {
    private CustomFunction() {}

    /** {@code m tanh(x / m)} of {@code x}, of any shape, and {@code m}, a single number. */
    private static final class SmoothClamp extends Function {
        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            Tensor x = inputs[0];
            Tensor m = inputs[1];
            context.save(x, m);
            return x.div(m).tanh().mul(m);
        }

        /** By x: {@code 1 - t^2}; by m: {@code t - (x / m) (1 - t^2)}, where {@code t = tanh(x / m)}. */
        @Override
        protected Tensor[] backward(Context context, Tensor grad) {
            Tensor ratio = context.saved(0).div(context.saved(1));
            Tensor t = ratio.tanh();
            Tensor slope = t.square().rsub(1);
            return new Tensor[] {
                grad.mul(slope), grad.mul(t.sub(ratio.mul(slope))).sum()
            };
        }
    }

    private static Tensor smoothClamp(Tensor x, Tensor m) {
        return new SmoothClamp().apply(x, m);
    }

    /** The function as a layer that learns where to clamp. */
    private static final class SmoothClampLayer extends Layer {
        private final Tensor limit;

        SmoothClampLayer(double limit) {
            this.limit = register("limit", Tensor.tensor(limit));
        }

        @Override
        public Tensor forward(Tensor x) {
            return smoothClamp(x, limit);
        }

        @Override
        protected String extraRepr() {
            return String.format(Locale.ROOT, "limit=%.4f", limit.item());
        }
    }

    public static void main(String[] args) {
        Ondol.setDefaultDevice(device(args));
        Ondol.manualSeed(1);

        Tensor x = Tensor.randn(3, 4).mul(2);
        Tensor m = Tensor.tensor(1.5);
        check("gradient by x", v -> smoothClamp(v, m), x);
        check("gradient by m", v -> smoothClamp(x, v), m);
        check("gradient of the gradient by x", v -> gradient(w -> smoothClamp(w, m), v, true), x);

        Tensor truth = Tensor.randn(new Generator(2), 256, 1).mul(2);
        Tensor shown = truth.mul(2).add(1).div(3).tanh().mul(3);
        Sequential net = new Sequential(new Linear(1, 1), new SmoothClampLayer(1));
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), 0.05);
        System.out.println();
        for (int step = 1; step <= 500; step++) {
            Tensor loss = lossFunction.forward(net.forward(truth), shown);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            if (step % 100 == 0) {
                System.out.printf(Locale.ROOT, "step %d  loss %.6f%n", step, loss.item());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "it shows %.3f x + %.3f, and its scale ends at %.3f%n",
                net.getParameter("0.weight").item(),
                net.getParameter("0.bias").item(),
                net.getParameter("1.limit").item());
        System.out.println(net);
    }

    /** Prints the largest difference between what autograd says and what {@code (f(x + h) - f(x - h)) / 2h} says. */
    private static void check(String what, UnaryOperator<Tensor> function, Tensor x) {
        float[] computed = gradient(function, x, false).toFloatArray();
        float[] values = x.toFloatArray();
        float h = 1e-2f;
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            float[] above = values.clone();
            float[] below = values.clone();
            above[i] += h;
            below[i] -= h;
            double rise = sum(function, above, x.shape()) - sum(function, below, x.shape());
            largest = Math.max(largest, Math.abs(rise / (above[i] - below[i]) - computed[i]));
        }
        System.out.printf(Locale.ROOT, "%s: largest difference %.6f%n", what, largest);
        if (!(largest < 1e-3)) {
            throw new AssertionError(what + " is wrong");
        }
    }

    private static double sum(UnaryOperator<Tensor> function, float[] values, Shape shape) {
        return function.apply(Tensor.tensor(values, shape).requiresGrad(true))
                .sum()
                .item();
    }

    /** The gradient of the sum of what a function gives. */
    private static Tensor gradient(UnaryOperator<Tensor> function, Tensor x, boolean createGraph) {
        Tensor input = x.requiresGrad() ? x : x.clone().requiresGrad(true);
        return Autograd.grad(function.apply(input).sum(), List.of(input), createGraph)
                .getFirst();
    }

    private static Device device(String[] args) {
        if (args.length == 0) {
            return Device.CPU;
        }
        if (args.length == 2 && args[0].equals("--device")) {
            return Device.of(args[1]);
        }
        throw new IllegalArgumentException("usage: CustomFunction [--device cpu|opencl|cuda]");
    }
}
