package ondol.datasets;

import java.util.List;
import java.util.Objects;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.data.Dataset;
import ondol.data.Sample;
import ondol.data.TensorDataset;

/**
 * Small images of one size with their classes, in memory: a byte for each value. A sample is converted when it is asked for: an
 * image [channels, height, width], FLOAT32 of 0 to 1 as torchvision's {@code ToTensor} gives it, and its class's number, a
 * scalar of INT64, both on the CPU.
 */
public final class ImageDataset implements Dataset<Sample> {
    private static final float MOST = 255;

    private final String name;
    private final byte[] values;
    private final byte[] labels;
    private final Shape image;
    private final List<String> classes;

    /** Takes the arrays as they are: row-major images, one after the other, and labels below the number of classes. */
    ImageDataset(String name, byte[] values, byte[] labels, Shape image, List<String> classes) {
        if (values.length != labels.length * image.numel()) {
            throw new IllegalArgumentException(
                    name + ": " + values.length + " values are not " + labels.length + " images of " + image);
        }
        this.name = name;
        this.values = values;
        this.labels = labels;
        this.image = image;
        this.classes = List.copyOf(classes);
    }

    /** {@return the classes' names, by their numbers} */
    public List<String> classes() {
        return classes;
    }

    /**
     * {@return the number of a sample's class, without converting the image}
     *
     * @param index 0 up to but without {@link #size}
     */
    public int label(int index) {
        return labels[Objects.checkIndex(index, labels.length)];
    }

    /** {@return the shape of an image: [channels, height, width]} */
    public Shape imageShape() {
        return image;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public Sample get(int index) {
        int label = label(index);
        int count = (int) image.numel();
        return new Sample(
                Tensor.tensor(floats(index * count, count), image, Device.CPU),
                Tensor.tensor(new long[] {label}, Shape.of(), Device.CPU));
    }

    @Override
    public String describe(int index) {
        return name + " image " + index;
    }

    /**
     * {@return all samples converted at once, on the CPU: images [samples, channels, height, width] and labels
     * [samples]} They take four bytes for each value, 188 MB for MNIST's 60,000, and make quicker batches; {@link
     * TensorDataset#to} brings them to a device.
     */
    public TensorDataset tensors() {
        long[] numbers = new long[labels.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = labels[i];
        }
        Shape all = Shape.of(labels.length, image.size(0), image.size(1), image.size(2));
        return new TensorDataset(
                Tensor.tensor(floats(0, values.length), all, Device.CPU),
                Tensor.tensor(numbers, Shape.of(numbers.length), Device.CPU));
    }

    private float[] floats(int from, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (values[from + i] & 0xff) / MOST;
        }
        return floats;
    }

    @Override
    public String toString() {
        return name + ": " + size() + " images of " + image + ", " + classes.size() + " classes";
    }
}
