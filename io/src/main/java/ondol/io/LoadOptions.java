package ondol.io;

import java.util.Objects;
import ondol.Device;
import ondol.Ondol;

/**
 * How tensors are read.
 *
 * @param device where they are to be
 * @param roundFloat64 whether {@link ElementType#F64} is rounded to FLOAT32 instead of refused
 */
public record LoadOptions(Device device, boolean roundFloat64) {
    /** Nothing is null. */
    public LoadOptions {
        Objects.requireNonNull(device, "LoadOptions: the device is null; give Ondol.defaultDevice()");
    }

    /** Onto the default device, and refusing what would lose digits. */
    public static LoadOptions defaults() {
        return new LoadOptions(Ondol.defaultDevice(), false);
    }

    /** The same onto another device. */
    public LoadOptions device(Device other) {
        return new LoadOptions(other, roundFloat64);
    }

    /** The same, rounding F64 to FLOAT32 or not. */
    public LoadOptions roundFloat64(boolean round) {
        return new LoadOptions(device, round);
    }
}
