package ondol.backend;

import ondol.Device;

/** Devices with another memory limit than the process's. */
public final class Limits {
    private static final String PROPERTY = "ondol.memory.limit";

    private Limits() {}

    /** A device over a backend, with a limit of its own. */
    public static Device device(String name, Backend backend, String limit) {
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
