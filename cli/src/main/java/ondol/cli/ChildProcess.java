package ondol.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** A process that is timed, or that times: it ends with this one. */
final class ChildProcess {
    /** Libraries that ask for their number of threads by an environment variable. */
    private static final List<String> THREADS = List.of(
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "POCL_MAX_PTHREAD_COUNT",
            "POCL_CPU_MAX_CU_COUNT");

    private final ProcessBuilder builder;

    private ChildProcess(List<String> command) {
        builder = new ProcessBuilder(command).redirectErrorStream(true);
        PinnedVariables.removeFrom(builder.environment());
    }

    /** A process without what pins a library in this one's environment. */
    static ChildProcess unpinned(List<String> command) {
        return new ChildProcess(command);
    }

    /** The same, for libraries that may use so many threads. */
    static ChildProcess withThreads(List<String> command, int threads) {
        ChildProcess child = new ChildProcess(command);
        THREADS.forEach(variable -> child.builder.environment().put(variable, Integer.toString(threads)));
        return child;
    }

    /**
     * Starts it and waits for its end.
     *
     * @param output is told each line that it prints
     * @return the exit code
     */
    int run(Consumer<String> output) throws IOException {
        Process process = builder.start();
        Thread ended = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(ended);
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.accept(line);
            }
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(ended);
        }
    }
}
