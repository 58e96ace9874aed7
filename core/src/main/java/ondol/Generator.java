package ondol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Objects;

/**
 * A stream of pseudo-random numbers: the same numbers, in the same order, as PyTorch's CPU generator with that seed.
 *
 * <p>The engine is mt19937 (M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, with the
 * initialisation of 2002). Everything else a {@code Generator} gives is a fixed function of the engine's 32-bit words,
 * as each method states. So a result depends on the seed and on the calls made so far, and on nothing else: not on the
 * device, the machine or the number of threads.
 *
 * <p>All methods may be called from several threads; each call draws its numbers as one unbroken run. A call that
 * throws has drawn nothing.
 */
public final class Generator {
    /** The seed of a generator that is given none; PyTorch's. */
    public static final long DEFAULT_SEED = 67280421310721L;

    private static final int STATE_BYTES = 5056;
    private static final int WORDS = 624;
    private static final int SHIFT = 397;
    private static final int TWIST_MATRIX = 0x9908b0df;
    private static final int UPPER_BIT = 0x80000000;
    private static final int LOWER_BITS = 0x7fffffff;

    private static final double TWO_PI = 2 * Math.PI;

    /** From this range on, an integer takes 64 random bits: 32 would favour some values by more than one part in 16. */
    private static final long WIDE_RANGE = 1L << 28;

    /** From this length on, a permutation takes 64 random bits for each element: (2^32 - 1) / 20, rounded down. */
    private static final int WIDE_PERMUTATION = 214_748_364;

    /** From this length on, normal values are made from uniform floats in blocks; below it, one by one from doubles. */
    private static final int NORMAL_BLOCK = 16;

    private static final int HALF_BLOCK = NORMAL_BLOCK / 2;

    // Where the parts of a saved state lie. The layout is that of torch.get_rng_state(), little-endian, so that a state
    // can be carried over from a Python session and back.
    private static final int SEED_AT = 0;
    private static final int LEFT_AT = 8;
    private static final int SEEDED_AT = 12;
    private static final int NEXT_AT = 16;
    private static final int WORDS_AT = 24;
    private static final int NORMAL_AT = 5024;
    private static final int NORMAL_CACHED_AT = 5040;
    private static final int FLOAT_NORMAL_CACHED_AT = 5052;

    private final int[] words = new int[WORDS];

    /** The word to hand out next. 0 only while freshly seeded: 0 and 624 both mean that a new block is due. */
    private int next;

    private long initialSeed;
    private boolean normalCached;
    private double cachedNormal;

    /** Makes a generator seeded with {@link #DEFAULT_SEED}. */
    public Generator() {
        this(DEFAULT_SEED);
    }

    /**
     * Makes a generator seeded with {@code seed}, as {@link #manualSeed(long)} does.
     *
     * @param seed any value; only its low 32 bits choose the stream, as in PyTorch
     */
    public Generator(long seed) {
        restart(seed);
    }

    /**
     * Starts the stream anew, as {@code torch.manual_seed(seed)} does, and forgets a cached normal value.
     *
     * @param seed any value; only its low 32 bits choose the stream, as in PyTorch. A negative one stands for the
     *     unsigned 64-bit number with the same bits, as it does in PyTorch.
     * @return this generator
     */
    public synchronized Generator manualSeed(long seed) {
        restart(seed);
        return this;
    }

    /**
     * Starts the stream anew with a seed that cannot be foreseen.
     *
     * @return the seed that was taken, which has 53 bits so that a double can hold it
     */
    public long seed() {
        long seed = new SecureRandom().nextLong() >>> 11;
        manualSeed(seed);
        return seed;
    }

    /** {@return the seed that the stream was last started with, or that came with the last {@link #setState}} */
    public synchronized long initialSeed() {
        return initialSeed;
    }

    /**
     * Draws one word and returns it as an unsigned number, 0 to 2^32 - 1.
     *
     * @return the word, 0 to 2^32 - 1
     */
    public synchronized long random32() {
        return Integer.toUnsignedLong(nextWord());
    }

    /**
     * Draws two words and returns {@code (first << 32) | second}: 64 random bits.
     *
     * @return the bits, as a signed number
     */
    public synchronized long random64() {
        return nextTwoWords();
    }

