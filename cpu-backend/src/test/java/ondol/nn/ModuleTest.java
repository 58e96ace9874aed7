package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Device;
import ondol.Generator;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.backend.LimitedBackend;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Registration, names, modes, moving and state. */
final class ModuleTest {
    private static final class Scale extends Layer {
        Scale(double by) {
            register("by", Tensor.full(Shape.of(2), by));
            registerBuffer("calls", Tensor.zeros(1));
        }

        @Override
        public Tensor forward(Tensor x) {
            Autograd.noGrad(() -> buffer("calls").addInPlace(Tensor.ones(1)));
            return x.mul(parameter("by"));
        }
    }

    /** Uses one layer twice, and another layer's weight. */
    private static final class Tied extends Layer {
        final Linear shared = new Linear(2, 2, false, new Generator(1));
        final Linear first = register("first", shared);
        final Linear again = register("again", shared);

        Tied() {
            register("same", shared.weight());
        }

        @Override
        public Tensor forward(Tensor x) {
            return again.forward(first.forward(x)).matmul(parameter("same"));
        }
    }

    private static String message(Class<? extends Exception> type, Executable body) {
        return assertThrows(type, body).getMessage();
    }

    // ---- names

    @Test
    void namesAndOrder() {
        Sequential net = new Sequential(new Scale(3), new Sequential(new Linear(2, 3), new ReLU()), new Linear(3, 1));
        assertEquals(
                List.of("0.by", "1.0.weight", "1.0.bias", "2.weight", "2.bias"),
                List.copyOf(net.namedParameters().keySet()));
        assertEquals(List.of("0.calls"), List.copyOf(net.namedBuffers().keySet()));
        assertEquals(
                List.of("0.by", "0.calls", "1.0.weight", "1.0.bias", "2.weight", "2.bias"),
                List.copyOf(net.stateDict().keySet()));
        assertEquals(
                List.of("", "0", "1", "1.0", "1.1", "2"),
                List.copyOf(net.namedModules().keySet()));
        assertEquals(List.copyOf(net.namedParameters().values()), net.parameters());
        assertTrue(net.parameters().stream().allMatch(p -> p.requiresGrad() && p.isParameter() && p.isLeaf()));
        assertFalse(net.buffers().get(0).requiresGrad());
    }

    @Test
    void sharedParametersAreListedOnce() {
        Tied net = new Tied();
        assertEquals(List.of("same"), List.copyOf(net.namedParameters().keySet()));
        assertSame(net.shared.weight(), net.parameters().get(0));
        assertEquals(2, net.modules().size());
        assertEquals(
                List.of("same", "first.weight", "again.weight"),
                List.copyOf(net.stateDict().keySet()));
    }

    @Test
    void registrationRefuses() {
        class Bad extends Layer {
            @Override
            public Tensor forward(Tensor x) {
                return x;
            }

            void parameterAt(String name) {
                register(name, Tensor.ones(1));
            }

            void child(String name, Module child) {
                register(name, child);
            }
        }
        Bad bad = new Bad();
        bad.parameterAt("w");
        assertEquals(
                "Bad.register: 'w' is registered already; choose another name",
                message(IllegalArgumentException.class, () -> bad.child("w", new ReLU())));
        for (String name : List.of("", "a.b")) {
            assertEquals(
                    "Bad.register: '" + name
                            + "' is no name; it must not be empty, and dots separate the names of modules inside"
                            + " modules",
                    message(IllegalArgumentException.class, () -> bad.parameterAt(name)));
        }
        Sequential around = new Sequential(bad);
        for (Module m : List.of(bad, around)) {
            assertEquals(
                    "Bad.register: 'm' is or contains the module it is registered in; a module cannot be inside itself",
                    message(IllegalArgumentException.class, () -> bad.child("m", m)));
        }
        assertEquals(
                "Bad.parameter: there is no parameter 'v'; there are [w]",
                message(IllegalArgumentException.class, () -> bad.parameter("v")));
    }

    /** A module with two inputs, that counts its calls. */
    private static final class Gated extends Module {
        private final Linear gate = register("gate", new Linear(2, 2, true, new Generator(1)));

        Gated() {
            registerBuffer("calls", Tensor.tensor(0L));
            registerBuffer("mask", Tensor.tensor(new boolean[] {true, false}), false);
        }

