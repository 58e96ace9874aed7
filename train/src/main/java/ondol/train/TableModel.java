package ondol.train;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Table;
import ondol.data.TableEncoder;
import ondol.io.LoadOptions;
import ondol.io.Safetensors;
import ondol.io.SafetensorsFile;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Loss;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;

/**
 * A network that predicts a column of a table from the others, with what is needed to read tables as it was trained to; in one
 * safetensors file.
 *
 * <pre>{@code
 * TableModel model = TableModel.load(Path.of("ondol-train/model.safetensors"), Device.CPU);
 * Table answers = model.predict(Table.read(Path.of("new.csv")));
 * answers.write(Path.of("answers.csv"));
 * }</pre>
 */
public final class TableModel {
    private static final String KEY = "ondol.table";
    private static final String PROBABILITY = "probability";
    private static final Gson GSON = new Gson();

    private record Content(String encoder, List<Integer> hidden, double dropout) {}

    private final TableEncoder encoder;
    private final List<Integer> hidden;
    private final double dropout;
    private final Sequential net;

    /**
     * With first weights from {@link ondol.Ondol#generator}: Linear, ReLU and Dropout for each hidden layer, and a Linear.
     *
     * @param encoder the encoder, which has seen the training rows
     * @param hidden the sizes of the hidden layers; there may be none
     * @param dropout the share that dropout leaves out, from 0 to 1
     * @throws IllegalArgumentException if the share is not from 0 to 1, or a size is negative
     */
    public TableModel(TableEncoder encoder, List<Integer> hidden, double dropout) {
        this.encoder = Objects.requireNonNull(encoder, "TableModel: the encoder is null; give one");
        this.hidden = List.copyOf(hidden);
        this.dropout = dropout;
        List<Layer> layers = new ArrayList<>();
        int width = encoder.features();
        for (int size : hidden) {
            layers.add(new Linear(width, size));
            layers.add(new ReLU());
            layers.add(new Dropout(dropout));
            width = size;
        }
        layers.add(new Linear(width, encoder.outputs()));
        net = new Sequential(layers.toArray(new Layer[0]));
    }

    /** {@return how tables are read} */
    public TableEncoder encoder() {
        return encoder;
    }

    /** {@return the network} */
    public Sequential net() {
        return net;
    }

    /** {@return the loss of its training: the cross entropy of classes, the mean squared error of a number} */
    public Loss loss() {
        return encoder.task() == TableEncoder.Task.CLASSIFY ? new CrossEntropyLoss() : new MSELoss();
    }

    /**
     * The table with columns for what is predicted: {@code predicted_TARGET}, and for classes {@code probability}, the predicted
     * class's. A table that has both is taken for one that this gave before, and gets them anew.
     *
     * @param table rows with all columns that the encoder reads
     * @return another table, with one column more for a number, two for classes
     * @throws IllegalArgumentException if it lacks a column that the network needs, or one is of another kind; or has a column of
     *     one of those names that cannot be left out, because the network reads it or the other one is not there
     */
    public Table predict(Table table) {
        Tensor inputs = encoder.inputs(table).to(device());
        boolean training = net.training();
        net.eval();
        Tensor answers;
        try (var _ = Autograd.noGrad()) {
            answers = net.forward(inputs);
        } finally {
            net.train(training);
        }
        return predict(table, answers);
    }

    /**
     * The same of what the network has answered to the table's rows already.
     *
     * @param read the table
     * @param answers the network's output, [rows, outputs], without softmax
     * @return another table, with one column more for a number, two for classes
     */
    public Table predict(Table read, Tensor answers) {
        String name = "predicted_" + encoder.target();
        Table table = withoutAnswers(
                read, encoder.task() == TableEncoder.Task.REGRESS ? List.of(name) : List.of(name, PROBABILITY));
        if (encoder.task() == TableEncoder.Task.REGRESS) {
            List<String> numbers = new ArrayList<>();
            for (double number : encoder.numbers(answers)) {
                numbers.add(Float.toString((float) number));
            }
            return table.with(name, numbers);
        }
        long[] chosen = answers.argmax(1).toLongArray();
        float[] probabilities = answers.softmax(1).amax(1).toFloatArray();
        List<String> classes = new ArrayList<>();
        List<String> certain = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++) {
            classes.add(encoder.classes().get((int) chosen[i]));
            certain.add(String.format(Locale.ROOT, "%.4f", probabilities[i]));
        }
        return table.with(name, classes).with(PROBABILITY, certain);
    }

    private Table withoutAnswers(Table table, List<String> names) {
        List<String> there = names.stream().filter(table::has).toList();
        for (String column : there) {
            if (there.size() < names.size() || encoder.columns().contains(column) || column.equals(encoder.target())) {
                throw new IllegalArgumentException("the table has a column '" + column
                        + "', as the one with the answers is to be called; rename it"
                        + (encoder.columns().contains(column) ? ", and train again" : ""));
            }
        }
        return table.drop(there.toArray(new String[0]));
    }

    private Device device() {
        return net.parameters().getFirst().device();
    }

    /**
     * Writes the file: the weights by the network's names, the rest in the metadata.
     *
     * @param file the file
     * @throws IOException if it cannot be written
     */
    public void save(Path file) throws IOException {
        String content = GSON.toJson(new Content(encoder.toJson(), hidden, dropout));
        Safetensors.save(file, new LinkedHashMap<>(net.stateDict()), Map.of(KEY, content));
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @param device the device of the weights
     * @return the model, in eval mode
     * @throws IOException if it cannot be read, or is no such model; the message has its name
     */
    public static TableModel load(Path file, Device device) throws IOException {
        try (SafetensorsFile open = Safetensors.open(file)) {
            String text = open.metadata().get(KEY);
            if (text == null) {
                throw new IOException(
                        file + " is no model for tables: it has tensors, but no '" + KEY + "' in its metadata");
            }
            Content content = GSON.fromJson(text, Content.class);
            if (content == null
                    || content.encoder == null
                    || content.hidden == null
                    || content.hidden.stream().anyMatch(size -> size == null || size < 1)) {
                throw new IllegalArgumentException("a part of '" + KEY + "' is missing");
            }
            TableEncoder encoder = TableEncoder.fromJson(content.encoder);
            checkSizes(open, encoder, content.hidden);
            TableModel model = new TableModel(encoder, content.hidden, content.dropout);
            model.net.to(device);
            model.net.loadStateDict(open.tensors(LoadOptions.defaults().device(device)));
            model.net.eval();
            return model;
        } catch (IllegalArgumentException | JsonParseException | ArithmeticException e) {
            throw new IOException(file + " is a broken model: " + e.getMessage(), e);
        }
    }

    /** Before memory is taken for layers: the file has weights of their sizes. */
    private static void checkSizes(SafetensorsFile open, TableEncoder encoder, List<Integer> hidden) {
        long width = encoder.features();
        for (int i = 0; i <= hidden.size(); i++) {
            String name = 3 * i + ".weight";
            long size = i < hidden.size() ? hidden.get(i) : encoder.outputs();
            if (!open.names().contains(name) || !open.info(name).shape().equals(Shape.of(size, width))) {
                throw new IllegalArgumentException(
                        "it has no tensor " + name + " of shape [" + size + ", " + width + "]");
            }
            width = size;
        }
    }

    /** The columns that it reads, what it predicts, and its layers. */
    @Override
    public String toString() {
        return encoder + "\n" + net;
    }
}
