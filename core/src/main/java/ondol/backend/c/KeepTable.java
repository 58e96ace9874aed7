package ondol.backend.c;

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
                FUNCTION u32 keep_state(u32 i, i32 seed) {
                    u32 x = (u32) seed %% 0x7fffffffu;
                    x = x == 0 ? 1 : x;
                    x = keep_times(x, keep_powers[0][i & 255]);
                    x = keep_times(x, keep_powers[1][(i >> 8) & 255]);
                    x = keep_times(x, keep_powers[2][(i >> 16) & 255]);
                    return keep_times(x, keep_powers[3][i >> 24]);
                }
                // Whether element i is kept.
                FUNCTION bool keep(u32 i, i32 seed, i32 threshold) {
                    return (i32) keep_state(i, seed) < threshold;
                }
                FUNCTION bool keep_wide(u64 i, i32 seed, i32 threshold) {
                    u32 x = keep_state((u32) i, seed);
                    // 2^32 steps, as often as there are.
                    for (u64 rest = i >> 32; rest > 0; rest--) {
                        x = keep_times(x, %du);
                    }
                    return (i32) x < threshold;
                }
                """.formatted(Keep.skip(1L << 32))).toString();
    }
}
