package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Checks what {@link Generator} draws against numbers printed by PyTorch (libtorch 2.7.1 for x86-64), and against the
 * rules written down once more as plainly as they can be.
 */
final class GeneratorTest {
    private static final int ULPS = 2;

    /** The rules as lecture.json words them: one word at a time, nothing shared with the class under test. */
    private static final class Rules {
        private final long[] state = new long[624];
        private int used = 624;
        private double cached = Double.NaN;

        Rules(long seed) {
            state[0] = seed & 0xffffffffL;
            for (int i = 1; i < 624; i++) {
                state[i] = (1812433253L * (state[i - 1] ^ (state[i - 1] >> 30)) + i) & 0xffffffffL;
            }
        }

        long random32() {
            if (used == 624) {
                for (int i = 0; i < 624; i++) {
                    long mixed = (state[i] & 0x80000000L) | (state[(i + 1) % 624] & 0x7fffffffL);
                    state[i] = state[(i + 397) % 624] ^ (mixed >> 1) ^ (mixed % 2 == 0 ? 0 : 0x9908b0dfL);
                }
                used = 0;
            }
            long y = state[used++];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9d2c5680L;
            y ^= (y << 15) & 0xefc60000L;
            return y ^ (y >> 18);
        }

        long random64() {
            long first = random32();
            return (first << 32) | random32();
        }

        float uniformFloat(float from, float to) {
            return Math.fma((float) (random32() & ((1 << 24) - 1)) / (1 << 24), to - from, from);
        }

        double uniformDouble() {
            return (double) (random64() & ((1L << 53) - 1)) / (1L << 53);
        }

        float[] randn(int n) {
            float[] out = new float[n];
            if (n < 16) {
                for (int i = 0; i < n; i++) {
                    out[i] = (float) oneNormal();
                }
                return out;
            }
            for (int i = 0; i < n; i++) {
                out[i] = uniformFloat(0, 1);
            }
            for (int block = 0; block + 16 <= n; block += 16) {
                transform(out, block);
            }
            if (n % 16 != 0) {
                for (int i = n - 16; i < n; i++) {
                    out[i] = uniformFloat(0, 1);
                }
                transform(out, n - 16);
            }
            return out;
        }

        private double oneNormal() {
            if (!Double.isNaN(cached)) {
                double value = cached;
                cached = Double.NaN;
                return value;
            }
            double u1 = uniformDouble();
            double u2 = uniformDouble();
            double r = Math.sqrt(-2 * Math.log1p(-u2));
            cached = r * Math.sin(2 * Math.PI * u1);
            return r * Math.cos(2 * Math.PI * u1);
        }

        private static void transform(float[] d, int block) {
            for (int j = block; j < block + 8; j++) {
                double r = Math.sqrt(-2 * Math.log(1 - d[j]));
                float t = (float) (2 * Math.PI) * d[j + 8];
                d[j] = (float) (r * Math.cos(t));
                d[j + 8] = (float) (r * Math.sin(t));
            }
        }
    }

    private static float[] uniform(Generator generator, int n, float from, float to) {
        float[] out = new float[n];
        generator.fillUniform(out, from, to);
        return out;
    }

    private static float[] normal(Generator generator, int n, double mean, double std) {
        float[] out = new float[n];
        generator.fillNormal(out, mean, std);
        return out;
    }

    private static float[] randn(Generator generator, int n) {
        return normal(generator, n, 0, 1);
    }

    private static long[] randint(Generator generator, int n, long low, long high) {
        long[] out = new long[n];
        generator.fillRandint(out, low, high);
        return out;
    }

