package ondol.cli;

import java.util.List;

/**
 * A column of the table.
 *
 * @param name what the benchmarks' parameter {@code device} is
 * @param folder where its module is, below {@code benchmarks/peers}; empty for Ondol's devices
 * @param benchmarks the classes of benchmarks that it has something for
 */
record BenchEngine(String name, String folder, List<String> benchmarks) {
    private static final List<String> ALL = List.of("LectureStep", "MatMul", "Pointwise", "Reductions", "AdamUpdate");

    /** What a program could use instead of Ondol. */
    static final List<BenchEngine> PEERS = List.of(
            new BenchEngine("pytorch", "pytorch", ALL),
            new BenchEngine("djl", "djl", ALL),
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
}
