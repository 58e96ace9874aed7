package ondol.backend.cpu;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** Whether the Vector API can be used here. Asks the module system only: nothing here links to the incubator module. */
final class VectorSupport {
    /** How a user gets it. */
    static final String HOW_TO_ENABLE = "start java with --add-modules jdk.incubator.vector";

    private VectorSupport() {}

    /** The width of the processor's vectors in bits; to be asked only where nothing is missing. */
    static int bits() {
        return Width.BITS;
    }

    /** Links to the incubator module, and so is a class of its own. */
    private static final class Width {
        static final int BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    /** Null if the Vector API can be used, else the reason in a few words. */
    static @Nullable String missingBecause() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return "the Vector API is off; " + HOW_TO_ENABLE;
        }
        if (System.getProperty("java.vm.info", "").toLowerCase(Locale.ROOT).startsWith("interpreted")) {
            return "the Vector API needs the JIT compiler, and this JVM runs with -Xint";
        }
        return null;
    }
}
