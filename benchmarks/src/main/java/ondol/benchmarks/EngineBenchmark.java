package ondol.benchmarks;

import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A benchmark that is timed on each engine: {@code -p device=cpu,opencl}. Average time in microseconds, until the device has
 * done the work. A benchmark's setup compares what will be timed with a plain loop in double precision and fails where it is
 * wrong. {@code -Dondol.benchmark.threads=2} is how many threads each engine may use; all processors without it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public abstract class EngineBenchmark {
    /** The property that says how many threads an engine may use. */
    public static final String THREADS = "ondol.benchmark.threads";

    private static final long WINDOW_NANOS = 50_000_000;
    private static final long MOST_SETTLING_NANOS = 8_000_000_000L;

    /** Ondol's device, or the name of another library's engine that is on the class path. */
    @Param({"cpu"})
    public String device;

    /** Begins a line of the output that says what computes. */
    static final String KERNELS = "[kernels] ";

    /** The engine, started: the first thing in a setup. */
    final Engine engine() {
        Engine engine = engine(device);
        engine.start(threads());
        sayWhatComputes(engine);
        return engine;
    }

    /** The engine of that name, which has loaded nothing yet. */
    static Engine engine(String device) {
        return ServiceLoader.load(Engine.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(peer -> peer.name().equals(device))
                .findFirst()
                .orElseGet(() -> new OndolEngine(device));
    }

    /** Prints the kernels, from the process that is timed, and what pins them. */
    static void sayWhatComputes(Engine engine) {
        List<String> pinned = PinnedVariables.inForce(threads());
        String with = pinned.isEmpty() ? "" : "; pinned by " + String.join(", ", pinned);
        System.out.println(KERNELS + engine.kernels() + with);
        if (!pinned.isEmpty()) {
            System.err.println(
                    "ondol: the environment has " + String.join(", ", pinned)
                            + ", so this does not time what the libraries choose by themselves; unset them, or use ./ondol bench");
        }
    }

    /** How many threads an engine may use. */
    static int threads() {
        return Integer.getInteger(THREADS, Runtime.getRuntime().availableProcessors());
    }

    /** The work, where the engine has it. */
    final <W> W present(@Nullable W work) {
        if (work == null) {
            throw new MissingWork(device + " does not have it");
        }
        return work;
    }

    /**
     * Runs the work until it becomes no faster any more: the last thing in a setup. A JIT compiler takes between nothing and
     * seconds, which a number of warm-up iterations cannot know.
     */
    static void settle(Runnable work) {
        settle(work, 500_000_000);
    }

    /** @param unchanged for so many nanoseconds it must have become no faster */
    static void settle(Runnable work, long unchanged) {
        long start = System.nanoTime();
        long improved = start;
        double best = Double.MAX_VALUE;
        double each = 0;
        for (long now = start; now - improved < Math.max(unchanged, 10 * each) && now - start < MOST_SETTLING_NANOS; ) {
            long begin = now;
            int runs = 0;
            do {
                work.run();
                runs++;
                now = System.nanoTime();
            } while (now - begin < WINDOW_NANOS);
            each = (double) (now - begin) / runs;
            if (each < 0.9 * best) {
                improved = now;
                best = each;
            }
        }
    }

    /** Fails, so that nothing is timed, if a value is further than the tolerance from what it should be, or NaN. */
    final void check(String what, int index, double actual, double expected, double tolerance) {
        if (!(Math.abs(actual - expected) <= tolerance)) {
            throw new WrongResult(what + " on " + device + " is wrong, so it is not timed: element " + index + " is "
                    + actual + " instead of " + expected);
        }
    }

    /** Fails if there are not as many values as there should be. */
    final void checkLength(String what, float[] actual, int expected) {
        if (actual.length != expected) {
            throw new WrongResult(what + " on " + device + " is wrong, so it is not timed: " + actual.length
                    + " elements instead of " + expected);
        }
    }
}
