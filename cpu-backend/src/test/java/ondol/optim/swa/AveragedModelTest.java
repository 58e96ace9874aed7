package ondol.optim.swa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.DType;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.BatchNorm1d;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Averages of weights against PyTorch's, recorded by swa.py, and by hand. */
class AveragedModelTest {
    private static final class Net extends Layer {
        private final Linear linear = register("linear", new Linear(3, 4));
        private final BatchNorm1d norm = register("norm", new BatchNorm1d(4));

        @Override
        public Tensor forward(Tensor x) {
            return norm.forward(linear.forward(x));
        }
    }

    /** A parameter, a buffer of integers, one that is not saved. */
    private static final class Small extends Module {
        private final Tensor weight = register("weight", Tensor.zeros(2));
        private final Tensor count = registerBuffer("count", Tensor.tensor(0L));
        private final Tensor passing = registerBuffer("passing", Tensor.zeros(1), false);

        Small set(float first, float second, long number) {
            try (var _ = Autograd.noGrad()) {
                weight.copyFrom(Tensor.tensor(new float[] {first, second}));
            }
            count.fill(number);
            passing.fill(first);
            return this;
        }
    }

    private static Map<String, List<String>> recorded() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        try (var lines = new BufferedReader(new InputStreamReader(
                AveragedModelTest.class.getResourceAsStream("swa.txt"), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                List<String> words = List.of(line.split(" ", -1));
                all.put(words.getFirst(), words.subList(1, words.size()));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return all;
    }

    private static float[] floats(List<String> words) {
        float[] values = new float[words.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.parseFloat(words.get(i));
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void asInPyTorch(boolean useBuffers) {
        Ondol.manualSeed(7);
        Net net = new Net();
        byte[] generator = Ondol.generator().getState();
        AveragedModel<Net> averaged = new AveragedModel<>(net, new Net(), SwaUtils.getSwaAvgFn(), useBuffers);
        Ondol.generator().setState(generator);
        for (int step = 0; step < 5; step++) {
            try (var _ = Autograd.noGrad()) {
                net.linear.weight().copyFrom(Tensor.rand(4, 3));
                net.linear.getParameter("bias").copyFrom(Tensor.rand(4));
                net.getBuffer("norm.running_mean").copyFrom(Tensor.rand(4));
                net.getBuffer("norm.num_batches_tracked").fill(step * step);
            }
            averaged.updateParameters(net);
        }
        String prefix = useBuffers ? "buffers." : "parameters.";
        Map<String, List<String>> expected = recorded();
        assertEquals(
                expected.keySet().stream().filter(n -> n.startsWith("buffers.")).toList(),
                averaged.stateDict().keySet().stream().map(n -> "buffers." + n).toList());
        averaged.stateDict().forEach((name, t) -> {
            List<String> words = expected.get(prefix + name);
            if (words == null) { // the last one's
                Tensor last = net.getBuffer(name.substring("module.".length()));
                assertEquals(last.toString(), t.toString(), name);
            } else if (t.dtype() == DType.INT64) {
                assertEquals(words, List.of(Long.toString(t.itemLong())), name);
            } else {
                assertArrayEquals(floats(words), t.reshape(-1).toFloatArray(), name);
            }
        });
    }

    @Test
    void updateBnAsInPyTorch() {
        Ondol.manualSeed(8);
        Net net = new Net();
        net.forward(Tensor.rand(5, 3));
        net.eval();
        net.linear.train();
        List<Tensor> batches = new ArrayList<>();
        for (int n : new int[] {6, 6, 2}) {
            batches.add(Tensor.rand(n, 3));
        }
        SwaUtils.updateBn(batches, net);
        Map<String, List<String>> expected = recorded();
        for (String name : List.of("running_mean", "running_var")) {
            assertArrayEquals(
                    floats(expected.get("updateBn." + name)),
                    net.getBuffer("norm." + name).toFloatArray(),
                    1e-6f,
                    name);
        }
        assertEquals(3, net.getBuffer("norm.num_batches_tracked").itemLong());
        assertFalse(net.training());
        assertTrue(net.linear.training());
        assertEquals(0.1, net.norm.momentum());
    }

    @Test
    void updateBnLeavesModesAndMomentaWhateverHappens() {
        Net net = new Net();
        net.eval();
        Map<String, String> before = text(net);
        List<Tensor> wrong = List.of(Tensor.rand(4, 3), Tensor.zeros(2, 5));
        assertThrows(IllegalArgumentException.class, () -> SwaUtils.updateBn(wrong, net));
        assertFalse(net.norm.training());
        assertEquals(0.1, net.norm.momentum());
        assertEquals(before, text(net));

        Linear without = new Linear(3, 2);
        SwaUtils.updateBn(List.of(Tensor.zeros(2, 5)), without); // nothing to do, so nothing is called
    }

    /** In powers of two nothing is rounded: 0.75 of the average, a quarter of the new value. */
    @Test
    void exponentialMovingAverageByHand() {
        for (AvgFn fn : List.of(SwaUtils.getEmaAvgFn(0.75), SwaUtils.getEmaMultiAvgFn(0.75))) {
            Small net = new Small().set(4, -8, 3);
            AveragedModel<Small> averaged = new AveragedModel<>(net, new Small(), fn, false);
            averaged.updateParameters(net.set(8, 16, 4)); // the first is taken as it is
            assertEquals(List.of(8f, 16f), list(averaged.module().weight));
            averaged.updateParameters(net.set(4, -16, 9));
            assertEquals(List.of(7f, 8f), list(averaged.module().weight));
            averaged.updateParameters(net.set(-1, 0, 11));
            assertEquals(List.of(5f, 6f), list(averaged.module().weight));
            assertEquals(11, averaged.module().count.itemLong());
            assertEquals(List.of(-1f), list(averaged.module().passing));
            assertEquals(3, averaged.nAveraged().itemLong());
            assertEquals(List.of(-1f, 0f), list(net.weight));
        }
    }

    /** A decay below a half goes from the new value, as torch.lerp does; 0 takes it, 1 keeps the first. */
    @Test
    void decaysOfAllSizes() {
        assertEquals(List.of(4f, 10f), after(SwaUtils.getEmaMultiAvgFn(0.25), false));
        assertEquals(List.of(4f, 10f), after(SwaUtils.getEmaAvgFn(0.25), false));
        assertEquals(List.of(5f, 9f), after(SwaUtils.getEmaMultiAvgFn(0), false));
        assertEquals(List.of(1f, 13f), after(SwaUtils.getEmaMultiAvgFn(1), false));
        assertEquals(List.of(3f, 11f), after(SwaUtils.getSwaMultiAvgFn(), false));
        // 0.9 as a FLOAT32, 1 - 0.9 as one, and their rounded sum
        float ema = 0.9f * 1f + (float) (1 - 0.9) * 5f;
        assertEquals(ema, after(SwaUtils.getEmaAvgFn(0.9), false).getFirst());
        assertEquals(
                1f + (float) (1 - 0.9) * (5f - 1f),
                after(SwaUtils.getEmaMultiAvgFn(0.9), false).getFirst());
    }

    private static List<Float> after(AvgFn fn, boolean useBuffers) {
        Small net = new Small();
        AveragedModel<Small> averaged = new AveragedModel<>(net, new Small(), fn, useBuffers);
        averaged.updateParameters(net.set(1, 13, 2));
        averaged.updateParameters(net.set(5, 9, 7));
        return list(averaged.module().weight);
    }

    /** 2 and 7 with a decay of 0.75: 3.25, without its fraction. */
    @Test
    void integersAreRoundedTowardsZero() {
        for (AvgFn fn : List.of(SwaUtils.getEmaAvgFn(0.75), SwaUtils.getEmaMultiAvgFn(0.75))) {
            Small net = new Small();
            AveragedModel<Small> averaged = new AveragedModel<>(net, new Small(), fn, true);
            averaged.updateParameters(net.set(1, 1, 2));
            averaged.updateParameters(net.set(5, 1, 7));
            assertEquals(3, averaged.module().count.itemLong());
            assertEquals(List.of(2f), list(averaged.module().passing));
        }
    }

    @Test
    void goesOnFromItsState() {
        Small net = new Small();
        AveragedModel<Small> one = new AveragedModel<>(net, new Small());
        one.updateParameters(net.set(1, 2, 3));
        one.updateParameters(net.set(0.1f, 0.7f, 3));
        AveragedModel<Small> other = new AveragedModel<>(net, new Small());
        other.loadStateDict(one.stateDict());
        net.set(-3.3f, 0.2f, 5);
        one.updateParameters(net);
        other.updateParameters(net);
        assertEquals(list(one.module().weight), list(other.module().weight));
        assertEquals(3, other.nAveraged().itemLong());
    }

    @Test
    void refusals() {
        Linear net = new Linear(3, 2);
        Map<String, String> weights = text(net);
        refuses(
                "AveragedModel: the second network has tensors of the first; give one with weights of its own",
                () -> new AveragedModel<>(net, net));
        refuses(
                "AveragedModel: the parameters are [weight, bias], and those of the second network [0.weight, 0.bias];"
                        + " give one of the same structure",
                () -> new AveragedModel<Layer>(net, new Sequential(new Linear(3, 2))));
        assertThrows(IllegalArgumentException.class, () -> new AveragedModel<>(net, new Linear(3, 4)));
        AveragedModel<Linear> averaged = new AveragedModel<>(net, new Linear(3, 2));
        refuses(
                "AveragedModel.updateParameters: 'weight' of shape [2, 3] has no counterpart in the network; give the"
                        + " one that the averages are of",
                () -> averaged.updateParameters(new Linear(2, 2)));
        assertEquals(0, averaged.nAveraged().itemLong());
        assertEquals(weights, text(averaged.module()));
        refuses("SwaUtils.getEmaAvgFn: the decay is 1.5; it must be from 0 to 1", () -> SwaUtils.getEmaAvgFn(1.5));
        refuses(
                "SwaUtils.getEmaMultiAvgFn: the decay is NaN; it must be from 0 to 1",
                () -> SwaUtils.getEmaMultiAvgFn(Double.NaN));
        refuses(
                "AvgFn.update: 1 averages of 1, and 0 values; give a value for each average, and averages of 1 or more",
                () -> SwaUtils.getSwaAvgFn().update(List.of(Tensor.zeros(1)), List.of(), 1));
    }

    private static void refuses(String message, org.junit.jupiter.api.function.Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    private static Map<String, String> text(Module net) {
        Map<String, String> all = new LinkedHashMap<>();
        net.stateDict().forEach((name, t) -> all.put(name, t.toString()));
        return all;
    }

    private static List<Float> list(Tensor t) {
        List<Float> all = new ArrayList<>();
        for (float value : t.detach().toFloatArray()) {
            all.add(value);
        }
        return all;
    }
}
