package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import ondol.autograd.Autograd;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Sequential;
import ondol.nn.Tanh;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;

/** A module that moves stays the same module: for its optimizer, for its fields, and for what was recorded before. */
final class RelocationTest {
    private final CountingBackend here = new CountingBackend(64L << 20);
    private final CountingBackend there = new CountingBackend(64L << 20);
    private final Device home = here.device("home");
    private final Device away = there.device("away");

    private Sequential net() {
        Generator g = new Generator(3);
        Sequential net = new Sequential(new Linear(2, 5, true, g), new Tanh(), new Linear(5, 1, true, g));
        return net.to(home);
    }

    private static Tensor on(Device device, Tensor t) {
        return t.to(device);
    }

    private Tensor[] data(Device device) {
        Tensor x = Tensor.randn(new Generator(5), 16, 2);
        return new Tensor[] {on(device, x), on(device, x.sum(new int[] {1}, true))};
    }

    private static void step(Sequential net, Optimizer optimizer, Tensor[] data) {
        new MSELoss().forward(net.forward(data[0]), data[1]).backward();
        optimizer.step();
        optimizer.zeroGrad();
    }

    private static float[] values(Sequential net) {
        Tensor[] flat =
                net.parameters().stream().map(p -> p.detach().reshape(-1)).toArray(Tensor[]::new);
        return Tensor.cat(0, flat).toFloatArray();
    }

    private static Tensor gradient(Tensor t) {
        Tensor g = t.peekGrad();
        assertNotNull(g);
        return g;
    }

    // ---- optimizers

    @Test
    void anOptimizerMadeBeforeTrainsOn() {
        List<BiFunction<List<Tensor>, Double, Optimizer>> all = List.of(
                Adam::new,
                AdamW::new,
                SGD::new,
                (p, lr) -> new SGD(p, lr).momentum(0.9).nesterov(true));
        for (var make : all) {
            Sequential stays = net();
            Optimizer ofStays = make.apply(stays.parameters(), 0.05);
            Sequential moves = net();
            Optimizer ofMoves = make.apply(moves.parameters(), 0.05);
            Device at = home;
            for (int i = 0; i < 12; i++) {
                if (i % 4 == 0) { // before the first step, too
                    at = at == home ? away : home;
                    moves.to(at);
                }
                step(stays, ofStays, data(home));
                step(moves, ofMoves, data(at));
                assertArrayEquals(values(stays), values(moves), ofMoves + ", step " + i);
            }
            ofMoves.stateDict()
                    .parameters()
                    .forEach(s -> s.tensors().values().forEach(t -> assertSame(away, t.device())));
        }
    }

    @Test
    void theStateOfAMovedModuleIsLoadedWhereItIsNow() {
        Sequential a = net();
        Adam ofA = new Adam(a.parameters(), 0.05);
        step(a, ofA, data(home));
        Sequential b = net();
        Adam ofB = new Adam(b.parameters(), 0.3);
        step(b, ofB, data(home));
        b.to(away);
        b.loadStateDict(a.stateDict());
        ofB.loadStateDict(ofA.stateDict());
        step(a, ofA, data(home));
        step(b, ofB, data(away));
        assertArrayEquals(values(a), values(b));
    }

    @Test
    void gradientsMoveAlong() {
        Sequential net = net();
        Tensor[] data = data(home);
        new MSELoss().forward(net.forward(data[0]), data[1]).backward();
        List<Tensor> parameters = net.parameters();
        List<Tensor> gradients =
                parameters.stream().map(RelocationTest::gradient).toList();
        List<float[]> before = gradients.stream().map(Tensor::toFloatArray).toList();
        net.to(away);
        assertEquals(parameters, net.parameters());
        for (int i = 0; i < parameters.size(); i++) {
            assertSame(gradients.get(i), parameters.get(i).grad());
            assertSame(away, parameters.get(i).device());
            assertSame(away, gradients.get(i).device());
            assertArrayEquals(before.get(i), gradients.get(i).toFloatArray());
        }
        net.zeroGrad();
        parameters.forEach(p -> assertNull(p.grad()));
    }

    // ---- what was made before

