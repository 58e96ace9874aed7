package ondol.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ondol.cli.Measurements.Missing;
import ondol.cli.Measurements.Missing.Cause;

/** Reads what JMH prints while it runs: how far it is, and why a row was not timed. */
final class JmhOutput {
    private static final Pattern BENCHMARK = Pattern.compile("# Benchmark: (\\S+)");
    private static final Pattern PARAMETERS = Pattern.compile("# Parameters: \\((.*)\\)");
    private static final Pattern PROGRESS = Pattern.compile("# Run progress: ([0-9.]+)% complete.*");
    /** The line that a benchmark's setup prints about the engine; JMH may have begun a line of its own before. */
    private static final Pattern KERNELS = Pattern.compile(".*\\[kernels] (.+)");

    private static final Pattern EXCEPTION =
            Pattern.compile("(?:Caused by: )?((?:[a-z]\\w*\\.)+[A-Z][\\w$]*)(?:: (.*))?");

    private final String engine;
    private final int threads;
    private final DoubleConsumer progress;
    private final List<Missing> missing = new ArrayList<>();
    private final Set<String> kernels = new LinkedHashSet<>();
    private String benchmark = "?.?";
    private Map<String, String> parameters = new TreeMap<>();
    private List<String> failure = new ArrayList<>();
    private boolean failed;
    private String lastLine = "it said nothing";

    /**
     * For the output of one run.
     *
     * @param progress is told the share of the run that is done, from 0 to 1
     */
    JmhOutput(String engine, int threads, DoubleConsumer progress) {
        this.engine = engine;
        this.threads = threads;
        this.progress = progress;
    }

    void line(String line) {
        if (!line.isBlank()) {
            lastLine = line.strip();
        }
        Matcher computing = KERNELS.matcher(line);
        Matcher named = BENCHMARK.matcher(line);
        Matcher given = PARAMETERS.matcher(line);
        Matcher far = PROGRESS.matcher(line);
        if (computing.matches()) {
            kernels.add(computing.group(1).strip());
        } else if (named.matches()) {
            end();
            benchmark = named.group(1);
            parameters = new TreeMap<>();
        } else if (given.matches()) {
            for (String parameter : given.group(1).split(", ", -1)) {
                String[] sides = parameter.split(" = ", 2);
                parameters.put(sides[0], sides[sides.length - 1]);
            }
        } else if (far.matches()) {
            progress.accept(Double.parseDouble(far.group(1)) / 100);
        } else if (line.contains("<failure>")) {
            failed = true;
        } else if (failed) {
            failure.add(line);
        }
    }

    /** Closes the row, or the run. */
    void end() {
        if (failed) {
            missing.add(why());
        }
        failed = false;
        failure = new ArrayList<>();
    }

    private Missing why() {
        String reason = "JMH gives no reason";
        for (String line : failure) {
            Matcher exception = EXCEPTION.matcher(line.strip());
            if (exception.matches()) {
                String message = exception.group(2) == null ? "" : exception.group(2);
                if (exception.group(1).equals("ondol.benchmarks.WrongResult")) {
                    return missing(Cause.WRONG, message);
                }
                if (exception.group(1).equals("ondol.benchmarks.MissingWork")) {
                    return missing(Cause.ABSENT, message);
                }
                // The last cause is the first one in time.
                String name = exception.group(1).substring(exception.group(1).lastIndexOf('.') + 1);
                reason = message.isEmpty() ? name : name + ": " + message;
            }
        }
        return missing(Cause.FAILED, reason);
    }

    private Missing missing(Cause cause, String reason) {
        return new Missing(BenchRow.of(benchmark, parameters).label(), engine, threads, cause, reason);
    }

    List<Missing> missing() {
        return List.copyOf(missing);
    }

    /** Which kernels the engine says it computed with; more than one if it did not say the same for each row. */
    Set<String> kernels() {
        return kernels;
    }

    String lastLine() {
        return lastLine;
    }
}
