package ondol.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.distributed.DataParallel;
import ondol.nn.Layer;
import ondol.nn.Loss;
import ondol.nn.Module;
import ondol.optim.GradientClipping;
import ondol.optim.Optimizer;
import ondol.optim.scheduler.LRScheduler;
import ondol.optim.scheduler.ReduceLROnPlateau;
import ondol.optim.scheduler.Scheduler;
import ondol.optim.swa.AvgFn;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network: the loop that one would write, with what one would add to it later.
 *
 * <pre>{@code
 * for (int epoch = 1; epoch <= epochs; epoch++) {
 *     net.train();
 *     for (Batch batch : train) {
 *         Tensor loss = lossFn.forward(net.forward(batch.input()), batch.target());
 *         loss.backward();
 *         optimizer.step();
 *         optimizer.zeroGrad();
 *     }
 *     // evaluate(validation): the same without gradients, in eval mode
 * }
 * }</pre>
 *
 * <p>{@link #fit} is that loop, {@link #evaluate} and {@link #predict} are its other halves; all three can be used beside a loop of
 * one's own, for they change nothing but the network, the optimizer and the {@link #history}. A loss is taken for the mean over
 * a batch. A batch must be where the network is: {@code DataLoader.device}.
 *
 * <p>With {@link #checkpoints}, a training that was stopped at any moment goes on with {@link #resume} and ends with the bits
 * with which it would have ended.
 */
public final class Trainer {
    private final Module net;
    private final Function<List<Tensor>, Tensor> forward;
    private final Loss loss;
    private final Optimizer optimizer;
    private final History history = new History();
    private final List<Metric> metrics = new ArrayList<>();
    private final List<Callback> callbacks = new ArrayList<>();
    private @Nullable Scheduler scheduler;
    private boolean schedulesBatches;
    private @Nullable EarlyStopping stopping;
    private @Nullable WeightAverage average;
    private @Nullable CheckpointFolder folder;
    private @Nullable BestEpochs best;
    private int everyBatches;
    private double maxNorm = Double.NaN;
    private double maxValue = Double.NaN;
    private int accumulated = 1;
    private @Nullable DataParallel parallel;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private volatile boolean stopped;

    /** The epoch that is going on: its number, what was seen of it, and the seconds that it took before it was resumed. */
    private int epoch = 1;

    private Losses losses = new Losses();
    private double earlierSeconds;

    /**
     * Of a network, what is to become small, and what changes the network's parameters.
     *
     * @param net the network
     * @param loss makes a number of the answer and the target
     * @param optimizer changes the network's parameters
     */
    public Trainer(Layer net, Loss loss, Optimizer optimizer) {
        this(net, inputs -> net.call(only(inputs)), loss, optimizer);
    }

    /**
     * Of a network of any inputs: a module of which a function makes an answer.
     *
     * <pre>{@code
     * new Trainer(net, inputs -> net.call(inputs.get(0), inputs.get(1)), new CrossEntropyLoss(), optimizer)
     * }</pre>
     *
     * @param net what is saved, and brought into training and evaluation mode
     * @param forward the network's answer to a batch's inputs, which the loss and the metrics compare with the target
     * @param loss makes a number of the answer and the target
     * @param optimizer changes the network's parameters
     */
    public Trainer(Module net, Function<List<Tensor>, Tensor> forward, Loss loss, Optimizer optimizer) {
        this.net = Objects.requireNonNull(net, "Trainer: the network is null; give one");
        this.forward = Objects.requireNonNull(
                forward, "Trainer: the function is null; give one, as inputs -> net.call(inputs.getFirst())");
        this.loss = Objects.requireNonNull(loss, "Trainer: the loss is null; give one, as new CrossEntropyLoss()");
        this.optimizer = Objects.requireNonNull(optimizer, "Trainer: the optimizer is null; give one");
    }

    private static Tensor only(List<Tensor> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException("Trainer: there are " + inputs.size()
                    + " inputs, and a Layer takes one; give the Trainer a function of the inputs");
        }
        return inputs.getFirst();
    }

    // ---- settings

    /**
     * Adds metrics of the validation data.
     *
     * @param more the metrics to add
     * @return this trainer
     */
    public Trainer metrics(Metric... more) {
        metrics.addAll(List.of(more));
        return this;
    }

    /**
     * Adds somebody who looks on.
     *
     * @param more the one to add
     * @return this trainer
     */
    public Trainer callback(Callback more) {
        callbacks.add(Objects.requireNonNull(more, "Trainer.callback: it is null; give one"));
        return this;
    }

    /**
     * Has a scheduler step after each epoch: {@link ReduceLROnPlateau} with {@code val_loss}, or {@code loss} where there is none.
     *
     * @param each the scheduler
     * @return this trainer
     * @throws IllegalStateException if there is a scheduler already
     */
    public Trainer scheduler(Scheduler each) {
        return scheduler(each, false);
    }

    /**
     * Has a scheduler step after each step of the optimizer, as OneCycleLR is meant to.
     *
     * @param each the scheduler
     * @return this trainer
     * @throws IllegalStateException if there is a scheduler already
     */
    public Trainer batchScheduler(LRScheduler each) {
        return scheduler(each, true);
    }

    private Trainer scheduler(Scheduler each, boolean batches) {
        if (scheduler != null) {
            throw new IllegalStateException(
                    "Trainer.scheduler: there is one already; join several by SequentialLR or ChainedScheduler");
        }
        scheduler = Objects.requireNonNull(each, "Trainer.scheduler: it is null; give one");
        schedulesBatches = batches;
        return this;
    }

    /**
     * Scales all gradients down so that their norm is at most that, before each step.
     *
     * @param max the bound, above 0
     * @return this trainer
     * @throws IllegalArgumentException if it is 0 or less, or NaN
     */
    public Trainer clipGradNorm(double max) {
        maxNorm = above0("clipGradNorm", max);
        return this;
    }

    /**
     * Brings each element of the gradients between {@code -max} and {@code max}, before each step.
     *
     * @param max the bound, above 0
     * @return this trainer
     * @throws IllegalArgumentException if it is 0 or less, or NaN
     */
    public Trainer clipGradValue(double max) {
        maxValue = above0("clipGradValue", max);
        return this;
    }

    private static double above0(String setting, double max) {
        if (!(max > 0)) {
            throw new IllegalArgumentException("Trainer." + setting + ": " + max + "; give a number above 0");
        }
        return max;
    }

    /**
     * Has the optimizer step once in so many batches, with the mean of their gradients: as if a batch had so many times as many
     * samples. Batches left over at the end of an epoch make a step too.
     *
     * @param batches the number of batches, 1 or more
     * @return this trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public Trainer accumulate(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("Trainer.accumulate: " + batches + " batches; give 1 or more");
        }
        accumulated = batches;
        return this;
    }

    /**
     * As the next, of a score that is the better the lower it is, as losses are.
     *
     * @param score {@code loss}, {@code val_loss}, or a metric's name with {@code val_} before it
     * @param patience the epochs without a better score, 1 or more
     * @return this trainer
     * @throws IllegalArgumentException if the patience is below 1
     */
    public Trainer earlyStopping(String score, int patience) {
        return earlyStopping(score, patience, false);
    }

    /**
     * Ends the training when a score has not become better for some epochs, and always brings back the weights with which it was
     * best.
     *
     * @param score {@code loss}, {@code val_loss}, or a metric's name with {@code val_} before it
     * @param patience epochs, 1 or more
     * @param higherIsBetter false for losses
     * @return this trainer
     * @throws IllegalArgumentException if the patience is below 1
     */
    public Trainer earlyStopping(String score, int patience, boolean higherIsBetter) {
        stopping = new EarlyStopping(score, patience, higherIsBetter);
        return this;
    }

    /**
     * As the next, of the parameters after each step, from the first one on.
     *
     * @param avgFn how an average takes a value in, as {@link ondol.optim.swa.SwaUtils#getEmaMultiAvgFn}
     * @return this trainer
     */
    public Trainer averageWeights(AvgFn avgFn) {
        return averageWeights(avgFn, 1, true, false);
    }

    /**
     * Trains one network and gives another: {@link #evaluate}, {@link #predict}, early stopping, the {@code model} of checkpoints,
     * and the network when {@link #fit} has ended have averages of the weights that are trained.
     *
     * <pre>{@code
     * trainer.averageWeights(SwaUtils.getEmaMultiAvgFn(0.999));             // of all steps, the last ones above all
     * trainer.averageWeights(SwaUtils.getSwaAvgFn(), 160, false, false);    // the mean of epochs 160, 161, ...
     * }</pre>
     *
     * <p>Batch normalisation's running numbers belong to the weights that are trained: average them too, or make them anew by {@link
     * ondol.optim.swa.SwaUtils#updateBn} in the end.
     *
     * @param avgFn how they are averaged
     * @param fromEpoch the first epoch whose weights are taken in, counted from 1; before it the last weights stand for the average
     * @param eachStep whether they are taken in after each step of the optimizer, or at the end of each epoch
     * @param useBuffers whether buffers are averaged too; if not, they are the last ones
     * @return this trainer
     * @throws IllegalArgumentException if the epoch is below 1, or if a BOOL buffer were to be averaged
     */
    public Trainer averageWeights(AvgFn avgFn, int fromEpoch, boolean eachStep, boolean useBuffers) {
        average = new WeightAverage(net, avgFn, fromEpoch, eachStep, useBuffers);
        return this;
    }

    /**
     * Saves all that the training is to a folder after each epoch; the last 2 epochs are kept.
     *
     * @param to the folder, which is made if it is not there
     * @return this trainer
     */
    public Trainer checkpoints(Path to) {
        return checkpoints(to, 2, 0);
    }

    /**
     * Saves all that the training is to a folder.
     *
     * @param to the folder, which is made if it is not there
     * @param keep how many of the last files stay, 1 or more
     * @param batches saves within an epoch too, after that many batches, when the optimizer has stepped; 0: after epochs only
     * @return this trainer
     * @throws IllegalArgumentException if fewer than 1 are to stay, or the number of batches is below 0
     */
    public Trainer checkpoints(Path to, int keep, int batches) {
        if (keep < 1 || batches < 0) {
            throw new IllegalArgumentException("Trainer.checkpoints: keep " + keep + ", every " + batches
                    + " batches; give 1 or more files, and 0 or more batches");
        }
        folder = new CheckpointFolder(to, keep);
        everyBatches = batches;
        return this;
    }

    /**
     * As the next, of a score that is the better the lower it is, as losses are.
     *
     * @param score {@code loss}, {@code val_loss}, or a metric's name with {@code val_} before it
     * @param keep the number of best epochs that stay, 1 or more
     * @return this trainer
     * @throws IllegalArgumentException if fewer than 1 are to stay
     */
    public Trainer bestCheckpoints(String score, int keep) {
        return bestCheckpoints(score, keep, false);
    }

    /**
     * Keeps the checkpoints of the best epochs too, in the folder of {@link #checkpoints} as {@code best-epoch-000007.safetensors}.
     * Such a file is all that the training was after that epoch: {@code new Checkpoint().model(net).load(file)} reads the
     * weights, and gives back the number of the epoch and the score.
     *
     * @param score as in {@link #earlyStopping(String, int, boolean)}
     * @param keep how many of the best stay, 1 or more
     * @param higherIsBetter false for losses
     * @return this trainer
     * @throws IllegalArgumentException if fewer than 1 are to stay
     */
    public Trainer bestCheckpoints(String score, int keep, boolean higherIsBetter) {
        best = new BestEpochs(score, keep, higherIsBetter);
        return this;
    }

    /**
     * Adds what the training is made of, such as the data's name and the seed: it is kept in checkpoints, and {@link #resume} refuses
     * one of a training made of something else.
     *
     * @param more values by name
     * @return this trainer
     */
    public Trainer settings(Map<String, String> more) {
        settings.putAll(more);
        return this;
    }

    /**
     * Has the workers of a group train together, each on its part of each batch. All make the same trainer, with the same data and
     * settings; each evaluates all of the validation data. The one of rank 0 writes the checkpoints, and only its folder is read when
     * they {@link #resume}: with as many shards, any number of workers goes on to the same bits. Callbacks are each worker's own.
     *
     * @param by the group, with this trainer's network
     * @return this trainer
     */
    public Trainer parallel(DataParallel by) {
        Objects.requireNonNull(by, "Trainer.parallel: it is null; give new DataParallel(group, net, shards)");
        if (by.module() != net) {
            throw new IllegalArgumentException(
                    "Trainer.parallel: it is of another network than the trainer's; give new DataParallel(group, net, shards) of that");
        }
        parallel = by;
        settings.put("shards", Integer.toString(by.shards()));
        return this;
    }

    // ---- use

    /**
     * Trains until so many epochs are in the {@link #history}, or until it is time to stop.
     *
     * @param train what is learnt from
     * @param validation what the scores {@code val_...} are of; null if there are none
     * @param epochs counted from the first of the history, 1 or more
     * @return the {@link #history}, which goes on growing
     * @throws IllegalArgumentException if there are fewer epochs, no batches, or no score of the name that {@link #earlyStopping} or
     *     {@link #bestCheckpoints} was given
     * @throws IllegalStateException if {@link #bestCheckpoints} has no {@link #checkpoints} beside it, or several workers are to
     *     {@link #accumulate}
     * @throws NonFiniteLossException if the loss is not finite: the network is then as that step left it
     * @throws UncheckedIOException if a checkpoint cannot be written
     */
    public History fit(DataLoader<Batch> train, @Nullable DataLoader<Batch> validation, int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("Trainer.fit: " + epochs + " epochs; give 1 or more");
        }
        if (train.size() == 0) {
            throw new IllegalArgumentException(
                    "Trainer.fit: there is no batch to learn from; give samples, or a smaller"
                            + " batchSize with dropLast");
        }
        if (best != null && folder == null) {
            throw new IllegalStateException("Trainer.fit: the best checkpoints have no folder; call checkpoints(...)");
        }
        if (parallel != null && accumulated > 1) {
            throw new IllegalStateException(
                    "Trainer.fit: several workers do not accumulate; give the loader a batchSize " + accumulated
                            + " times as large, and more shards if memory is short");
        }
        ScoreNames names = ScoreNames.of(metrics, validation != null);
        if (stopping != null) {
            names.check("Trainer.earlyStopping", stopping.score());
        }
        if (best != null) {
            names.check("Trainer.bestCheckpoints", best.score());
        }
        callbacks.forEach(c -> c.fitBegins(this));
        while (epoch <= epochs && !stopped && (stopping == null || !stopping.isDue())) {
            if (average != null) {
                average.takeBack();
            }
            long begin = System.nanoTime();
            learn(train);
            Map<String, Double> scores = new LinkedHashMap<>();
            scores.put("loss", losses.mean());
            double lr = optimizer.paramGroups().getFirst().lr();
            if (validation != null) {
                evaluate(validation).forEach((name, score) -> scores.put("val_" + name, score));
            }
            if (!schedulesBatches) {
                schedule(scores);
            }
            double seconds = earlierSeconds + (System.nanoTime() - begin) * 1e-9;
            History.Epoch done = new History.Epoch(epoch, lr, seconds, scores);
            history.add(done);
            if (stopping != null) {
                EarlyStopping looks = stopping;
                withAverages(() -> looks.look(done, net));
            }
            epoch++;
            losses = new Losses();
            earlierSeconds = 0;
            save(train, true); // first: an error in a callback does not cost the epoch
            callbacks.forEach(c -> c.epochEnds(this, done));
            stopped = Workers.anyOf(parallel, stopped);
        }
        stopped = false;
        if (average != null) {
            average.putInForce();
        }
        if (stopping != null) {
            stopping.restore(net);
        }
        callbacks.forEach(c -> c.fitEnds(this));
        return history;
    }

    private void learn(DataLoader<Batch> train) {
        long begin = System.nanoTime();
        double earlier = earlierSeconds;
        net.train();
        if (parallel != null) {
            train.part(parallel.firstShard(), parallel.endShard(), parallel.shards());
        }
        Iterator<Batch> batches = train.iterator();
        int at = train.state().batches(); // where it was resumed, or 0
        int saved = at;
        if (at == 0) {
            losses = new Losses(); // not those of an epoch that failed
            optimizer.zeroGrad();
        }
        while (batches.hasNext()) {
            try (var _ = Scope.open()) { // whose tensors' memory is free for the next batch
                Batch batch = batches.next();
                if (parallel == null) {
                    Tensor l = loss(batch);
                    losses.add(l, batch.size());
                    (accumulated == 1 ? l : l.div(accumulated)).backward();
                } else {
                    int rows = train.size(at);
                    int first = parallel.firstRow(rows);
                    float l = parallel.backward(rows, shard -> loss(Workers.rows(batch, shard, first)));
                    losses.add(Tensor.tensor(l), rows);
                }
            }
            at++;
            if (at % accumulated != 0 && at < train.size()) {
                continue;
            }
            step();
            if (average != null) {
                average.stepEnds(epoch);
            }
            callbacks.forEach(c -> c.stepEnds(this));
            if (everyBatches > 0 && at - saved >= everyBatches && at < train.size()) {
                saved = at;
                earlierSeconds = earlier + (System.nanoTime() - begin) * 1e-9;
                save(train, false);
                earlierSeconds = earlier;
            }
        }
        if (average != null) {
            average.epochEnds(epoch);
        }
    }

    private Tensor loss(Batch batch) {
        return loss.call(forward.apply(new Inputs("fit", batch.inputs())), batch.target());
    }

    private void step() {
        if (!Double.isNaN(maxNorm)) {
            GradientClipping.clipGradNorm(optimizer.parameters(), maxNorm);
        }
        if (!Double.isNaN(maxValue)) {
            GradientClipping.clipGradValue(optimizer.parameters(), maxValue);
        }
        optimizer.step();
        optimizer.zeroGrad();
        if (schedulesBatches) {
            schedule(Map.of());
        }
    }

    private void schedule(Map<String, Double> scores) {
        switch (scheduler) {
            case null -> {}
            case LRScheduler s -> s.step();
            case ReduceLROnPlateau s ->
                s.step(Objects.requireNonNull(scores.getOrDefault("val_loss", scores.get("loss"))));
        }
    }

    /**
     * The loss and the metrics of some data, by name; the network is in eval mode meanwhile, and no gradients are recorded.
     *
     * @param data the data
     * @return the scores, the loss first
     */
    public Map<String, Double> evaluate(DataLoader<Batch> data) {
        metrics.forEach(Metric::reset);
        Losses sum = new Losses();
        inEvalMode(() -> {
            Iterator<Batch> batches = data.iterator();
            while (batches.hasNext()) {
                try (var _ = Scope.open()) {
                    Batch batch = batches.next();
                    Tensor output = forward.apply(new Inputs("evaluate", batch.inputs()));
                    sum.add(loss.call(output, batch.target()), batch.size());
                    metrics.forEach(m -> m.update(output, batch.target()));
                }
            }
        });
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("loss", sum.mean());
        metrics.forEach(m -> scores.put(m.name(), m.compute()));
        return scores;
    }

    /**
     * The network's answers to its inputs, in eval mode and without gradients.
     *
     * @param inputs one tensor for each input, samples along the first axis
     * @return the answers, samples along the first axis, in the order of the inputs
     * @throws IllegalArgumentException if the network takes more inputs
     */
    public Tensor predict(Tensor... inputs) {
        List<Tensor> answer = new ArrayList<>();
        inEvalMode(() -> answer.add(forward.apply(new Inputs("predict", List.of(inputs)))));
        return answer.getFirst();
    }

    /**
     * The network's answers to all inputs of some data, one behind the other.
     *
     * @param data the data
     * @return the answers, samples along the first axis, in the order of the inputs
     */
    public Tensor predict(DataLoader<Batch> data) {
        return Scope.result(() -> {
            List<Tensor> answers = new ArrayList<>();
            inEvalMode(() -> data.forEach(batch -> answers.add(forward.apply(new Inputs("predict", batch.inputs())))));
            return Tensor.cat(0, answers.toArray(new Tensor[0]));
        });
    }

    private void inEvalMode(Runnable body) {
        Map<Module, Boolean> modes = new LinkedHashMap<>();
        net.modules().forEach(m -> modes.put(m, m.training()));
        net.eval();
        try (var _ = Autograd.noGrad()) {
            withAverages(body);
        } finally {
            modes.forEach((module, training) -> module.train(training)); // a module before those in it
        }
    }

    private void withAverages(Runnable body) {
        if (average == null) {
            body.run();
        } else {
            average.during(body);
        }
    }

    /** Has the training end after this epoch; from any thread. */
    public void stop() {
        stopped = true;
    }

    // ---- state

    /** {@return the history of what was measured so far} */
    public History history() {
        return history;
    }

    /** {@return the network} */
    public Module net() {
        return net;
    }

    /** {@return the optimizer, which changes the network's parameters} */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** {@return the epoch whose weights {@link #earlyStopping} would bring back; 0 without, or before the first} */
    public int bestEpoch() {
        return stopping == null ? 0 : stopping.bestEpoch();
    }

    /**
     * Goes on where the last checkpoint was saved: everything is as it was then, the loader that {@link #fit} will get too, and
     * {@link ondol.Ondol#generator}.
     *
     * @param train the loader that the training had
     * @return false if there is no checkpoint yet; nothing has changed then
     * @throws IOException if a file is no checkpoint, or not of such a training; nothing has changed then
     * @throws IllegalStateException without {@link #checkpoints}
     */
    public boolean resume(DataLoader<Batch> train) throws IOException {
        if (folder == null) {
            throw new IllegalStateException("Trainer.resume: there are no checkpoints; call checkpoints(...) first");
        }
        CheckpointFolder files = folder;
        return Workers.load(parallel, files::newest, checkpoint(train)::load);
    }

    private void save(DataLoader<Batch> train, boolean epochEnds) {
        if (folder == null || parallel != null && parallel.group().rank() > 0) {
            return;
        }
        CheckpointFolder to = folder;
        withAverages(() -> {
            try {
                to.save(epoch, train.state().batches(), checkpoint(train), epochEnds ? best : null, history);
            } catch (IOException e) {
                throw new UncheckedIOException("Trainer.fit: the checkpoint cannot be saved: " + e.getMessage(), e);
            }
        });
    }

    private Checkpoint checkpoint(DataLoader<Batch> train) {
        Checkpoint all = new Checkpoint()
                .model(net)
                .optimizer(optimizer)
                .globalGenerator()
                .loader(train);
        if (scheduler != null) {
            all.scheduler(scheduler);
        }
        return all.progress(this);
    }

    Progress progress() {
        return new Progress(
                epoch,
                earlierSeconds,
                losses.state(),
                history.epochs(),
                stopping == null ? null : stopping.state(),
                average == null ? null : average.count(),
                settings);
    }

    Map<String, Tensor> bestWeights() {
        return stopping == null ? Map.of() : stopping.weights();
    }

    /** While averages are in force, which a checkpoint calls the model: the weights that are trained. */
    Map<String, Tensor> trainedWeights() {
        return average == null ? Map.of() : average.trained();
    }

    /** Refuses the progress of a training that was made of something else. */
    void check(Progress progress) {
        progress.check(settings);
        if ((average == null) != (progress.averaged() == null)) {
            throw new IllegalArgumentException(
                    "it is of a training " + (progress.averaged() == null ? "without" : "with")
                            + " averageWeights; go on with what it was begun with");
        }
    }

    /** Takes over what was saved, all or nothing; the network has the checkpoint's model already. */
    void load(Progress progress, Map<String, Tensor> bestWeights, Map<String, Tensor> trainedWeights) {
        if (average != null) {
            average.load(progress.averaged(), trainedWeights);
        }
        epoch = progress.epoch();
        earlierSeconds = progress.seconds();
        losses = new Losses();
        losses.load(progress.losses());
        history.replace(progress.history());
        if (stopping != null) {
            stopping.load(progress.stopping(), bestWeights);
        }
    }
}
