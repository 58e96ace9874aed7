package ondol.backend;

import java.util.List;

/**
 * How a backend is found: an implementation is named in {@code META-INF/services} (and {@code provides} of its module).
 * Constructing a provider loads nothing.
 */
public interface BackendProvider {
    /** {@return the first part of a device's name: {@code cpu}, {@code opencl}, {@code cuda}} */
    String name();

    /** {@return the backend's rank: of the same kind of device, {@code Device.best()} prefers the backend with the highest} */
    int rank();

    /**
     * Looks for devices, loading native libraries if there are any. Never throws for what it does not find.
     *
     * @return the devices, or why there are none
     * @throws IllegalArgumentException if a setting of the backend means nothing; the message names it
     */
    Probe probe();

    /**
     * Opens a device.
     *
     * @param index its place in {@link Probe.Available#devices}
     * @return the device's backend
     */
    Backend open(int index);

    /** The result of a probe. */
    sealed interface Probe {
        /**
         * At least one device.
         *
         * @param devices the devices, in the order of their numbers
         */
        record Available(List<DeviceInfo> devices) implements Probe {
            /** Keeps an immutable copy. */
            public Available {
                devices = List.copyOf(devices);
            }
        }

        /**
         * Nothing usable.
         *
         * @param reason what is missing and how to get it, in a sentence
         */
        record Unavailable(String reason) implements Probe {}
    }
}
