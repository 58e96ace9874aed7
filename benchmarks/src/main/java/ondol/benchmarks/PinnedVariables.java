package ondol.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;

/**
 * The environment variables that pin a library's kernels or threads, of which {@code pinned-variables.txt} is the list.
 * {@code ondol bench} starts the benchmarks without them. Started by hand they are inherited, and by then it is too late
 * to take them away: the benchmark says so, beside the kernels that were chosen.
 */
final class PinnedVariables {
    private static final List<String> NAMES = names();

    private PinnedVariables() {}

    private static List<String> names() {
        try (InputStream in = PinnedVariables.class.getResourceAsStream("pinned-variables.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\\s+", 2)[0])
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those that are set in this process, as {@code NAME=VALUE}, but for a number of threads that is the one wanted. */
    static List<String> inForce(int threads) {
        return new TreeMap<>(System.getenv())
                .entrySet().stream()
                        .filter(variable -> NAMES.stream().anyMatch(name -> isNamed(variable.getKey(), name)))
                        .filter(variable -> !variable.getKey().endsWith("_NUM_THREADS")
                                || !variable.getValue().equals(Integer.toString(threads)))
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList();
    }

    private static boolean isNamed(String variable, String name) {
        return name.endsWith("*") ? variable.startsWith(name.substring(0, name.length() - 1)) : variable.equals(name);
    }
}
