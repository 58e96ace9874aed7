#!/usr/bin/env bash
# PyTorch 2.10.0 on the CPU (libtorch through org.bytedeco:pytorch:2.10.0-1.5.13, x86-64).
#
# The bits that conv2d gives for a sample depend on what stands beside it in the batch: one small sample alone is computed by
# PyTorch's own code, the same sample in a batch by oneDNN. So a model's answer to one request differs from its answer to the
# same request in a batch, on one thread, with deterministic algorithms on, and by far more than one unit in the last place.
#
# Output seen: "3x3, 16 to 32 channels, 32x32: largest difference alone and in a batch 2.670288E-5".
# Ends with an error where the bits are the same.
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
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

public class Finding {
    private static float[] values(Tensor t) {
        float[] values = new float[(int) t.numel()];
        FloatIndexer at = t.contiguous().view(-1).createIndexer();
        for (int i = 0; i < values.length; i++) {
            values[i] = at.get(i);
        }
        return values;
    }

    public static void main(String[] args) {
        torch.set_num_threads(1);
        torch.manual_seed(1);
        Tensor batch = torch.randn(4, 16, 32, 32);
        Tensor weight = torch.randn(32, 16, 3, 3);
        float[] inBatch = values(torch.conv2d(batch, weight).narrow(0, 0, 1));
        float[] alone = values(torch.conv2d(batch.narrow(0, 0, 1), weight));
        float largest = 0;
        for (int i = 0; i < alone.length; i++) {
            largest = Math.max(largest, Math.abs(alone[i] - inBatch[i]));
        }
        System.out.println("3x3, 16 to 32 channels, 32x32: largest difference alone and in a batch " + largest);
        System.exit(largest > 0 ? 0 : 1);
    }
}
JAVA
java -Dorg.bytedeco.javacpp.cachedir="$folder/cache" -cp "$folder/lib/*" "$folder/Finding.java"
