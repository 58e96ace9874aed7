#!/usr/bin/env bash
# PyTorch 2.10.0 on the CPU (libtorch through org.bytedeco:pytorch:2.10.0-1.5.13, x86-64).
#
# Of several NaN in a window, max_pool2d names the last as the place of the maximum, and the gradient goes there; argmax, max
# and amax's siblings name the first NaN, and of equal numbers both name the first. So pooling over a whole plane and argmax of
# the flattened plane disagree as soon as there are two NaN.
#
# Output seen: "nan 1 nan 2: max_pool2d at 2, argmax at 0; 3 1 3 2: max_pool2d at 0, argmax at 0".
# Ends with an error where they are other places.
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
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

public class Finding {
    private static String places(float... values) {
        Tensor plane = Tensor.create(values).view(1, 2, 2);
        long pooled = torch.max_pool2d_with_indices(plane, 2, 2).get1().item_long();
        return "max_pool2d at " + pooled + ", argmax at " + plane.argmax().item_long();
    }

    public static void main(String[] args) {
        String text = "nan 1 nan 2: " + places(Float.NaN, 1, Float.NaN, 2) + "; 3 1 3 2: " + places(3, 1, 3, 2);
        System.out.println(text);
        System.exit(text.equals("nan 1 nan 2: max_pool2d at 2, argmax at 0; 3 1 3 2: max_pool2d at 0, argmax at 0") ? 0 : 1);
    }
}
JAVA
java -Dorg.bytedeco.javacpp.cachedir="$folder/cache" -cp "$folder/lib/*" "$folder/Finding.java"
