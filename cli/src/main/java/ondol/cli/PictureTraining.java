package ondol.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Dataset;
import ondol.data.ImageFolder;
import ondol.data.Sample;
import ondol.data.Transforms;

/** A training on pictures in folders. */
final class PictureTraining extends Training {
    private final PictureModel model;
    private final Dataset<Sample> validation;
    private final int[] sizes;
    private final int pixels;

    private PictureTraining(
            PictureModel model,
            List<Dataset<Sample>> parts,
            int[] sizes,
            int pixels,
            Settings settings,
            Generator order,
            long checksum) {
        super(
                model.net(),
                settings.crossEntropy(),
                model.classes(),
                loader(
                                parts.get(0)
                                        .augment(Transforms.randomCrop(pixels, pixels, Math.max(1, pixels / 8))
                                                .then(Transforms.randomHorizontalFlip(0.5))),
                                settings.batchSize())
                        .shuffle(order),
                loader(parts.get(1), 64).generator(new Generator(0)), // so that nobody who looks changes the training
                loader(parts.get(2), 64).generator(new Generator(0)),
                settings,
                checksum);
        this.model = model;
        this.validation = parts.get(1);
        this.sizes = sizes;
        this.pixels = pixels;
    }

    private static DataLoader<Batch> loader(Dataset<Sample> part, int batchSize) {
        return DataLoader.of(part).batchSize(batchSize).prefetch(2).device(Ondol.defaultDevice());
    }

    static PictureTraining of(Path folder, int pixels, Settings settings) throws IOException {
        ImageFolder all = new ImageFolder(folder, pixels, pixels);
        if (all.classes().size() < 2) {
            throw new IllegalArgumentException(folder + " has one class only, " + all.classes()
                    + "; put the pictures of each class into a folder of their own");
        }
        Generator random = new Generator(settings.seed());
        int[] sizes = split(all.size());
        long[] labels = IntStream.range(0, all.size()).mapToLong(all::label).toArray();
        List<Dataset<Sample>> parts = all.stratifiedSplit(random, labels, sizes);
        return new PictureTraining(
                new PictureModel(all.classes(), pixels, settings.dropout()),
                parts,
                sizes,
                pixels,
                settings,
                random,
                checksum(all));
    }

    @Override
    String summary() {
        return Arrays.stream(sizes).sum() + " pictures: " + sizes[0] + " to learn from, " + sizes[1] + " for stopping, "
                + sizes[2] + " held out. " + classes(model.classes()) + ".";
    }

    /** Of the pictures' names and sizes: reading all of them takes as long as an epoch. */
    private static long checksum(ImageFolder all) throws IOException {
        CRC32C sum = new CRC32C();
        for (int i = 0; i < all.size(); i++) {
            String line = all.describe(i) + ' ' + Files.size(all.file(i)) + '\n';
            sum.update(line.getBytes(StandardCharsets.UTF_8));
        }
        return sum.getValue();
    }

    @Override
    Map<String, String> data() {
        return Map.of("size", pixels + " x " + pixels + " pixels");
    }

    @Override
    Map<String, Supplier<List<List<String>>>> tables() {
        return Map.of("The worst of the validation pictures", this::worst);
    }

    private List<List<String>> worst() {
        Tensor scores = trainer().predict(validation());
        long[] chosen = scores.argmax(1).toLongArray();
        float[][] logs = (float[][]) scores.logSoftmax(1).toNestedArray();
        double[] errors = new double[chosen.length];
        int[] labels = new int[chosen.length];
        int at = 0;
        for (Batch batch : validation()) {
            for (long label : batch.target().toLongArray()) {
                labels[at] = (int) label;
                errors[at] = -logs[at][(int) label];
                at++;
            }
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("picture", "class", "predicted"));
        for (int place : greatest(errors)) {
            rows.add(List.of(
                    validation.describe(place),
                    model.classes().get(labels[place]),
                    model.classes().get((int) chosen[place])));
        }
        return rows;
    }

    @Override
    void save(Path file) throws IOException {
        model.save(file);
    }
}
