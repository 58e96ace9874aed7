package ondol.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import ondol.Device;
import ondol.backend.DeviceInfo;

/** The lines above a table of times: where and with what they were taken. */
final class MachineHead {
    private MachineHead() {}

    /** Lines by name, in order. */
    static Map<String, String> of(List<String> devices, String settings) {
        Map<String, String> head = new LinkedHashMap<>();
        head.put("Ondol", Version.ofOndol());
        head.put("Date", LocalDate.now().toString());
        head.put(
                "Machine",
                processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, " + memory()
                        + " of memory");
        head.put(
                "System",
                String.join(
                        " ",
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch")));
        head.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        for (String device : devices) {
            DeviceInfo info = Device.of(device).info();
            head.put("Device " + device, info.name() + "; " + info.details());
        }
        head.put("Settings", settings);
        Map<String, String> pinned = PinnedVariables.in(System.getenv());
        if (!pinned.isEmpty()) {
            head.put("Environment", "what is timed was started without " + pinned + ", which pin kernels or threads");
        }
        return head;
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException | java.io.UncheckedIOException e) {
            return System.getProperty("os.arch"); // not Linux
        }
    }

    private static String memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? String.format(Locale.ROOT, "%.1f GiB", system.getTotalMemorySize() / 0x1p30)
                : "unknown";
    }
}
