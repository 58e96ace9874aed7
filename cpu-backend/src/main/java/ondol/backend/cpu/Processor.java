package ondol.backend.cpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor's name. */
final class Processor {
    private Processor() {}

    /** As Linux knows it; elsewhere, and where the file says nothing, the architecture. */
    static String name() {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            // Unlike Files.lines, a reader does not mind that the thread's interrupt flag is set.
            try (BufferedReader reader = Files.newBufferedReader(cpuinfo)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    String name = line.startsWith("model name")
                            ? line.substring(line.indexOf(':') + 1).trim()
                            : "";
                    if (!name.isEmpty()) {
                        return name;
                    }
                }
            } catch (IOException e) {
                return architecture(); // a name is not worth failing for
            }
        }
        return architecture();
    }

    private static String architecture() {
        return System.getProperty("os.arch", "unknown processor");
    }
}
