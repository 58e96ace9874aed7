package ondol.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Settings of Spark's and of the trainer's that fit or do not. */
final class SettingsTest {
    private static void refused(Class<? extends Exception> as, String message, Executable call) {
        String said = assertThrows(as, call).getMessage();
        assertTrue(said.contains(message), said);
    }

    private static SparkConf conf(String... settings) {
        SparkConf conf = new SparkConf(false);
        for (int i = 0; i < settings.length; i += 2) {
            conf.set(settings[i], settings[i + 1]);
        }
        return conf;
    }

    @Test
    void numbersBelow1() {
        SparkTrainer trainer = new SparkTrainer(Digits::training);
        refused(IllegalArgumentException.class, "workers: 0", () -> trainer.workers(0));
        refused(IllegalArgumentException.class, "shards: -1", () -> trainer.shards(-1));
        refused(IllegalArgumentException.class, "batchSize: 0", () -> trainer.batchSize(0));
        refused(IllegalArgumentException.class, "epochs: 0", () -> trainer.epochs(0));
        refused(IllegalArgumentException.class, "every -1 batches", () -> trainer.checkpoints("x", -1));
        refused(IllegalArgumentException.class, "timeout: PT0S", () -> trainer.timeout(Duration.ZERO));
        refused(IllegalArgumentException.class, "heartbeat: PT-1S", () -> trainer.heartbeat(Duration.ofSeconds(-1)));
    }

    @Test
    void dynamicAllocation() {
        SparkConf conf = conf("spark.dynamicAllocation.enabled", "true");
        refused(
                IllegalStateException.class,
                "--conf spark.dynamicAllocation.enabled=false",
                () -> Cluster.checkSettings(conf, false));
        Cluster.checkSettings(conf, true);
    }

    @Test
    void moreThreadsThanATaskHasCores() {
        SparkConf conf =
                conf("spark.executor.extraJavaOptions", "-Xint -Dondol.cpu.threads=4 -Dx=y", "spark.task.cpus", "2");
        refused(IllegalStateException.class, "spark.task.cpus=4", () -> Cluster.checkSettings(conf, false));
        Cluster.checkSettings(conf.set("spark.task.cpus", "4"), false);
    }

    @Test
    void configureSetsWhatIsNotSet() {
        SparkConf conf = SparkTrainer.configure(conf("spark.barrier.sync.timeout", "7"));
        assertEquals("7", conf.get("spark.barrier.sync.timeout"));
        assertEquals("3s", conf.get("spark.scheduler.barrier.maxConcurrentTasksCheck.interval"));
        assertEquals(Cluster.MODULES, conf.get("spark.executor.extraJavaOptions"));
        String own = "-Dmine --add-modules jdk.incubator.vector";
        assertEquals(
                own,
                SparkTrainer.configure(conf("spark.executor.extraJavaOptions", own))
                        .get("spark.executor.extraJavaOptions"));
        assertEquals(
                Cluster.MODULES + " -Dmine",
                SparkTrainer.configure(conf("spark.executor.extraJavaOptions", "-Dmine"))
                        .get("spark.executor.extraJavaOptions"));
    }

    @Test
    void theDeviceIsThatOfTheTask() {
        Map<String, ResourceInformation> gpu = Map.of("gpu", new ResourceInformation("gpu", new String[] {"3"}));
        assertEquals("cpu", WorkerTask.deviceName(null, Map.of()));
        assertEquals("opencl", WorkerTask.deviceName("opencl", Map.of()));
        assertEquals("cuda:3", WorkerTask.deviceName(null, gpu));
        assertEquals("cuda:3", WorkerTask.deviceName("cuda", gpu));
        assertEquals("opencl:3", WorkerTask.deviceName("opencl", gpu));
        assertEquals("cuda:0", WorkerTask.deviceName("cuda:0", gpu));
        assertEquals("cpu", WorkerTask.deviceName("cpu", gpu));
    }

    @Test
    void hosts() {
        assertEquals("10.0.0.7", WorkerTask.hostOf("10.0.0.7:4000"));
        assertEquals("node-1", WorkerTask.hostOf("node-1"));
        assertEquals("[fe80::1]", WorkerTask.hostOf("[fe80::1]:4000"));
        assertEquals("[fe80::1]", WorkerTask.hostOf("[fe80::1]"));
    }

    @Test
    void eachWorkerHasNeighboursAmongTheShards() {
        for (int workers = 1; workers <= 7; workers++) {
            ShardedOrder order = new ShardedOrder(100, 10, 7, true, 1);
            Plan plan = new Plan(workers, 1, order, null, 0, null, null, Duration.ZERO, Duration.ZERO, "");
            for (int s = 0; s < 7; s++) {
                int w = plan.workerOf(s);
                assertTrue(7 * w / workers <= s && s < 7 * (w + 1) / workers, workers + " workers, shard " + s);
            }
        }
    }
}
