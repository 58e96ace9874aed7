#!/usr/bin/env bash
# HotSpot C2, JDK 25 (seen with Temurin 25.0.3+9, x86-64 with AVX-512).
#
# Float.floatToRawIntBits and intBitsToFloat are nothing but a register move, and C2 vectorises both the float and the int
# arithmetic around them. Yet a loop that has one of them between other operations is not vectorised at all: the scalar loop
# stays, here seven to ten times as slow as the same loop with a conversion (a rounding instruction) in the move's place.
# Which rules out the usual branch-free tricks with sign bits and exponents in plain Java loops.
#
# Output seen: "bits 0.46 ns, conversion 0.06 ns an element, ratio 7.2".
# Ends with an error where the loop with bits is less than 3 times as slow, or the JDK is not 25.
set -euo pipefail
java=${JAVA_HOME:+$JAVA_HOME/bin/java}
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25*; do
  [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null && java=$home/bin/java && break
done
[ -n "$java" ] && "$java" -version 2>&1 | head -n 1 | grep -q '"25' || { echo 'No JDK 25: set JAVA_HOME.' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/Bits.java" <<'JAVA'
public class Bits {
    static void bits(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            float v = x[i] * 1.5f + 2f;
            y[i] = Float.intBitsToFloat(Float.floatToRawIntBits(v) & 0x7fffff00) * 0.5f;
        }
    }

    static void conversion(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            float v = x[i] * 1.5f + 2f;
            y[i] = (float) ((int) v & 0x7fffff00) * 0.5f;
        }
    }

    static double best(boolean bits) {
        float[] x = new float[2048];
        float[] y = new float[2048];
        java.util.Arrays.fill(x, 3f);
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 4000; round++) {
            long before = System.nanoTime();
            for (int k = 0; k < 10; k++) {
                if (bits) {
                    bits(x, y, x.length);
                } else {
                    conversion(x, y, x.length);
                }
            }
            best = Math.min(best, (System.nanoTime() - before) / 10.0 / x.length);
        }
        return best;
    }

    public static void main(String[] args) {
        double bits = best(true);
        double conversion = best(false);
        System.out.printf("bits %.2f ns, conversion %.2f ns an element, ratio %.1f%n", bits, conversion, bits / conversion);
        System.exit(bits / conversion > 3 ? 0 : 1);
    }
}
JAVA
"${java}c" -d "$folder" "$folder/Bits.java"
"$java" -cp "$folder" Bits
