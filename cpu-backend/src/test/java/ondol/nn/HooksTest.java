package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.Generator;
import ondol.RemovableHandle;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;

/** Hooks in the calls of modules, and on tensors' gradients. */
final class HooksTest {
    /** Two inputs and two results: their sum and their product. */
    private static final class SumAndProduct extends Module {
        List<Tensor> forward(Tensor x, Tensor y) {
            return List.of(x.add(y), x.mul(y));
        }

        List<Tensor> call(Tensor x, Tensor y) {
            return callWithHooks(List.of(x, y), in -> forward(in.get(0), in.get(1)));
        }
    }

    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    private static float[] floats(Tensor t) {
        return t.toFloatArray();
    }

    // ---- forward

    @Test
    void beforeAndAfterEachCall() {
        List<String> calls = new ArrayList<>();
        ReLU relu = new ReLU();
        Tensor x = Tensor.tensor(-1f, 2f);
        RemovableHandle before = relu.registerForwardPreHook((module, in) -> {
            assertSame(relu, module);
            assertSame(x, in.get(0));
            calls.add("before");
            return null;
        });
        RemovableHandle after = relu.registerForwardHook((module, in, out) -> {
            assertArrayEquals(new float[] {0, 2}, floats(out.get(0)));
            calls.add("after");
            return null;
        });
        assertArrayEquals(new float[] {0, 2}, floats(relu.call(x)));
        assertEquals(List.of("before", "after"), calls);
        relu.forward(x);
        assertEquals(2, calls.size(), "forward itself calls no hooks");
        new Sequential(relu).forward(x);
        assertEquals(4, calls.size(), "a Sequential calls its layers");
        before.remove();
        before.remove();
        after.close();
        relu.call(x);
        assertEquals(4, calls.size());
        assertFalse(relu.hasHooks());
    }

    @Test
    void inputsAndOutputsCanBeReplacedInOrder() {
        ReLU relu = new ReLU();
        relu.registerForwardPreHook((module, in) -> List.of(in.get(0).mul(2.0)));
        relu.registerForwardPreHook((module, in) -> List.of(in.get(0).add(1.0)));
        relu.registerForwardHook((module, in, out) -> List.of(out.get(0).mul(in.get(0))));
        assertArrayEquals(new float[] {9, 49}, floats(relu.call(Tensor.tensor(1f, 3f))));
    }

    @Test
    void oneHookRegisteredTwiceIsCalledTwice() {
        int[] calls = new int[1];
        Hooks.Forward hook = (module, in, out) -> {
            calls[0]++;
            return null;
        };
        ReLU relu = new ReLU();
        RemovableHandle first = relu.registerForwardHook(hook);
        relu.registerForwardHook(hook);
        relu.call(Tensor.ones(1));
        assertEquals(2, calls[0]);
        first.remove();
        first.remove();
        relu.call(Tensor.ones(1));
        assertEquals(3, calls[0]);
    }

    /** What a hook saw is not closed behind its back, and is what it was. */
    @Test
    void whatAHookSawStaysOpen() {
        List<Tensor> seen = new ArrayList<>();
        Sequential net = new Sequential(new ReLU(), new Tanh(), new Sequential(new Sigmoid(), new ReLU()), new ReLU());
        net.get(1).registerForwardHook((module, in, out) -> {
            seen.addAll(in);
            seen.addAll(out);
            return null;
        });
        net.get(2).registerForwardPreHook((module, in) -> {
            seen.addAll(in);
            return null;
        });
        net.forward(Tensor.ones(3));
        assertEquals(3, seen.size());
        assertTrue(seen.stream().noneMatch(Tensor::isClosed));
        assertSame(seen.get(1), seen.get(2));
    }

    // ---- backward

