#!/usr/bin/env bash
# The Vector API's warm-up, JDK 25 (seen with Temurin 25.0.3+9, x86-64 with AVX-512).
#
# A method that uses the Vector API is commonly warmed up by running it on real data until it is fast. Until C2 has compiled it
# each operation runs in the API's fall-back, and all that work makes the fall-back itself hot: lambdas, templates, array copies,
# compiled by C2 one after the other, ahead of the method. What C2 counts, however, are calls, whatever they did. Ten runs on 64
# elements, from which it learns the types, and then calls for no elements lead to the same machine code: the compiler is busy
# for a fraction of the time.
#
# Output seen: "C2 was busy for 0.589 s with real data, for 0.096 s with calls for nothing".
# Ends with an error where the second is more than half of the first, or the JDK is not 25.
set -euo pipefail
java=
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25*; do
  [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null && java=$home/bin/java && break
done
[ -n "$java" ] || { echo 'No JDK 25: set JAVA_HOME.' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/Warm.java" <<'JAVA'
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

public class Warm {
    static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    static void loop(float[] x, float[] y, int n) {
        for (int i = 0; i < S.loopBound(n); i += S.length()) {
            FloatVector v = FloatVector.fromArray(S, x, i).max(-100f).min(100f);
            FloatVector p = FloatVector.broadcast(S, 0.1f);
            for (int k = 0; k < 8; k++) {
                p = p.fma(v, FloatVector.broadcast(S, 0.5f));
            }
            p = p.reinterpretAsInts().lanewise(VectorOperators.LSHL, 1).reinterpretAsFloats();
            p.blend(v, v.lt(0f)).intoArray(y, i);
        }
    }

    public static void main(String[] args) throws InterruptedException {
        float[] x = new float[384];
        float[] y = new float[384];
        boolean nothing = args[0].equals("nothing");
        long end = System.nanoTime() + 10_000_000_000L;
        boolean fast = false;
        while (!fast && System.nanoTime() < end) {
            for (int k = 0; k < (nothing ? 10 : 200); k++) {
                loop(x, y, nothing ? 64 : 384);
            }
            for (int k = 0; nothing && k < 6000; k++) {
                loop(x, y, 0);
            }
            Thread.sleep(5);
            for (int k = 0; k < 4; k++) {
                long before = System.nanoTime();
                loop(x, y, 384);
                fast |= System.nanoTime() - before < 4_000;
            }
        }
        System.exit(fast ? 0 : 1);
    }
}
JAVA
modules=--add-modules=jdk.incubator.vector
"${java}c" $modules -nowarn -d "$folder" "$folder/Warm.java" 2>/dev/null
busy() {
  "$java" $modules -XX:+CITime -cp "$folder" Warm "$1" 2>/dev/null | awk '/C2 Compile Time/ { print $4 }'
}
data=$(busy data)
nothing=$(busy nothing)
echo "C2 was busy for $data s with real data, for $nothing s with calls for nothing"
awk -v a="$data" -v b="$nothing" 'BEGIN { exit !(a > 0 && b > 0 && b <= a / 2) }'
