package ondol.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.distributed.GroupOptions;
import ondol.distributed.ProcessGroup;
import ondol.distributed.ProcessGroupException;
import ondol.distributed.Rendezvous;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.runtime.AbstractFunction1;

/**
 * A task of the barrier stage: meets the others, trains, and gives the result if it is the first one.
 *
 * @param <T> the type of a row
 */
final class WorkerTask<T>
        extends AbstractFunction1<
                scala.collection.Iterator<Tuple2<Integer, Tuple2<Long, T>>>,
                scala.collection.Iterator<Tuple2<Integer, byte[]>>>
        implements Serializable {
    static final String THREADS = "ondol.cpu.threads";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Plan plan;
    private final TrainingFactory factory;
    private final Encoder<T> encoder;

    WorkerTask(Plan plan, TrainingFactory factory, Encoder<T> encoder) {
        this.plan = plan;
        this.factory = factory;
        this.encoder = encoder;
    }

    @Override
    public scala.collection.Iterator<Tuple2<Integer, byte[]>> apply(
            scala.collection.Iterator<Tuple2<Integer, Tuple2<Long, T>>> rows) {
        return Rows.scala(pieces(BarrierTaskContext.get(), Rows.java(rows)).iterator());
    }

    private List<Tuple2<Integer, byte[]>> pieces(
            BarrierTaskContext task, Iterator<Tuple2<Integer, Tuple2<Long, T>>> rows) {
        if (!SparkEnv.get().executorId().equals("driver") && System.getProperty(THREADS) == null) {
            System.setProperty(THREADS, Integer.toString(task.cpus()));
        }
        Device device = Device.of(deviceName(plan.device(), task.resourcesJMap()));
        int rank = task.partitionId();
        String host = hostOf(task.getTaskInfos()[rank].address());
        GroupOptions options = GroupOptions.of(plan.secret())
                .bind(address(host))
                .timeout(plan.timeout())
                .heartbeat(plan.heartbeat());
        try (Rendezvous door = Rendezvous.open(options)) {
            String[] all = task.allGather(host + ":" + door.address().getPort());
            List<InetSocketAddress> addresses = Arrays.stream(all)
                    .map(text -> new InetSocketAddress(address(hostOf(text)), portOf(text)))
                    .toList();
            try (ProcessGroup group = door.join(rank, addresses)) {
                return train(group, device, rows);
            }
        } catch (ProcessGroupException e) {
            letOthersSpeak(task);
            throw e;
        }
    }

    private List<Tuple2<Integer, byte[]>> train(
            ProcessGroup group, Device device, Iterator<Tuple2<Integer, Tuple2<Long, T>>> rows) {
        return Ondol.withGenerator(new Generator(plan.order().seed()), () -> {
            try {
                return new Worker(plan, group, device).train(factory, encoder, rows);
            } catch (IOException e) {
                throw new UncheckedIOException("SparkTrainer: " + e.getMessage(), e);
            }
        });
    }

    /**
     * Spark reports the first task that fails, and kills the others. Where another worker has failed, its reason is of more use than that
     * it is gone.
     */
    private static void letOthersSpeak(BarrierTaskContext task) {
        long begin = System.nanoTime();
        while (!task.isInterrupted() && System.nanoTime() - begin < PATIENCE.toNanos()) {
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The device that was asked for, or that Spark gave to the task, or the CPU. */
    static String deviceName(@Nullable String wanted, Map<String, ResourceInformation> resources) {
        ResourceInformation gpu = resources.get("gpu");
        if (gpu == null || gpu.addresses().length == 0 || (wanted != null && wanted.indexOf(':') >= 0)) {
            return wanted == null ? "cpu" : wanted;
        }
        String backend = wanted == null ? "cuda" : wanted;
        return backend.equals("cpu") ? backend : backend + ":" + gpu.addresses()[0];
    }

    private static InetAddress address(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "SparkTrainer: the executor's host '" + host + "' has no address here: " + e.getMessage()
                            + "; give executors a host that the others can reach (SPARK_LOCAL_IP, or --conf spark.driver.host with a local master)",
                    e);
        }
    }

    /** Of {@code host:port}, where an IPv6 host may have brackets. */
    static String hostOf(String address) {
        int colon = address.lastIndexOf(':');
        return colon < 0 || address.endsWith("]") ? address : address.substring(0, colon);
    }

    private static int portOf(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
