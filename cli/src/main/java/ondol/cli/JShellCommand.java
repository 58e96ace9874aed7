package ondol.cli;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.prefs.Preferences;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol jshell}: the JDK's jshell, which has Ondol on its class path. */
@Command(
        name = "jshell",
        description = {
            "Starts Java's shell with Ondol's classes imported: type Tensor.randn(2, 3).",
            "Files are run first; one that ends with /exit ends the shell. ONDOL_JAVA_OPTS are its flags, too."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class JShellCommand implements Callable<Integer> {
    /** Tensors are shown from the beginning of a line, and whole. */
    private static final String FEEDBACK = """
            /set mode ondol normal -command
            /set format ondol result '{name} ==>{post}{value}{post}' added,modified,replaced-ok-primary
            /set truncation ondol 1000000
            /set mode ondol -retain
            /set feedback -retain ondol
            /exit
            """;

    // Held, because java.util.logging forgets a logger's settings with the logger.
    private static final Logger PREFERENCES_LOG = Logger.getLogger("java.util.prefs");

    @Option(
            names = {"--class-path", "-class-path"},
            paramLabel = "PATH",
            description = "More classes, beside Ondol's.")
    private @Nullable String classPath;

    @Parameters(
            paramLabel = "ARGUMENT",
            description = "What the JDK's jshell takes: options, files to run, - for the standard input.")
    private List<String> arguments = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PREFERENCES_LOG.setLevel(Level.WARNING); // not that it makes a folder
        PrintWriter out = spec.commandLine().getOut();
        if (arguments.stream().noneMatch(a -> a.equals("-") || new File(a).exists())) {
            out.println("Ondol " + Version.ofOndol()
                    + ". Its classes are imported: Tensor, nn, optim, data, io, train, Plot.");
            out.flush();
        }
        Preferences preferences = Preferences.userRoot().node("ondol/jshell");
        setFeedback(preferences);
        Path startUp = startUpFile();
        try {
            return JavaShellToolBuilder.builder()
                    .persistence(preferences)
                    .start(toolArguments(startUp).toArray(String[]::new));
        } finally {
            Files.deleteIfExists(startUp);
        }
    }

    private List<String> toolArguments(Path startUp) {
        List<String> all = new ArrayList<>();
        String own = System.getProperty("java.class.path");
        all.addAll(List.of("--class-path", classPath == null ? own : own + File.pathSeparator + classPath));
        JvmFlags.all().forEach(flag -> all.add("-R" + flag));
        all.addAll(List.of("--startup", startUp.toString()));
        all.addAll(arguments);
        return all;
    }

    private static Path startUpFile() {
        try {
            Path file = Files.createTempFile("ondol", ".jsh");
            return Files.writeString(file, StartUp.script());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the start-up script: " + e.getMessage(), e);
        }
    }

    /**
     * Makes the shell's feedback mode. There is no option for one, and a start-up script runs before there are modes; but the shell
     * keeps modes from session to session, in an encoding of its own. So a session makes it, once for each Java, and what that session
     * keeps is Ondol's preference, beside the history of the user's lines. Another mode that the user has kept stays.
     */
    private static void setFeedback(Preferences preferences) throws Exception {
        String madeBy = Runtime.version() + " " + FEEDBACK.hashCode();
        if (preferences.get("made by", "").equals(madeBy)) {
            return;
        }
        Map<String, String> kept = new HashMap<>();
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        JavaShellToolBuilder.builder()
                .persistence(kept)
                .in(new ByteArrayInputStream(FEEDBACK.getBytes(StandardCharsets.UTF_8)), null)
                .out(nowhere)
                .start("--execution", "local", "--no-startup");
        kept.keySet().removeIf(key -> key.startsWith("HISTORY_LINE"));
        String chosen = preferences.get("FEEDBACK", null);
        if (chosen != null) {
            kept.put("FEEDBACK", chosen);
        }
        kept.forEach(preferences::put);
        preferences.put("made by", madeBy);
    }
}
