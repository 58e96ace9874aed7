package ondol.spark;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import ondol.Device;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.distributed.BufferMode;
import ondol.nn.Layer;
import ondol.nn.Loss;
import ondol.nn.Module;
import ondol.optim.GradientClipping;
import ondol.optim.Optimizer;
import ondol.optim.scheduler.LRScheduler;
import org.jspecify.annotations.Nullable;

/** What a worker trains: a network, what is to become small, and what changes the network's parameters. */
public final class Training {
    private final Module net;
    private final Function<List<Tensor>, Tensor> forward;
    private final Loss loss;
    private final Optimizer optimizer;
    private @Nullable LRScheduler scheduler;
    private boolean schedulesBatches;
    private double maxNorm = Double.NaN;
    private BufferMode buffers = BufferMode.FIRST;

    /**
     * Of a network of one input.
     *
     * @param net on the CPU; it is moved to the worker's device
     * @param loss a mean over its samples, of the network's answer and the target
     * @param optimizer changes the network's parameters after each batch
     */
    public Training(Layer net, Loss loss, Optimizer optimizer) {
        this(net, inputs -> net.call(inputs.getFirst()), loss, optimizer);
    }

    /**
     * Of a network of any inputs: a module of which a function makes an answer.
     *
     * @param net on the CPU; it is moved to the worker's device
     * @param forward the network's answer to the inputs, which the loss compares with the target
     * @param loss a mean over its samples
     * @param optimizer changes the network's parameters after each batch
     */
    public Training(Module net, Function<List<Tensor>, Tensor> forward, Loss loss, Optimizer optimizer) {
        this.net = Objects.requireNonNull(net, "Training: the network is null; give one");
        this.forward = Objects.requireNonNull(
                forward, "Training: the function is null; give one, as inputs -> net.call(inputs.getFirst())");
        this.loss = Objects.requireNonNull(loss, "Training: the loss is null; give one, as new CrossEntropyLoss()");
        this.optimizer = Objects.requireNonNull(optimizer, "Training: the optimizer is null; give one");
    }

    /**
     * Has a scheduler step after each epoch.
     *
     * @param each of this training's optimizer
     * @return this training
     * @throws IllegalStateException if there is a scheduler already
     */
    public Training scheduler(LRScheduler each) {
        return scheduler(each, false);
    }

    /**
     * Has a scheduler step after each batch, as OneCycleLR is meant to.
     *
     * @param each of this training's optimizer
     * @return this training
     * @throws IllegalStateException if there is a scheduler already
     */
    public Training batchScheduler(LRScheduler each) {
        return scheduler(each, true);
    }

    private Training scheduler(LRScheduler each, boolean batches) {
        if (scheduler != null) {
            throw new IllegalStateException(
                    "Training.scheduler: there is one already; join several by SequentialLR or ChainedScheduler");
        }
        scheduler = Objects.requireNonNull(each, "Training.scheduler: it is null; give one");
        schedulesBatches = batches;
        return this;
    }

    /**
     * Scales the gradients of each batch down so that their norm is at most that.
     *
     * @param max the largest norm of all gradients together, above 0
     * @return this training
     * @throws IllegalArgumentException unless it is above 0
     */
    public Training clipGradNorm(double max) {
        if (!(max > 0)) {
            throw new IllegalArgumentException("Training.clipGradNorm: " + max + "; give a number above 0");
        }
        maxNorm = max;
        return this;
    }

    /**
     * Chooses what becomes of buffers, as batch normalisation's; {@link BufferMode#FIRST} by default.
     *
     * @param of {@code FIRST} for those of the first shard, {@code MEAN} for the mean over all shards
     * @return this training
     */
    public Training buffers(BufferMode of) {
        buffers = Objects.requireNonNull(of, "Training.buffers: the mode is null; give FIRST or MEAN");
        return this;
    }

    Module net() {
        return net;
    }

    Optimizer optimizer() {
        return optimizer;
    }

    @Nullable
    LRScheduler scheduler() {
        return scheduler;
    }

    BufferMode buffers() {
        return buffers;
    }

    /** Brings network and loss there. */
    void to(Device device) {
        net.to(device);
        loss.to(device);
    }

    Tensor loss(Batch batch) {
        return loss.call(forward.apply(batch.inputs()), batch.target());
    }

    /** With the gradients of a batch. */
    void step() {
        if (!Double.isNaN(maxNorm)) {
            GradientClipping.clipGradNorm(optimizer.parameters(), maxNorm);
        }
        optimizer.step();
        optimizer.zeroGrad();
        if (scheduler != null && schedulesBatches) {
            scheduler.step();
        }
    }

    void epochEnds() {
        if (scheduler != null && !schedulesBatches) {
            scheduler.step();
        }
    }
}
