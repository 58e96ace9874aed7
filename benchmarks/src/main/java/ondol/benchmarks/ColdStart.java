package ondol.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From {@code java} to the end of 200 steps of the lecture's first network, a JVM of its own each time: plain loops, Ondol,
 * and Ondol with a cache of classes and profiles ({@code -XX:AOTCache}) that a run before has written.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 7)
@Fork(0)
public class ColdStart {
    /** The kinds of start. */
    public enum Program {
        /** Loops over arrays. */
        PLAIN_LOOPS,
        /** Ondol. */
        ONDOL,
        /** Ondol, with the cache. */
        ONDOL_AOT_CACHE
    }

    /** The program. */
    @Param
    public Program program;

    private Path folder;
    private List<String> command;

    /** Writes a jar, since the cache takes no folders of classes, and the cache; verifies what is learnt. */
    @Setup
    public void setUp() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("ondol-cold-start");
        Path jar = folder.resolve("start.jar");
        writeJar(jar);
        String main = (program == Program.PLAIN_LOOPS ? FirstNetwork.InPlainLoops.class : FirstNetwork.class).getName();
        List<String> plain = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", jar.toString()));
        if (program != Program.PLAIN_LOOPS) {
            plain.add("--add-modules=jdk.incubator.vector");
        }
        command = new ArrayList<>(plain);
        if (program == Program.ONDOL_AOT_CACHE) {
            Path cache = folder.resolve("start.aot");
            List<String> first = new ArrayList<>(plain);
            first.addAll(List.of("-XX:AOTCacheOutput=" + cache, main));
            run(first);
            command.add("-XX:AOTCache=" + cache);
        }
        command.add(main);
        String[] learnt = run(command).lines().toList().getLast().split(" ", -1);
        if (Math.abs(Double.parseDouble(learnt[0]) - 4) > 0.3 || Math.abs(Double.parseDouble(learnt[1]) - 2.5) > 0.3) {
            throw new WrongResult("the first network as " + program + " learns " + String.join(" and ", learnt));
        }
    }

    /** The folders of the class path, as a jar; each service's file once, that of the CPU. */
    private static void writeJar(Path jar) throws IOException {
        Set<String> written = new HashSet<>();
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                Path root = Path.of(entry);
                if (Files.isDirectory(root)) {
                    try (Stream<Path> files = Files.walk(root)) {
                        for (Path file : files.filter(Files::isRegularFile).toList()) {
                            String name = root.relativize(file).toString().replace(File.separatorChar, '/');
                            if (written.add(name)) {
                                zip.putNextEntry(new ZipEntry(name));
                                Files.copy(file, zip);
                                zip.closeEntry();
                            }
                        }
                    }
                }
            }
        }
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new WrongResult(String.join(" ", command) + " ended with exit code " + process.exitValue());
        }
        return output;
    }

    /** Deletes the files. */
    @TearDown
    public void tearDown() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** A start. */
    @Benchmark
    public String start() throws IOException, InterruptedException {
        return run(command);
    }
}
