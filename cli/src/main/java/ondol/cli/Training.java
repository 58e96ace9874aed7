package ondol.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import ondol.Reduction;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.distributed.DataParallel;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.nn.Loss;
import ondol.optim.AdamW;
import ondol.optim.swa.AvgFn;
import ondol.optim.swa.SwaUtils;
import ondol.train.Callback;
import ondol.train.ConfusionMatrix;
import ondol.train.History;
import ondol.train.HtmlReport;
import ondol.train.Metric;
import ondol.train.Metrics;
import ondol.train.Trainer;
import org.jspecify.annotations.Nullable;

/** The steps of {@code ondol train} for any kind of data. */
abstract class Training {
    /** The settings that do not depend on the data. */
    record Settings(
            int epochs,
            int patience,
            int batchSize,
            double lr,
            double dropout,
            double weightDecay,
            double labelSmoothing,
            double average,
            long seed) {
        /** The loss of classes. */
        Loss crossEntropy() {
            return new CrossEntropyLoss(Reduction.MEAN, -100, null, labelSmoothing);
        }

        /** A moving average that soon forgets the first weights: after n steps (1 + n) / (10 + n) of it stay, at most its decay. */
        private AvgFn averages() {
            AvgFn last = SwaUtils.getEmaMultiAvgFn(average);
            return (averaged, current, n) -> {
                double early = (1.0 + n) / (10 + n);
                (early < average ? SwaUtils.getEmaMultiAvgFn(early) : last).update(averaged, current, n);
            };
        }
    }

    /** So many characters of classes' names are shown. */
    private static final int CLASSES_LENGTH = 160;

    private final Settings settings;
    private final Trainer trainer;
    private final List<String> classes;

    /** The three parts of the data. */
    private final DataLoader<Batch> train;

    private final DataLoader<Batch> validation;
    private final DataLoader<Batch> test;
    private final @Nullable ConfusionMatrix confusion;
    private final long checksum;

    /**
     * @param classes their names; none if a number is predicted
     * @param checksum the data's
     */
    Training(
            Layer net,
            Loss loss,
            List<String> classes,
            DataLoader<Batch> train,
            DataLoader<Batch> validation,
            DataLoader<Batch> test,
            Settings settings,
            long checksum) {
        this.settings = settings;
        this.classes = classes;
        this.train = train;
        this.validation = validation;
        this.test = test;
        this.checksum = checksum;
        confusion = classes.isEmpty() ? null : new ConfusionMatrix(classes.size());
        trainer = new Trainer(net, loss, new AdamW(net.parameters(), settings.lr).weightDecay(settings.weightDecay))
                .metrics(confusion == null ? new Metric[] {Metrics.r2()} : new Metric[] {confusion})
                .earlyStopping("val_loss", settings.patience);
        if (settings.average > 0) {
            trainer.averageWeights(settings.averages(), 1, true, true);
        }
    }

    /** How many samples each of three parts gets: eight tenths to learn from, the rest for stopping and for the last word. */
    static int[] split(int samples) {
        int held = Math.max(1, Math.round(samples * 0.1f));
        if (samples < 3) {
            throw new IllegalArgumentException("there are " + samples
                    + " samples; give 3 or more: to learn from, to know when to stop, and to say how good it is");
        }
        return new int[] {samples - 2 * held, held, held};
    }

    /** A line about the data and the network. */
    abstract String summary();

    /** How many classes there are, and the first of them: as many as fit into a line or two. */
    static String classes(List<String> names) {
        StringBuilder text = new StringBuilder(names.size() + " classes: ");
        for (int i = 0; i < names.size(); i++) {
            String next = (i == 0 ? "" : ", ") + names.get(i);
            if (i > 0 && text.length() + next.length() > CLASSES_LENGTH) {
                return text.append(", ... (")
                        .append(names.size() - i)
                        .append(" more)")
                        .toString();
            }
            text.append(next);
        }
        return text.toString();
    }

    /** The facts about the data, for the report, by name. */
    abstract Map<String, String> data();

    /** Settings for the report, by name. */
    final Map<String, String> described() {
        Map<String, String> all = new LinkedHashMap<>(data());
        all.put("network", trainer.net().toString());
        all.put("batch size", Integer.toString(settings.batchSize));
        all.put("learning rate", Double.toString(settings.lr));
        all.put("dropout", Double.toString(settings.dropout));
        all.put("weight decay", Double.toString(settings.weightDecay));
        if (!classes.isEmpty()) {
            all.put("label smoothing", Double.toString(settings.labelSmoothing));
        }
        all.put("average", Double.toString(settings.average));
        all.put("patience", settings.patience + " epochs");
        all.put("seed", Long.toString(settings.seed));
        return all;
    }

    /** The settings that a resumed training must have in common with its beginning, by name. */
    private Map<String, String> identity() {
        Map<String, String> all = described();
        all.put("data's checksum", Long.toHexString(checksum));
        all.remove("patience");
        all.replaceAll((name, text) -> text.replaceAll("\\s*\n\\s*", " ")); // messages are lines
        return all;
    }

    /** More tables for the report, by heading. */
    abstract Map<String, Supplier<List<List<String>>>> tables();

    /** Writes the model. */
    abstract void save(Path file) throws IOException;

    final Trainer trainer() {
        return trainer;
    }

    final DataLoader<Batch> validation() {
        return validation;
    }

    final DataLoader<Batch> test() {
        return test;
    }

    final void stop() {
        trainer.stop();
    }

    final int bestEpoch() {
        return trainer.bestEpoch();
    }

    /** Has somebody look on. */
    final void watch(Callback watcher) {
        trainer.callback(watcher);
    }

    /** Trains; in the folder there are then a report, and what is needed to go on. */
    final History fit(TrainingFolder folder, Map<String, String> described, boolean resume) throws IOException {
        begin(folder, resume);
        HtmlReport report = new HtmlReport(folder.report(), "Training on " + described.get("data")).settings(described);
        if (confusion != null) {
            report.confusion(confusion, classes);
        }
        tables().forEach(report::table);
        trainer.callback(report);
        return trainer.fit(train, validation, settings.epochs);
    }

    private void begin(TrainingFolder folder, boolean resume) throws IOException {
        trainer.checkpoints(folder.checkpoints()).settings(identity());
        if (resume && !trainer.resume(train)) {
            throw new IllegalArgumentException("--resume: there is no training to go on with in " + folder.folder());
        }
    }

    /** Has several workers train. */
    final void parallel(DataParallel workers) {
        trainer.parallel(workers);
    }

    /** Trains as one of several workers that leaves all files to another one. */
    final void follow(TrainingFolder folder, boolean resume) throws IOException {
        begin(folder, resume);
        trainer.fit(train, validation, settings.epochs);
    }

    /** Whether the training has come to its own end, so that there is nothing to go on with. */
    final boolean isOver() {
        int done = trainer.history().epochs().size();
        return done >= settings.epochs || done - trainer.bestEpoch() >= settings.patience;
    }

    /** The scores of the samples that nothing was learnt from. */
    String heldOut() {
        Map<String, Double> scores = new LinkedHashMap<>(trainer.evaluate(test));
        if (confusion != null) {
            scores.put("precision", confusion.precision());
            scores.put("recall", confusion.recall());
            scores.put("f1", confusion.f1());
        }
        return History.text(scores);
    }

    /** The places of the greatest numbers, at most 10. */
    static List<Integer> greatest(double... numbers) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < numbers.length; i++) {
            places.add(i);
        }
        places.sort(Comparator.comparingDouble(i -> -numbers[i]));
        return places.subList(0, Math.min(10, places.size()));
    }
}