    private static void assertWithinUlps(float[] expected, float[] actual, int ulps, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], ulps * Math.ulp(expected[i]), what + " at " + i);
        }
    }

    @Test
    void oneRunOfEverythingAgainstPyTorch() {
        Generator generator = new Generator(7);
        assertArrayEquals(
                new float[] {-0.1467951f, 0.7861413f, 0.94682163f, -1.114344f, 1.6907902f}, randn(generator, 5));
        float[] blocks = {
            0.60947347f,
            0.08747838f,
            -1.3849614f,
            0.5035639f,
            -0.08352823f,
            -0.023477932f,
            0.17437536f,
            2.2983427f,
            0.9571022f,
            0.48235416f,
            1.3989184f,
            1.4058529f,
            -1.4012508f,
            1.2973359f,
            1.6409333f,
            -1.0566841f,
            -0.26158673f
        };
        assertWithinUlps(blocks, randn(generator, 17), ULPS, "randn(17)");
        assertArrayEquals(new float[] {0.5575071f, 0.41341865f, 0.4354576f}, uniform(generator, 3, 0, 1));
        // The first of these two was kept by randn(5): neither blocks of 16 nor uniform values use it up.
        assertArrayEquals(new float[] {-0.8948279f, 1.2798781f}, randn(generator, 2));
        assertArrayEquals(new long[] {7, 3, 0, 7, 0, 5}, randint(generator, 6, 0, 10));
        long[] narrow = {129935042, 163096972, 74513780};
        assertArrayEquals(narrow, randint(generator, 3, -5, (1 << 28) - 6));
        long[] wide = {228775256, 257202775, 171374146};
        assertArrayEquals(wide, randint(generator, 3, -5, (1 << 28) - 5));
        long[] widest = {-2789952381009592822L, -4122576062578046173L};
        assertArrayEquals(widest, randint(generator, 2, Long.MIN_VALUE, Long.MAX_VALUE));
        assertArrayEquals(new long[] {2, 9, 1, 4, 8, 5, 6, 0, 3, 7}, generator.permutation(10));
        float[] few = {2.502967f, 2.052942f, 3.5028198f, 2.6525764f};
        assertArrayEquals(few, normal(generator, 4, 3, 0.5));
        float[] shifted = {
            3.2052524f,
            3.8837485f,
            2.9584053f,
            3.2543528f,
            3.5589058f,
            3.5642858f,
            3.0707994f,
            2.7270885f,
            3.5771046f,
            2.2317157f,
            2.721158f,
            2.7808325f,
            3.5785933f,
            3.0444715f,
            3.132937f,
            2.9046593f
        };
        assertWithinUlps(shifted, normal(generator, 16, 3, 0.5), ULPS, "normal(3, 0.5)");
    }

    @Test
    void engineIsMt19937() {
        Generator generator = new Generator(5489);
        for (int i = 1; i < 10_000; i++) {
            generator.random32();
        }
        // The value by which the C++ standard defines mt19937.
        assertEquals(4123659995L, generator.random32());
    }

    @Test
    void wordsFollowTheRule() {
        for (long seed : new long[] {0, 1, 43052, -1, Long.MIN_VALUE, 1L << 32, Generator.DEFAULT_SEED}) {
            Generator generator = new Generator(seed);
            Rules rules = new Rules(seed);
            assertEquals(seed, generator.initialSeed());
            for (int i = 0; i < 700; i++) {
                assertEquals(rules.random32(), generator.random32(), "seed " + seed + ", word pair " + i);
                assertEquals(rules.random64(), generator.random64(), "seed " + seed + ", word pair " + i);
            }
        }
    }

    @Test
    void normalsOfEverySizeFollowTheRule() {
        List<Integer> sizes = new ArrayList<>(List.of(0, 16, 17, 31, 32, 100, 300, 1250));
        for (int n = 1; n <= 15; n++) {
            sizes.add(n);
        }
        for (int n : sizes) {
            for (long seed : new long[] {0, 7, 43052}) {
                Generator generator = new Generator(seed);
                Rules rules = new Rules(seed);
                // A second and a third call, for the value that an odd size keeps and for what follows it.
                for (int call = 1; call <= 3; call++) {
                    assertWithinUlps(rules.randn(n), randn(generator, n), 1, "randn(" + n + "), call " + call);
                }
                assertEquals(rules.random32(), generator.random32(), "words used by randn(" + n + ")");
            }
        }
    }

    @Test
    void anyMixtureOfCallsFollowsTheRule() {
        Random choice = new Random(1);
        Generator generator = new Generator(12);
        Rules rules = new Rules(12);
        for (int call = 0; call < 5000; call++) {
            int n = choice.nextInt(40);
            switch (choice.nextInt(5)) {
                case 0 -> assertWithinUlps(rules.randn(n), randn(generator, n), 1, "call " + call);
                case 1 -> assertEquals(rules.random64(), generator.random64(), "call " + call);
                case 2 -> {
                    float from = choice.nextFloat() - 0.5f;
                    float to = from + choice.nextFloat();
                    for (float value : uniform(generator, n, from, to)) {
                        assertEquals(rules.uniformFloat(from, to), value, "call " + call);
                    }
                }
                case 3 -> {
                    long low = choice.nextLong() >> (1 + choice.nextInt(60));
                    long range = (choice.nextLong() & Long.MAX_VALUE) >> (1 + choice.nextInt(60));
                    for (long value : randint(generator, n, low, low + range + 1)) {
                        long bits = range + 1 < 1L << 28 ? rules.random32() : rules.random64();
                        assertEquals(low + Long.remainderUnsigned(bits, range + 1), value, "call " + call);
                    }
                }
                default -> {
                    List<Long> order = new ArrayList<>();
                    for (long i = 0; i < n; i++) {
                        order.add(i);
                    }
                    for (int i = 0; i < n - 1; i++) {
                        order.set(i, order.set(i + (int) (rules.random32() % (n - i)), order.get(i)));
                    }
                    assertEquals(
                            order,
                            Arrays.stream(generator.permutation(n)).boxed().toList(),
                            "call " + call);
                }
            }
        }
    }

    @Test
    void manualSeedStartsAnewAndForgetsTheKeptNormal() {
        Generator generator = new Generator(3);
        float[] first = randn(generator, 3);
        assertSame(generator, generator.manualSeed(3));
        assertArrayEquals(first, randn(generator, 3));
        assertEquals(67280421310721L, new Generator().initialSeed());
    }

    @Test
    void seedTakesAnotherSeedEachTime() {
        Generator generator = new Generator(3);
        long seed = generator.seed();
        assertEquals(seed, generator.initialSeed());
        assertEquals(new Generator(seed).random64(), generator.random64());
        assertTrue(seed >= 0 && seed < 1L << 53, "53 bits: " + seed);
        assertNotEquals(seed, generator.seed());
    }

    @Test
    void meanAndStdOfAFewValuesAreDoubles() {
        double normal = new Rules(5).oneNormal();
        assertEquals((float) (normal * 0.1 + 0.7), normal(new Generator(5), 1, 0.7, 0.1)[0]);
        assertArrayEquals(new float[] {2, 2, 2}, normal(new Generator(5), 3, 2, 0));
    }

    @Test
    void threadsShareOneStream() throws Exception {
        int perThread = 20_000;
        Generator generator = new Generator(21);
        List<Long> drawn = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<long[]>> parts = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                parts.add(pool.submit(() -> {
                    long[] mine = new long[perThread];
                    for (int i = 0; i < perThread; i++) {
                        mine[i] = generator.random64();
                    }
                    return mine;
                }));
            }
            for (Future<long[]> part : parts) {
                Arrays.stream(part.get()).forEach(drawn::add);
            }
        }
        Rules rules = new Rules(21);
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < 4 * perThread; i++) {
            expected.add(rules.random64());
        }
        assertEquals(
                expected.stream().sorted().toList(), drawn.stream().sorted().toList());
    }
}
