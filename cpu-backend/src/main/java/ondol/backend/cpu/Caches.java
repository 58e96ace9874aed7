package ondol.backend.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How large the processor's data caches are, for which matrix products are cut. */
final class Caches {
    private static final Path FOLDER = Path.of("/sys/devices/system/cpu/cpu0/cache");

    /** The floats that a core's first-level cache holds: 8192 where nothing is known. */
    static final int FIRST_LEVEL_FLOATS = kilobytes(FOLDER, 1, 32) << 8;

    /** The floats that a core's second-level cache holds: 196608 where nothing is known. */
    static final int SECOND_LEVEL_FLOATS = kilobytes(FOLDER, 2, 768) << 8;

    private Caches() {}

    /** The size of the data cache of a level, as Linux describes it in a folder; where it does not, the other one. */
    static int kilobytes(Path folder, int level, int otherwise) {
        for (int index = 0; index < 8; index++) {
            Path cache = folder.resolve("index" + index);
            if (text(cache, "level").equals(Integer.toString(level))
                    && !text(cache, "type").equals("Instruction")) {
                String size = text(cache, "size");
                if (size.matches("[1-9][0-9]{0,5}K")) {
                    return Integer.parseInt(size.substring(0, size.length() - 1));
                }
            }
        }
        return otherwise;
    }

    private static String text(Path cache, String name) {
        Path file = cache.resolve(name);
        try (var reader = Files.newBufferedReader(file)) {
            String line = reader.readLine();
            return line == null ? "" : line.trim();
        } catch (IOException e) {
            return ""; // not Linux, or a kernel that does not say
        }
    }
}
