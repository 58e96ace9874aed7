package ondol.cli;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A column of the table.
 *
 * @param name what the benchmarks' parameter {@code device} is
 * @param folder where its module is, below {@code benchmarks/peers}; empty for Ondol's devices
 * @param benchmarks the classes of benchmarks that it has something for
 */
record BenchEngine(String name, String folder, List<String> benchmarks) {
    /** Names the class path of the benchmarks; {@code ./ondol} sets it. */
    static final String CLASS_PATH = "ondol.benchmarks";

    /** Names the folder with the peers' modules; {@code ./ondol} sets it when it has built them. */
    static final String PEERS_FOLDER = "ondol.benchmarks.peers";

    private static final List<String> ALL =
            List.of("LectureStep", "MatMul", "Convolutions", "Layers", "Pointwise", "Reductions", "AdamUpdate");

    /** The libraries that a program could use instead of Ondol. */
    static final List<BenchEngine> PEERS = List.of(
            new BenchEngine("pytorch", "pytorch", ALL),
            new BenchEngine("djl", "djl", List.of("LectureStep", "MatMul", "Pointwise", "Reductions", "AdamUpdate")),
            new BenchEngine("nd4j", "nd4j", List.of("MatMul", "Pointwise", "Reductions", "AdamUpdate")),
            new BenchEngine("openblas", "pytorch", List.of("MatMul")),
            new BenchEngine("netlib", "netlib", List.of("MatMul")));

    /** The machine itself. */
    static final BenchEngine MACHINE = new BenchEngine(Measurements.MACHINE, "", List.of("Peak", "Copy", "ColdStart"));

    /** One of Ondol's devices. */
    static BenchEngine ofDevice(String device) {
        return new BenchEngine(device, "", ALL);
    }

    /** All benchmarks in the order in which they run. */
    static List<String> benchmarksInOrder() {
        return ALL;
    }

    boolean has(String benchmark) {
        return benchmarks.contains(benchmark);
    }

    /** A command of Java with this engine on its class path, in which the class to run is still missing. */
    List<String> java(int threads) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Dondol.benchmark.threads=" + threads));
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            boolean ours = argument.startsWith("-Dondol.") && !argument.startsWith("-D" + CLASS_PATH);
            if (ours || argument.startsWith("-X")) {
                command.add(argument);
            }
        }
        String classPath = System.getProperty(CLASS_PATH, "");
        if (!folder.isEmpty()) {
            Path target = Path.of(System.getProperty(PEERS_FOLDER, ""), folder, "target");
            command.add("-Dorg.bytedeco.javacpp.cachedir=" + target.resolve("javacpp"));
            command.add("-DDJL_CACHE_DIR=" + target.resolve("cache"));
            command.add("-DENGINE_CACHE_DIR=" + target.resolve("cache"));
            classPath = String.join(
                    File.pathSeparator,
                    target.resolve("classes").toString(),
                    target.resolve("lib") + File.separator + "*",
                    classPath);
        }
        command.addAll(List.of("-cp", classPath));
        return command;
    }
}
