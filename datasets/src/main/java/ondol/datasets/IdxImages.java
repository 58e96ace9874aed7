package ondol.datasets;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ondol.Shape;
import ondol.data.Idx;
import org.jspecify.annotations.Nullable;

/**
 * A data set in the four IDX files of MNIST.
 *
 * @param name the class that messages speak of
 * @param torchvision the folder in which torchvision keeps the files, below its own
 * @param address where they are published
 * @param files the four
 * @param classes the classes' names
 */
record IdxImages(String name, Path torchvision, URI address, List<RemoteFile> files, List<String> classes) {
    private static final int SIDE = 28;

    /** The names of the four files, unpacked, in the order of {@link #read}. */
    private static final List<String> NAMES = List.of(
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    TrainTest load(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (String file : NAMES) {
            Path path = find(folder, file);
            if (path == null) {
                missing.add(file);
            } else {
                found.add(path);
            }
        }
        if (!missing.isEmpty()) {
            throw new FileNotFoundException(name + ".load: " + folder.toAbsolutePath() + " lacks "
                    + String.join(", ", missing) + " (with or without .gz, there or in " + torchvision + "); " + name
                    + ".download fetches what is missing, or take it from " + address);
        }
        return new TrainTest(
                read("train", found.get(0), found.get(1)), //
                read("test", found.get(2), found.get(3)));
    }

    TrainTest download(Path folder, URI base, DownloadListener listener) throws IOException {
        String caller = name + ".download";
        Download download = new Download(caller, base, listener);
        for (RemoteFile file : files) {
            Path there = find(folder, file.name().replace(".gz", ""));
            if (there == null) {
                download.fetch(file, folder);
            } else if (there.endsWith(file.name())) {
                file.check(caller, there);
            }
        }
        return load(folder);
    }

    /** The file of that name, or the packed one. */
    private @Nullable Path find(Path folder, String file) {
        for (Path place : List.of(folder, folder.resolve(torchvision))) {
            for (String end : List.of("", ".gz")) {
                Path path = place.resolve(file + end);
                if (Files.isRegularFile(path)) {
                    return path;
                }
            }
        }
        return null;
    }

    private ImageDataset read(String part, Path images, Path labels) throws IOException {
        byte[] values = Idx.readBytes(images, -1, SIDE, SIDE);
        byte[] numbers = Idx.readBytes(labels, -1);
        if (values.length != numbers.length * (long) SIDE * SIDE) {
            throw new IOException(images + " has " + values.length / (SIDE * SIDE) + " images, but " + labels + " "
                    + numbers.length + " labels; take both from the same data set");
        }
        for (int i = 0; i < numbers.length; i++) {
            if ((numbers[i] & 0xff) >= classes.size()) {
                throw new IOException(labels + " has label " + (numbers[i] & 0xff) + " at " + i + "; labels are 0 to "
                        + (classes.size() - 1));
            }
        }
        return new ImageDataset(name + " " + part, values, numbers, Shape.of(1, SIDE, SIDE), classes);
    }
}