    /** Keeps its tensors in fields. */
    private static final class Fields extends Layer {
        final Tensor weight = register("weight", Tensor.tensor(2f, 3f));
        final Tensor count = registerBuffer("count", Tensor.tensor(0L));
        final Tensor again;

        Fields() {
            again = register("again", weight.detach()); // another parameter on the same memory
        }

        @Override
        public Tensor forward(Tensor x) {
            count.addInPlace(Tensor.tensor(1L).to(count.device()));
            return x.mul(weight);
        }
    }

    @Test
    void fieldsViewsAndSharedMemory() {
        Fields net = new Fields();
        Tensor view = net.weight.get(Index.at(1));
        Tensor handle = net.stateDict().get("weight");
        Tensor frozen = net.again.requiresGrad(false);
        net.to(away);
        assertSame(net.weight, net.namedParameters().get("weight"));
        assertSame(net.count, net.buffers().get(0));
        assertSame(frozen, net.namedParameters().get("again"));
        assertFalse(frozen.requiresGrad());
        assertTrue(net.weight.requiresGrad() && net.weight.isParameter() && net.weight.isLeaf());
        assertArrayEquals(
                new float[] {4, 6},
                net.forward(Tensor.full(Shape.of(2), 2, DType.FLOAT32, away)).toFloatArray());
        assertEquals(1, net.count.item());

        assertTrue(net.weight.sharesStorageWith(net.again));
        Autograd.noGrad(() -> net.weight.fill(7));
        assertArrayEquals(new float[] {7, 7}, net.again.toFloatArray());
        assertSame(Device.CPU, view.device());
        assertEquals(3, view.item());
        assertArrayEquals(new float[] {2, 3}, handle.toFloatArray());

        view.mul(5.0).backward(); // recorded before, computed there
        assertSame(away, gradient(net.weight).device());
        assertArrayEquals(new float[] {0, 5}, gradient(net.weight).toFloatArray());
    }

    @Test
    void modulesThatShareAParameterMoveItTogether() {
        Linear a = new Linear(2, 2);
        Sequential around = new Sequential(a, new Linear(2, 1));
        Sequential other = new Sequential(a);
        Tensor weight = a.weight();
        other.to(away);
        assertSame(weight, around.parameters().get(0));
        assertSame(away, weight.device());
        assertSame(Device.CPU, around.parameters().get(2).device());
        around.to(away);
        assertSame(weight, around.parameters().get(0));
        assertSame(away, around.parameters().get(2).device());
    }