    @Test
    void gradientsOfInputsAndOutputs() {
        SumAndProduct module = new SumAndProduct();
        List<List<Tensor>> seen = new ArrayList<>();
        module.registerFullBackwardHook((m, gradInputs, gradOutputs) -> {
            assertSame(module, m);
            seen.add(gradInputs);
            seen.add(gradOutputs);
            return null;
        });
        Tensor x = leaf(2);
        Tensor y = leaf(5);
        List<Tensor> out = module.call(x, y);
        assertEquals("BackwardHookFunctionBackward", out.get(0).gradFn());
        out.get(0).mul(3.0).add(out.get(1)).sum().backward();
        assertArrayEquals(new float[] {8}, floats(x.grad()));
        assertArrayEquals(new float[] {5}, floats(y.grad()));
        // What was seen may be kept: it is there when backward is over.
        assertArrayEquals(new float[] {8}, floats(seen.get(0).get(0)));
        assertArrayEquals(new float[] {5}, floats(seen.get(0).get(1)));
        assertArrayEquals(new float[] {3}, floats(seen.get(1).get(0)));
        assertArrayEquals(new float[] {1}, floats(seen.get(1).get(1)));
    }

    @Test
    void gradientsCanBeReplaced() {
        SumAndProduct module = new SumAndProduct();
        module.registerFullBackwardHook(
                (m, gradInputs, gradOutputs) -> List.of(gradInputs.get(0).mul(10.0), gradInputs.get(1)));
        module.registerFullBackwardHook(
                (m, gradInputs, gradOutputs) -> List.of(gradInputs.get(0).add(1.0), gradInputs.get(1)));
        Tensor x = leaf(2);
        Tensor y = leaf(5);
        module.call(x, y).get(1).sum().backward();
        assertArrayEquals(new float[] {51}, floats(x.grad()));
        assertArrayEquals(new float[] {2}, floats(y.grad()));
    }

    @Test
    void inputsWithoutAGradient() {
        SumAndProduct module = new SumAndProduct();
        List<List<Tensor>> seen = new ArrayList<>();
        RemovableHandle handle = module.registerFullBackwardHook((m, gradInputs, gradOutputs) -> {
            seen.add(gradInputs);
            seen.add(gradOutputs);
            return null;
        });
        Tensor x = leaf(2);
        module.call(x, Tensor.ones(1)).get(1).sum().backward();
        assertArrayEquals(new float[] {1}, floats(seen.get(0).get(0)));
        assertNull(seen.get(0).get(1));
        handle.remove();

        // The first layer: nothing is known of its input, so the hook is called at the output.
        Linear first = new Linear(2, 1, false, new Generator(1));
        seen.clear();
        first.registerFullBackwardHook((m, gradInputs, gradOutputs) -> {
            assertNull(gradInputs.get(0));
            seen.add(gradOutputs);
            return null;
        });
        first.call(Tensor.ones(1, 2)).mul(7.0).sum().backward();
        assertArrayEquals(new float[] {7}, floats(seen.get(0).get(0)));
        assertArrayEquals(new float[] {7, 7}, floats(first.weight().grad()));
        first.registerFullBackwardHook((m, gradInputs, gradOutputs) -> gradOutputs);
        Tensor loss = first.call(Tensor.ones(1, 2)).sum();
        assertEquals(
                "Linear: a backward hook gave gradients, but no input requires one; return null",
                assertThrows(IllegalStateException.class, loss::backward).getMessage());
    }

    @Test
    void aWrongNumberOfGradientsIsRefused() {
        SumAndProduct module = new SumAndProduct();
        module.registerFullBackwardHook((m, gradInputs, gradOutputs) -> List.of());
        Tensor loss = module.call(leaf(1), leaf(2)).get(0).sum();
        assertEquals(
                "SumAndProduct: a backward hook gave 0 gradients for 2 inputs; return one for each, or null to leave"
                        + " them",
                assertThrows(IllegalStateException.class, loss::backward).getMessage());
    }

    @Test
    void gradientsOfGradientsPassThroughHooks() {
        SumAndProduct module = new SumAndProduct();
        module.registerFullBackwardHook(
                (m, gradInputs, gradOutputs) -> List.of(gradInputs.get(0).mul(gradInputs.get(0)), gradInputs.get(1)));
        Tensor x = leaf(2);
        Tensor y = leaf(5);
        Tensor byX =
                Autograd.grad(module.call(x, y).get(1).sum(), List.of(x), true).getFirst(); // y^2
        assertArrayEquals(new float[] {25}, floats(byX));
        assertArrayEquals(
                new float[] {10}, floats(Autograd.grad(byX.sum(), List.of(y)).getFirst()));
    }

