#!/usr/bin/env bash
# HotSpot, JDK 25, -XX:+UseSerialGC (seen with Temurin 25.0.3+9, x86-64).
#
# The memory that Runtime reports as used after System.gc() still holds objects that nothing reaches: the serial collector
# compacts the old generation wholly in every fourth full collection only (MarkSweepAlwaysCompactCount), and leaves up to a
# twentieth of it as dead wood in the others (MarkSweepDeadRatio), if that spares moving what lies above. A leak test that compares
# used memory after collections sees megabytes come and go; with -XX:MarkSweepDeadRatio=0, and with the parallel collector, it
# sees none.
#
# Output seen: "serial: 3 of 8 collections left up to 2.34 MB; without dead wood: 0 of 8; parallel: 0 of 8".
# Ends with an error where the serial collector leaves nothing, or the others something, or the JDK is not 25.
set -euo pipefail
java=${JAVA_HOME:+$JAVA_HOME/bin/java}
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25*; do
  [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null && java=$home/bin/java && break
done
[ -n "$java" ] && "$java" -version 2>&1 | head -n 1 | grep -q '"25' || { echo 'No JDK 25: set JAVA_HOME.' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/Dead.java" <<'JAVA'
public class Dead {
    private static final double MB = 1 << 20;

    private static double usedAfterCollection() {
        System.gc();
        Runtime java = Runtime.getRuntime();
        return (java.totalMemory() - java.freeMemory()) / MB;
    }

    public static void main(String[] args) {
        byte[][] held = new byte[200][];
        for (int i = 0; i < held.length; i++) {
            held[i] = new byte[160 << 10];
        }
        double before = Double.MAX_VALUE;
        for (int i = 0; i < 8; i++) {
            before = Math.min(before, usedAfterCollection());
        }
        for (int i = 0; i < 15; i++) {
            held[i] = null;
        }
        double reachable = before - 15 * 160 / 1024.0;
        int late = 0;
        double most = 0;
        for (int i = 0; i < 8; i++) {
            double unreachable = usedAfterCollection() - reachable;
            late += unreachable > 1 ? 1 : 0;
            most = Math.max(most, unreachable);
        }
        java.lang.ref.Reference.reachabilityFence(held);
        System.out.printf(java.util.Locale.ROOT, "%d of 8%s", late, late > 0 ? " collections left up to %.2f MB".formatted(most) : "");
    }
}
JAVA
"${java%java}javac" -d "$folder" "$folder/Dead.java"
left() { "$java" -Xmx96m "$@" -cp "$folder" Dead; }
serial=$(left -XX:+UseSerialGC)
whole=$(left -XX:+UseSerialGC -XX:MarkSweepDeadRatio=0)
parallel=$(left -XX:+UseParallelGC)
echo "serial: $serial; without dead wood: $whole; parallel: $parallel"
[ "$serial" != '0 of 8' ] && [ "$whole" = '0 of 8' ] && [ "$parallel" = '0 of 8' ]
