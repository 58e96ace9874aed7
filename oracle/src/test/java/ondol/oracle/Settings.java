package ondol.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import ondol.Device;
import ondol.backend.MatmulPrecision;
import ondol.backend.cpu.CpuBackend;

/** What a run can be told by system properties. */
final class Settings {
    /** The seed of a run that is given none. */
    static final long DEFAULT_SEED = 20260101;

    /** {@code -Dondol.oracle.seed}: where all random decisions come from; "random" for a new one. */
    static final long SEED = seed();

    /** {@code -Dondol.oracle.cases}: how many cases each operation gets. */
    static final int CASES = Integer.getInteger("ondol.oracle.cases", 300);

    /** {@code -Dondol.oracle.only}: one operation's name, or one of its cases: {@code tanh#17}. */
    static final String ONLY = System.getProperty("ondol.oracle.only", "");

    /** {@code -Dondol.oracle.table}: only these tables, separated by commas. */
    static final List<String> TABLES = names(System.getProperty("ondol.oracle.table", ""));

    /** {@code -Dondol.oracle.shown}: how many failing cases of an operation are shown. */
    static final int SHOWN = Integer.getInteger("ondol.oracle.shown", 3);

    private static final List<Device> DEVICES = findDevices();

    private Settings() {}

    /** Ondol's devices: the first is compared with PyTorch, the others with the first, bit for bit. */
    static List<Device> devices() {
        return DEVICES;
    }

    /** The seed of one case: another operation's cases do not depend on how many this one has. */
    static long seed(String operation, int i) {
        return SEED * 0x9E3779B97F4A7C15L + operation.hashCode() * 0xD1342543DE82EF95L + i;
    }

    private static List<String> names(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    private static long seed() {
        String text = System.getProperty("ondol.oracle.seed", String.valueOf(DEFAULT_SEED));
        long seed = text.equals("random") ? RandomGenerator.getDefault().nextLong() >>> 16 : Long.parseLong(text);
        System.out.println("PyTorch as the oracle: -Dondol.oracle.seed=" + seed);
        return seed;
    }

    /**
     * {@code -Dondol.oracle.devices}: names, separated by commas; "plain" is the CPU backend without vector instructions.
     * Without it: both sets of the CPU's loops. That other devices have the CPU's bits is what their own tests show.
     */
    private static List<Device> findDevices() {
        String text = System.getProperty("ondol.oracle.devices", "cpu,plain");
        List<Device> devices = new ArrayList<>();
        for (String name : text.split(",")) {
            Device device = name.equals("plain") ? Device.of("plain", new CpuBackend(1, false)) : Device.of(name);
            device.matmulPrecision(MatmulPrecision.STRICT);
            devices.add(device);
        }
        return devices;
    }
}
