package ondol.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;

/**
 * Pictures in folders, one for each class, which has the folder's name; torchvision's {@code ImageFolder}:
 *
 * <pre>
 * photos/cat/1.png
 * photos/cat/more/2.jpg
 * photos/dog/1.png
 * </pre>
 *
 * <p>Classes are numbered in the order of their names, samples in the order of theirs. A sample is read when it is asked for:
 * [3, height, width], FLOAT32 of 0 to 1, with its class's number.
 */
public final class ImageFolder implements Dataset<Sample> {
    private record Picture(Path file, int label) {}

    private final List<String> classes = new ArrayList<>();
    private final List<Picture> pictures = new ArrayList<>();
    private final Path root;
    private final int height;
    private final int width;

    /**
     * The pictures below a folder, all brought to one size.
     *
     * @param root the folder that has one for each class
     * @param height of all samples, in pixels, 1 or more
     * @param width of all samples, in pixels, 1 or more
     * @throws IOException if there is no such folder, it has no folders in it, or one of them has no pictures
     * @throws IllegalArgumentException if the height or width is below 1
     */
    public ImageFolder(Path root, int height, int width) throws IOException {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "ImageFolder: the size is " + height + " x " + width + "; give 1 or more pixels");
        }
        this.root = Objects.requireNonNull(root, "ImageFolder: the folder is null; give one");
        this.height = height;
        this.width = width;
        if (!Files.isDirectory(root)) {
            throw new IOException(root + " is no folder; give one that has a folder of pictures for each class");
        }
        for (Path folder : children(root)) {
            if (Files.isDirectory(folder)) {
                int before = pictures.size();
                collect(folder, classes.size());
                if (pictures.size() == before) {
                    throw new IOException(folder + " has no pictures in it (" + String.join(", ", Images.suffixes())
                            + "); remove the folder, or put some there");
                }
                classes.add(folder.getFileName().toString());
            }
        }
        if (classes.isEmpty()) {
            throw new IOException(root + " has no folders in it; it needs one for each class, with its pictures");
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted((a, b) ->
                            a.getFileName().toString().compareTo(b.getFileName().toString()))
                    .toList();
        }
    }

    private void collect(Path folder, int label) throws IOException {
        for (Path child : children(folder)) {
            if (Files.isDirectory(child)) {
                collect(child, label);
            } else if (Images.isPicture(child)) {
                pictures.add(new Picture(child, label));
            }
        }
    }

    /** {@return the classes' names, by their numbers} */
    public List<String> classes() {
        return List.copyOf(classes);
    }

    /**
     * {@return the number of a sample's class, without reading the picture}
     *
     * @param index 0 up to but without {@link #size}
     */
    public int label(int index) {
        return pictures.get(index).label;
    }

    /**
     * {@return the file of a sample}
     *
     * @param index 0 up to but without {@link #size}
     */
    public Path file(int index) {
        return pictures.get(index).file;
    }

    @Override
    public int size() {
        return pictures.size();
    }

    @Override
    public Sample get(int index) {
        Picture picture = pictures.get(index);
        try {
            return new Sample(
                    Images.read(picture.file, height, width),
                    Tensor.tensor(new long[] {picture.label}, Shape.of(), Device.CPU));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    @Override
    public String describe(int index) {
        return root.relativize(pictures.get(index).file).toString();
    }
}
