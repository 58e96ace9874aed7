package org.example;

import java.util.Locale;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * The smallest training there is: a line through 100 noisy points of {@code 4 x + 2.5}.
 *
 * <p>Prints the loss as it falls, the line that was found, and what it predicts at 0.1: {@code tensor([[2.8463]],
 * grad_fn=<AddmmBackward0>)}, as PyTorch does for the same program. Takes less than a second.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class FirstNetwork {
    private FirstNetwork() {}

    public static void main(String[] args) {
        Ondol.setDefaultDevice(device(args));
        Ondol.manualSeed(43052);
        Tensor x = Tensor.randn(100).sort().values().reshape(-1, 1);
        Tensor y = x.mul(4).add(2.5).add(Tensor.randn(100, 1).mul(0.5));

        Sequential net = new Sequential(new Linear(1, 1));
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), 0.1);

        for (int epoch = 1; epoch <= 200; epoch++) {
            Tensor yhat = net.forward(x);
            Tensor loss = lossFunction.forward(yhat, y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            if (epoch % 40 == 0) {
                System.out.printf(Locale.ROOT, "epoch %3d  loss %.4f%n", epoch, loss.item());
            }
        }

        double slope = net.getParameter("0.weight").item();
        double intercept = net.getParameter("0.bias").item();
        System.out.printf(Locale.ROOT, "the line is %.4f x + %.4f%n", slope, intercept);
        System.out.println(net.forward(Tensor.tensor(new float[][] {{0.1f}})));
    }

    private static Device device(String[] args) {
        if (args.length == 0) {
            return Device.CPU;
        }
        if (args.length == 2 && args[0].equals("--device")) {
            return Device.of(args[1]);
        }
        throw new IllegalArgumentException("usage: FirstNetwork [--device cpu|opencl|cuda]");
    }
}
