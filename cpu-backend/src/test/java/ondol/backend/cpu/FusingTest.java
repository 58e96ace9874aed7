package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.DType;
import ondol.Device;
import ondol.Fused;
import ondol.OpsKernels;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Maps;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Which kernels become one written loop ({@link FusedVectorLoop}, {@link FusedVectorPrimitives}, {@link Written}). */
class FusingTest {
    private static final int INPUTS = 5;

    private static Program program(List<Expr> outputs, long uniformInputs, boolean written) {
        return new Programs(outputs, true, written).forUniform(uniformInputs, INPUTS);
    }

    private static boolean computes(Kernel.Map kernel) {
        return kernel.outputs().stream().anyMatch(e -> e.operands().length != 0);
    }

    /** Powers of integers are too long for one loop: they multiply and square 64 times. */
    private static boolean isPowerOfIntegers(Kernel.Map kernel) {
        return Dag.nodes(kernel.outputs()).size() > 400
                && Dag.nodes(kernel.outputs()).stream().noneMatch(e -> e.type() == Type.F32);
    }

    @Test
    void everyKernelOfOpsIsOneLoop() throws ReflectiveOperationException {
        Map<String, Kernel.Map> kernels = OpsKernels.all();
        assertTrue(kernels.size() > 400, () -> kernels.size() + " kernels");
        List<String> others = new ArrayList<>();
        kernels.forEach((name, kernel) -> {
            Program p = program(kernel.outputs(), 0, true);
            // Where longs cannot be converted with vectors, a plain loop does that before, or does all.
            boolean plain = isPowerOfIntegers(kernel)
                    || Dag.nodes(kernel.outputs()).stream().anyMatch(FusedVectorLoop::isSlow);
            if (computes(kernel) && !plain && !(p.written() && p.steps().length == 1 && p.perBlock().length == 0)) {
                others.add(name);
            }
        });
        assertEquals(List.of(), others);
    }

    /** What is one value for the whole block is computed in the loop's method too. */
    @Test
    void uniformInputs() {
        Expr x = Expr.input(0, Type.F32);
        Expr y = Expr.input(1, Type.F32);
        Program p = program(List.of(x.sub(y.exp())), 0b10, true);
        assertTrue(p.written() && p.steps().length == 1 && p.perBlock().length == 0);
        assertEquals(0, program(List.of(y.exp()), 0b10, true).perBlock().length);
        assertTrue(program(List.of(y.exp()), 0b10, false).perBlock().length > 0);
    }

    @Test
    void theseAreNot() {
        Expr x = Expr.input(0, Type.F32);
        assertFalse(program(List.of(x), 0, true).written()); // a copy
        assertFalse(program(List.of(Expr.scalar(0, Type.F32).exp()), 0, true).written()); // one value
        Expr dropped = Expr.keep(0, 1).to(Type.F32);
        while (Dag.nodes(List.of(dropped)).size() <= 150) {
            dropped = dropped.mul(0.5).add(x);
        }
        Program plain = program(List.of(dropped), 0, true);
        assertFalse(plain.written() || plain.inPlace());
        assertFalse(program(List.of(x.exp()), 0, false).written());
    }

    /** An expression too long for one loop becomes a few, with one value between two of them where that can be. */
    @Test
    void longChains() {
        Expr x = Expr.input(0, Type.F32);
        Expr chain = x;
        while (Dag.nodes(List.of(chain)).size() <= 350) {
            chain = chain.mul(0.5).add(x);
        }
        Program p = program(List.of(chain), 0, true);
        assertTrue(p.written() && p.inPlace());
        assertEquals(4, p.steps().length);
        int registers = (int)
                Arrays.stream(p.registers()).filter(r -> r != Program.LASTING).count();
        assertEquals(INPUTS + 1 + 2, registers); // the output's, and two that take turns
    }

    /** Gates of an LSTM's step, with a mask and an integer that several of them read, and results on the way. */
    @Test
    void longProgramsHaveTheBitsOfPlainLoops() {
        Expr x = Expr.input(0, Type.F32);
        Expr y = Expr.input(1, Type.F32);
        Expr early = x.lt(y);
        Expr whole = x.mul(3).to(Type.I32);
        Expr large = y.mul(1e6).to(Type.I64);
        List<Expr> outputs = new ArrayList<>();
        Expr sum = y.exp(); // one value for the whole block where y is
        outputs.add(sum);
        for (int gate = 1; gate <= 5; gate++) {
            Expr g = x.mul(gate).add(y).tanh().mul(x.add(gate).sigmoid());
            sum = early.choose(g, sum)
                    .add(whole.to(Type.F32))
                    .add(large.to(Type.F32).mul(1e-6));
            outputs.add(gate % 2 == 0 ? g : sum);
        }
        outputs.add(early);
        assertTrue(Dag.nodes(outputs).size() > 150);
        for (long uniform : new long[] {0, 0b10}) {
            Program p = program(outputs, uniform, true);
            assertEquals(!FusedVectorLoop.isSlow(large.to(Type.F32)), p.written());
            assertTrue(!p.written() || p.steps().length > 1);
        }
        Device vector = Device.of("pieces", new CpuBackend(1, true));
        Device plain = Device.of("pieces-plain", new CpuBackend(1, false));
        for (long n : new long[] {1, 15, 16, 100, 3000}) {
            for (long columns : new long[] {1, n}) { // y is one value a row, or not
                assertEquals(results(plain, outputs, n, columns), results(vector, outputs, n, columns));
            }
        }
    }

