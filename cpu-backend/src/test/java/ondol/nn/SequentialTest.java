package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.Device;
import ondol.Generator;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;

/** The order of modules, access to them, and that closing what they hand on is never seen. */
final class SequentialTest {
    /** Remembers every tensor that it saw. */
    private static final class Witness extends Layer {
        final List<Tensor> seen = new ArrayList<>();
        private final boolean passOn;

        Witness(boolean passOn) {
            this.passOn = passOn;
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor y = passOn ? x : x.mul(2.0);
            seen.addAll(List.of(x, y));
            return y;
        }
    }

    private static void assertOpen(Tensor... tensors) {
        for (Tensor t : tensors) {
            assertFalse(t.isClosed());
            t.toFloatArray();
        }
    }

    // ---- access

    @Test
    void getCountsFromBothEnds() {
        Linear first = new Linear(1, 2);
        ReLU last = new ReLU();
        Sequential net = new Sequential(first, new Tanh(), last);
        assertEquals(3, net.size());
        assertSame(first, net.get(0));
        assertSame(last, net.get(2));
        assertSame(last, net.get(-1));
        assertSame(first, net.get(-3));
        assertSame(first.weight(), net.get(0, Linear.class).weight());
        List<Layer> iterated = new ArrayList<>();
        net.forEach(iterated::add);
        assertEquals(net.children(), iterated);
    }

    @Test
    void getRefuses() {
        Sequential net = new Sequential(new Linear(1, 2), new Tanh());
        assertEquals(
                "Sequential.get: index 2 is out of range for 2 modules; use -2 to 1",
                assertThrows(IndexOutOfBoundsException.class, () -> net.get(2)).getMessage());
        assertEquals(
                "Sequential.get: index -3 is out of range for 2 modules; use -2 to 1",
                assertThrows(IndexOutOfBoundsException.class, () -> net.get(-3)).getMessage());
        assertEquals(
                "Sequential.get: index 0 is out of range for 0 modules; there is none to get",
                assertThrows(IndexOutOfBoundsException.class, () -> new Sequential().get(0))
                        .getMessage());
        assertEquals(
                "Sequential.get: module 1 is a Tanh, no Linear; there are [Linear, Tanh]",
                assertThrows(IllegalArgumentException.class, () -> net.get(1, Linear.class))
                        .getMessage());
    }

