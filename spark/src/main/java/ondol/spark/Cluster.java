package ondol.spark;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** What Spark must have for a training: checked at the driver, before anything is computed. */
final class Cluster {
    static final String MODULES = "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED";
    private static final String OPTIONS = "spark.executor.extraJavaOptions";
    private static final Pattern THREADS =
            Pattern.compile("-D" + Pattern.quote(WorkerTask.THREADS) + "=[\"']?(\\d{1,9})");
    private static final long LOOK_AGAIN_MILLIS = 200;

    private Cluster() {}

    /** Sets what has not been set. */
    static SparkConf configure(SparkConf conf) {
        String options = conf.get(OPTIONS, "");
        if (!options.contains("jdk.incubator.vector")) {
            conf.set(OPTIONS, (MODULES + " " + options).strip());
        }
        conf.setIfMissing("spark.barrier.sync.timeout", "600");
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "3s");
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "40");
        return conf;
    }

    /**
     * What can be told from the settings.
     *
     * @throws IllegalStateException if one does not fit
     */
    static void checkSettings(SparkConf conf, boolean local) {
        if (local) {
            return;
        }
        if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw new IllegalStateException(
                    "SparkTrainer: spark.dynamicAllocation.enabled is true, and the workers must"
                            + " all be there at once; submit with --conf spark.dynamicAllocation.enabled=false and a number of"
                            + " executors");
        }
        int cpus = conf.getInt("spark.task.cpus", 1);
        Matcher threads =
                THREADS.matcher(conf.get("spark.executor.defaultJavaOptions", "") + " " + conf.get(OPTIONS, ""));
        while (threads.find()) {
            if (Integer.parseInt(threads.group(1)) > cpus) {
                throw new IllegalStateException("SparkTrainer: " + WorkerTask.THREADS + " is " + threads.group(1)
                        + " for executors whose tasks have " + cpus
                        + " cores; leave it out, and give each worker its cores by --conf spark.task.cpus="
                        + threads.group(1));
            }
        }
    }

    /**
     * Waits for executors as long as Spark itself does before it begins without them.
     *
     * @throws IllegalStateException if there are too few
     */
    static void checkSlots(SparkContext context, int workers) {
        SparkConf conf = context.getConf();
        long patience =
                context.isLocal() ? 0 : conf.getTimeAsMs("spark.scheduler.maxRegisteredResourcesWaitingTime", "30s");
        long begin = System.nanoTime();
        int slots = slots(context);
        while (slots < workers && (System.nanoTime() - begin) / 1_000_000 < patience) {
            try {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("SparkTrainer: interrupted while it waited for executors", e);
            }
            slots = slots(context);
        }
        if (slots < workers) {
            throw new IllegalStateException("SparkTrainer: " + workers + " workers run at once, and Spark ("
                    + context.master() + ") has room for " + slots + " tasks of "
                    + conf.getInt("spark.task.cpus", 1) + " cores; "
                    + (context.isLocal()
                            ? "give a master with more threads, as local[" + workers + "]"
                            : "give more or larger executors (--num-executors, --executor-cores)")
                    + ", or fewer workers");
        }
    }

    private static int slots(SparkContext context) {
        return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
    }
}
