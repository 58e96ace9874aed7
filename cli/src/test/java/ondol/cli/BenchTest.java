package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import ondol.cli.BenchTable.Table;
import ondol.cli.Measurements.Missing;
import ondol.cli.Measurements.Missing.Cause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From JMH's output, recorded in files, to tables and a picture. */
final class BenchTest {
    private static String recorded(String name) throws IOException {
        try (InputStream in = BenchTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Measurements measurements() throws IOException {
        Measurements measurements = new Measurements();
        measurements.add(recorded("jmh-cpu.json"), "cpu", 2);
        measurements.add(recorded("jmh-netlib.json"), "netlib", 2);
        measurements.add("""
                [{"benchmark": "ondol.benchmarks.Peak.fma12",
                  "primaryMetric": {"score": 2.5, "scoreError": "NaN", "scoreUnit": "us/op"}},
                 {"benchmark": "ondol.benchmarks.Peak.fma16",
                  "primaryMetric": {"score": 2.0, "scoreError": 1.5, "scoreUnit": "us/op"}}]""", Measurements.MACHINE, 2);
        return measurements;
    }

    @Test
    void rowsAreInOrderAndHaveTheTablesNames() throws IOException {
        assertEquals(
                List.of(
                        "step, 80 points, 1-512-1, dropout 0.8",
                        "matmul 64",
                        "matmul 512-tA",
                        "copy 1e3",
                        "copy 1e5",
                        "fma12",
                        "fma16"),
                measurements().rows().stream().map(BenchRow::label).toList());
    }

    @Test
    void eachResultIsFoundAgain() throws IOException {
        Measurements measurements = measurements();
        BenchRow matmul = measurements.rows().get(1);
        assertNotNull(measurements.time(matmul, "cpu", 2));
        assertNotNull(measurements.time(matmul, "netlib", 2));
        assertNull(measurements.time(matmul, "netlib", 1));
        assertNull(measurements.time(measurements.rows().get(0), "netlib", 2));
        assertEquals(2.0 * 64 * 64 * 64, matmul.operations());
        assertEquals(245.76, measurements.peak(2), 1e-9);
        assertTrue(Double.isNaN(measurements.peak(1)));
        assertEquals(
                "netlib",
                measurements.raw().get(5).getAsJsonObject().get("ondolEngine").getAsString());
    }

    @Test
    void tablesHaveTimesRatiosAndRates() throws IOException {
        Measurements measurements = measurements();
        List<Table> tables = new BenchTable(measurements, List.of("cpu", "netlib"), List.of(2)).tables();
        assertEquals(3, tables.size());
        Table times = tables.get(0);
        assertEquals(List.of("microseconds", "cpu", "netlib", "/ cpu"), times.headings());
        BenchRow row = measurements.rows().get(1);
        double ratio = measurements.time(row, "netlib", 2).microseconds()
                / measurements.time(row, "cpu", 2).microseconds();
        List<String> matmul = times.rows().get(1);
        assertEquals("matmul 64", matmul.get(0));
        assertEquals(ratio, Double.parseDouble(matmul.get(3)), 0.005);
        assertEquals(List.of("-", "-"), times.rows().get(2).subList(2, 4));

        Table rates = tables.get(1);
        assertTrue(rates.title().contains("246 GFLOP/s"), rates.title());
        assertTrue(
                rates.rows().get(0).get(1).matches("\\d+\\.\\d \\(\\d+ %\\)"),
                rates.rows().toString());
        assertEquals(List.of("fma12", "2.50"), tables.get(2).rows().get(0));
    }

    @Test
    void textIsAlignedAndMarkdownIsATable() {
        Table table =
                new Table("Times", List.of("row", "cpu"), List.of(List.of("matmul 64", "7.5"), List.of("x", "1,200")));
        assertEquals(List.of("Times", "row          cpu", "matmul 64    7.5", "x          1,200"), table.text());
        assertEquals(
                List.of("## Times", "", "| row | cpu |", "|---|---:|", "| matmul 64 | 7.5 |", "| x | 1,200 |"),
                table.markdown());
    }

    @Test
    void jmhsOutputSaysHowFarItIsAndWhatFailed() {
        List<Double> progress = new ArrayList<>();
        JmhOutput output = new JmhOutput("djl", 2, progress::add);
        """
                # Benchmark: ondol.benchmarks.MatMul.matmul
                # Parameters: (device = djl, shape = 64)
                # Run progress: 25.00% complete, ETA 00:00:10
                # Warmup Iteration   1: 12.000 us/op
                # Benchmark: ondol.benchmarks.Pointwise.pointwise
                # Parameters: (device = djl, elements = 1000, operation = EXP)
                # Warmup Iteration   1: <failure>

                ondol.benchmarks.WrongResult: EXP on djl is wrong: element 3 is 1.0 instead of 2.0
                	at ondol.benchmarks.Pointwise.setUp(Pointwise.java:70)

                # Benchmark: ondol.benchmarks.AdamUpdate.step
                # Parameters: (device = djl, elements = 1000)
                <failure>
                ondol.benchmarks.MissingWork: djl does not have it
                # Benchmark: ondol.benchmarks.LectureStep.step
                # Parameters: (device = djl, net = DROPOUT)
                <failure>
                java.lang.RuntimeException: outer
                Caused by: java.lang.UnsatisfiedLinkError: no library
                """.lines().forEach(output::line);
        output.end();
        assertEquals(List.of(0.25), progress);
        assertEquals(
                List.of(
                        new Missing(
                                "exp 1e3",
                                "djl",
                                2,
                                Cause.WRONG,
                                "EXP on djl is wrong: element 3 is 1.0 instead of 2.0"),
                        new Missing("Adam 1e3", "djl", 2, Cause.ABSENT, "djl does not have it"),
                        new Missing(
                                "step, 80 points, 1-512-1, dropout 0.8",
                                "djl",
                                2,
                                Cause.FAILED,
                                "UnsatisfiedLinkError: no library")),
                output.missing());
    }

    @Test
    void jmhsOutputSaysWhichKernelsComputed() {
        JmhOutput output = new JmhOutput("openblas", 2, share -> {});
        output.line("# Warmup Iteration   1: [kernels] OpenBLAS 0.3.31 Haswell");
        output.line("[kernels] OpenBLAS 0.3.31 Haswell");
        output.line("[kernels] OpenBLAS 0.3.31 Zen");
        Measurements measurements = new Measurements();
        output.kernels().forEach(kernels -> measurements.addKernels("openblas", 2, kernels));
        assertEquals(
                Map.of("Kernels of openblas, 2 threads", "OpenBLAS 0.3.31 Haswell | OpenBLAS 0.3.31 Zen"),
                measurements.kernels());
    }

    @Test
    void reasonsAreLines() {
        Measurements measurements = new Measurements();
        measurements.addMissing(new Missing("exp 1e3", "djl", 1, Cause.WRONG, "element 3"));
        List<String> reasons = new BenchTable(measurements, List.of("djl"), List.of(1)).reasons();
        assertEquals(List.of("WRONG, so without a time: exp 1e3 on djl (1 thread): element 3"), reasons);
    }

    @Test
    void quickIsOneProcess() {
        String command = new JmhRun(BenchEngine.ofDevice("cpu"), "MatMul", 2, true)
                .command(Path.of("results.json")).stream().collect(Collectors.joining(" "));
        assertTrue(command.contains(" -p device=cpu ") && command.contains(" -f 0 "), command);
        assertTrue(command.contains("-Dondol.benchmark.threads=2 "), command);
    }

    @Test
    void theQuickPictureHasAPanelForEachKind(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("bench.png");
        new BenchPicture(measurements(), List.of("cpu", "netlib"), 2).write(file);
        BufferedImage image = ImageIO.read(file.toFile());
        assertEquals(3 * 520, image.getHeight());
    }
}