    @Test
    void withoutRecordingThereIsNoWayBack() {
        SumAndProduct module = new SumAndProduct();
        module.registerFullBackwardHook((m, gradInputs, gradOutputs) -> {
            throw new AssertionError();
        });
        Tensor x = leaf(2);
        assertFalse(Autograd.noGrad(() -> module.call(x, x)).get(0).requiresGrad());
        assertFalse(module.call(x.detach(), x.detach()).get(0).requiresGrad());
    }

    @Test
    void lossesAndWholeNetworksAreCalledToo() {
        List<String> calls = new ArrayList<>();
        MSELoss loss = new MSELoss();
        loss.registerForwardHook((module, in, out) -> {
            calls.add(module + " of " + in.size());
            return List.of(out.get(0).mul(2.0));
        });
        Sequential net = new Sequential(new Linear(1, 1, true, new Generator(2)));
        net.registerForwardHook((module, in, out) -> {
            calls.add("net");
            return null;
        });
        Tensor x = Tensor.ones(3, 1);
        Tensor twice = loss.call(net.call(x), x);
        assertEquals(loss.forward(net.forward(x), x).item() * 2, twice.item());
        assertEquals(List.of("net", "MSELoss() of 2"), calls);
    }

    /** Modules with several inputs, of which some are left out, and results. */
    @Test
    void recurrenceAndAttentionAreCalledToo() {
        List<String> calls = new ArrayList<>();
        Hooks.Forward seen = (module, in, out) -> {
            calls.add(module.name() + " " + in.size() + " " + out.size());
            return out.stream().map(t -> t.mul(2.0)).toList();
        };
        Tensor x = Tensor.randn(new Generator(1), 3, 2, 4); // [time, batch, features]
        Tensor h = Tensor.randn(new Generator(2), 1, 2, 4);
        LSTM lstm = new LSTM(4, 4);
        lstm.registerForwardHook(seen);
        assertArrayEquals(
                floats(lstm.forward(x, null, h, null).cn().mul(2.0)),
                floats(lstm.call(x, null, h, null).cn()));
        RNN rnn = new RNN(4, 4);
        rnn.registerForwardHook(seen);
        assertArrayEquals(
                floats(rnn.forward(x).output().mul(2.0)),
                floats(rnn.call(x, null, null).output()));
        GRU gru = new GRU(4, 4);
        gru.registerForwardHook(seen);
        assertArrayEquals(
                floats(gru.forward(x, h, null).hn().mul(2.0)),
                floats(gru.call(x, h, null).hn()));
        Tensor step = x.select(0, 0);
        Tensor state = h.select(0, 0);
        RNNCell rnnCell = new RNNCell(4, 4);
        rnnCell.registerForwardHook(seen);
        assertArrayEquals(floats(rnnCell.forward(step).mul(2.0)), floats(rnnCell.call(step, null)));
        GRUCell gruCell = new GRUCell(4, 4);
        gruCell.registerForwardHook(seen);
        assertArrayEquals(floats(gruCell.forward(step, state).mul(2.0)), floats(gruCell.call(step, state)));
        LSTMCell lstmCell = new LSTMCell(4, 4);
        lstmCell.registerForwardHook(seen);
        assertArrayEquals(
                floats(lstmCell.forward(step, null, state).get(1).mul(2.0)),
                floats(lstmCell.call(step, null, state).get(1)));
        MultiheadAttention attention = new MultiheadAttention(4, 2);
        attention.registerForwardHook(seen);
        Tensor mask = Tensor.tensor(new boolean[][] {{false, true, false}, {false, false, true}});
        assertArrayEquals(
                floats(attention.forward(x, x, x, mask, null).mul(2.0)), floats(attention.call(x, x, x, mask, null)));
        assertArrayEquals(
                floats(attention.forward(x, x, x, null, null, true).weights().mul(2.0)),
                floats(attention.call(x, x, x, null, null, true).weights()));
        assertEquals(
                List.of(
                        "LSTM 2 3",
                        "RNN 1 2",
                        "GRU 2 2",
                        "RNNCell 1 1",
                        "GRUCell 2 1",
                        "LSTMCell 2 2",
                        "MultiheadAttention 4 1",
                        "MultiheadAttention 3 2"),
                calls);
    }