        Tensor forward(Tensor x, Tensor context) {
            Autograd.noGrad(() -> buffer("calls").addInPlace(Tensor.tensor(1L)));
            return gate.forward(context).sigmoid().mul(x).maskedFill(buffer("mask"), 0);
        }
    }

    @Test
    void aModuleWithInputsOfItsOwn() {
        Gated gated = new Gated();
        Tensor y = gated.forward(Tensor.ones(2), Tensor.ones(2));
        gated.forward(y, y);
        assertEquals(2, gated.getBuffer("calls").itemLong());
        assertEquals(
                List.of("calls", "gate.weight", "gate.bias"),
                List.copyOf(gated.stateDict().keySet()));
        assertEquals(List.of("calls", "mask"), List.copyOf(gated.namedBuffers().keySet()));
        Device other = Device.of("gated", new ReferenceBackend());
        gated.to(other);
        assertTrue(gated.buffers().stream().allMatch(b -> b.device() == other));
        assertEquals(DType.BOOL, gated.getBuffer("mask").dtype());
        Gated copy = new Gated();
        copy.loadStateDict(gated.stateDict());
        assertEquals(2, copy.getBuffer("calls").itemLong());
        assertEquals("Gated(\n  (gate): Linear(in_features=2, out_features=2, bias=True)\n)", gated.toString());
    }

    @Test
    void whatIsFoundByItsName() {
        Sequential net = new Sequential(new Scale(3), new Sequential(new Linear(2, 3), new ReLU()));
        assertSame(net, net.getSubmodule(""));
        assertSame(net.get(1), net.getSubmodule("1"));
        Linear linear = (Linear) net.getSubmodule("1.0");
        assertSame(linear.weight(), net.getParameter("1.0.weight"));
        assertSame(net.buffers().get(0), net.getBuffer("0.calls"));
        assertEquals(
                "Sequential.getSubmodule: there is no module '1.2'; in '1' there are [0, 1]",
                message(IllegalArgumentException.class, () -> net.getSubmodule("1.2.x")));
        assertEquals(
                "Sequential.getParameter: there is no module '7'; there are [0, 1]",
                message(IllegalArgumentException.class, () -> net.getParameter("7.weight")));
        assertEquals(
                "Sequential.getParameter: there is no parameter '1.0.scale'; in '1.0' there are [weight, bias]",
                message(IllegalArgumentException.class, () -> net.getParameter("1.0.scale")));
        assertEquals(
                "Sequential.getBuffer: there is no buffer 'calls'; there are []",
                message(IllegalArgumentException.class, () -> net.getBuffer("calls")));
        assertThrows(IllegalArgumentException.class, () -> net.getSubmodule("1."));
    }

    // ---- modes

    @Test
    void modesReachEveryModule() {
        Sequential inner = new Sequential(new Dropout(0.5));
        Sequential net = new Sequential(inner, new ReLU());
        assertTrue(net.training() && inner.training() && inner.get(0).training());
        assertSame(net, net.eval());
        assertTrue(net.modules().stream().noneMatch(Module::training));
        assertTrue(net.train().modules().stream().allMatch(Module::training));

        List<Module> visited = new ArrayList<>();
        net.apply(visited::add);
        assertEquals(List.of(inner.get(0), inner, net.get(1), net), visited);
    }

    @Test
    void freezingAndForgetting() {
        Sequential net = new Sequential(new Linear(2, 2), new Linear(2, 1));
        net.get(0).requiresGrad(false);
        net.forward(Tensor.ones(1, 2)).sum().backward();
        assertNull(net.parameters().get(0).grad());
        assertTrue(net.parameters().get(2).grad() != null);
        net.zeroGrad();
        assertNull(net.parameters().get(2).grad());
    }

    @Test
    void freezingIsAllOrNothing() {
        Sequential net = new Sequential(new Linear(2, 2), new Linear(2, 1));
        Tensor last = net.parameters().get(3);
        last.requiresGrad(false).addInPlace(Tensor.ones(1).requiresGrad(true));
        assertEquals(
                "Sequential.requiresGrad(false): the parameter '1.bias' was computed by AddBackward0; change parameters"
                        + " under Autograd.noGrad()",
                message(IllegalStateException.class, () -> net.requiresGrad(false)));
        assertTrue(net.parameters().get(0).requiresGrad());
        last.close();
        net.get(0).requiresGrad(false);
        assertEquals(
                "Sequential.requiresGrad: '1.bias' of shape [1] is closed; a module's tensors must stay open as long as"
                        + " it is used",
                message(IllegalStateException.class, () -> net.requiresGrad(true)));
        assertFalse(net.parameters().get(0).requiresGrad());
    }

