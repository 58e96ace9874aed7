package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.Ondol;
import ondol.backend.MatmulPrecision;
import ondol.data.TableEncoder.Task;
import ondol.distributed.DataParallel;
import ondol.distributed.ProcessGroup;
import ondol.train.ConsoleProgress;
import ondol.train.History;
import ondol.train.NonFiniteLossException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol train}. */
@Command(
        name = "train",
        description = {
            "Trains a network on a table or on pictures: splits the rows, learns from one part, stops when another part is no"
                    + " longer predicted better, and says how well a third part is.",
            "A table is a CSV or JSON file, a column of which is predicted from the others. Pictures are in folders, one for each"
                    + " class. The model, a report and the history go to a folder; 'ondol predict' uses the model."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class TrainCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A table (.csv, .tsv, .json, also .gz), or a folder of pictures.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path file;

    @Option(
            names = "--target",
            paramLabel = "COLUMN",
            description = "The column that is predicted; without a line of"
                    + " names, columns are called 0, 1, 2 ... Needed for tables.")
    private @Nullable String target;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "classify or regress. Default: regress for a column of numbers, unless it has a few whole ones.")
    private @Nullable String task;

    @Mixin
    private HeaderOption header = new HeaderOption();

    @Option(names = "--drop", paramLabel = "COLUMN", split = ",", description = "Columns that are not looked at.")
    private List<String> drop = List.of();

    @Option(
            names = "--hidden",
            paramLabel = "N",
            split = ",",
            description = "The sizes of the hidden layers, for tables. Default: ${DEFAULT-VALUE}.")
    private List<Integer> hidden = List.of(256);

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Pictures' height and width. Default: ${DEFAULT-VALUE}.")
    private int size = 32;

    @Option(names = "--epochs", paramLabel = "N", description = "At most so many. Default: ${DEFAULT-VALUE}.")
    private int epochs = 200;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stops after so many epochs without a better validation loss. Default: ${DEFAULT-VALUE}.")
    private int patience = 20;

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples in a step. Default: ${DEFAULT-VALUE}.")
    private int batchSize = 32;

    @Option(names = "--lr", paramLabel = "RATE", description = "The learning rate. Default: ${DEFAULT-VALUE}.")
    private double lr = 2e-3;

    @Option(names = "--dropout", paramLabel = "SHARE", description = "Default: ${DEFAULT-VALUE}.")
    private double dropout = 0.3;

    @Option(
            names = "--weight-decay",
            paramLabel = "RATE",
            description = "Decoupled, as in AdamW. Default: ${DEFAULT-VALUE}.")
    private double weightDecay = 0.01;

    @Option(
            names = "--label-smoothing",
            paramLabel = "SHARE",
            description =
                    "The share of certainty that classes do without, in all losses that are shown; 0 to 1. Default:"
                            + " ${DEFAULT-VALUE}.")
    private double labelSmoothing = 0.1;

    @Option(
            names = "--average",
            paramLabel = "DECAY",
            description =
                    "The model is a moving average of the weights, of which so much stays in a step; 0 is none. Default:"
                            + " ${DEFAULT-VALUE}.")
    private double average = 0.998;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Where all that is random comes from. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description =
                    "What to compute on, as 'ondol devices' names it. Default: cpu, which small networks are fastest on.")
    private String device = "cpu";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where model, report and history go. Default: the folder ${DEFAULT-VALUE}.")
    private Path out = Path.of("ondol-train");

    @Option(
            names = "--shards",
            paramLabel = "N",
            description =
                    "How many parts a batch is cut into for the workers of 'ondol launch', as many as workers or more. The model"
                            + " depends on it, and not on the number of workers. Default: 8 for workers, otherwise none.")
    private @Nullable Integer shards;

    @Option(
            names = "--resume",
            description = "Goes on with the training in the folder, which was stopped before its end.")
    private boolean resume;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        Device chosen = DeviceOption.open(device, spec);
        Device before = Ondol.defaultDevice();
        Ondol.setDefaultDevice(chosen);
        try {
            chosen.matmulPrecision(MatmulPrecision.STRICT); // the same model on every device
            check();
            Ondol.manualSeed(seed);
            Training training = Files.isDirectory(file)
                    ? PictureTraining.of(file, size, settings())
                    : TableTraining.of(table(), tableTarget(), tableTask(), drop, hidden, settings());
            try (ProcessGroup group = group()) {
                if (group != null) {
                    training.parallel(new DataParallel(group, training.trainer().net(), shards == null ? 8 : shards));
                }
                if (group != null && group.rank() > 0) {
                    return follow(training);
                }
                TrainingFolder folder = new TrainingFolder(OutputFolder.at(out, spec));
                try (var _ = folder.lock()) {
                    return run(training, folder, chosen);
                }
            }
        } catch (NonFiniteLossException e) {
            throw refused(e.getMessage() + " (--lr " + lr + ")", e);
        } catch (UncheckedIOException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        } catch (IOException | IllegalArgumentException | ondol.data.DataLoaderException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        } finally {
            Ondol.setDefaultDevice(before);
        }
    }

    private ParameterException refused(String message, Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }

    private void check() {
        if (epochs < 1 || batchSize < 1 || patience < 1 || size < 4) {
            throw new IllegalArgumentException("--epochs " + epochs + ", --batch-size " + batchSize + ", --patience "
                    + patience + ", --size " + size + ": give 1 or more, and 4 pixels or more");
        }
        if (hidden.stream().anyMatch(n -> n < 1)) {
            throw new IllegalArgumentException("--hidden " + hidden + ": give layers of 1 or more");
        }
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
            throw new IllegalArgumentException(
                    "--label-smoothing " + labelSmoothing + ": give a share from 0 to 1; 0 is none");
        }
        if (!(average >= 0 && average < 1)) {
            throw new IllegalArgumentException(
                    "--average " + average + ": give a share from 0 up to but without 1; 0 is none");
        }
        if (!(lr > 0) || !(dropout >= 0 && dropout < 1) || !(weightDecay >= 0)) {
            throw new IllegalArgumentException(
                    "--lr " + lr + ", --dropout " + dropout + ", --weight-decay " + weightDecay
                            + ": give a rate above 0, a share from 0 up to but without 1, and a decay of 0 or more");
        }
    }

    private String tableTarget() {
        if (target == null) {
            throw new IllegalArgumentException("--target is missing: which column of " + file + " is to be predicted?");
        }
        return target;
    }

    private @Nullable Task tableTask() {
        if (task == null) {
            return null;
        }
        return switch (task) {
            case "classify" -> Task.CLASSIFY;
            case "regress" -> Task.REGRESS;
            default -> throw new IllegalArgumentException("--task " + task + ": write classify or regress");
        };
    }

    private TableTraining.Source table() throws IOException {
        try {
            return TableTraining.Source.read(file, header.header());
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": there is no such file", e);
        }
    }

    private Training.Settings settings() {
        return new Training.Settings(
                epochs, patience, batchSize, lr, dropout, weightDecay, labelSmoothing, average, seed);
    }

    /** The workers of {@code ondol launch}, or this one alone where a batch is cut nevertheless; null where it is not. */
    private @Nullable ProcessGroup group() {
        return shards != null || System.getenv("WORLD_SIZE") != null ? ProcessGroup.fromEnvironment() : null;
    }

    /** Trains as a worker of another rank than 0, which writes and says nothing. */
    private int follow(Training training) throws IOException {
        try (Interrupts _ = new Interrupts(training::stop)) {
            training.follow(new TrainingFolder(out), resume);
        }
        return 0;
    }

    private int run(Training training, TrainingFolder folder, Device on) throws IOException {
        PrintWriter console = spec.commandLine().getOut();
        long begin = System.nanoTime();
        console.println(training.summary());
        if (!resume) {
            folder.setAside().forEach(to -> console.println("The files of the training before are in " + to + " now."));
        }
        Map<String, String> described = new LinkedHashMap<>();
        described.put("data", file.toString());
        described.putAll(training.described());
        described.putAll(MachineHead.of(List.of(on.toString()), ""));
        described.remove("Settings");
        History history;
        boolean isCut;
        try (Interrupts interrupts = new Interrupts(training::stop);
                ConsoleProgress progress = new ConsoleProgress(epochs)) {
            training.watch(progress);
            history = training.fit(folder, described, resume);
            isCut = interrupts.came() && !training.isOver();
        }
        if (history.epochs().isEmpty()) {
            throw new IllegalStateException("stopped by Ctrl-C before the end of the first epoch; nothing was learnt");
        }
        History.Epoch best = history.epochs().get(Math.max(0, training.bestEpoch() - 1));
        console.println((isCut ? "Stopped by Ctrl-C; --resume goes on. " : "") + "The best of "
                + history.epochs().size() + " epochs is number " + best.number() + ": " + History.text(best.scores())
                + ".");
        console.println("Held-out " + training.heldOut() + ".");
        try {
            training.save(folder.model());
            history.write(folder.history());
            history.picture(folder.picture());
        } catch (IOException e) {
            throw new IOException("cannot write to the folder " + out + ": " + OutputFolder.reason(e), e);
        }
        console.printf(
                Locale.ROOT,
                "model.safetensors, report.html, history.csv and history.png are in %s. It took %.1f seconds.%n",
                out,
                (System.nanoTime() - begin) / 1e9);
        return 0;
    }
}
