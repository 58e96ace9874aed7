package ondol.train;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.DataLoader;
import ondol.io.Safetensors;
import ondol.io.SafetensorsFile;
import ondol.nn.Module;
import ondol.optim.Optimizer;
import ondol.optim.scheduler.Scheduler;
import ondol.optim.scheduler.SchedulerState;
import org.jspecify.annotations.Nullable;

/**
 * All that a training is, in one safetensors file: the things that are named here, as they are when it is saved. Loading it puts
 * them there again, all or none, and what follows has the bits that it would have had.
 *
 * <pre>{@code
 * Checkpoint checkpoint = new Checkpoint().model(net).optimizer(optimizer).globalGenerator().loader(train);
 * checkpoint.note("epoch", "3").save(file);
 * ...
 * int epoch = Integer.parseInt(checkpoint.load(file).get("epoch"));
 * }</pre>
 *
 * <p>The model's tensors have its state's names with {@code model.} before them, so other programs can read them. A file is
 * written beside its place, flushed to the disk, and renamed: at any moment it is the old one or the new one.
 */
public final class Checkpoint {
    private static final String KEY = "ondol.checkpoint";
    private static final String MODEL = "model.";
    private static final String OPTIMIZER = "optimizer.";
    private static final String BEST = "best.";
    private static final String TRAINED = "trained.";
    private static final int VERSION = 1;
    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    private @Nullable Module model;
    private @Nullable Optimizer optimizer;
    private @Nullable Scheduler scheduler;
    private @Nullable DataLoader<?> loader;
    private @Nullable Trainer trainer;
    private final Map<String, Generator> generators = new LinkedHashMap<>();
    private final Map<String, String> notes = new LinkedHashMap<>();

    /** Of nothing yet. */
    public Checkpoint() {}

    // ---- what is in it

    /**
     * With a network's parameters and buffers.
     *
     * @param net the network
     * @return this checkpoint
     */
    public Checkpoint model(Module net) {
        model = Objects.requireNonNull(net, "Checkpoint.model: it is null; give one");
        return this;
    }

    /**
     * With what an optimizer remembers, and its settings.
     *
     * @param of the optimizer
     * @return this checkpoint
     */
    public Checkpoint optimizer(Optimizer of) {
        optimizer = Objects.requireNonNull(of, "Checkpoint.optimizer: it is null; give one");
        return this;
    }

    /**
     * With a scheduler's place.
     *
     * @param of the scheduler
     * @return this checkpoint
     */
    public Checkpoint scheduler(Scheduler of) {
        scheduler = Objects.requireNonNull(of, "Checkpoint.scheduler: it is null; give one");
        return this;
    }

    /**
     * With the place in the data, and the loader's generator.
     *
     * @param of the loader
     * @return this checkpoint
     */
    public Checkpoint loader(DataLoader<?> of) {
        loader = Objects.requireNonNull(of, "Checkpoint.loader: it is null; give one");
        return this;
    }

    /**
     * With {@link Ondol#generator}, from which comes what has no generator of its own, such as dropout.
     *
     * @return this checkpoint
     */
    public Checkpoint globalGenerator() {
        return generator("global", Ondol.generator());
    }

    /**
     * With the state of a generator of the program's, under a name.
     *
     * @param name the name; a later generator of the same name takes its place. {@code global} is that of {@link #globalGenerator}
     * @param of the generator
     * @return this checkpoint
     */
    public Checkpoint generator(String name, Generator of) {
        generators.put(
                Objects.requireNonNull(name, "Checkpoint.generator: the name is null; give one"),
                Objects.requireNonNull(of, "Checkpoint.generator: it is null; give one"));
        return this;
    }

    /**
     * With a text of the program's, under a name; {@link #load} gives it back.
     *
     * @param name the name; a later text of the same name takes its place
     * @param text the text
     * @return this checkpoint
     */
    public Checkpoint note(String name, String text) {
        notes.put(
                Objects.requireNonNull(name, "Checkpoint.note: the name is null; give one"),
                Objects.requireNonNull(text, "Checkpoint.note: the text is null; give one"));
        return this;
    }

    /** With how far a training is. */
    Checkpoint progress(Trainer of) {
        trainer = of;
        return this;
    }

    // ---- the file

    private record Content(
            int version,
            @Nullable OptimizerContent optimizer,
            @Nullable SchedulerState scheduler,
            @Nullable LoaderContent loader,
            Map<String, String> generators,
            Map<String, String> notes,
            @Nullable Progress progress) {}

    private record OptimizerContent(
            String name, Map<String, Double> settings, List<Long> steps, List<Optimizer.GroupState> groups) {}

    private record LoaderContent(
            String epochStart, String now, int batches, int samples, int batchSize, boolean shuffles) {}

    /**
     * Writes the file.
     *
     * @param file the file; a save replaces it at once or not at all
     * @throws IOException if that fails; what was there before is there then
     */
    public void save(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (model != null) {
            model.stateDict().forEach((name, t) -> tensors.put(MODEL + name, t));
        }
        Map<String, String> states = new LinkedHashMap<>();
        generators.forEach((name, g) -> states.put(name, encode(g.getState())));
        Content content = new Content(
                VERSION,
                optimizer == null ? null : content(optimizer.stateDict(), tensors),
                scheduler == null ? null : scheduler.stateDict(),
                loader == null ? null : content(loader.state()),
                states,
                notes,
                trainer == null ? null : trainer.progress());
        if (trainer != null) {
            trainer.bestWeights().forEach((name, t) -> tensors.put(BEST + name, t));
            trainer.trainedWeights().forEach((name, t) -> tensors.put(TRAINED + name, t));
        }
        Safetensors.save(file, tensors, Map.of(KEY, GSON.toJson(content)));
    }

