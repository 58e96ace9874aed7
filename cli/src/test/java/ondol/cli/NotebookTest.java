package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import ondol.backend.Required;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NotebookTest {
    private static final int TRIES = 3;

    @TempDir
    private Path prefix;

    private Path folder() {
        return prefix.resolve("share/jupyter/kernels/ondol");
    }

    private CommandRun notebook(String action) {
        return CommandRun.of("notebook", action, "--prefix", prefix.toString());
    }

    @Test
    void theDescriptionNamesThisJavaAndOndol() throws IOException {
        CommandRun run = notebook("--install");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains(folder().toString()), run.out());
        JsonObject spec = new Gson().fromJson(Files.readString(folder().resolve("kernel.json")), JsonObject.class);
        assertEquals("Ondol (Java)", spec.get("display_name").getAsString());
        assertEquals("java", spec.get("language").getAsString());
        List<String> command = spec.getAsJsonArray("argv").asList().stream()
                .map(each -> each.getAsString())
                .toList();
        assertTrue(Files.isExecutable(Path.of(command.getFirst())), command.getFirst());
        assertEquals("{connection_file}", command.getLast());
        assertTrue(command.contains("--add-modules=jdk.incubator.vector"), command.toString());
        for (String entry : command.get(command.indexOf("-cp") + 1).split(File.pathSeparator, -1)) {
            assertTrue(Path.of(entry).isAbsolute(), entry);
        }
        Path imports =
                Path.of(spec.getAsJsonObject("env").get("RJK_INIT_SCRIPT").getAsString());
        assertTrue(Files.readString(imports).contains("import ondol.nn.Module;"), imports.toString());
        assertEquals(0, notebook("--install").exitCode(), "it is written over");
    }

    @Test
    void whatIsUninstalledIsGone() {
        assertTrue(notebook("--uninstall").out().startsWith("There is no kernel in "));
        notebook("--install");
        CommandRun run = notebook("--uninstall");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("is removed"), run.out());
        assertFalse(Files.exists(folder()));
    }

    @Test
    void whatCannotBeDoneIsRefused() throws IOException {
        assertEquals(2, CommandRun.of("notebook").exitCode());
        assertEquals(2, CommandRun.of("notebook", "--install", "--uninstall").exitCode());
        Files.writeString(prefix.resolve("share"), "in the way");
        CommandRun run = notebook("--install");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("cannot write to the folder " + folder()), run.err());
        assertTrue(run.err().contains("--prefix"), run.err());
    }

    @Test
    void theUsersFolderIsJupyters() {
        Path home = Path.of("home");
        assertEquals(home.resolve(".local/share/jupyter"), JupyterFolder.ofUser(Map.of(), "Linux", home));
        assertEquals(home.resolve("Library/Jupyter"), JupyterFolder.ofUser(Map.of(), "Mac OS X", home));
        assertEquals(Path.of("data/jupyter"), JupyterFolder.ofUser(Map.of("XDG_DATA_HOME", "data"), "Linux", home));
        assertEquals(
                Path.of("roaming/jupyter"), JupyterFolder.ofUser(Map.of("APPDATA", "roaming"), "Windows 11", home));
        for (String system : List.of("Linux", "Mac OS X", "Windows 11")) {
            assertEquals(Path.of("given"), JupyterFolder.ofUser(Map.of("JUPYTER_DATA_DIR", "given"), system, home));
        }
    }

    /** By Python's nbclient, as Jupyter does it. */
    @Test
    void aNotebookRuns() throws IOException, InterruptedException {
        String python = python();
        notebook("--install");
        JsonArray outputs = run(
                python,
                List.of("""
                        Ondol.manualSeed(43052);
                        Tensor x = Tensor.randn(2, 2);
                        x""", """
                        System.out.println(x.matmul(x).shape());
                        Module net = new Sequential(new Linear(2, 1), new ReLU());
                        net""", "Plot.lines(x).title(\"x\")", "HtmlTable.of(x)", "x.matmul(Tensor.ones(3, 2))"));
        JsonObject tensor = outputs.get(0).getAsJsonArray().get(0).getAsJsonObject();
        assertEquals("tensor([[-0.8178, -0.7052],\n        [-0.5843, -0.6179]])", data(tensor, "text/plain"));
        assertFalse(tensor.getAsJsonObject("data").has("text/html"), tensor.toString());
        JsonArray second = outputs.get(1).getAsJsonArray();
        assertEquals("[2, 2]\n", second.get(0).getAsJsonObject().get("text").getAsString());
        assertEquals("""
                Sequential(
                  (0): Linear(in_features=2, out_features=1, bias=True)
                  (1): ReLU()
                )""", data(second.get(1).getAsJsonObject(), "text/plain"));
        JsonObject plot = outputs.get(2).getAsJsonArray().get(0).getAsJsonObject();
        byte[] png = Base64.getMimeDecoder().decode(data(plot, "image/png"));
        assertEquals(675, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
        JsonObject table = outputs.get(3).getAsJsonArray().get(0).getAsJsonObject();
        assertTrue(data(table, "text/html").contains("<td>-0.817791<"), table.toString());
        JsonObject error = outputs.get(4).getAsJsonArray().get(0).getAsJsonObject();
        assertEquals("error", error.get("output_type").getAsString());
        assertTrue(error.get("evalue").getAsString().contains("inner sizes 2 and 3 differ"), error.toString());
    }

    private static String data(JsonObject output, String type) {
        return output.getAsJsonObject("data").get(type).getAsString();
    }

    /** What each cell puts out. Jupyter chooses ports before the kernel takes them, so that another may have them by then. */
    private JsonArray run(String python, List<String> cells) throws IOException, InterruptedException {
        StringBuilder failures = new StringBuilder();
        Path program = prefix.resolve("run.py");
        try (InputStream in = NotebookTest.class.getResourceAsStream("run_notebook.py")) {
            Files.write(program, Objects.requireNonNull(in).readAllBytes());
        }
        Path results = prefix.resolve("outputs.json");
        for (int i = 0; i < TRIES; i++) {
            ProcessBuilder builder = new ProcessBuilder(
                            python, program.toString(), new Gson().toJson(cells), results.toString())
                    .redirectErrorStream(true);
            builder.environment()
                    .put("JUPYTER_PATH", prefix.resolve("share/jupyter").toString());
            builder.environment()
                    .put("JUPYTER_RUNTIME_DIR", prefix.resolve("runtime").toString());
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() == 0) {
                return new Gson().fromJson(Files.readString(results), JsonArray.class);
            }
            failures.append(output).append('\n');
        }
        throw new AssertionError(failures.toString());
    }

    /** A Python that has nbclient. */
    private static String python() throws IOException, InterruptedException {
        for (String command : List.of("python3", "/usr/bin/python3")) {
            try {
                Process process = new ProcessBuilder(command, "-c", "import nbclient, nbformat")
                        .redirectErrorStream(true)
                        .start();
                process.getInputStream().readAllBytes();
                if (process.waitFor() == 0) {
                    return command;
                }
            } catch (IOException e) {
                // There is no such command; the next one may be there.
            }
        }
        String reason = "no Python with nbclient; install python3-nbclient";
        assertFalse(Required.is("jupyter"), reason);
        assumeTrue(false, reason);
        throw new AssertionError();
    }
}
