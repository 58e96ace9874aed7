package ondol.cli;

import java.util.Collection;
import java.util.Locale;
import ondol.io.TensorFiles;
import ondol.io.TensorInfo;

/** How much is in a file. */
final class Tally {
    private Tally() {}

    /** {@code PyTorch: 2 tensors, 9 elements, 36 bytes}. */
    static String of(TensorFiles.Contents contents) {
        return contents.format().title() + ": " + of(contents.tensors().values());
    }

    private static String of(Collection<TensorInfo> infos) {
        double elements = 0; // tensors that share memory may have more together than a long counts
        double bytes = 0;
        for (TensorInfo info : infos) {
            elements += info.shape().numel();
            bytes += info.bytes();
        }
        return counted(infos.size(), "tensor") + ", " + counted(elements, "element") + ", " + counted(bytes, "byte");
    }

    private static String counted(double n, String what) {
        return String.format(Locale.ROOT, "%,.0f %s%s", n, what, n == 1 ? "" : "s");
    }
}
