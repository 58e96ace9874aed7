package ondol.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The environment variables that pin a library's kernels or threads. What is timed starts without them, so that each library
 * computes as it does where nobody has set anything. The list, with the reasons, is the benchmarks' pinned-variables.txt.
 */
final class PinnedVariables {
    private static final String LIST = "/ondol/benchmarks/pinned-variables.txt";
    private static final List<String> NAMES = names();

    private PinnedVariables() {}

    private static List<String> names() {
        try (InputStream in = PinnedVariables.class.getResourceAsStream(LIST)) {
            if (in == null) {
                throw new IllegalStateException(LIST + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\\s+", 2)[0])
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a variable of this name pins something. */
    static boolean isPinned(String variable) {
        return NAMES.stream()
                .anyMatch(name -> name.endsWith("*")
                        ? variable.startsWith(name.substring(0, name.length() - 1))
                        : variable.equals(name));
    }

    /** Those of an environment. */
    static SortedMap<String, String> in(Map<String, String> environment) {
        SortedMap<String, String> pinned = new TreeMap<>(environment);
        pinned.keySet().removeIf(variable -> !isPinned(variable));
        return pinned;
    }

    /** Takes them out of an environment. */
    static void removeFrom(Map<String, String> environment) {
        environment.keySet().removeIf(PinnedVariables::isPinned);
    }
}
