package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ondol.backend.Required;
import ondol.backend.c.Dialect;
import ondol.backend.c.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kernel shape that the contract asks for is CUDA C++ to NVIDIA's own compiler, for the oldest and a new architecture,
 * and what it makes of them rounds as the contract says. Needs nvcc, or NVRTC, and no GPU; without a compiler it is skipped, or
 * fails with {@code -Dondol.test.requireNvcc=true}.
 */
class CudaSourceTest {
    private static final List<String> ARCHITECTURES = List.of("75", "90");
    private static final int KERNELS_PER_FILE = 200;
    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

    @TempDir
    static Path folder;

    /** What is compiled, by the name its function has there. */
    private static final TreeMap<String, Source> SOURCES = new TreeMap<>();

    /** The PTX of each function, by architecture and name. */
    private static final TreeMap<String, TreeMap<String, String>> PTX = new TreeMap<>();

    @BeforeAll
    static void compileAll() throws IOException, InterruptedException {
        @Nullable Nvrtc nvrtc = nvccIsThere() ? null : nvrtc();
        Set<Source> distinct = new LinkedHashSet<>(ContractSources.collect());
        List<Path> files = new ArrayList<>();
        List<Source> rest = new ArrayList<>(distinct);
        for (int start = 0; start < rest.size(); start += KERNELS_PER_FILE) {
            int end = Math.min(rest.size(), start + KERNELS_PER_FILE);
            Path file = folder.resolve("kernels" + start + ".cu");
            Files.writeString(file, file(rest.subList(start, end), start, SOURCES));
            files.add(file);
        }
        for (Path file : files) {
            if (nvrtc == null) {
                nvcc(file);
            } else {
                compile(nvrtc, file);
            }
        }
        for (String architecture : ARCHITECTURES) {
            TreeMap<String, String> functions = new TreeMap<>();
            for (Path file : files) {
                split(Files.readString(ptx(file, architecture)), functions);
            }
            PTX.put(architecture, functions);
        }
    }

    static boolean nvccIsThere() throws InterruptedException {
        try {
            return new ProcessBuilder("nvcc", "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** The other compiler, if there is one. */
    private static Nvrtc nvrtc() {
        try {
            return new NativeLocator().find(NativeLocator.Library.NVRTC, NativeLocator.ANY, Nvrtc::load);
        } catch (UnsatisfiedLinkError e) {
            String reason = "no nvcc on this machine, and " + e.getMessage() + "\nNo GPU is needed.";
            if (Required.is("nvcc")) {
                fail(reason);
            }
            return abort(reason);
        }
    }

    /** Where the compilers leave what they make of a file. */
    private static Path ptx(Path file, String architecture) {
        return folder.resolve(file.getFileName().toString().replace(".cu", ".compute_" + architecture + ".ptx"));
    }

    /**
     * Many kernels in one file: each in a namespace, its function under a name of its own.
     *
     * @param names gets each kernel by that name
     */
    static String file(List<Source> sources, int first, Map<String, Source> names) {
        String prelude = Dialect.CUDA.prelude();
        StringBuilder file = new StringBuilder(prelude);
        for (Source source : sources) {
            if (source.table()) {
                String whole = source.in(Dialect.CUDA);
                file.append(
                        whole, prelude.length(), whole.length() - source.text().length());
                break;
            }
        }
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(i);
            String name = source.name() + "_" + (first + i);
            String text = source.text().replace("void " + source.name() + "(", "void " + name + "(");
            assertFalse(text.equals(source.text()), text);
            Matcher macros = Pattern.compile("#define (\\w+)").matcher(text);
            file.append("\nnamespace k")
                    .append(first + i)
                    .append(" {\n")
                    .append(text)
                    .append("}\n");
            while (macros.find()) {
                file.append("#undef ").append(macros.group(1)).append('\n');
            }
            names.put(name, source);
        }
        return file.toString();
    }

    /** Compiles and assembles a file with the options that the backend uses; keeps the PTX. */
    private static void nvcc(Path file) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("nvcc", "-fatbin", "-w", "--keep", "--keep-dir", ".", "--threads=2"));
        command.addAll(Modules.STRICT);
        for (String architecture : ARCHITECTURES) {
            command.add("-gencode=arch=compute_" + architecture + ",code=sm_" + architecture);
        }
        command.add(file.getFileName().toString());
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
    }

