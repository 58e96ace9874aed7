package ondol.backend.cuda;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.LogLevel;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import ondol.backend.DeviceInfo;
import ondol.backend.InstalledLibraries;
import ondol.backend.UnpackedNatives;
import org.jspecify.annotations.Nullable;

/** NVIDIA's driver, through JCuda: needs libcuda.so.1 (nvcuda.dll) and nothing else of CUDA. */
final class Driver {
    /**
     * A device.
     *
     * @param capability its compute capability, 90 for 9.0
     * @param driver the newest CUDA that the driver knows, as {@code 13.0}
     */
    record Found(CUdevice device, DeviceInfo info, int capability, String driver) {
        /** The newest major version of CUDA that the driver knows. */
        int newest() {
            return Integer.parseInt(driver.substring(0, driver.indexOf('.')));
        }
    }

    /** The oldest devices that kernels are compiled for. */
    static final int LEAST_CAPABILITY = 50;

    /** Where JCuda unpacks its libraries. */
    static final String JCUDA_FOLDER = "ondol-cuda";

    private static boolean loaded;

    private Driver() {}

    /**
     * Loads the driver, once.
     *
     * @throws UnsatisfiedLinkError if there is none on this machine, or JCuda has no library for it
     */
    private static synchronized void load() {
        if (!loaded) {
            String system = System.getProperty("os.name", "");
            String foreign = foreign(system, System.getProperty("os.arch", ""));
            if (foreign != null) {
                throw new UnsatisfiedLinkError(foreign);
            }
            String name = system.startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";
            // Without native access Java would print a warning only to find that there is no driver.
            if (!Driver.class.getModule().isNativeAccessEnabled()
                    && !InstalledLibraries.ofThisMachine().has(name)) {
                throw none("there is no " + name + " where the system looks for libraries");
            }
            try {
                // JCuda would say the same in fifty lines.
                Foreign.open(name);
            } catch (UnsatisfiedLinkError e) {
                throw none(firstLine(e));
            } catch (IllegalCallerException e) {
                throw new UnsatisfiedLinkError("there is an NVIDIA driver, but native code may not be called ("
                        + e.getMessage() + "); start Java with --enable-native-access=ALL-UNNAMED");
            }
            try {
                UnpackedNatives.load(JCUDA_FOLDER, () -> {
                    JCudaDriver.setExceptionsEnabled(false);
                    JCudaDriver.setLogLevel(LogLevel.LOG_QUIET);
                });
            } catch (LinkageError e) {
                throw new UnsatisfiedLinkError("there is an NVIDIA driver, but JCuda's library, by which it is called, "
                        + "cannot be loaded (" + firstLine(e) + "); see whether jcuda-natives is on the class path, and"
                        + " whether -Djava.io.tmpdir is a folder to which files can be written and from which libraries"
                        + " can be loaded");
            }
            loaded = true;
        }
    }

    private static UnsatisfiedLinkError none(String why) {
        return new UnsatisfiedLinkError(
                "no NVIDIA driver on this machine (" + why + "); for an NVIDIA GPU install its driver, 525 or newer");
    }

    /** Why there can be no driver on such a machine; null if there can. */
    static @Nullable String foreign(String system, String architecture) {
        boolean known = system.startsWith("Windows") || system.equals("Linux");
        return known && List.of("amd64", "x86_64").contains(architecture)
                ? null
                : "CUDA is used on Linux and Windows on x86-64, for which there is JCuda, not on " + system + " on "
                        + architecture;
    }

    private static String firstLine(LinkageError e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.lines().findFirst().orElse("");
    }

    /**
     * All devices.
     *
     * @throws LinkageError if there is no driver; the message says why, and what to do
     * @throws CudaException if it does not work
     */
    static synchronized List<Found> devices() {
        load();
        int code = cuInit(0);
        if (code == CUresult.CUDA_ERROR_NO_DEVICE) {
            return List.of();
        }
        check("cuInit", code);
        int[] count = new int[1];
        check("cuDeviceGetCount", cuDeviceGetCount(count));
        int[] version = new int[1];
        check("cuDriverGetVersion", cuDriverGetVersion(version));
        String driver = version[0] / 1000 + "." + version[0] % 1000 / 10;
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) {
            CUdevice device = new CUdevice();
            check("cuDeviceGet", cuDeviceGet(device, i));
            int capability = 10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                    + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
            if (capability >= LEAST_CAPABILITY) {
                found.add(new Found(device, describe(device, capability, driver), capability, driver));
            }
        }
        return found;
    }

    private static DeviceInfo describe(CUdevice device, int capability, String driver) {
        byte[] name = new byte[256];
        check("cuDeviceGetName", cuDeviceGetName(name, name.length, device));
        long[] memory = new long[1];
        check("cuDeviceTotalMem", cuDeviceTotalMem(memory, device));
        int processors = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        String details = "CUDA " + driver + ", compute capability " + capability / 10 + "." + capability % 10 + ", "
                + processors + " multiprocessors";
        return new DeviceInfo(
                new String(name, StandardCharsets.UTF_8).replace("\0", "").strip(),
                DeviceInfo.Kind.GPU,
                memory[0],
                null,
                details);
    }

    static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    private static void check(String call, int code) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call, code, "");
        }
    }
}