    /**
     * Fills {@code out} with values that are uniform on [from, to), as {@code Tensor.uniform_(from, to)} does: one word
     * w for each, {@code (w mod 2^24) * 2^-24 * (to - from) + from} in float, the last two operations fused as PyTorch
     * does on any x86-64 processor with fma.
     *
     * @param out the array to fill, of any length
     * @param from the lower bound, included
     * @param to the upper bound, not included
     * @throws IllegalArgumentException if a bound is NaN or infinite, if from is greater than to, or if to - from is
     *     more than a float can hold
     */
    public synchronized void fillUniform(float[] out, float from, float to) {
        Objects.requireNonNull(out, "uniform: the array is null; give one to be filled");
        if (!Float.isFinite(from) || !Float.isFinite(to)) {
            throw new IllegalArgumentException("uniform: from=" + from + ", to=" + to + ": give finite bounds");
        }
        if (from > to) {
            throw new IllegalArgumentException("uniform: from=" + from + " is greater than to=" + to + ": swap them");
        }
        float span = to - from;
        if (!Float.isFinite(span)) {
            throw new IllegalArgumentException(
                    "uniform: from=" + from + ", to=" + to + ": to - from is too large for a float: narrow the bounds");
        }
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.fma(nextUnitFloat(), span, from);
        }
    }

    /**
     * Fills {@code out} with normal values, as {@code Tensor.normal_(mean, std)} does on a contiguous float tensor.
     *
     * <p>Both rules are those of G. Box and M. Muller ("A note on the generation of random normal deviates", Annals of
     * Mathematical Statistics 29, 1958): {@code r cos t} and {@code r sin t} with r = sqrt(-2 ln u), t = 2 pi v.
     *
     * <ul>
     *   <li>16 values or more: {@code out} is first filled with uniform floats d. In each block of 16, for j below 8,
     *       u = 1 - d[j] and v = d[j + 8]; the cosine replaces d[j], the sine d[j + 8]. If a part of a block is left
     *       over, the last 16 are drawn once more and treated so.
     *   <li>fewer: one by one, from two uniform doubles v and 1 - u, in this order; the sine is kept for the next value
     *       made so, even in a later call.
     * </ul>
     *
     * <p>A value is then {@code normal * std + mean}, computed in double and rounded once. Logarithm, sine and cosine are those
     * of {@link StrictMath}, the same on every machine. In the first rule t is a product of floats, as in PyTorch on x86-64:
     * near a multiple of pi, the sine of a more exact t would be another number altogether. There remains a difference of at
     * most 2 units in the last place, rarely 3, for the errors of PyTorch's float functions.
     *
     * @param out the array to fill, of any length
     * @param mean the mean; for 16 values or more it counts as a float
     * @param std the standard deviation; likewise
     * @throws IllegalArgumentException if mean or std is not a finite float, or std is negative
     */
    public synchronized void fillNormal(float[] out, double mean, double std) {
        Objects.requireNonNull(out, "normal: the array is null; give one to be filled");
        if (!Float.isFinite((float) mean)) {
            throw new IllegalArgumentException("normal: mean=" + mean + ": give a finite mean");
        }
        if (!(std >= 0) || !Float.isFinite((float) std)) {
            throw new IllegalArgumentException("normal: std=" + std + ": give a finite std of 0 or more");
        }
        if (out.length < NORMAL_BLOCK) {
            for (int i = 0; i < out.length; i++) {
                out[i] = (float) (nextNormal() * std + mean);
            }
            return;
        }
        for (int i = 0; i < out.length; i++) {
            out[i] = nextUnitFloat();
        }
        int whole = out.length - out.length % NORMAL_BLOCK;
        for (int start = 0; start < whole; start += NORMAL_BLOCK) {
            uniformBlockToNormal(out, start, (float) mean, (float) std);
        }
        if (whole < out.length) {
            int start = out.length - NORMAL_BLOCK;
            for (int i = start; i < out.length; i++) {
                out[i] = nextUnitFloat();
            }
            uniformBlockToNormal(out, start, (float) mean, (float) std);
        }
    }

    /**
     * Fills {@code out} with integers from low to high - 1, as {@code torch.randint(low, high, ...)} does for int64:
     * {@code low + w mod (high - low)}, all unsigned, where w is one word if high - low is below 2^28, and
     * {@link #random64()} otherwise. (PyTorch up to 2.6 took one word up to 2^32, which skewed wide ranges.)
     *
     * @param out the array to fill, of any length
     * @param low the smallest value
     * @param high one more than the largest value
     * @throws IllegalArgumentException if high is not greater than low
     */
    public synchronized void fillRandint(long[] out, long low, long high) {
        Objects.requireNonNull(out, "randint: the array is null; give one to be filled");
        if (low >= high) {
            throw new IllegalArgumentException(
                    "randint: low=" + low + ", high=" + high + ": no integer lies in [low, high): give high > low");
        }
        long range = high - low; // Unsigned: it may pass 2^63.
        boolean wide = Long.compareUnsigned(range, WIDE_RANGE) >= 0;
        for (int i = 0; i < out.length; i++) {
            long bits = wide ? nextTwoWords() : Integer.toUnsignedLong(nextWord());
            out[i] = low + Long.remainderUnsigned(bits, range);
        }
    }

    /**
     * Returns the numbers 0 to n - 1 in random order, as {@code torch.randperm(n)} does: for i = 0, ..., n - 2, element
     * i trades places with element i + w mod (n - i), w being one word (R. Durstenfeld, "Algorithm 235", CACM 7, 1964).
     * From n = 214748364 on, where 32 bits would be too few, it is the inside-out form of that with 64 bits for each.
     *
     * @param n how many numbers, 0 or more
     * @return a new array of length n
     * @throws IllegalArgumentException if n is negative, or more than a Java array can have
     */
    public synchronized long[] permutation(int n) {
        checkPermutation(n);
        long[] order = new long[n];
        if (n >= WIDE_PERMUTATION) {
            for (int i = 0; i < n; i++) {
                int other = (int) Long.remainderUnsigned(nextTwoWords(), i + 1L);
                order[i] = order[other];
                order[other] = i;
            }
            return order;
        }
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = 0; i < n - 1; i++) {
            int other = i + Integer.remainderUnsigned(nextWord(), n - i);
            long saved = order[i];
            order[i] = order[other];
            order[other] = saved;
        }
        return order;
    }

    static void checkPermutation(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("randperm: n=" + n + ": give a length of 0 or more");
        }
        TensorConversions.arrayLength("randperm", n);
    }

    /**
     * Returns all that decides the numbers to come, the cached normal value and the initial seed included.
     *
     * @return 5056 bytes, laid out as {@code torch.get_rng_state()} lays them out
     */
    public synchronized byte[] getState() {
        ByteBuffer state = ByteBuffer.allocate(STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        state.putLong(SEED_AT, initialSeed);
        state.putInt(LEFT_AT, leftFor(next));
        state.putInt(SEEDED_AT, 1);
        state.putLong(NEXT_AT, next);
        for (int i = 0; i < WORDS; i++) {
            state.putLong(WORDS_AT + Long.BYTES * i, Integer.toUnsignedLong(words[i]));
        }
        if (normalCached) {
            state.putDouble(NORMAL_AT, cachedNormal);
            state.putInt(NORMAL_CACHED_AT, 1);
        }
        return state.array();
    }

    /**
     * Goes on from where the generator that gave {@code state} was, or PyTorch's, with {@code torch.get_rng_state()}.
     *
     * @param state what {@link #getState} or {@code torch.get_rng_state()} gave
     * @throws IllegalArgumentException if {@code state} is not such a state; this generator is then left as it was
     */
    public void setState(byte[] state) {
        Objects.requireNonNull(state, "setState: the state is null; pass what getState() returned");
        if (state.length != STATE_BYTES) {
            throw new IllegalArgumentException("setState: got " + state.length + " bytes, a generator's state has "
                    + STATE_BYTES + ": pass what getState() returned");
        }
        // The caller's array is read once, so that a change to it meanwhile cannot slip past the checks.
        ByteBuffer in = ByteBuffer.wrap(state.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int left = in.getInt(LEFT_AT);
        long position = in.getLong(NEXT_AT);
        if (in.getInt(SEEDED_AT) != 1) {
            throw notAState("it says that it was never seeded");
        }
        if (position < 0 || position > WORDS || left != leftFor((int) position)) {
            throw notAState("its position " + position + " does not go with " + left + " words left");
        }
        int cached = in.getInt(NORMAL_CACHED_AT);
        double normal = cached == 0 ? 0 : in.getDouble(NORMAL_AT);
        if (cached < 0 || cached > 1 || !Double.isFinite(normal)) {
            throw notAState("its cached normal value is marked " + cached + " and is " + normal);
        }
        if (in.get(FLOAT_NORMAL_CACHED_AT) != 0) {
            throw notAState("it caches a normal value as a float, which a CPU generator does not do");
        }
        int[] newWords = new int[WORDS];
        int seen = 0;
        for (int i = 0; i < WORDS; i++) {
            long word = in.getLong(WORDS_AT + Long.BYTES * i);
            if (word >>> Integer.SIZE != 0) {
                throw notAState("its word " + i + " has more than 32 bits");
            }
            newWords[i] = (int) word;
            seen |= i == 0 ? newWords[i] & UPPER_BIT : newWords[i];
        }
        if (seen == 0) {
            throw notAState("its words are all zero, and mt19937 never gets away from that");
        }
        synchronized (this) {
            System.arraycopy(newWords, 0, words, 0, WORDS);
            next = (int) position;
            initialSeed = in.getLong(SEED_AT);
            normalCached = cached == 1;
            cachedNormal = normal;
        }
    }

    private static IllegalArgumentException notAState(String fault) {
        return new IllegalArgumentException(
                "setState: not a generator's state: " + fault + ": pass what getState() returned");
    }

    /** PyTorch's count of words left in the block, which goes with the position: 1 while freshly seeded. */
    private static int leftFor(int position) {
        return position == 0 ? 1 : WORDS + 1 - position;
    }

    private void restart(long seed) {
        initialSeed = seed;
        normalCached = false;
        cachedNormal = 0;
        words[0] = (int) seed;
        for (int i = 1; i < WORDS; i++) {
            words[i] = 1812433253 * (words[i - 1] ^ (words[i - 1] >>> 30)) + i;
        }
        next = 0;
    }

    private int nextWord() {
        if (next == 0 || next == WORDS) {
            nextBlock();
            next = 0;
        }
        int word = words[next++];
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >>> 18);
    }

    /** Replaces all 624 words by the next 624. Three loops, so that none of them has to wrap an index around. */
    private void nextBlock() {
        for (int i = 0; i < WORDS - SHIFT; i++) {
            words[i] = words[i + SHIFT] ^ twist(words[i], words[i + 1]);
        }
        for (int i = WORDS - SHIFT; i < WORDS - 1; i++) {
            words[i] = words[i + SHIFT - WORDS] ^ twist(words[i], words[i + 1]);
        }
        words[WORDS - 1] = words[SHIFT - 1] ^ twist(words[WORDS - 1], words[0]);
    }

    private static int twist(int upper, int lower) {
        int mixed = (upper & UPPER_BIT) | (lower & LOWER_BITS);
        return (mixed >>> 1) ^ (-(lower & 1) & TWIST_MATRIX);
    }

    private long nextTwoWords() {
        long high = nextWord();
        return (high << 32) | Integer.toUnsignedLong(nextWord());
    }

    /** One word: a multiple of 2^-24 in [0, 1). */
    private float nextUnitFloat() {
        return (nextWord() & 0xffffff) * 0x1p-24f;
    }

    /** Two words: a multiple of 2^-53 in [0, 1). */
    private double nextUnitDouble() {
        return (nextTwoWords() & 0x1fffffffffffffL) * 0x1p-53;
    }

    private double nextNormal() {
        if (normalCached) {
            normalCached = false;
            return cachedNormal;
        }
        double angle = TWO_PI * nextUnitDouble();
        double radius = StrictMath.sqrt(-2 * StrictMath.log1p(-nextUnitDouble()));
        normalCached = true;
        cachedNormal = radius * StrictMath.sin(angle);
        return radius * StrictMath.cos(angle);
    }

    private static void uniformBlockToNormal(float[] out, int start, float mean, float std) {
        for (int j = start; j < start + HALF_BLOCK; j++) {
            double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - out[j]));
            float angle = (float) TWO_PI * out[j + HALF_BLOCK];
            out[j] = (float) (radius * StrictMath.cos(angle) * std + mean);
            out[j + HALF_BLOCK] = (float) (radius * StrictMath.sin(angle) * std + mean);
        }
    }
}