    /** The same with NVRTC, which assembles what it gives out as cubin. */
    private static void compile(Nvrtc nvrtc, Path file) throws IOException {
        String text = Files.readString(file);
        String name = file.getFileName().toString();
        for (String architecture : ARCHITECTURES) {
            List<String> options = new ArrayList<>(Modules.STRICT);
            options.add("--gpu-architecture=sm_" + architecture);
            nvrtc.cubin(text, name, options);
            options.set(options.size() - 1, "--gpu-architecture=compute_" + architecture);
            byte[] ptx = nvrtc.ptx(text, name, options);
            Files.write(ptx(file, architecture), Arrays.copyOf(ptx, ptx.length - 1)); // without the zero at its end
        }
    }

    private static void split(String ptx, TreeMap<String, String> functions) {
        Matcher entries = ENTRY.matcher(ptx);
        List<Integer> starts = new ArrayList<>();
        List<String> names = new ArrayList<>();
        while (entries.find()) {
            starts.add(entries.start());
            names.add(entries.group(1));
        }
        starts.add(ptx.length());
        for (int i = 0; i < names.size(); i++) {
            functions.put(names.get(i), ptx.substring(starts.get(i), starts.get(i + 1)));
        }
    }

    @Test
    void everyKernelIsAccepted() {
        assertTrue(SOURCES.size() > 500, "only " + SOURCES.size() + " kernels");
        for (String architecture : ARCHITECTURES) {
            assertEquals(SOURCES.keySet(), PTX.get(architecture).keySet());
        }
    }

    @Test
    void nothingIsApproximateOrFlushed() {
        PTX.forEach((architecture, functions) -> functions.forEach((name, ptx) -> {
            for (String wrong : List.of(".approx", ".ftz", ".full.f32", "mad.f32", "mad.rn.f32")) {
                assertFalse(
                        ptx.contains(wrong),
                        () -> wrong + " on sm_" + architecture + " in " + name + "\n"
                                + SOURCES.get(name).text() + ptx);
            }
        }));
    }

    @Test
    void fmaIsOnlyWhereTheKernelSaysSo() {
        int with = 0;
        for (var functions : PTX.values()) {
            for (var function : functions.entrySet()) {
                Source source = SOURCES.get(function.getKey());
                boolean asked = source.text().contains("FMA(");
                boolean there = function.getValue().contains("fma.");
                assertFalse(there && !asked, () -> source.text() + function.getValue());
                with += there ? 1 : 0;
            }
        }
        assertTrue(with > 100, "only " + with + " kernels with an fma"); // so an fma would have been seen
    }

    /** Where nothing repeats, the PTX has at most the text's fmas: fewer where a value is of no consequence. */
    @Test
    void noFmaIsAdded() {
        int asked = 0;
        int there = 0;
        for (var functions : PTX.values()) {
            for (var function : functions.entrySet()) {
                Source source = SOURCES.get(function.getKey());
                if (!source.text().contains("for (")) {
                    int most = count("FMA(", source.text());
                    int count = count("fma.rn.f32", function.getValue());
                    assertTrue(count <= most, () -> source.text() + function.getValue());
                    asked += most;
                    there += count;
                }
            }
        }
        String summary = there + " of " + asked + " fmas";
        assertTrue(there > 250 && there > 0.8 * asked, summary);
    }

    private static int count(String what, String text) {
        return text.split(Pattern.quote(what), -1).length - 1;
    }

    /** The assembler may contract a product and a sum of which the PTX does not say how they are rounded. */
    @Test
    void everyRoundingIsSpelledOut() {
        Map<String, Integer> seen = new TreeMap<>();
        Pattern rounding = Pattern.compile("\\b(add|sub|mul|div|sqrt|fma)\\.[\\w.]*f32");
        for (var functions : PTX.values()) {
            for (var function : functions.entrySet()) {
                Matcher instructions = rounding.matcher(function.getValue());
                while (instructions.find()) {
                    seen.merge(instructions.group(1), 1, Integer::sum);
                    assertEquals(
                            instructions.group(1) + ".rn.f32",
                            instructions.group(),
                            () -> SOURCES.get(function.getKey()).text() + function.getValue());
                }
            }
        }
        for (String instruction : List.of("add", "sub", "mul", "div", "sqrt", "fma")) {
            assertTrue(seen.getOrDefault(instruction, 0) > 5, seen.toString());
        }
    }
}
