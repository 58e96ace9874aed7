package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.kernel.Expr.Keep;
import org.junit.jupiter.api.Test;

/** {@link KeepMask} and {@link VectorKeepMask} against the recurrence. */
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
    void masksOfAnyStride() {
        int threshold = Keep.threshold(0.3);
        for (int stride : new int[] {1, 2, 7, 1000}) {
            int[] powers = KeepMask.powers(stride);
            long first = KeepMask.state(SEED, 5);
            int lanes = FusedVectorLoop.F.length();
            for (int at = 0; at < KeepMask.LONGEST_RUN; at += lanes) {
                var mask = VectorKeepMask.mask(powers, at, first, threshold);
                for (int lane = 0; lane < lanes; lane++) {
                    boolean expected = KeepMask.state(SEED, 5 + (long) stride * (at + lane)) < threshold;
                    assertEquals(expected, mask.laneIsSet(lane));
                }
            }
        }
    }
}
