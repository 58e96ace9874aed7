package ondol.spark;

import java.io.Serializable;
import ondol.Ondol;

/** Makes what is trained, on each worker anew. It goes to the workers, so what it captures must be serializable. */
@FunctionalInterface
public interface TrainingFactory extends Serializable {
    /**
     * Network, loss and optimizer, on the CPU. What is drawn from {@link Ondol#generator} is the same on all workers: it has the
     * {@link SparkTrainer#seed}.
     *
     * @return a new training, which no other worker has
     */
    Training create();
}