    @Test
    void sliceFollowsPython() {
        Layer[] all = {new ReLU(), new Tanh(), new SiLU(), new GELU()};
        Sequential net = new Sequential(all);
        for (int start = -6; start <= 6; start++) {
            for (int end = -6; end <= 6; end++) {
                List<Module> expected = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    if (i >= (start < 0 ? start + 4 : start) && i < (end < 0 ? end + 4 : end)) {
                        expected.add(all[i]);
                    }
                }
                assertEquals(expected, net.slice(start, end).children(), start + ":" + end);
            }
            assertEquals(net.slice(start, 4).children(), net.slice(start).children());
        }
    }

    @Test
    void sliceSharesTheModules() {
        Sequential net = new Sequential(new Linear(2, 3), new ReLU(), new Dropout(0.5), new Linear(3, 1, false));
        net.eval();
        Tensor x = Tensor.randn(new Generator(1), 5, 2);
        Tensor features = net.slice(0, -1).forward(x);
        Tensor w = net.get(-1, Linear.class).weight();
        assertArrayEquals(net.forward(x).toFloatArray(), features.matmul(w.t()).toFloatArray());
        assertSame(w, net.slice(-1).parameters().get(0));
    }

    /** A program's own may register what takes no part in the sequence. */
    @Test
    void aChildThatIsNoLayer() {
        class Odd extends Sequential {
            Odd() {
                super(new ReLU());
                register("loss", new MSELoss());
            }
        }
        assertEquals(
                "Odd: 'loss' is a MSELoss, no Layer, and cannot take part; use a Module of your own around both",
                assertThrows(IllegalStateException.class, () -> new Odd().forward(Tensor.ones(1)))
                        .getMessage());
    }

    // ---- forward

    @Test
    void equalsTheModulesOneByOne() {
        Generator generator = new Generator(7);
        Linear a = new Linear(3, 8, true, generator);
        Linear b = new Linear(8, 2, true, generator);
        Sequential net = new Sequential(a, new Identity(), new ReLU(), new Dropout(0.0), new Sequential(new Tanh(), b));
        Tensor x = Tensor.randn(generator, 6, 3).requiresGrad(true);

        Tensor plain = b.forward(a.forward(x).relu().tanh());
        List<Tensor> inputs = new ArrayList<>(net.parameters());
        inputs.add(x);
        List<Tensor> expected = Autograd.grad(plain.square().sum(), inputs);

        Tensor y = net.forward(x);
        assertArrayEquals(plain.toFloatArray(), y.toFloatArray());
        y.square().sum().backward();
        for (int i = 0; i < inputs.size(); i++) {
            assertArrayEquals(
                    expected.get(i).toFloatArray(), inputs.get(i).grad().toFloatArray());
        }
    }

    @Test
    void secondOrderGradientsPassThrough() {
        Sequential net = new Sequential(new Linear(1, 4, true, new Generator(3)), new Tanh(), new Sigmoid());
        Tensor x = Tensor.tensor(0.3).reshape(1, 1).requiresGrad(true);
        Tensor slope = Autograd.grad(net.forward(x).sum(), List.of(x), true).get(0);
        float curvature = Autograd.grad(slope.sum(), List.of(x)).get(0).toFloatArray()[0];

        Tensor z = Tensor.tensor(0.3).reshape(1, 1).requiresGrad(true);
        Tensor y = net.get(0).forward(z).tanh().sigmoid();
        Tensor expected = Autograd.grad(y.sum(), List.of(z), true).get(0);
        assertEquals(Autograd.grad(expected.sum(), List.of(z)).get(0).toFloatArray()[0], curvature);
    }

    // ---- closing

    @Test
    void inputAndResultStayOpen() {
        Tensor x = Tensor.randn(new Generator(1), 4, 3);
        List<Sequential> nets = List.of(
                new Sequential(),
                new Sequential(new Identity()),
                new Sequential(new Identity(), new Identity(), new ReLU()),
                new Sequential(new Dropout(0.5), new Identity(), new ReLU(), new Identity()),
                new Sequential(new Sequential(), new Sequential(new Identity()), new Tanh(), new ReLU()),
                new Sequential(new Flatten(0, -1), new ReLU(), new Flatten(0, -1)),
                new Sequential(new ReLU(), new Tanh(), new Sequential(new Identity(), new Dropout(0.3))));
        for (Sequential net : nets) {
            for (boolean training : new boolean[] {true, false}) {
                Tensor y = net.train(training).forward(x);
                assertOpen(x, y);
                assertOpen(net.forward(y));
                assertOpen(x, y);
            }
        }
        assertSame(x, nets.get(0).forward(x));
        assertSame(x, nets.get(1).forward(x));
    }

    @Test
    void whatAProgramsOwnModuleSawStaysOpen() {
        for (boolean passOn : new boolean[] {true, false}) {
            Witness before = new Witness(passOn);
            Witness between = new Witness(passOn);
            Witness inside = new Witness(passOn);
            Sequential net = new Sequential(
                    before,
                    new ReLU(),
                    new Identity(),
                    between,
                    new Identity(),
                    new Tanh(),
                    new Sequential(new Identity(), inside, new Identity()),
                    new ReLU());
            Tensor x = Tensor.randn(new Generator(1), 4, 3).requiresGrad(true);
            Tensor y = net.forward(x);
            assertOpen(x, y);
            y.sum().backward();
            for (Witness w : List.of(before, between, inside)) {
                assertOpen(w.seen.toArray(Tensor[]::new));
            }
        }
    }

    @Test
    void aSubclassMayStoreWhatItSees() {
        class Recorder extends Sequential {
            final List<Tensor> seen = new ArrayList<>();

            Recorder(Layer... modules) {
                super(modules);
            }

            @Override
            public Tensor forward(Tensor x) {
                Tensor y = super.forward(x);
                seen.addAll(List.of(x, y));
                return y;
            }
        }
        Recorder recorder = new Recorder(new ReLU(), new Tanh());
        Sequential net = new Sequential(new ReLU(), recorder, new ReLU());
        assertOpen(net.forward(Tensor.ones(3)));
        assertOpen(recorder.seen.toArray(Tensor[]::new));
    }

    @Test
    void handedOnTensorsAreFreedAtOnce() {
        long n = 1 << 16;
        Tensor x = Tensor.randn(new Generator(1), 1, n);
        Sequential net = new Sequential(
                new ReLU(),
                new Tanh(),
                new Sequential(new Sigmoid(), new Identity(), new SiLU()),
                new Flatten(),
                new ReLU());
        try (var _ = Autograd.noGrad()) {
            net.forward(x).close();
            long before = Device.CPU.memoryStats().inUse();
            Tensor y = net.forward(x);
            assertTrue(Device.CPU.memoryStats().inUse() - before <= n * 4 * 9 / 8, "more than the result is in use");
            y.close();
        }
        Tensor leaf = x.detach().requiresGrad(true);
        net.forward(leaf).sum().backward();
        leaf.zeroGrad();
        long before = Device.CPU.memoryStats().inUse();
        try (var _ = Scope.open()) {
            net.forward(leaf).sum().backward();
        }
        leaf.zeroGrad();
        assertTrue(Device.CPU.memoryStats().inUse() <= before, "backward left something behind");
    }
}
