package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.backend.c.KernelCache;
import ondol.backend.c.MatMulTuning;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's driver, compiler and matrix products for machines without a GPU, made of the C sources in
 * {@code src/test/c}, which say what they do. Whatever Java is started with {@link #environment} finds them.
 */
final class Emulator {
    private static final Path SOURCES = Stream.of("src/test/c", "cuda-backend/src/test/c")
            .map(name ->
                    Path.of(System.getProperty("basedir", "")).resolve(name).toAbsolutePath())
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow();

    private final Path folder;

    /** Builds the libraries in a folder. */
    Emulator(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        Files.createDirectories(temporary());
        String driver = library("cuda.c", "libcuda.so.1", "-ldl", "-lpthread");
        library("nvrtc.c", "libnvrtc.so.13", "-DKERNEL_HEADER=\"" + SOURCES.resolve("kernel.h") + '"');
        for (int major : new int[] {12, 13}) {
            Files.createDirectories(cublas(major));
            String name = folder.relativize(cublas(major)) + "/libcublas.so." + major;
            library("cublas.c", name, "-DMAJOR=" + major, "-Wl,--default-symver", driver);
        }
    }

    /** Why there can be none on this machine; null if there can. */
    static @Nullable String missing() throws IOException, InterruptedException {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            return "CUDA is emulated on x86-64 Linux only";
        }
        if (!Files.readString(Path.of("/proc/cpuinfo")).contains(" fma ")) {
            return "CUDA is emulated on processors with fma only";
        }
        for (String compiler : List.of("gcc", "g++")) {
            try {
                run(List.of(compiler, "--version"));
            } catch (IOException e) {
                return "CUDA is emulated by means of gcc and g++, and there is no " + compiler;
            }
        }
        return null;
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private String library(String source, String name, String... more) throws IOException, InterruptedException {
        String file = folder.resolve(name).toString();
        List<String> command =
                new ArrayList<>(List.of("gcc", "-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra"));
        command.addAll(List.of("-Werror", "-U_FORTIFY_SOURCE")); // which refuses to jump between stacks
        command.addAll(List.of("-Wl,-soname," + Path.of(name).getFileName(), "-o", file));
        command.add(SOURCES.resolve(source).toString());
        command.addAll(List.of(more));
        run(command);
        return file;
    }

    /**
     * Leaves in the cache how matrix products are cut up, as if that had been found out: this takes an emulator half a
     * minute.
     */
    void chooseTiles() {
        var candidates = MatMulTuning.candidates(false);
        KernelCache cache = new KernelCache(cache().resolve(CudaBackendProvider.NAME), "Emulated GPU\n90\n13.0");
        byte[] chosen = candidates.getLast().toString().getBytes(StandardCharsets.UTF_8);
        MatMulTuning.keys(cache, false).forEach(key -> cache.write(key, chosen));
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private Path temporary() {
        return folder.resolve("temporary");
    }

    /** The folder with a version of cuBLAS. */
    private Path cublas(int major) {
        return folder.resolve("cublas" + major);
    }

    /**
     * What lets a Java, and any that it starts, find the libraries and nothing else of CUDA.
     *
     * @param cublas which version of cuBLAS: 12 is called through JCuda, 13 is not
     */
    Map<String, String> environment(int cublas) {
        String options = Stream.of(
                        "-Dondol.cuda.nvrtc=" + folder,
                        "-Dondol.cuda.cublas=" + cublas(cublas),
                        "-Dondol.cache=" + cache(),
                        "-Dondol.test.requireCuda=true",
                        "-Djava.io.tmpdir=" + temporary())
                .map(option -> '"' + option + '"')
                .reduce("", (a, b) -> a + ' ' + b);
        return Map.of(
                "LD_LIBRARY_PATH", folder.toString(), "TMPDIR", temporary().toString(), "JDK_JAVA_OPTIONS", options);
    }
}
