package ondol.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.InterpolationMode;
import ondol.op.Resizing;

/** Pictures as tensors: whatever {@link ImageIO} reads, such as PNG, JPEG, GIF, BMP and TIFF. */
public final class Images {
    /** More would fill a usual heap before anybody sees what went wrong. */
    private static final long MOST_PIXELS = 100_000_000;

    private Images() {}

    private static final Set<String> SUFFIXES = Stream.of(ImageIO.getReaderFileSuffixes())
            .map(suffix -> suffix.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());

    /**
     * {@return whether a file's name ends as those of pictures do that Java reads}
     *
     * @param file a path, which need not exist
     */
    public static boolean isPicture(Path file) {
        String name = file.getFileName().toString();
        return SUFFIXES.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /** How pictures' names end, in alphabetical order. */
    static List<String> suffixes() {
        return SUFFIXES.stream().sorted().toList();
    }

    /**
     * Reads a picture: [3, height, width], FLOAT32 of 0 to 1, on the CPU, as torchvision's {@code ToTensor} gives it.
     * Transparent pixels are read as if they were not.
     *
     * @param file a picture of at most 100 million pixels
     * @return the channels red, green and blue
     * @throws IOException if the file cannot be read, is no picture, or has more than 100 million pixels; the message
     *     has its name
     */
    public static Tensor read(Path file) throws IOException {
        BufferedImage image = decode(file);
        int width = image.getWidth();
        int height = image.getHeight();
        int plane = width * height;
        int[] row = new int[width];
        float[] values = new float[3 * plane];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                int at = y * width + x;
                values[at] = (row[x] >> 16 & 0xff) / 255f;
                values[plane + at] = (row[x] >> 8 & 0xff) / 255f;
                values[2 * plane + at] = (row[x] & 0xff) / 255f;
            }
        }
        return Tensor.tensor(values, Shape.of(3, height, width), Device.CPU);
    }

    /**
     * Reads a picture and brings it to a size; see {@link #resize}.
     *
     * @param file a picture of at most 100 million pixels
     * @param height in pixels, 1 or more
     * @param width in pixels, 1 or more
     * @return [3, height, width], FLOAT32 of 0 to 1, on the CPU
     * @throws IOException as {@link #read(Path)}
     * @throws IllegalArgumentException if the height or width is below 1
     */
    public static Tensor read(Path file, int height, int width) throws IOException {
        return resize(read(file), height, width);
    }

    /**
     * A picture of another size: an axis that shrinks takes the mean of what falls on each pixel, one that grows is
     * interpolated linearly. The same bits on every machine.
     *
     * @param x [channels, height, width]
     * @param height in pixels, 1 or more
     * @param width in pixels, 1 or more
     * @return [channels, height, width], on the picture's device
     * @throws IllegalArgumentException if x has not three axes, or the height or width is below 1
     */
    public static Tensor resize(Tensor x, int height, int width) {
        if (x.dim() != 3 || height < 1 || width < 1) {
            throw new IllegalArgumentException("Images.resize: the picture is " + x.shape() + ", the size " + height
                    + " x " + width + "; give [channels, height, width] and sizes of 1 or more");
        }
        Tensor image = x.unsqueeze(0);
        long h = Math.min(height, x.size(1));
        long w = Math.min(width, x.size(2));
        if (h < x.size(1) || w < x.size(2)) {
            image = Resizing.interpolate(image, new long[] {h, w}, InterpolationMode.AREA);
        }
        if (height > h || width > w) {
            image = Resizing.interpolate(image, new long[] {height, width}, InterpolationMode.BILINEAR);
        }
        return image.squeeze(0);
    }

    /**
     * {@return one channel of three, by the weights of ITU-R BT.601, as torchvision's {@code Grayscale}: [1, height,
     * width]}
     *
     * @param x red, green and blue, [3, height, width]
     * @throws IllegalArgumentException if x has another number of axes or channels
     */
    public static Tensor grayscale(Tensor x) {
        if (x.dim() != 3 || x.size(0) != 3) {
            throw new IllegalArgumentException(
                    "Images.grayscale: the picture is " + x.shape() + "; give [3, height, width]");
        }
        return x.select(0, 0)
                .mul(0.2989)
                .add(x.select(0, 1).mul(0.587))
                .add(x.select(0, 2).mul(0.114))
                .unsqueeze(0);
    }

    private static BufferedImage decode(Path file) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = in == null ? null : ImageIO.getImageReaders(in);
            if (readers == null || !readers.hasNext()) {
                throw new IOException(file + " is no picture of a kind that Java reads, such as PNG or JPEG");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > MOST_PIXELS) {
                    throw new IOException(file + " has " + reader.getWidth(0) + " x " + reader.getHeight(0)
                            + " pixels, more than " + MOST_PIXELS + "; make it smaller");
                }
                return reader.read(0);
            } catch (IIOException | RuntimeException e) {
                throw new IOException(file + " is broken: " + e.getMessage(), e); // readers trust what they read
            } finally {
                reader.dispose();
            }
        }
    }
}
