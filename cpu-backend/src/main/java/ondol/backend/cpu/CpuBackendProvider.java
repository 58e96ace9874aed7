package ondol.backend.cpu;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/**
 * Finds the processor: one device, always there. Settings, as system properties:
 *
 * <ul>
 *   <li>{@code ondol.cpu.threads}: how many threads share a kernel's work; all processors by default
 *   <li>{@code ondol.cpu.vector}: {@code auto} (the default) uses the Vector API where it is present, {@code true} demands
 *       it, {@code false} leaves it
 * </ul>
 */
public final class CpuBackendProvider implements BackendProvider {
    /** The property that sets the number of threads. */
    public static final String THREADS = "ondol.cpu.threads";

    /** The property that says whether to use the Vector API. */
    public static final String VECTOR = "ondol.cpu.vector";

    /** For the service loader. */
    public CpuBackendProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public Probe probe() {
        return new Probe.Available(List.of(CpuBackend.describe(threads(), vector())));
    }

    @Override
    public Backend open(int index) {
        if (index != 0) {
            throw new IllegalArgumentException("cpu:" + index + ": there is one device, cpu:0");
        }
        boolean vector = vector();
        String missing = VectorSupport.missingBecause();
        if (missing != null && !"false".equals(setting(VECTOR))) {
            Log.of("ondol.backend.cpu").log(Level.INFO, "cpu: {0} (several times faster)", missing);
        }
        return new CpuBackend(threads(), vector, Workers.WORTH_SHARING, true);
    }

    private static int threads() {
        String setting = setting(THREADS);
        if (setting == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            int threads = Integer.parseInt(setting);
            if (threads >= 1 && threads <= CpuBackend.MOST_THREADS) {
                return threads;
            }
        } catch (NumberFormatException e) {
            // reported below, with the range errors
        }
        throw new IllegalArgumentException(
                THREADS + ": '" + setting + "' is no number of threads; give 1 to " + CpuBackend.MOST_THREADS);
    }

    private static boolean vector() {
        String setting = setting(VECTOR);
        String missing = VectorSupport.missingBecause();
        return switch (setting == null ? "auto" : setting) {
            case "auto" -> missing == null;
            case "false" -> false;
            case "true" -> {
                if (missing != null) {
                    throw new IllegalArgumentException(VECTOR + ": 'true', but " + missing);
                }
                yield true;
            }
            default ->
                throw new IllegalArgumentException(VECTOR + ": '" + setting + "' is neither auto, true nor false");
        };
    }

    private static @Nullable String setting(String property) {
        String value = System.getProperty(property);
        return value == null || value.isBlank() ? null : value.trim().toLowerCase(Locale.ROOT);
    }
}