    private static OptimizerContent content(Optimizer.State state, Map<String, Tensor> tensors) {
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < state.parameters().size(); i++) {
            String prefix = OPTIMIZER + i + ".";
            steps.add(state.parameters().get(i).step());
            state.parameters().get(i).tensors().forEach((name, t) -> tensors.put(prefix + name, t));
        }
        return new OptimizerContent(state.optimizer(), state.settings(), steps, state.groups());
    }

    private static LoaderContent content(DataLoader.State state) {
        return new LoaderContent(
                encode(state.epochStart()),
                encode(state.now()),
                state.batches(),
                state.samples(),
                state.batchSize(),
                state.shuffles());
    }

    private static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * Reads the file, and puts everything that this checkpoint is of where it was.
     *
     * @param file a checkpoint that {@link #save} has written
     * @return the notes
     * @throws IOException if it cannot be read, is no checkpoint, lacks a part of this one, or has one that does not fit; nothing
     *     has changed then
     */
    public Map<String, String> load(Path file) throws IOException {
        Content content;
        Map<String, Tensor> tensors;
        try (SafetensorsFile open = Safetensors.open(file)) {
            String text = open.metadata().get(KEY);
            if (text == null) {
                throw new IOException(file + " is no checkpoint: it has tensors, but no '" + KEY
                        + "' in its metadata; read the tensors by Safetensors.load");
            }
            content = content(file, text);
            tensors = new LinkedHashMap<>();
            for (String name : open.names()) {
                tensors.put(name, open.tensor(name));
            }
        }
        try {
            restore(content, tensors);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " does not fit: " + e.getMessage(), e);
        }
        return Map.copyOf(content.notes);
    }

    private static Content content(Path file, String text) throws IOException {
        Content content;
        try {
            content = GSON.fromJson(text, Content.class);
        } catch (RuntimeException e) { // Gson passes on whatever records throw
            throw new IOException(file + " is a broken checkpoint: " + e.getMessage(), e);
        }
        if (content == null || content.version != VERSION || content.generators == null || content.notes == null) {
            throw new IOException(file + " is a checkpoint of "
                    + (content == null ? "nothing" : "version " + content.version) + "; this Ondol reads version "
                    + VERSION);
        }
        return content;
    }

    /** Everything, in turn; when one does not fit, those before it are put back. */
    private void restore(Content content, Map<String, Tensor> tensors) {
        List<Runnable> undo = new ArrayList<>();
        if (trainer != null) {
            trainer.check(given("progress of a Trainer", content.progress));
        }
        boolean done = false;
        try {
            if (model != null) {
                Map<String, Tensor> before = EarlyStopping.copy(model.stateDict());
                Module net = model;
                net.loadStateDict(part(tensors, MODEL));
                undo.add(() -> net.loadStateDict(before));
            }
            if (optimizer != null) {
                Optimizer of = optimizer;
                Optimizer.State before = of.stateDict();
                of.loadStateDict(state(given("optimizer", content.optimizer), tensors));
                undo.add(() -> of.loadStateDict(before));
            }
            if (scheduler != null) {
                Scheduler of = scheduler;
                SchedulerState before = of.stateDict();
                of.loadStateDict(given("scheduler", content.scheduler));
                undo.add(() -> of.loadStateDict(before));
            }
            generators.forEach((name, g) -> {
                byte[] before = g.getState();
                g.setState(decode(given("generator '" + name + "'", content.generators.get(name))));
                undo.add(() -> g.setState(before));
            });
            if (loader != null) {
                DataLoader<?> of = loader;
                DataLoader.State before = of.state();
                LoaderContent saved = given("loader", content.loader);
                of.loadState(new DataLoader.State(
                        decode(saved.epochStart),
                        decode(saved.now),
                        saved.batches,
                        saved.samples,
                        saved.batchSize,
                        saved.shuffles));
                undo.add(() -> of.loadState(before));
            }
            if (trainer != null) {
                trainer.load(
                        given("progress of a Trainer", content.progress), part(tensors, BEST), part(tensors, TRAINED));
            }
            done = true;
        } finally {
            if (!done) {
                undo.reversed().forEach(Runnable::run);
            }
        }
    }

    private static <T> T given(String what, @Nullable T part) {
        if (part == null) {
            throw new IllegalArgumentException("it has no " + what + "; load it with what it was saved with");
        }
        return part;
    }

    private static byte[] decode(@Nullable String text) {
        return Base64.getDecoder().decode(given("generator's state", text));
    }

    private static Map<String, Tensor> part(Map<String, Tensor> tensors, String prefix) {
        Map<String, Tensor> part = new LinkedHashMap<>();
        tensors.forEach((name, t) -> {
            if (name.startsWith(prefix)) {
                part.put(name.substring(prefix.length()), t);
            }
        });
        return part;
    }

    private static Optimizer.State state(OptimizerContent content, Map<String, Tensor> tensors) {
        List<Optimizer.ParameterState> parameters = new ArrayList<>();
        for (int i = 0; i < given("optimizer's steps", content.steps).size(); i++) {
            parameters.add(new Optimizer.ParameterState(content.steps.get(i), part(tensors, OPTIMIZER + i + ".")));
        }
        return new Optimizer.State(
                given("optimizer's name", content.name),
                given("optimizer's settings", content.settings),
                parameters,
                given("optimizer's groups", content.groups));
    }
}