    private static List<String> results(Device device, List<Expr> outputs, long n, long columns) {
        List<Tensor> out = new ArrayList<>();
        for (Expr output : outputs) {
            out.add(Tensor.zeros(Shape.of(2, n), output.type() == Type.BOOL ? DType.BOOL : DType.FLOAT32, device));
        }
        Tensor x = Tensor.arange(0, 2 * n).mul(0.37).sin().mul(5).reshape(2, n);
        Tensor y = Tensor.arange(0, 2 * columns).mul(0.53).cos().mul(4).reshape(2, columns);
        Fused.update(new Kernel.Map(outputs), List.of(x.to(device), y.to(device).expand(2, n)), out);
        return out.stream()
                .map(t -> Arrays.toString(t.to(DType.FLOAT32).toFloatArray()))
                .toList();
    }

    /** Longs are converted in the loop, or by a plain loop before it. */
    @Test
    void inputsOfLongs() {
        Expr x = Expr.input(0, Type.I64).to(Type.F32);
        Program p = program(List.of(x.exp()), 0, true);
        assertTrue(p.written());
        assertEquals(FusedVectorLoop.isSlow(x) ? 2 : 1, p.steps().length);
        assertEquals(!FusedVectorLoop.isSlow(x), program(List.of(x), 0, true).written());
    }

    /** The programs of the first tier are plain, and so are all without the Vector API. */
    @Test
    void tiers() {
        List<Expr> exp = List.of(Expr.input(0, Type.F32).exp());
        var vector = new ProgramTiers(exp, true, new LoopChoice(true, null));
        assertFalse(vector.plain.forUniform(0, 1).written());
        assertTrue(vector.best.forUniform(0, 1).written());
        var plain = new ProgramTiers(exp, true, new LoopChoice(false, null));
        assertFalse(plain.best.forUniform(0, 1).written());
    }

    /** Large arguments need longs, which the vectors without any leave out. */
    @Test
    void sinesOfAllArguments() {
        Expr x = Maps.X;
        assertArrayEquals(new int[] {1, 0}, longsNeeded(Functions.sin(x)));
        assertArrayEquals(new int[] {1, 0}, longsNeeded(Functions.cos(x)));
        assertTrue(program(List.of(Functions.sin(x)), 0, true).written());
        assertArrayEquals(new int[] {1, 1}, longsNeeded(x.to(Type.I64).to(Type.F32)));
        try (CpuBackend vector = new CpuBackend(1, true);
                CpuBackend plain = new CpuBackend(1, false)) {
            for (int n = 1; n < 200; n = n * 3 + 1) {
                for (int large = 0; large <= n; large = 2 * large + 1) {
                    float[] values = new float[n];
                    for (int k = 0; k < n; k++) {
                        values[k] = k < large ? (k - 7.5f) * 1e6f * (float) Math.pow(10, k % 30) : k * 1.7f - 40;
                    }
                    for (Expr f : List.of(
                            Functions.sin(x), Functions.cos(x), Functions.sin(x).mul(Functions.cos(x)))) {
                        assertArrayEquals(Maps.run(plain, f, values), Maps.run(vector, f, values));
                    }
                }
            }
        }
    }

    /** Whether there are longs at all, and whether there are with the shortcuts. */
    private static int[] longsNeeded(Expr f) {
        Map<Expr, Integer> input = Map.of(Maps.X, 0);
        Map<Expr, Integer> constants = new HashMap<>();
        List<Expr> body = new ArrayList<>();
        for (Expr e : Dag.nodes(List.of(f))) {
            if (e instanceof Expr.Constant) {
                constants.put(e, 9);
            } else if (e != Maps.X) {
                body.add(e);
            }
        }
        var store = List.of(new FusedVectorLoop.Store(f, 1));
        var work = new FusedVectorLoop.Work(List.of(), body, input, constants, store);
        return new int[] {longs(work.nodes(Map.of())), longs(work.nodes(work.shortcuts()))};
    }

    private static int longs(List<Expr> nodes) {
        return nodes.stream().anyMatch(e -> e.type() == Type.I64) ? 1 : 0;
    }
}
