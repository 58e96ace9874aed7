package ondol.backend.c;

import java.util.ArrayList;
import java.util.List;
import ondol.kernel.Expr.Keep;

/** The dropout generator in C: any element's state from four table look-ups, instead of a power. */
final class KeepTable {
    /** Four tables of 256 powers: of the multiplier, and of its powers of 256, 2^16 and 2^24. */
    static final String TEXT = text();

    private KeepTable() {}

    private static String text() {
        StringBuilder s = new StringBuilder("""

                // Powers of the generator's multiplier modulo 2^31 - 1: the row is a byte of the exponent.
                TABLE const u32 keep_powers[4][256] = {
                """);
        for (int row = 0; row < 4; row++) {
            s.append("    {");
            for (int i = 0; i < 256; i++) {
                s.append(i == 0 ? "" : i % 12 == 0 ? ",\n     " : ", ")
                        .append(Keep.skip((long) i << (8 * row)))
                        .append('u');
            }
            s.append(row == 3 ? "}\n" : "},\n");
        }
        return s.append("""
                };
                FUNCTION u32 keep_times(u32 a, u32 b) {
                    const u64 product = (u64) a * b;
                    const u32 sum = (u32) (product & 0x7fffffffu) + (u32) (product >> 31);
                    return sum >= 0x7fffffffu ? sum - 0x7fffffffu : sum;
                }
                FUNCTION u32 keep_power(u32 exponent, u32 first, u32 second, u32 third) {
                    return exponent == 0 ? 1u : exponent == 1 ? first : exponent == 2 ? second : third;
                }
                // The generator's state at element i, which is kept if that is below a threshold.
                FUNCTION u32 keep_state(u32 i, i32 seed) {
                    u32 x = (u32) seed %% 0x7fffffffu;
                    x = x == 0 ? 1 : x;
                #ifdef SERIAL_TABLES
                    // Neighbours would ask for different places; those of the other rows are the same for hundreds of them.
                    x = keep_times(x, keep_power(i & 3, %2$du, %3$du, %4$du));
                    x = keep_times(x, keep_power((i >> 2) & 3, %5$du, %6$du, %7$du));
                    x = keep_times(x, keep_power((i >> 4) & 3, %8$du, %9$du, %10$du));
                    x = keep_times(x, keep_power((i >> 6) & 3, %11$du, %12$du, %13$du));
                #else
                    x = keep_times(x, keep_powers[0][i & 255]);
                #endif
                    x = keep_times(x, keep_powers[1][(i >> 8) & 255]);
                    x = keep_times(x, keep_powers[2][(i >> 16) & 255]);
                    return keep_times(x, keep_powers[3][i >> 24]);
                }
                FUNCTION u32 keep_state_wide(u64 i, i32 seed) {
                    u32 x = keep_state((u32) i, seed);
                    // 2^32 steps, as often as there are.
                    for (u64 rest = i >> 32; rest > 0; rest--) {
                        x = keep_times(x, %1$du);
                    }
                    return x;
                }
                """.formatted(constants())).toString();
    }

    /**
     * The constants in the order of their places in the text: a skip of 2^32, and the powers of 1, 4, 16 and 64 that two bits
     * choose.
     */
    private static Object[] constants() {
        List<Long> constants = new ArrayList<>(List.of(Keep.skip(1L << 32)));
        for (long step = 1; step <= 64; step *= 4) {
            constants.addAll(List.of(Keep.skip(step), Keep.skip(2 * step), Keep.skip(3 * step)));
        }
        return constants.toArray();
    }
}
