package ondol.backend.cuda;

import java.util.function.Supplier;
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/** NVIDIA's matrix products, found and opened when they are first asked for: that takes a good part of a second. */
final class VendorOnDemand {
    private static final System.Logger LOG = Log.of("ondol.cuda");

    private final Supplier<VendorMatMul> open;
    private @Nullable VendorMatMul opened;

    /** Why there are none, in a line; null as long as nobody has looked, or if there are. */
    private @Nullable String missing;

    /** @param open opens them; an {@link UnsatisfiedLinkError} says why there are none that can be used here */
    VendorOnDemand(Supplier<VendorMatMul> open) {
        this.open = open;
    }

    /** The library; null if there is none. What else fails in opening it fails here, and is tried again the next time. */
    @Nullable
    VendorMatMul get() {
        if (opened == null && missing == null) {
            try {
                opened = open.get();
            } catch (UnsatisfiedLinkError e) {
                LOG.log(System.Logger.Level.INFO, "matrix products without cuBLAS: {0}", e.getMessage());
                missing = String.valueOf(e.getMessage())
                        .lines()
                        .findFirst()
                        .orElse("")
                        .replaceFirst("\\. Tried:$", "");
            }
        }
        return opened;
    }

    /** The library's description, which follows the precision in force. */
    String description() {
        VendorMatMul vendor = get();
        return vendor == null
                ? ": " + missing + "; install the CUDA toolkit or set -Dondol.cuda.cublas to its folder"
                : " by " + vendor.name();
    }

    void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
