package ondol.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import ondol.distributed.ProcessGroupException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code ondol} command.
 *
 * <p>Exit codes: 0 if all went well; 1 if something failed, or the lecture did not give its values, or a benchmark's result was wrong, or the output could not be written; 2 for a command line
 * that cannot be done: settings, files or data that something is wrong with, folders that cannot be written to, a learning rate with which
 * the loss becomes infinite; 75 for a worker of {@code ondol launch} that cannot go on because another one has failed.
 */
@Command(
        name = "ondol",
        description = "Ondol: tensors for Java that work like PyTorch's.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = HelpCommand.class)
public final class Main implements Runnable {
    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show what Ondol logs.")
    private boolean verbose;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Show where an error came from (as does ONDOL_DEBUG=1).")
    private boolean stacktrace;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Main() {}

    /** Runs the command and ends the process. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        System.exit(
                run(new FileOutputStream(FileDescriptor.out), System.out.charset(), err, Expected.ofNotebook(), args));
    }

    /**
     * Runs the command, and fails if its output could not be written: with a line that says why, or without one where nobody
     * reads on, as in {@code ondol devices | head -1}.
     */
    static int run(OutputStream to, Charset charset, PrintWriter err, Expected expected, String... args) {
        Output output = new Output(to);
        PrintWriter out = new PrintWriter(output, true, charset);
        int exitCode = run(out, err, expected, args);
        IOException failure = output.failure();
        if (failure == null || exitCode != 0) {
            return exitCode;
        }
        String reason = String.valueOf(failure.getMessage());
        if (!reason.equals("Broken pipe")) {
            err.println("ondol: the output could not be written: " + reason);
            err.flush();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /**
     * Runs the command.
     *
     * @param expected what the lecture should print
     * @return the exit code
     */
    static int run(PrintWriter out, PrintWriter err, Expected expected, String... args) {
        Main main = new Main();
        // An option that is unknown here is one of the JDK's jshell.
        CommandLine jshell = new CommandLine(new JShellCommand()).setUnmatchedOptionsArePositionalParams(true);
        CommandLine command = new CommandLine(main)
                .addSubcommand(new DevicesCommand())
                .addSubcommand(new LectureCommand(expected))
                .addSubcommand(new TrainCommand())
                .addSubcommand(new CommandLine(new LaunchCommand()).setStopAtPositional(true))
                .addSubcommand(new PredictCommand())
                .addSubcommand(new BenchCommand())
                .addSubcommand(new ShowCommand())
                .addSubcommand(new ConvertCommand())
                .addSubcommand(jshell)
                .addSubcommand(new NotebookCommand())
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler((e, arguments) -> refuse(e))
                .setExecutionExceptionHandler((e, failed, parsed) -> main.fail(err, e));
        command.setExecutionStrategy(parsed -> main.execute(err, parsed));
        try {
            return command.execute(args);
        } catch (OutOfMemoryError | LinkageError | AssertionError e) {
            return main.fail(err, e);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private int execute(PrintWriter err, ParseResult parsed) {
        Logging.to(err, verbose);
        return new CommandLine.RunLast().execute(parsed);
    }

    /** Without a subcommand: how to use it. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int refuse(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println("ondol: " + text(e.getMessage()) + " (see " + name + " --help)");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private int fail(PrintWriter err, Throwable e) {
        String hint = "";
        if (stacktrace || isSet(System.getenv("ONDOL_DEBUG"))) {
            e.printStackTrace(err);
        } else {
            hint = " (--stacktrace shows where)";
        }
        err.println("ondol: " + describe(e) + hint);
        return e instanceof ProcessGroupException ? LocalWorkers.OTHERS_FAULT : CommandLine.ExitCode.SOFTWARE;
    }

    private static boolean isSet(@Nullable String variable) {
        return variable != null && !Arrays.asList("", "0", "false").contains(variable.toLowerCase(Locale.ROOT));
    }

    private static String describe(Throwable e) {
        String message = text(e.getMessage());
        return switch (e) {
            case OutOfMemoryError o -> "out of memory: " + message + "; ONDOL_JAVA_OPTS=-Xmx... gives Java more";
            case IllegalStateException o when !message.isEmpty() -> message;
            case IllegalArgumentException o when !message.isEmpty() -> message;
            case ProcessGroupException o when !message.isEmpty() -> message;
            case java.io.UncheckedIOException o when !message.isEmpty() -> message;
            default -> e.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
        };
    }

    /** All lines of a message, without what would command the terminal. */
    private static String text(@Nullable String message) {
        return message == null
                ? ""
                : message.strip().lines().map(FileErrors::printable).collect(Collectors.joining("\n  "));
    }
}
