package org.example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.MatmulPrecision;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Flatten;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * One network, trained on every device there is: the CPU, and those that OpenCL and CUDA find.
 *
 * <p>Prints for each device the loss after the same steps, whether the weights are those of the first device to the last
 * bit, and steps per second; and why there is no device where a backend found none. Takes about five seconds, and longer
 * the first time that a device's kernels are compiled.
 *
 * <p>Arguments: {@code [--devices cpu,opencl:0,...]}
 */
public final class DeviceComparison {
    private static final int WARM_UP = 500;
    private static final int STEPS = 500;
    private static final int BATCH = 128;

    private DeviceComparison() {}

    /** The result of a training. */
    private record Result(double loss, Map<String, float[]> weights, double stepsPerSecond) {}

    public static void main(String[] args) {
        List<Device> devices;
        try {
            devices =
                    Arrays.stream(names(args)).map(Device::of).toList(); // all of them, before the first is trained on
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Result first = null;
        for (Device device : devices) {
            device.matmulPrecision(MatmulPrecision.STRICT); // on CUDA the default is faster, with other bits
            Result result = train(device);
            if (first == null) {
                first = result;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-9s  loss %.6f  same bits as %s: %b  %.0f steps/s  (%s)%n",
                    device.name(),
                    result.loss,
                    devices.getFirst().name(),
                    areSame(first.weights, result.weights),
                    result.stepsPerSecond,
                    device.info().name());
        }
    }

    private static Result train(Device device) {
        Ondol.setDefaultDevice(device);
        Ondol.manualSeed(1);
        TensorDataset digits = Datasets.digits().to(device);
        Sequential net = new Sequential(new Flatten(), new Linear(64, 128), new ReLU(), new Linear(128, 10));
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        Adam optimizer = new Adam(net.parameters(), 2e-3);
        Generator random = new Generator(1);

        Tensor loss = null;
        long start = 0;
        for (int step = 0; step < WARM_UP + STEPS; step++) {
            if (step == WARM_UP) {
                device.synchronize();
                start = System.nanoTime();
            }
            Tensor rows = Tensor.randint(random, 0, digits.size(), BATCH);
            Tensor logits = net.forward(digits.inputs().indexSelect(0, rows));
            loss = lossFunction.forward(logits, digits.targets().indexSelect(0, rows));
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
        }
        device.synchronize();
        double seconds = (System.nanoTime() - start) * 1e-9;

        Map<String, float[]> weights = new LinkedHashMap<>();
        net.stateDict().forEach((name, weight) -> weights.put(name, weight.toFloatArray()));
        return new Result(loss.item(), weights, STEPS / seconds);
    }

    private static boolean areSame(Map<String, float[]> one, Map<String, float[]> other) {
        return one.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), other.get(e.getKey())));
    }

    /** The names of the devices that the arguments name, or of all. */
    private static String[] names(String... args) {
        if (args.length == 2 && args[0].equals("--devices")) {
            return args[1].split(",");
        }
        if (args.length != 0) {
            throw new IllegalArgumentException("usage: DeviceComparison [--devices cpu,opencl:0,...]");
        }
        List<String> all = new ArrayList<>();
        Device.discover().forEach((backend, probe) -> {
            switch (probe) {
                case Probe.Available found -> {
                    for (int i = 0; i < found.devices().size(); i++) {
                        all.add(backend.equals("cpu") ? backend : backend + ":" + i);
                    }
                }
                case Probe.Unavailable none -> System.out.println(backend + " is unavailable: " + none.reason());
            }
        });
        return all.toArray(String[]::new);
    }
}
