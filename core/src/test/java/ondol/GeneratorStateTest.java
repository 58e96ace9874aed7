package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Checks that a {@link Generator}'s state can be saved and restored anywhere, and that bad calls leave it alone. */
final class GeneratorStateTest {
    private static float[] uniform(Generator generator, int n) {
        float[] out = new float[n];
        generator.fillUniform(out, 0, 1);
        return out;
    }

    private static float[] randn(Generator generator, int n) {
        float[] out = new float[n];
        generator.fillNormal(out, 0, 1);
        return out;
    }

    @Test
    void stateIsRestoredAtEveryOffsetAroundABlock() {
        for (int words = 0; words < 1260; words += words == 10 || words == 634 ? 600 : 1) {
            Generator generator = new Generator(11);
            // Three normals use eight words and leave one more value for later.
            boolean keepsNormal = words >= 8;
            randn(generator, keepsNormal ? 3 : 0);
            uniform(generator, keepsNormal ? words - 8 : words);
            byte[] state = generator.getState();
            Generator other = new Generator(99);
            other.random32();
            other.setState(state);
            assertArrayEquals(state, other.getState(), "after " + words + " words");
            assertEquals(11, other.initialSeed());
            assertArrayEquals(randn(generator, 7), randn(other, 7), "after " + words + " words");
            assertArrayEquals(uniform(generator, 1300), uniform(other, 1300), "after " + words + " words");
        }
    }

    @Test
    void stateIsLaidOutAsInPyTorch() {
        Generator generator = new Generator(-7);
        ByteBuffer fresh = ByteBuffer.wrap(generator.getState()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(5056, fresh.capacity());
        assertEquals(-7, fresh.getLong(0));
        assertEquals(1, fresh.getInt(8), "left");
        assertEquals(1, fresh.getInt(12), "seeded");
        assertEquals(0, fresh.getLong(16), "next");
        assertEquals(4294967289L, fresh.getLong(24), "first word");
        // What torch.get_rng_state() gives after manual_seed(0); randn(3).
        generator.manualSeed(0);
        randn(generator, 3);
        ByteBuffer used = ByteBuffer.wrap(generator.getState()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(617, used.getInt(8), "left");
        assertEquals(8, used.getLong(16), "next");
        assertEquals(0x3fe23096ca3e350dL, used.getLong(5024), "cached normal");
        assertEquals(1, used.getInt(5040), "normal is cached");
    }

    private static void assertRejected(String message, Consumer<ByteBuffer> damage) {
        Generator generator = new Generator(1);
        randn(generator, 3);
        byte[] before = generator.getState();
        byte[] damaged = before.clone();
        damage.accept(ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN));
        assertBad(
                generator,
                "setState: not a generator's state: " + message + ": pass what getState() returned",
                () -> generator.setState(damaged));
    }

    private static void assertBad(Generator generator, String message, Runnable call) {
        byte[] before = generator.getState();
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
        assertArrayEquals(before, generator.getState(), "the state after: " + message);
    }

    @Test
    void damagedStatesAreRejected() {
        for (int length : new int[] {0, 1, 5055, 5057}) {
            String message =
                    "setState: got " + length + " bytes, a generator's state has 5056: pass what getState() returned";
            Generator generator = new Generator(1);
            assertBad(generator, message, () -> generator.setState(new byte[length]));
        }
        assertRejected("it says that it was never seeded", state -> state.putInt(12, 0));
        assertRejected("it says that it was never seeded", state -> new Random(1).nextBytes(state.array()));
        assertRejected("its position 9 does not go with 617 words left", state -> state.putLong(16, 9));
        assertRejected("its position -1 does not go with 617 words left", state -> state.putLong(16, -1));
        assertRejected("its position 4294967304 does not go with 617 words left", state -> state.putInt(20, 1));
        assertRejected(
                "its position 0 does not go with 625 words left",
                state -> state.putLong(16, 0).putInt(8, 625));
        assertRejected(
                "its position 625 does not go with 0 words left",
                state -> state.putLong(16, 625).putInt(8, 0));
        assertRejected("its word 623 has more than 32 bits", state -> state.putLong(24 + 8 * 623, -1));
        assertRejected("its words are all zero, and mt19937 never gets away from that", state -> {
            Arrays.fill(state.array(), 24, 24 + 8 * 624, (byte) 0);
            state.putLong(24, 0x7fffffff);
        });
        assertRejected("its cached normal value is marked 1 and is NaN", state -> state.putDouble(5024, Double.NaN));
        assertRejected(
                "its cached normal value is marked 2 and is 1.5",
                state -> state.putDouble(5024, 1.5).putInt(5040, 2));
        assertRejected(
                "it caches a normal value as a float, which a CPU generator does not do",
                state -> state.put(5052, (byte) 1));
    }

    @Test
    void badArgumentsDrawNothing() {
        Generator generator = new Generator(1);
        float[] out = new float[20];
        long[] longs = new long[20];
        float huge = Float.MAX_VALUE;
        float nan = Float.NaN;
        float infinity = Float.POSITIVE_INFINITY;
        String bounds = ": give finite bounds";
        assertBad(generator, "uniform: from=NaN, to=1.0" + bounds, () -> generator.fillUniform(out, nan, 1));
        assertBad(generator, "uniform: from=0.0, to=NaN" + bounds, () -> generator.fillUniform(out, 0, nan));
        assertBad(generator, "uniform: from=0.0, to=Infinity" + bounds, () -> generator.fillUniform(out, 0, infinity));
        String swapped = "uniform: from=2.0 is greater than to=1.0: swap them";
        assertBad(generator, swapped, () -> generator.fillUniform(out, 2, 1));
        String wide = "uniform: from=-3.4028235E38, to=3.4028235E38: to - from is too large for a float: "
                + "narrow the bounds";
        assertBad(generator, wide, () -> generator.fillUniform(out, -huge, huge));
        String std = ": give a finite std of 0 or more";
        assertBad(generator, "normal: std=-1.0" + std, () -> generator.fillNormal(out, 0, -1));
        assertBad(generator, "normal: std=NaN" + std, () -> generator.fillNormal(new float[3], 0, nan));
        assertBad(generator, "normal: std=1.0E39" + std, () -> generator.fillNormal(out, 0, 1e39));
        assertBad(generator, "normal: mean=NaN: give a finite mean", () -> generator.fillNormal(out, nan, 1));
        String empty = ": no integer lies in [low, high): give high > low";
        assertBad(generator, "randint: low=5, high=5" + empty, () -> generator.fillRandint(longs, 5, 5));
        assertBad(generator, "randint: low=5, high=-9" + empty, () -> generator.fillRandint(longs, 5, -9));
        String negative = "randperm: n=-1: give a length of 0 or more";
        assertBad(generator, negative, () -> generator.permutation(-1));
    }
}