    @Test
    void parametersOutliveAScope() {
        Linear layer;
        Scale scale;
        try (var _ = Scope.open()) {
            layer = new Linear(2, 2);
            scale = new Scale(2);
        }
        assertEquals(4, layer.weight().toFloatArray().length);
        scale.forward(Tensor.ones(2));
        scale.forward(Tensor.ones(2));
        assertArrayEquals(new float[] {2}, scale.buffers().get(0).toFloatArray());
    }

    // ---- moving

    @Test
    void movesEverythingInPlace() {
        Device other = Device.of("moved", new ReferenceBackend());
        Sequential net = new Sequential(new Scale(3), new Linear(2, 2), new Tied());
        net.get(1).requiresGrad(false);
        Map<String, float[]> before = new LinkedHashMap<>();
        net.stateDict().forEach((name, t) -> before.put(name, t.toFloatArray()));
        Tensor stays = net.parameters().get(0);

        assertSame(net, net.to(Device.CPU));
        assertSame(stays, net.parameters().get(0));

        net.to(other);
        assertSame(stays, net.parameters().get(0));
        assertSame(other, stays.device());
        Tied tied = net.get(2, Tied.class);
        assertSame(tied.shared.weight(), tied.parameter("same"));
        net.stateDict().forEach((name, t) -> {
            assertSame(other, t.device());
            assertArrayEquals(before.get(name), t.toFloatArray());
        });
        assertTrue(net.parameters().stream().allMatch(Tensor::isParameter));
        assertEquals(
                List.of(true, false, false, true),
                net.parameters().stream().map(Tensor::requiresGrad).toList());
        assertEquals(2, net.get(1).forward(Tensor.ones(1, 2).to(other)).numel());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> net.get(1).forward(Tensor.ones(1, 2)));
        assertTrue(e.getMessage().startsWith("linear: tensors are on different devices"), e.getMessage());
    }

    // ---- state

    @Test
    void stateSharesMemoryAndLoads() {
        Sequential a = new Sequential(new Linear(2, 3), new Scale(1));
        Sequential b = new Sequential(new Linear(2, 3), new Scale(5));
        Tensor kept = b.parameters().get(0);
        b.loadStateDict(a.stateDict());
        assertSame(kept, b.parameters().get(0));
        for (String name : a.stateDict().keySet()) {
            assertArrayEquals(
                    a.stateDict().get(name).toFloatArray(),
                    b.stateDict().get(name).toFloatArray());
        }
        assertTrue(b.stateDict().get("0.weight").sharesStorageWith(kept));
        assertFalse(a.parameters().get(0).sharesStorageWith(kept));
        a.loadStateDict(a.stateDict());
    }

    @Test
    void aStateThatFitsInPart() {
        Sequential net = new Sequential(new Linear(2, 3), new Linear(3, 1));
        float[] bias = net.getParameter("0.bias").toFloatArray();
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("0.weight", Tensor.ones(3, 2));
        state.put("head.weight", Tensor.ones(7));
        assertEquals(
                new IncompatibleKeys(List.of("0.bias", "1.bias", "1.weight"), List.of("head.weight")),
                net.loadStateDict(state, false));
        assertArrayEquals(
                new float[] {1, 1, 1, 1, 1, 1}, net.getParameter("0.weight").toFloatArray());
        assertArrayEquals(bias, net.getParameter("0.bias").toFloatArray());
        state.put("1.bias", Tensor.ones(2));
        state.put("0.weight", Tensor.zeros(3, 2));
        assertEquals("""
            Sequential.loadStateDict: the state does not fit, nothing was loaded
              1.bias: shape [2] in the state, [1] in the module
            Load the state of a module that was built the same way\
            """, message(IllegalArgumentException.class, () -> net.loadStateDict(state, false)));
        assertEquals(1, net.getParameter("0.weight").select(0, 0).select(0, 0).item());
    }

    @Test
    void aStateOfOtherNames() {
        Linear net = new Linear(2, 1);
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("module.weight", Tensor.ones(1, 2));
        state.put("module.bias", Tensor.zeros(1));
        UnaryOperator<String> unwrapped = name -> name.replaceFirst("^module\\.", "");
        assertEquals(new IncompatibleKeys(List.of(), List.of()), net.loadStateDict(state, true, unwrapped));
        assertArrayEquals(new float[] {1, 1}, net.getParameter("weight").toFloatArray());
        state.put("bias", Tensor.ones(1));
        state.put("module.weight", Tensor.zeros(1, 2));
        assertEquals(
                "Linear.loadStateDict: 'module.bias' and 'bias' both become 'bias'; give names that differ",
                message(IllegalArgumentException.class, () -> net.loadStateDict(state, false, unwrapped)));
        assertTrue(message(IllegalArgumentException.class, () -> net.loadStateDict(state, false, name -> null))
                .contains("gives null for 'module.weight'"));
        assertArrayEquals(new float[] {1, 1}, net.getParameter("weight").toFloatArray());
    }

    @Test
    void aStateOfTheModulesOwnTensors() {
        Sequential net = new Sequential(new Linear(2, 2, false), new Linear(2, 2, false));
        float[] first = net.parameters().get(0).toFloatArray();
        float[] second = net.parameters().get(1).toFloatArray();
        Map<String, Tensor> own = net.stateDict();
        net.loadStateDict(Map.of("0.weight", own.get("1.weight"), "1.weight", own.get("0.weight")));
        assertArrayEquals(second, net.parameters().get(0).toFloatArray());
        assertArrayEquals(first, net.parameters().get(1).toFloatArray());
    }

    @Test
    void aStateThatDoesNotFitIntoMemoryChangesNothing() {
        LimitedBackend backend = new LimitedBackend();
        Device device = Device.of("loading", backend);
        Sequential net = new Sequential(new Linear(100, 100), new Linear(100, 100));
        Map<String, Tensor> state = net.stateDict();
        Sequential there = new Sequential(new Linear(100, 100), new Linear(100, 100)).to(device);
        Map<String, float[]> before = new LinkedHashMap<>();
        there.stateDict().forEach((name, t) -> before.put(name, t.toFloatArray()));
        backend.left = 3;
        assertThrows(OutOfDeviceMemoryException.class, () -> there.loadStateDict(state));
        there.stateDict().forEach((name, t) -> assertArrayEquals(before.get(name), t.toFloatArray(), name));
        backend.left = Integer.MAX_VALUE;
        there.loadStateDict(state);
        there.stateDict()
                .forEach((name, t) -> assertArrayEquals(state.get(name).toFloatArray(), t.toFloatArray(), name));
    }

    @Test
    void badStatesChangeNothing() {
        Sequential net = new Sequential(new Linear(2, 3), new Linear(3, 1));
        float[] before = net.parameters().get(0).toFloatArray();
        Map<String, Tensor> state = new LinkedHashMap<>();
        Tensor closed = Tensor.zeros(1);
        closed.close();
        state.put("0.weight", Tensor.zeros(3, 2));
        state.put("0.bias", Tensor.zeros(2));
        state.put("1.bias", closed);
        state.put("2.bias", Tensor.zeros(1));
        assertEquals("""
            Sequential.loadStateDict: the state does not fit, nothing was loaded
              missing: 1.weight
              unexpected: 2.bias
              0.bias: shape [2] in the state, [3] in the module
              1.bias: the tensor in the state is closed
            Load the state of a module that was built the same way\
            """, message(IllegalArgumentException.class, () -> net.loadStateDict(state)));
        assertArrayEquals(before, net.parameters().get(0).toFloatArray());

        class Odd extends Layer {
            final Tensor closed = register("closed", Tensor.ones(2));

            Odd() {
                register("first", Tensor.ones(2));
                register("repeated", Tensor.ones(1).expand(2));
                closed.close();
            }

            @Override
            public Tensor forward(Tensor x) {
                return x;
            }
        }
        Odd odd = new Odd();
        Tensor zeros = Tensor.zeros(2);
        assertEquals(
                """
                Odd.loadStateDict: the state does not fit, nothing was loaded
                  closed: the tensor in the module is closed
                  repeated: the tensor in the module is a view in which elements share memory
                Load the state of a module that was built the same way\
                """,
                message(
                        IllegalArgumentException.class,
                        () -> odd.loadStateDict(Map.of("first", zeros, "repeated", zeros, "closed", zeros))));
        assertArrayEquals(new float[] {1, 1}, odd.parameter("first").toFloatArray());
    }
}
