package ondol.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol launch}. */
@Command(
        name = "launch",
        description = {
            "Starts several workers of one program on this machine: 'ondol launch --workers 4 train FILE ...', or a class with a main"
                    + " method, or a .java file, with its arguments.",
            "Each is told who it is by RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT and ONDOL_SECRET, which"
                    + " ProcessGroup.fromEnvironment() reads. When one fails the others are ended too; the exit code is that of"
                    + " the one that failed first."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class LaunchCommand implements Callable<Integer> {
    /** More workers than any one machine has use for. */
    private static final int MOST = 1024;

    @Option(names = "--workers", paramLabel = "N", required = true, description = "How many workers.")
    private int workers;

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "PATH",
            description = "Where the program's classes are, beside Ondol's.")
    private @Nullable String classPath;

    @Parameters(
            paramLabel = "PROGRAM",
            arity = "1..*",
            description = "train, or a class with a main method, or a .java file; then its arguments.")
    private List<String> program = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (workers < 1 || workers > MOST) {
            throw new ParameterException(
                    spec.commandLine(), "--workers " + workers + ": give 1 to " + MOST + " workers");
        }
        try (LocalWorkers all =
                new LocalWorkers(spec.commandLine().getOut(), spec.commandLine().getErr())) {
            all.start(workers, command());
            try (Interrupts _ = new Interrupts(() -> {})) { // which the workers have got too, and end in their own time
                return all.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        int processors = Runtime.getRuntime().availableProcessors();
        command.add("-Dondol.cpu.threads=" + Math.max(1, processors / workers));
        command.add("-XX:MaxRAMPercentage=" + Math.min(25.0, 75.0 / workers));
        command.add("-Djava.awt.headless=true");
        command.addAll(JvmFlags.all());
        command.add("-cp");
        String own = System.getProperty("java.class.path");
        command.add(classPath == null ? own : classPath + File.pathSeparator + own);
        if (program.getFirst().equals("train")) {
            command.add(Main.class.getName());
        }
        command.addAll(program);
        return command;
    }
}
