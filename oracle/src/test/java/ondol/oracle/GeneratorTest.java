package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * {@link ondol.Generator} against PyTorch's: random calls in random order from the same seed, with states carried over from
 * either engine to the other in mid-stream. Dropout masks are not drawn here: PyTorch draws them in another way on other
 * processors, and they are tested against the recurrence they follow on Intel's.
 */
class GeneratorTest {
    private static final int SEQUENCES = 600;
    private static final int CALLS = 25;

    private static final int NORMAL_AT = 5024;
    private static final int NORMAL_CACHED_AT = 5040;

    private static final long[] EDGES = {
        0,
        1,
        2,
        -1,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        0xffffffffL,
        0x100000000L,
        0x7fffffffL,
        0x80000000L,
        67280421310721L
    };

    /** The same stream in both engines. */
    private static final class Pair {
        final Draw d;
        final StringBuilder calls = new StringBuilder();
        ondol.Generator ours;
        org.bytedeco.pytorch.Generator theirs;

        Pair(Draw d, long seed) {
            this.d = d;
            ours = new ondol.Generator(seed);
            theirs = torch.createCPUGenerator(seed);
            calls.append("seed ").append(seed);
        }

        GeneratorOptional option() {
            return new GeneratorOptional(theirs);
        }

        byte[] theirState() {
            org.bytedeco.pytorch.Tensor state = theirs.get_state();
            byte[] bytes = new byte[(int) state.numel()];
            new BytePointer(state.data_ptr_byte()).get(bytes);
            return bytes;
        }

        void step() {
            switch (d.below(9)) {
                case 0, 1 -> uniform();
                case 2, 3, 4 -> normal();
                case 5 -> randint();
                case 6 -> randperm();
                case 7 -> carryOver();
                default -> reseed();
            }
        }

        private long[] shape() {
            return switch (d.below(6)) {
                case 0 -> new long[0];
                case 1 -> new long[] {d.below(20)};
                case 2 -> new long[] {15 + d.below(3)};
                case 3 -> new long[] {d.below(12), d.below(12)};
                case 4 -> new long[] {d.below(5), d.below(5), d.below(5)};
                default -> new long[] {d.below(2001)};
            };
        }

        private void uniform() {
            long[] shape = shape();
            if (d.flag()) {
                calls.append("; rand").append(Arrays.toString(shape));
                float[] expected = floats(torch.rand(shape, option()));
                assertArrayEquals(expected, Tensor.rand(ours, shape).toFloatArray(), calls.toString());
            } else {
                float low = (float) (d.gaussian() * 10);
                float high = d.chance(0.1) ? low : low + (float) d.uniform(0, 30);
                calls.append("; uniform(")
                        .append(low)
                        .append(", ")
                        .append(high)
                        .append(")")
                        .append(Arrays.toString(shape));
                float[] expected = floats(torch.empty(shape).uniform_(low, high, option()));
                assertArrayEquals(
                        expected, Tensor.uniform(ours, low, high, shape).toFloatArray(), calls.toString());
            }
        }

        private void normal() {
            long[] shape = shape();
            double mean = 0;
            double std = 1;
            float[] actual;
            float[] expected;
            if (d.flag()) {
                calls.append("; randn").append(Arrays.toString(shape));
                expected = floats(torch.randn(shape, option()));
                actual = Tensor.randn(ours, shape).toFloatArray();
            } else {
                mean = d.chance(0.5) ? 0 : (float) d.gaussian();
                std = d.chance(0.1) ? 0 : (float) d.uniform(0, 5);
                calls.append("; normal(")
                        .append(mean)
                        .append(", ")
                        .append(std)
                        .append(")")
                        .append(Arrays.toString(shape));
                expected = floats(torch.empty(shape).normal_(mean, std, option()));
                actual = new float[expected.length];
                ours.fillNormal(actual, mean, std);
            }
            assertEquals(expected.length, actual.length, calls.toString());
            for (int i = 0; i < expected.length; i++) {
                // From 16 on, PyTorch computes logarithm, sine and cosine in float; below, in double as we do.
                double error = Math.abs((double) expected[i] - actual[i]);
                double deviation = Math.max(Math.abs(expected[i] - mean), Math.abs(actual[i] - mean));
                double allowed = expected.length < 16
                        ? Math.ulp(expected[i])
                        : 4 * Math.ulp((float) deviation) + Math.ulp(expected[i]);
                assertTrue(
                        error <= allowed,
                        "PyTorch " + expected[i] + ", Ondol " + actual[i] + " at " + i + " after " + calls);
            }
        }

        private void randint() {
            long[] shape = shape();
            long low;
            long high;
            switch (d.below(4)) {
                case 0 -> {
                    low = 0;
                    high = 1 + d.below(10);
                }
                case 1 -> {
                    low = -d.below(1L << 40);
                    high = d.below(1L << 40) + 1;
                }
                case 2 -> {
                    // On both sides of where 64 bits are drawn.
                    low = d.between(-2, 2);
                    high = low + (d.flag() ? 1L << 28 : 1L << 32) + d.between(-1, 1);
                }
                default -> {
                    low = d.flag() ? Long.MIN_VALUE : -5;
                    high = Long.MAX_VALUE - d.below(3);
                }
            }
            calls.append("; randint(")
                    .append(low)
                    .append(", ")
                    .append(high)
                    .append(")")
                    .append(Arrays.toString(shape));
            org.bytedeco.pytorch.Tensor t = torch.randint(low, high, shape, option(), Torch.options(ScalarType.Long));
            assertArrayEquals(
                    (long[]) Array.of(t).elements(),
                    Tensor.randint(ours, low, high, shape).toLongArray(),
                    calls.toString());
        }

