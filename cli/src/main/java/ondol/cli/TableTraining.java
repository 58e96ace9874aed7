package ondol.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Table;
import ondol.data.TableEncoder;
import ondol.data.TableEncoder.Task;
import ondol.data.TensorDataset;
import ondol.train.History;
import ondol.train.Metric;
import ondol.train.Metrics;
import ondol.train.TableModel;
import org.jspecify.annotations.Nullable;

/** A training on a table. */
final class TableTraining extends Training {
    private final TableModel model;
    private final Table validationRows;
    private final Table testRows;
    private final int learntFrom;
    private final int left;
    private final List<String> remarks;

    private TableTraining(
            TableModel model,
            TensorDataset[] parts,
            Table validationRows,
            Table testRows,
            int left,
            List<String> remarks,
            Settings settings,
            Generator order,
            long checksum) {
        super(
                model.net(),
                model.encoder().task() == Task.CLASSIFY ? settings.crossEntropy() : model.loss(),
                model.encoder().classes(),
                DataLoader.of(parts[0]).batchSize(settings.batchSize()).shuffle(order),
                fixed(parts[1]),
                fixed(parts[2]),
                settings,
                checksum);
        this.model = model;
        this.validationRows = validationRows;
        this.testRows = testRows;
        this.left = left;
        this.remarks = remarks;
        learntFrom = parts[0].size();
    }

    /** In order; it takes nothing from the generator that decides the training, whenever somebody looks at it. */
    private static DataLoader<Batch> fixed(TensorDataset part) {
        return DataLoader.of(part).batchSize(1024).generator(new Generator(0));
    }

    /** A table, and the name and the checksum of its file. */
    record Source(Path file, Table table, long checksum) {
        static Source read(Path file, Table.Header header) throws IOException {
            return new Source(file, Table.read(file, header), TableTraining.checksum(file));
        }
    }

    /**
     * Splits the table: for classes so that each part has its share of each.
     *
     * @param task null: what the target looks like
     */
    static TableTraining of(
            Source source,
            String target,
            @Nullable Task task,
            List<String> drop,
            List<Integer> hidden,
            Settings settings) {
        if (drop.contains(target)) {
            throw new IllegalArgumentException(
                    "--drop " + target + ": that is the target; leave it out of --drop, or choose another --target");
        }
        Table table = source.table.drop(drop.toArray(new String[0]));
        int[] known = known(table, target);
        int left = table.rows() - known.length;
        Table rows = table.select(known);
        Generator random = new Generator(settings.seed());
        int[] sizes = split(rows.rows());
        Task chosen = task == null ? TableEncoder.guess(rows, target) : task;
        List<Table> parts =
                chosen == Task.CLASSIFY ? rows.stratifiedSplit(random, target, sizes) : rows.randomSplit(random, sizes);
        TableEncoder encoder = TableEncoder.fit(parts.get(0), rows, target, chosen);
        TableModel model = new TableModel(encoder, hidden, settings.dropout());
        model.predict(rows.select(0)); // refuses columns that have the names of answers
        return new TableTraining(
                model,
                parts.stream().map(part -> dataset(encoder, part)).toArray(TensorDataset[]::new),
                parts.get(1),
                parts.get(2),
                left,
                encoder.remarks(rows),
                settings,
                random,
                source.checksum);
    }

    /** Where it will be learnt from. */
    private static TensorDataset dataset(TableEncoder encoder, Table table) {
        return encoder.dataset(table).to(Ondol.defaultDevice());
    }

    /** The rows that have a target. */
    private static int[] known(Table table, String target) {
        List<Integer> places = new ArrayList<>();
        for (int r = 0; r < table.rows(); r++) {
            if (table.text(target, r) != null) {
                places.add(r);
            }
        }
        return places.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    String summary() {
        TableEncoder encoder = model.encoder();
        return (learntFrom + validationRows.rows() + testRows.rows()) + " rows"
                + (left > 0 ? " (" + left + " without a target are left out)" : "") + ": " + learntFrom
                + " to learn from, " + validationRows.rows() + " for stopping, " + testRows.rows() + " held out. "
                + count(encoder.columns().size(), "column") + ", " + count(encoder.features(), "feature")
                + ", to predict '"
                + encoder.target() + "', "
                + (encoder.task() == Task.CLASSIFY ? classes(encoder.classes()) : "a number")
                + "."
                + remarks.stream().map(remark -> "\n" + remark).collect(Collectors.joining());
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Of a file's bytes. */
    private static long checksum(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        sum.update(Files.readAllBytes(file));
        return sum.getValue();
    }

    @Override
    Map<String, String> data() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("target", model.encoder().target());
        all.put("columns", String.join(", ", model.encoder().columns()));
        return all;
    }

    @Override
    Map<String, Supplier<List<List<String>>>> tables() {
        return Map.of("The worst of the validation rows", this::worst);
    }

    /** Those whose class was thought least probable, or whose number is farthest off. */
    private List<List<String>> worst() {
        Tensor answers = trainer().predict(validation());
        Table predicted = model.predict(validationRows, answers);
        Tensor targets = model.encoder().targets(validationRows).to(answers.device());
        Tensor errors = model.encoder().task() == Task.CLASSIFY
                ? answers.logSoftmax(1).gather(1, targets.unsqueeze(1)).neg().squeeze(1)
                : answers.sub(targets).abs().squeeze(1);
        float[] values = errors.toFloatArray();
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        List<List<String>> rows = new ArrayList<>();
        List<String> names = predicted.names();
        // The target and what was predicted come first; of many columns not all are shown.
        List<String> shown = new ArrayList<>(List.of(model.encoder().target()));
        names.stream().filter(n -> !validationRows.has(n)).forEach(shown::add);
        names.stream().filter(n -> !shown.contains(n)).limit(10).toList().forEach(shown::add);
        rows.add(shown);
        for (int place : greatest(numbers)) {
            rows.add(shown.stream()
                    .map(n -> {
                        String text = predicted.text(n, place);
                        return text == null ? "" : text;
                    })
                    .toList());
        }
        return rows;
    }

    @Override
    String heldOut() {
        if (model.encoder().task() == Task.CLASSIFY) {
            return super.heldOut();
        }
        // In the target's own unit.
        Tensor predicted = numbers(trainer().predict(test()));
        Tensor right = numbers(model.encoder().targets(testRows));
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Metric metric : new Metric[] {Metrics.mae(), Metrics.rmse(), Metrics.r2()}) {
            metric.update(predicted, right);
            scores.put(metric.name(), metric.compute());
        }
        return History.text(scores);
    }

    private Tensor numbers(Tensor outputs) {
        return Tensor.tensor(model.encoder().numbers(outputs));
    }

    @Override
    void save(Path file) throws IOException {
        model.save(file);
    }
}