    @Test
    void aTransposedOrExpandedParameterMoves() {
        Tensor stored = Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}});
        Tensor transposed = Tensor.parameter(stored.t());
        Tensor expanded = Tensor.parameter(Tensor.tensor(3f).expand(2));
        Tensor part = Tensor.parameter(stored.get(Index.at(1)));
        Relocation.move(List.of(transposed, expanded, part), away);
        assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, transposed.toFloatArray());
        assertTrue(transposed.isContiguous());
        assertArrayEquals(new float[] {3, 3}, expanded.toFloatArray());
        assertArrayEquals(new float[] {4, 5, 6}, part.toFloatArray());
        assertEquals(0, part.storageOffset());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, stored.toFloatArray());
        assertSame(Device.CPU, stored.device());
    }

    // ---- what was recorded before

    @Test
    void aBackwardThroughWhatWasRecordedBefore() {
        Tensor w = Tensor.parameter(on(home, Tensor.tensor(2f, 3f)));
        Tensor before = w.square().sum();
        Tensor again = w.square().sum();
        w.sum().backward();
        Relocation.move(List.of(w), away);
        before.backward();
        assertSame(away, gradient(w).device());
        assertArrayEquals(new float[] {5, 7}, gradient(w).toFloatArray());

        // one that goes through both places
        Tensor both = again.to(away).add(w.mul(10.0).sum());
        both.backward();
        assertArrayEquals(new float[] {19, 23}, gradient(w).toFloatArray());
        Relocation.move(List.of(w), home);
        w.sum().backward();
        assertArrayEquals(new float[] {20, 24}, gradient(w).toFloatArray());
    }

    @Test
    void gradientsOfGradientsThroughWhatWasRecordedBefore() {
        Tensor w = Tensor.parameter(on(home, Tensor.tensor(2f, 3f)));
        Tensor before = w.pow(3.0).sum();
        Relocation.move(List.of(w), away);
        Tensor first = Autograd.grad(before, List.of(w), true).get(0);
        assertSame(away, first.device());
        assertArrayEquals(new float[] {12, 27}, first.toFloatArray());
        first.sum().backward();
        assertArrayEquals(new float[] {12, 18}, gradient(w).toFloatArray());
        assertSame(away, gradient(w).device());
    }

    @Test
    void whatIsNoLeafKeepsItsPast() {
        Tensor w = Tensor.parameter(on(home, Tensor.tensor(2f, 3f)));
        w.pow(3.0).sum().backward(null, true, true);
        Tensor gradient = gradient(w);
        Tensor computed = w.square();
        Relocation.move(List.of(w, computed), away);
        assertSame(gradient, w.grad());
        assertSame(away, gradient.device());
        assertSame(away, computed.device());
        assertEquals("ToCopyBackward0", computed.gradFn());
        Tensor second =
                Autograd.grad(gradient.sum().add(computed.sum()), List.of(w)).get(0);
        assertArrayEquals(new float[] {16, 24}, second.toFloatArray());
        assertSame(away, second.device());
    }

    // ---- all or nothing

    @Test
    void nothingMovesIfTheMemoryEndsHalfWay() {
        Sequential net = new Sequential(new Linear(500, 500), new Linear(500, 500));
        net.to(home);
        Map<String, Tensor> before = new LinkedHashMap<>(net.namedParameters());
        long used = home.memoryStats().inUse();
        there.onlyHas(1_500_000); // one of the two
        assertThrows(OutOfDeviceMemoryException.class, () -> net.to(away));
        assertEquals(before, net.namedParameters());
        before.values().forEach(p -> assertSame(home, p.device()));
        assertEquals(used, home.memoryStats().inUse());
        assertEquals(0, away.memoryStats().inUse());
        there.onlyHas(Long.MAX_VALUE);
        net.to(away);
        before.values().forEach(p -> assertSame(away, p.device()));
    }

    @Test
    void nothingMovesIfOneIsClosed() {
        Sequential net = net();
        net.parameters().get(2).close();
        assertEquals(
                "Sequential.to: '2.weight' of shape [1, 5] is closed; a module's tensors must stay open as long as it"
                        + " is used",
                assertThrows(IllegalStateException.class, () -> net.to(away)).getMessage());
        net.parameters().forEach(p -> assertSame(home, p.device()));
        net.to(home); // is there already
        Tensor open = Tensor.ones(1);
        assertEquals(
                "Relocation.move: the tensor of shape [1, 5] is closed; use it before close(), or take it out of its"
                        + " scope with keep()",
                assertThrows(
                                IllegalStateException.class,
                                () -> Relocation.move(
                                        List.of(open, net.parameters().get(2)), away))
                        .getMessage());
        assertSame(Device.CPU, open.device());
    }

    @Test
    void aClosedGradientIsForgotten() {
        Tensor w = Tensor.parameter(on(home, Tensor.ones(2)));
        w.sum().backward();
        gradient(w).close();
        Relocation.move(List.of(w), away);
        w.sum().backward();
        assertSame(away, gradient(w).device());
        assertArrayEquals(new float[] {1, 1}, gradient(w).toFloatArray());
    }

    // ---- memory

    @Test
    void theOldMemoryIsFreeAndTheNewJoinsNoScope() {
        Sequential net = net();
        try (var _ = Scope.open()) {
            Tensor[] data = data(home);
            new MSELoss().forward(net.forward(data[0]), data[1]).backward();
        }
        List<Tensor> all = new ArrayList<>(net.parameters());
        net.parameters().forEach(p -> all.add(gradient(p)));
        try (var _ = Scope.open()) {
            net.to(away);
        }
        assertEquals(0, home.memoryStats().inUse());
        all.forEach(t -> assertEquals(t.numel(), t.toFloatArray().length));

        Tensor handle = net.parameters().get(0).detach();
        net.to(home);
        assertTrue(away.memoryStats().inUse() > 0);
        assertSame(away, handle.device());
        handle.close();
        assertEquals(0, away.memoryStats().inUse());
    }
}
