#!/usr/bin/env bash
# PyTorch 2.10.0 on the CPU (libtorch through org.bytedeco:pytorch:2.10.0-1.5.13, x86-64).
#
# interpolate(mode="nearest") takes element floor(i * in / out) by its documentation, but computes the quotient in / out in
# FLOAT32 first, so that a source may be one too low although the exact product is a whole number; no rounding up ever comes
# of it. "nearest-exact" is something else (it moves by half an element). An export to another engine that divides integers
# differs on these sizes.
#
# Output seen: "631 of 39601 pairs of sizes below 200 have another source; 2 to 82: element 41 is source 0".
# Ends with an error where the count is another.
set -euo pipefail
command -v mvn >/dev/null && command -v java >/dev/null || { echo 'Maven and a JDK 17 or later are needed.' >&2; exit 2; }
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_VERBOSE
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dependency() { echo "<dependency><groupId>org.bytedeco</groupId><artifactId>$1</artifactId><version>$2</version>${3:+<classifier>$3</classifier>}</dependency>"; }
cat >"$folder/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><dependencies>
$(dependency pytorch 2.10.0-1.5.13)
$(dependency pytorch 2.10.0-1.5.13 linux-x86_64)
$(dependency openblas 0.3.31-1.5.13 linux-x86_64)
$(dependency javacpp 1.5.13 linux-x86_64)
</dependencies></project>
XML
mvn -q -B -ntp -f "$folder/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/lib"
cat >"$folder/Finding.java" <<'JAVA'
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

public class Finding {
    public static void main(String[] args) {
        int different = 0;
        int all = 0;
        long source41 = -1;
        for (int in = 1; in < 200; in++) {
            float[] places = new float[in];
            for (int i = 0; i < in; i++) {
                places[i] = i;
            }
            Tensor x = Tensor.create(places).view(1, 1, in);
            for (int out = 1; out < 200; out++) {
                FloatIndexer y = torch.upsample_nearest1d(x, new long[] {out}, new DoubleOptional())
                        .view(-1)
                        .createIndexer();
                boolean same = true;
                for (int i = 0; i < out; i++) {
                    same &= (long) y.get(i) == (long) i * in / out;
                }
                different += same ? 0 : 1;
                all++;
                if (in == 2 && out == 82) {
                    source41 = (long) y.get(41);
                }
            }
        }
        System.out.println(different + " of " + all + " pairs of sizes below 200 have another source; 2 to 82: element 41 is source "
                + source41);
        System.exit(different == 631 && source41 == 0 ? 0 : 1);
    }
}
JAVA
java -Dorg.bytedeco.javacpp.cachedir="$folder/cache" -cp "$folder/lib/*" "$folder/Finding.java"
