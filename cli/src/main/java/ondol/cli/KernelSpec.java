package ondol.cli;

import com.google.gson.GsonBuilder;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kernel that Jupyter starts: rapaio-jupyter-kernel, with this Java, Ondol's class path and its imports. */
final class KernelSpec {
    /** The folder's name, by which Jupyter knows the kernel. */
    static final String NAME = "ondol";

    static final String DISPLAY_NAME = "Ondol (Java)";

    private static final String KERNEL = "kernel.json";
    private static final String IMPORTS = "startup.jsh";
    private static final String MAIN = "org.rapaio.jupyter.kernel.MainApp";

    private KernelSpec() {}

    /** Writes it, over one that is there. */
    static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path imports = folder.resolve(IMPORTS).toAbsolutePath().normalize();
        Files.writeString(imports, StartUp.script());
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("argv", command());
        spec.put("display_name", DISPLAY_NAME);
        spec.put("language", "java");
        spec.put("interrupt_mode", "message");
        spec.put("env", Map.of("RJK_INIT_SCRIPT", imports.toString()));
        String json = new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(spec);
        Files.writeString(folder.resolve(KERNEL), json + "\n");
    }

    /** Removes it; tells whether it was there. */
    static boolean remove(Path folder) throws IOException {
        boolean there = Files.deleteIfExists(folder.resolve(KERNEL));
        there |= Files.deleteIfExists(folder.resolve(IMPORTS));
        if (there) {
            Files.delete(folder);
        }
        return there;
    }

    private static List<String> command() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.awt.headless=true"); // the notebook shows the figures
        command.addAll(JvmFlags.all());
        command.addAll(List.of("-cp", classPath(), MAIN, "{connection_file}"));
        return command;
    }

    private static String classPath() throws IOException {
        String own = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(File.pathSeparator));
        return own + File.pathSeparator + kernel();
    }

    /** The kernel's jar: beside the classes, and on the class path of nothing else, since it brings libraries of its own. */
    private static Path kernel() throws IOException {
        Path folder = classes().resolveSibling("notebook");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> jars =
                        files.filter(file -> file.toString().endsWith(".jar")).toList();
                if (jars.size() == 1) {
                    return jars.getFirst();
                }
            }
        }
        throw new IllegalStateException("there is no Jupyter kernel in " + folder
                + "; remove cli/target and call ./ondol again, which builds it");
    }

    private static Path classes() {
        try {
            return Path.of(KernelSpec.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