        private void randperm() {
            int n = d.below(d.chance(0.02) ? 100_000 : 2001);
            calls.append("; randperm(").append(n).append(")");
            org.bytedeco.pytorch.Tensor t = torch.randperm(n, option(), Torch.options(ScalarType.Long));
            assertArrayEquals(
                    (long[]) Array.of(t).elements(), Tensor.randperm(ours, n).toLongArray(), calls.toString());
        }

        /** Goes on with new generators, each in the other engine's state. */
        private void carryOver() {
            byte[] ourState = ours.getState();
            byte[] theirState = theirState();
            checkSame(theirState, ourState);
            switch (d.below(3)) {
                case 0 -> {
                    calls.append("; Ondol goes on from PyTorch's state");
                    ours = new ondol.Generator(d.below(100));
                    ours.setState(theirState);
                }
                case 1 -> {
                    calls.append("; PyTorch goes on from Ondol's state");
                    theirs = torch.createCPUGenerator(d.below(100));
                    theirs.set_state(torch.from_blob(
                                    new BytePointer(ourState),
                                    new long[] {ourState.length},
                                    Torch.options(ScalarType.Byte))
                            .clone());
                }
                default -> {
                    calls.append("; both go back to where they were");
                    uniform();
                    normal();
                    ours.setState(ourState);
                    theirs.set_state(torch.from_blob(
                                    new BytePointer(theirState),
                                    new long[] {theirState.length},
                                    Torch.options(ScalarType.Byte))
                            .clone());
                }
            }
            assertEquals(theirs.current_seed(), ours.initialSeed(), calls.toString());
        }

        private void reseed() {
            if (d.chance(0.7)) {
                return;
            }
            long s = d.flag() ? EDGES[d.below(EDGES.length)] : d.below(Long.MAX_VALUE);
            calls.append("; manualSeed(").append(s).append(")");
            ours.manualSeed(s);
            theirs.set_current_seed(s);
        }

        /** The same bytes; but a cached normal value may be off by the error of a double's sine, and counts only if marked. */
        private void checkSame(byte[] theirState, byte[] ourState) {
            ByteBuffer expected = ByteBuffer.wrap(theirState.clone()).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer actual = ByteBuffer.wrap(ourState.clone()).order(ByteOrder.LITTLE_ENDIAN);
            double normal = expected.getDouble(NORMAL_AT);
            if (expected.getInt(NORMAL_CACHED_AT) == 1) {
                assertEquals(normal, actual.getDouble(NORMAL_AT), 4 * Math.ulp(normal), calls.toString());
            }
            expected.putDouble(NORMAL_AT, 0);
            actual.putDouble(NORMAL_AT, 0);
            assertArrayEquals(expected.array(), actual.array(), calls.toString());
        }
    }

    private static float[] floats(org.bytedeco.pytorch.Tensor t) {
        return (float[]) Array.of(t).elements();
    }

    @TestFactory
    Stream<DynamicTest> sequences() {
        return IntStream.range(0, SEQUENCES).mapToObj(i -> {
            Draw d = new Draw(Settings.seed("Generator", i));
            long seed = i < EDGES.length ? EDGES[i] : d.below(Long.MAX_VALUE) * (d.flag() ? 1 : -1);
            return DynamicTest.dynamicTest("seed " + seed, () -> {
                try (PointerScope scope = new PointerScope()) {
                    Pair pair = new Pair(d, seed);
                    for (int call = 0; call < CALLS; call++) {
                        pair.step();
                    }
                    Report.ran("Generator (sequences of " + CALLS + " calls)");
                }
            });
        });
    }

    /** The default generator, and tensors made on every device: random numbers do not depend on it. */
    @TestFactory
    Stream<DynamicTest> devices() {
        return Settings.devices().stream()
                .map(device -> DynamicTest.dynamicTest(device.name(), () -> {
                    Device before = Ondol.defaultDevice();
                    try (PointerScope scope = new PointerScope()) {
                        Ondol.setDefaultDevice(device);
                        for (long seed : EDGES) {
                            torch.manual_seed(seed);
                            Ondol.manualSeed(seed);
                            assertArrayEquals(
                                    floats(torch.rand(7, 5)), Tensor.rand(7, 5).toFloatArray());
                            assertArrayEquals(
                                    floats(torch.randn(3, 5)),
                                    Tensor.randn(3, 5).toFloatArray(),
                                    1e-6f);
                            assertArrayEquals(
                                    (long[]) Array.of(torch.randperm(100)).elements(),
                                    Tensor.randperm(100).toLongArray());
                            org.bytedeco.pytorch.Tensor like = torch.zeros(2, 9);
                            Tensor ours = Tensor.zeros(2, 9);
                            assertArrayEquals(
                                    floats(torch.rand_like(like)),
                                    Tensor.randLike(ours).toFloatArray());
                            assertArrayEquals(
                                    floats(torch.randn_like(like)),
                                    Tensor.randnLike(ours).toFloatArray(),
                                    1e-6f);
                            assertArrayEquals(
                                    (long[]) Array.of(torch.randint(-3, 1000, new long[] {50})
                                                    .toType(ScalarType.Long))
                                            .elements(),
                                    Tensor.randint(-3, 1000, 50).toLongArray());
                        }
                    } finally {
                        Ondol.setDefaultDevice(before);
                    }
                }));
    }
}
