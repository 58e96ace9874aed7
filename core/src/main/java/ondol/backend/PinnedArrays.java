package ondol.backend;

import java.lang.reflect.Method;
import java.util.List;

/**
 * JOCL and JCuda have the driver read and write some Java arrays in place, and rely on their staying there. In some versions
 * of the JDK, G1 may move them all the same (JDK-8377811).
 */
final class PinnedArrays {
    private static final System.Logger LOG = Log.of("ondol");
    private static boolean warned;

    private PinnedArrays() {}

    /** Says so, once, if this JVM is such a one. For those who are about to load libraries that pin arrays. */
    static synchronized void warn() {
        if (!warned && mayMove(Runtime.version()) && usesG1()) {
            warned = true;
            LOG.log(System.Logger.Level.WARNING, warning(Runtime.version()));
        }
    }

    static String warning(Runtime.Version version) {
        return "JDK " + version
                + " may crash, or compute nonsense, on OpenCL and CUDA devices: its collector G1 may move"
                + " arrays that a driver is using (JDK-8377811). Use JDK 25.0.3 or later, or another collector, for example"
                + " -XX:+UseParallelGC";
    }

    /** Whether G1 of this JDK may move an array that native code holds. */
    static boolean mayMove(Runtime.Version version) {
        return version.feature() == 25 && version.interim() == 0 && version.update() < 3;
    }

    /** Asked by reflection: management is a module that need not be there, and takes time to load. */
    static boolean usesG1() {
        try {
            Object collectors = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getGarbageCollectorMXBeans")
                    .invoke(null);
            Method name =
                    Class.forName("java.lang.management.MemoryManagerMXBean").getMethod("getName");
            for (Object collector : (List<?>) collectors) {
                if (String.valueOf(name.invoke(collector)).startsWith("G1 ")) {
                    return true;
                }
            }
            return false;
        } catch (ReflectiveOperationException e) {
            return true; // nobody can tell, and it is the default
        }
    }
}
