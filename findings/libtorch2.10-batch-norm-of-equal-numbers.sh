#!/usr/bin/env bash
# PyTorch 2.10.0 on the CPU (libtorch through org.bytedeco:pytorch:2.10.0-1.5.13, x86-64).
#
# batch_norm of a channel whose values are all equal is not 0, though value and mean are the same number: the mean is multiplied
# by the scale and rounded first, and then subtracted from the product of value and scale, so that a rounding error comes out,
# divided by the root of eps. layer_norm subtracts first, and gives 0. A dead channel with a large offset thus leaves batch_norm
# as a large constant in training, on the CPU.
#
# Output seen: "batch_norm 372.33673, layer_norm 0.0" (the last digits may be the processor's).
# Ends with an error where batch_norm gives 0, or layer_norm does not.
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
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

public class Finding {
    public static void main(String[] args) {
        TensorOptional none = new TensorOptional();
        Tensor column = torch.ones(5, 1).mul(new Scalar(1e8 / 3));
        float batch = torch.batch_norm(column, none, none, none, none, true, 0.1, 1e-5, false).createIndexer() instanceof
                org.bytedeco.javacpp.indexer.FloatIndexer f ? f.get(0) : Float.NaN;
        Tensor row = column.t().contiguous();
        float layer = torch.layer_norm(row, 5).createIndexer() instanceof
                org.bytedeco.javacpp.indexer.FloatIndexer f ? f.get(0) : Float.NaN;
        System.out.println("batch_norm " + batch + ", layer_norm " + layer);
        System.exit(Math.abs(batch) > 100 && layer == 0 ? 0 : 1);
    }
}
JAVA
java -Dorg.bytedeco.javacpp.cachedir="$folder/cache" -cp "$folder/lib/*" "$folder/Finding.java"
