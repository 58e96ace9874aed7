package ondol.backend;

import org.jspecify.annotations.Nullable;

/**
 * A backend's description of one of its devices.
 *
 * @param name the device's own name, such as the processor's
 * @param kind what sort of device it is
 * @param memoryBytes the memory tensors can use, in bytes
 * @param notStrictBecause why the device does not keep the strict contract (see {@link Backend}), or null if it does
 * @param details what is in force, in a few words: threads, vector width, matmul precision
 */
public record DeviceInfo(
        String name, Kind kind, long memoryBytes, @Nullable String notStrictBecause, String details) {
    /** The sort of device, the preferred one last. */
    public enum Kind {
        /** A processor driven through a device API. */
        CPU,
        /** Another accelerator. */
        ACCELERATOR,
        /** A graphics processor. */
        GPU
    }

    /** {@return whether results are the same bits as on every other strict device} */
    public boolean strict() {
        return notStrictBecause == null;
    }
}