    @Test
    void aWrongNumberOfTensorsIsRefused() {
        ReLU relu = new ReLU();
        relu.registerForwardPreHook((module, in) -> List.of());
        assertEquals(
                "ReLU: a forward pre-hook gave 0 inputs in place of 1; give a tensor for each, or null to leave them",
                assertThrows(IllegalStateException.class, () -> relu.call(Tensor.ones(1)))
                        .getMessage());
        Tanh tanh = new Tanh();
        tanh.registerForwardHook((module, in, out) -> List.of(out.get(0), out.get(0)));
        assertEquals(
                "Tanh: a forward hook gave 2 outputs in place of 1; give a tensor for each, or null to leave them",
                assertThrows(IllegalStateException.class, () -> tanh.call(Tensor.ones(1)))
                        .getMessage());
    }

    // ---- tensors

    @Test
    void aTensorsGradientIsSeenAndReplaced() {
        List<Tensor> seen = new ArrayList<>();
        Tensor x = leaf(1, 2);
        Tensor h = x.mul(3.0);
        h.registerHook(g -> {
            seen.add(g);
            return null;
        });
        RemovableHandle doubling = h.registerHook(g -> g.mul(2.0));
        h.retainGrad();
        h.mul(h).sum().backward(null, true, false);
        assertArrayEquals(new float[] {6, 12}, floats(seen.get(0)), "the whole gradient, before it is replaced");
        assertArrayEquals(new float[] {12, 24}, floats(h.grad()));
        assertArrayEquals(new float[] {36, 72}, floats(x.grad()));
        doubling.remove();
        x.zeroGrad();
        h.mul(h).sum().backward();
        assertArrayEquals(new float[] {18, 36}, floats(x.grad()));
        assertEquals(2, seen.size());
        assertArrayEquals(new float[] {6, 12}, floats(seen.get(0)), "what was kept stays as it was");
    }

    @Test
    void aLeafsToo() {
        Tensor x = leaf(1, 2);
        int[] calls = new int[1];
        x.registerHook(g -> {
            calls[0]++;
            return g.neg();
        });
        x.mul(3.0).add(x).sum().backward();
        assertArrayEquals(new float[] {-4, -4}, floats(x.grad()));
        assertArrayEquals(
                new float[] {-3, -3},
                floats(Autograd.grad(x.mul(3.0).sum(), List.of(x)).getFirst()));
        assertEquals(2, calls[0]);
    }

    @Test
    void hooksUnderCreateGraph() {
        Tensor x = leaf(2);
        Tensor h = x.mul(x);
        RemovableHandle squaring = h.registerHook(g -> g.mul(g));
        Tensor byX = Autograd.grad(h.mul(h).sum(), List.of(x), true).getFirst(); // (2 x^2)^2 * 2 x
        assertArrayEquals(new float[] {256}, floats(byX));
        squaring.remove(); // or the next walk would pass it once more
        assertArrayEquals(
                new float[] {640}, floats(Autograd.grad(byX.sum(), List.of(x)).getFirst()));
    }

    @Test
    void whatAHookMakesIsItsOwn() {
        List<Tensor> seen = new ArrayList<>();
        Tensor x = leaf(3);
        try (var _ = Scope.open()) {
            Tensor h = x.mul(2.0);
            h.registerHook(g -> {
                seen.add(g.add(1.0));
                return null;
            });
            h.sum().backward();
        }
        assertArrayEquals(new float[] {2}, floats(seen.get(0)));
    }

    @Test
    void badHooks() {
        assertThrows(IllegalStateException.class, () -> Tensor.ones(1).registerHook(g -> null));
        Tensor x = leaf(1, 2);
        Tensor h = x.mul(2.0);
        h.registerHook(Tensor::sum);
        Tensor loss = h.sum();
        assertEquals(
                "backward: a hook gave a gradient of shape [], FLOAT32 on cpu, in place of one of shape [2], FLOAT32 on"
                        + " cpu; it must be alike",
                assertThrows(IllegalStateException.class, loss::backward).getMessage());
        assertNull(x.grad());
    }
}
