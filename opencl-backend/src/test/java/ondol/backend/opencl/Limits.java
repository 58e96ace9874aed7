package ondol.backend.opencl;

import ondol.Device;
import ondol.backend.Backend;

/** Devices with another memory limit than the process's. */
final class Limits {
    private static final String PROPERTY = "ondol.memory.limit";

    private Limits() {}

    /** A device over a backend, with a limit of its own. */
    static Device device(String name, Backend backend, String limit) {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, limit);
        try {
            return Device.of(name, backend);
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }
}
