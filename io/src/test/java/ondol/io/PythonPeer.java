package ondol.io;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Required;

/**
 * Programs in Python, where one on this machine has what they need ({@code -Dondol.test.python=COMMAND}, else python3 and
 * /usr/bin/python3). {@code ONDOL_TEST_REQUIRE=python} makes it a failure that there is no PyTorch or NumPy.
 */
final class PythonPeer {
    private static final Map<String, String> COMMANDS = new ConcurrentHashMap<>();

    private PythonPeer() {}

    /** Has a program among the resources do something in a folder; what it prints. */
    static String run(String program, String module, String action, Path folder) throws IOException {
        return run(List.of(python(module), Recorded.file(program).toString(), action, folder.toString()));
    }

    /** The command of a Python that has a module; asked for once, since importing PyTorch takes seconds. */
    private static String python(String module) {
        return COMMANDS.computeIfAbsent(module, PythonPeer::find);
    }

    private static String find(String module) {
        String given = System.getProperty("ondol.test.python");
        List<String> commands = given == null ? List.of("python3", "/usr/bin/python3") : List.of(given);
        StringBuilder reasons = new StringBuilder();
        for (String command : commands) {
            try {
                run(List.of(command, "-c", "import " + module));
                return command;
            } catch (IOException e) {
                reasons.append(command).append(": ").append(e.getMessage()).append("; ");
            }
        }
        boolean required = Required.is("python") && !module.equals("safetensors");
        assertTrue(!required, "no Python with " + module + ": " + reasons);
        assumeTrue(false, "no Python with " + module + ": " + reasons);
        throw new AssertionError();
    }

    /** What a command prints. */
    private static String run(List<String> command) throws IOException {
        Path out = Files.createTempFile("ondol-peer", ".out");
        Path err = Files.createTempFile("ondol-peer", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
            builder.environment().put("PYTHONIOENCODING", "utf-8");
            Process process = builder.start();
            process.getOutputStream().close();
            if (process.waitFor() != 0) {
                List<String> lines = Files.readAllLines(err);
                throw new IOException(lines.isEmpty() ? "no reason" : String.join("\n", lines));
            }
            return Files.readString(out);
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }
}
