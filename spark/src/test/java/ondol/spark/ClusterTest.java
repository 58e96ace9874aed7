package ondol.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import ondol.backend.Required;
import ondol.distributed.ProcessGroup;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training by executors, each a JVM of its own, on this machine: they take a minute or two, and so run only where
 * {@code ONDOL_TEST_REQUIRE} has {@code spark}.
 */
final class ClusterTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void required() throws IOException {
        assumeTrue(Required.is("spark"), "-Dondol.test.requireSpark=true runs them");
        Path jars = Path.of(System.getenv("SPARK_HOME"), "jars");
        Files.createDirectories(jars);
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path link = jars.resolve(Path.of(entry).getFileName());
            if (entry.endsWith(".jar") && !Files.exists(link)) {
                Files.createSymbolicLink(link, Path.of(entry));
            }
        }
    }

    /** So many executors of so many cores. */
    private static JavaSparkContext spark(int executors, int cores, String... settings) {
        SparkConf conf = SparkTrainer.configure(new SparkConf(false)
                .setMaster("local-cluster[" + executors + "," + cores + ",1024]")
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path")));
        for (int i = 0; i < settings.length; i += 2) {
            conf.set(settings[i], settings[i + 1]);
        }
        JavaSparkContext spark = new JavaSparkContext(conf);
        spark.setLogLevel("OFF");
        return spark;
    }

    private static JavaRDD<LabeledRow> digits(JavaSparkContext spark) {
        return spark.parallelize(Digits.rows(), 3);
    }

    /** A worker has the cores of its task as threads, and Spark's speculation has no say in a barrier stage. */
    private static Training onTwoThreads() {
        assertEquals("2", System.getProperty(WorkerTask.THREADS));
        return Digits.training();
    }

    @Test
    void anyNumberOfWorkersWithAndWithoutSparkGivesTheSameBits() throws Exception {
        String plain = Digits.bits(Digits.plain(ProcessGroup.single(), true));
        assertEquals(plain, fourProcesses());
        try (JavaSparkContext spark = spark(2, 2, "spark.task.cpus", "2", "spark.speculation", "true")) {
            for (int workers = 1; workers <= 2; workers++) {
                SparkTrainer trainer = new SparkTrainer(ClusterTest::onTwoThreads)
                        .workers(workers)
                        .shards(Digits.SHARDS)
                        .batchSize(Digits.BATCH)
                        .epochs(Digits.EPOCHS)
                        .seed(Digits.SEED);
                assertEquals(plain, Digits.bits(trainer.fit(digits(spark))), workers + " workers");
            }
        }
    }

    /** What {@code ./ondol launch --workers 4} starts. */
    private String fourProcesses() throws Exception {
        Path result = folder.resolve("bits");
        String port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = Integer.toString(free.getLocalPort());
        }
        List<Process> workers = new ArrayList<>();
        for (int rank = 0; rank < 4; rank++) {
            ProcessBuilder builder = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx512m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Digits.class.getName(),
                            result.toString())
                    .inheritIO();
            builder.environment()
                    .putAll(Map.of(
                            "RANK", Integer.toString(rank),
                            "WORLD_SIZE", "4",
                            "MASTER_ADDR", "127.0.0.1",
                            "MASTER_PORT", port,
                            "ONDOL_SECRET", "a secret of the tests"));
            workers.add(builder.start());
        }
        for (Process worker : workers) {
            assertEquals(0, worker.waitFor());
        }
        return Files.readString(result);
    }

    @Test
    void aKilledExecutorCostsTimeAndNotABit() throws IOException {
        String log = folder.resolve("calls").toString();
        int batches = Digits.order(true).batches();
        int at = 2 * batches * Digits.SHARDS / 2 + 7; // the second worker has two shards of four; in its third epoch
        TrainingFactory factory = () -> {
            Sequential net = Digits.net();
            Sequential all = new Sequential(net, new KillOnce(at, log));
            return new Training(
                    net,
                    inputs -> all.call(inputs.getFirst()),
                    new CrossEntropyLoss(),
                    new Adam(net.parameters(), 1e-2));
        };
        try (JavaSparkContext spark = spark(2, 1)) {
            SparkTrainer trainer = new SparkTrainer(factory)
                    .workers(2)
                    .shards(Digits.SHARDS)
                    .batchSize(Digits.BATCH)
                    .epochs(Digits.EPOCHS)
                    .seed(Digits.SEED)
                    .checkpoints(folder.resolve("checkpoints").toString());
            assertEquals(
                    Digits.bits(Digits.plain(ProcessGroup.single(), true)), Digits.bits(trainer.fit(digits(spark))));
        }
        // The last batch has five rows, and each shard one or two. The second attempt began with the third epoch.
        assertEquals((Digits.EPOCHS - 2) * batches * Digits.SHARDS / 2, Files.size(Path.of(log)));
    }

    /** The project to copy, as the guide shows it. */
    @Test
    void theExampleBySparkSubmit() throws Exception {
        Path source = Path.of("../examples/spark/src/main/java/com/example/DigitsOnSpark.java");
        String classPath = System.getProperty("java.class.path");
        Path classes = folder.resolve("classes");
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-nowarn",
                                "-d",
                                classes.toString(),
                                "-cp",
                                classPath,
                                source.toString()));
        Path jar = folder.resolve("digits-on-spark.jar");
        java.util.spi.ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-cp",
                classPath,
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                "local-cluster[2,1,1024]",
                "--conf",
                "spark.ui.enabled=false",
                "--conf",
                "spark.executor.extraClassPath=" + classPath,
                "--class",
                "com.example.DigitsOnSpark",
                jar.toString(),
                "2"));
        Process submit = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors").toFile())
                .start();
        String output = new String(submit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, submit.waitFor(), () -> output);
        String guide = Files.readString(Path.of("../docs/markdown/spark.md"));
        assertTrue(!output.isBlank() && guide.contains("```text\n" + output.strip() + "\n```"), output);
    }

    @Test
    void tooFewSlotsAreSaidBeforeTheStage() {
        try (JavaSparkContext spark = spark(1, 1, "spark.scheduler.maxRegisteredResourcesWaitingTime", "100ms")) {
            String said = assertThrows(
                            IllegalStateException.class, () -> Digits.trainer(2).fit(digits(spark)))
                    .getMessage();
            assertTrue(said.contains("2 workers run at once"), said);
            assertTrue(said.contains("give more or larger executors"), said);
        }
    }
}
