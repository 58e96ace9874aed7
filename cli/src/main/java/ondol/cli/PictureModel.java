package ondol.cli;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Images;
import ondol.data.Table;
import ondol.io.LoadOptions;
import ondol.io.Safetensors;
import ondol.io.SafetensorsFile;
import ondol.nn.AdaptiveAvgPool2d;
import ondol.nn.BatchNorm2d;
import ondol.nn.Conv2d;
import ondol.nn.Dropout;
import ondol.nn.Flatten;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MaxPool2d;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.op.ConvOptions;

/** A small convolutional network for pictures, with the classes' names and the size it was trained for, in one file. */
final class PictureModel {
    private static final String KEY = "ondol.pictures";
    private static final int[] CHANNELS = {3, 32, 64, 128};
    private static final int LARGEST = 4096;

    private record Content(List<String> classes, int size) {}

    private final List<String> classes;
    private final int size;
    private final Sequential net;

    PictureModel(List<String> classes, int size, double dropout) {
        this.classes = List.copyOf(classes);
        this.size = size;
        List<Layer> layers = new ArrayList<>();
        for (int i = 1; i < CHANNELS.length; i++) {
            layers.add(new Conv2d(CHANNELS[i - 1], CHANNELS[i], 3, new ConvOptions().padding(1)));
            layers.add(new BatchNorm2d(CHANNELS[i]));
            layers.add(new ReLU());
            if (size >> i > 0) {
                layers.add(new MaxPool2d(2));
            }
        }
        layers.add(new AdaptiveAvgPool2d(1));
        layers.add(new Flatten());
        layers.add(new Dropout(dropout));
        layers.add(new Linear(CHANNELS[CHANNELS.length - 1], classes.size()));
        net = new Sequential(layers.toArray(new Layer[0]));
    }

    Sequential net() {
        return net;
    }

    List<String> classes() {
        return classes;
    }

    /** Answers for all pictures below a folder, or for one: file, class and its probability. */
    Table predict(Path at) throws IOException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(at)) {
            try (Stream<Path> all = Files.walk(at)) {
                all.filter(Files::isRegularFile)
                        .filter(Images::isPicture)
                        .sorted()
                        .forEach(files::add);
            }
        } else {
            files.add(at);
        }
        if (files.isEmpty()) {
            throw new IOException(at + " has no pictures in it");
        }
        Device device = net.parameters().getFirst().device();
        net.eval();
        List<List<String>> rows = new ArrayList<>();
        try (var _ = Autograd.noGrad()) {
            for (Path file : files) {
                Tensor probabilities = net.forward(
                                Images.read(file, size, size).unsqueeze(0).to(device))
                        .softmax(1);
                int chosen = (int) probabilities.argmax().itemLong();
                String name = Files.isDirectory(at) ? at.relativize(file).toString() : file.toString();
                rows.add(List.of(
                        name,
                        classes.get(chosen),
                        String.format(Locale.ROOT, "%.4f", probabilities.amax().item())));
            }
        }
        return Table.of(List.of("file", "predicted_class", "probability"), rows);
    }

    void save(Path file) throws IOException {
        Safetensors.save(
                file, new LinkedHashMap<>(net.stateDict()), Map.of(KEY, new Gson().toJson(new Content(classes, size))));
    }

    static boolean isOne(Path file) throws IOException {
        try (SafetensorsFile open = Safetensors.open(file)) {
            return open.metadata().containsKey(KEY);
        }
    }

    static PictureModel load(Path file, Device device) throws IOException {
        try (SafetensorsFile open = Safetensors.open(file)) {
            Content content = new Gson().fromJson(open.metadata().get(KEY), Content.class);
            if (content == null
                    || content.classes == null
                    || content.classes.isEmpty()
                    || content.classes.stream().anyMatch(c -> c == null)
                    || content.size < 1
                    || content.size > LARGEST) {
                throw new IllegalArgumentException("a part of '" + KEY + "' is missing or impossible");
            }
            PictureModel model = new PictureModel(content.classes, content.size, 0);
            model.net.to(device);
            model.net.loadStateDict(open.tensors(LoadOptions.defaults().device(device)));
            return model;
        } catch (IllegalArgumentException | JsonParseException e) {
            throw new IOException(file + " is a broken model: " + e.getMessage(), e);
        }
    }
}
