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

    /** {@return options that load onto the default device and refuse whatever would lose digits} */
    public static LoadOptions defaults() {
        return new LoadOptions(Ondol.defaultDevice(), false);
    }

    /**
     * The same onto another device.
     *
     * @param other where the tensors are to be
     * @return new options; these stay as they are
     */
    public LoadOptions device(Device other) {
        return new LoadOptions(other, roundFloat64);
    }

    /**
     * The same, rounding F64 to FLOAT32 or not.
     *
     * @param round true to round F64, false to refuse it
     * @return new options; these stay as they are
     */
    public LoadOptions roundFloat64(boolean round) {
        return new LoadOptions(device, round);
    }
}
