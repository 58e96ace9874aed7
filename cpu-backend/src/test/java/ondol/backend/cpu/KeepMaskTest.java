package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.kernel.Expr.Keep;
import org.junit.jupiter.api.Test;

/** {@link KeepMask} against the recurrence. */
class KeepMaskTest {
    private static final int SEED = -77;

    @Test
    void statesAreThoseOfTheRecurrence() {
        long x = Keep.start(SEED);
        for (int index = 0; index < 3000; index++) {
            assertEquals(x, KeepMask.state(SEED, index));
            x = x * Keep.MULTIPLIER % Keep.MODULUS;
        }
        assertEquals(Keep.start(SEED) * Keep.skip(1L << 40) % Keep.MODULUS, KeepMask.state(SEED, 1L << 40));
    }

    @Test
    void powersOfAnyStride() {
        for (int stride : new int[] {1, 2, 7, 1000}) {
            int[] powers = KeepMask.powers(stride);
            long first = KeepMask.state(SEED, 5);
            for (int at = 0; at < KeepMask.LONGEST_RUN; at++) {
                assertEquals(KeepMask.state(SEED, 5 + (long) stride * at), KeepMask.times(powers[at], first));
            }
        }
    }
}
