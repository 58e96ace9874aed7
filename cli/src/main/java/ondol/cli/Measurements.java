package ondol.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The results that JMH measured, from its JSON files, and those that it could not measure. */
final class Measurements {
    /** The engine of the benchmarks that time the machine itself. */
    static final String MACHINE = "machine";

    /** Floating-point operations of an invocation of the benchmark {@code Peak}. */
    private static final double PEAK_OPERATIONS = 245_760;

    /** A time for one row and engine, in microseconds, with JMH's error; the error is NaN where JMH gives none. */
    record Time(double microseconds, double error) {}

    /** Why there is no time: a wrong result, work that the engine does not have, or something else. */
    record Missing(String row, String engine, int threads, Cause cause, String reason) {
        enum Cause {
            WRONG,
            ABSENT,
            FAILED
        }
    }

    private record Cell(String engine, int threads) {}

    private final Map<BenchRow, Map<Cell, Time>> times = new LinkedHashMap<>();
    private final Map<String, Set<String>> kernels = new LinkedHashMap<>();
    private final List<Missing> missing = new ArrayList<>();
    private final JsonArray raw = new JsonArray();

    /** Adds the results of one run of JMH. */
    void add(String json, String engine, int threads) {
        for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
            JsonObject result = element.getAsJsonObject();
            JsonObject metric = result.getAsJsonObject("primaryMetric");
            String unit = metric.get("scoreUnit").getAsString();
            if (!unit.equals("us/op")) {
                throw new IllegalStateException(
                        "JMH's results are in " + unit + " instead of us/op: build the benchmarks again");
            }
            result.addProperty("ondolEngine", engine);
            result.addProperty("ondolThreads", threads);
            raw.add(result);
            Time time = new Time(
                    metric.get("score").getAsDouble(), metric.get("scoreError").getAsDouble()); // "NaN" is a string
            times.computeIfAbsent(BenchRow.of(result), row -> new LinkedHashMap<>())
                    .put(new Cell(engine, threads), time);
        }
    }

    void addMissing(Missing one) {
        missing.add(one);
    }

    /** Adds which kernels an engine computed with. */
    void addKernels(String engine, int threads, String description) {
        kernels.computeIfAbsent(engine + ", " + BenchTable.threads(threads), name -> new LinkedHashSet<>())
                .add(description);
    }

    /** Which kernels the engines computed with, by engine and threads. */
    Map<String, String> kernels() {
        Map<String, String> lines = new LinkedHashMap<>();
        kernels.forEach((name, descriptions) -> lines.put("Kernels of " + name, String.join(" | ", descriptions)));
        return lines;
    }

    /** The rows, in order. */
    List<BenchRow> rows() {
        return times.keySet().stream().sorted().toList();
    }

    @Nullable
    Time time(BenchRow row, String engine, int threads) {
        return times.getOrDefault(row, Map.of()).get(new Cell(engine, threads));
    }

    List<Missing> missing() {
        return List.copyOf(missing);
    }

    /** JMH's own results, each with the engine and its threads. */
    JsonArray raw() {
        return raw;
    }

    /** Floating-point operations in a nanosecond that the machine reaches when it does nothing else; NaN if unknown. */
    double peak(int threads) {
        return rows().stream()
                .filter(row -> row.benchmark().equals("Peak"))
                .map(row -> time(row, MACHINE, threads))
                .filter(time -> time != null)
                .mapToDouble(time -> PEAK_OPERATIONS * threads / time.microseconds() / 1e3)
                .max()
                .orElse(Double.NaN);
    }
}
