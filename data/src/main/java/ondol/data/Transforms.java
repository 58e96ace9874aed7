package ondol.data;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Embeddings;
import ondol.op.Padding;

/**
 * Changes to inputs, most of them to images of shape [channels, height, width], under torchvision's names. The randomness
 * in them comes from the generator that {@link Dataset#augment} hands over: it is another in each epoch, and the same on each
 * machine.
 */
public final class Transforms {
    private Transforms() {}

    /**
     * {@code (x - mean) / std}, of each channel with its own.
     *
     * @param mean one number for each channel
     * @param std the same, above 0
     * @return a transform of inputs whose first axis has the channels
     * @throws IllegalArgumentException if the two differ in length, or a std is not above 0
     */
    public static Transform normalize(float[] mean, float[] std) {
        if (mean.length != std.length || mean.length == 0) {
            throw new IllegalArgumentException("normalize: " + mean.length + " means and " + std.length
                    + " standard deviations; give one of each for each channel");
        }
        for (float s : std) {
            if (!(s > 0)) {
                throw new IllegalArgumentException(
                        "normalize: the standard deviations are " + Arrays.toString(std) + "; give numbers above 0");
            }
        }
        float[] means = mean.clone();
        float[] deviations = std.clone();
        return (x, _) -> {
            if (x.dim() < 1 || x.size(0) != means.length) {
                throw new IllegalArgumentException("normalize: the input is " + x.shape() + ", but there are "
                        + means.length + " means; give one for each channel, which is the first axis");
            }
            long[] sizes = new long[x.dim()];
            Arrays.fill(sizes, 1);
            sizes[0] = means.length;
            Tensor m = Tensor.tensor(means, Shape.of(sizes), x.device());
            Tensor s = Tensor.tensor(deviations, Shape.of(sizes), x.device());
            return x.sub(m).div(s);
        };
    }

    /**
     * A window of the image at a random place, as torchvision's {@code RandomCrop}; the image is padded with zeros
     * first.
     *
     * @param height of the window, in pixels, 1 or more
     * @param width of the window, in pixels, 1 or more
     * @param padding pixels that are added on each of the four sides, 0 or more
     * @return a transform to [channels, height, width]; it refuses an image that is smaller with its padding
     * @throws IllegalArgumentException if a size is below 1, or the padding negative
     */
    public static Transform randomCrop(int height, int width, int padding) {
        if (height < 1 || width < 1 || padding < 0) {
            throw new IllegalArgumentException("randomCrop: height " + height + ", width " + width + ", padding "
                    + padding + "; give sizes of 1 or more and a padding of 0 or more");
        }
        return (x, random) -> {
            checkImage("randomCrop", x);
            Tensor padded = padding == 0 ? x : Padding.pad(x, padding, padding, padding, padding);
            long down = padded.size(1) - height;
            long across = padded.size(2) - width;
            if (down < 0 || across < 0) {
                throw new IllegalArgumentException("randomCrop: a window of " + height + " x " + width
                        + " does not fit into the image of " + x.shape() + " padded by " + padding
                        + "; make it smaller, or the padding larger");
            }
            long top = below(down + 1, random);
            long left = below(across + 1, random);
            return padded.slice(1, top, top + height).slice(2, left, left + width);
        };
    }

    /**
     * The window in the middle of the image, as {@code CenterCrop}.
     *
     * @param height of the window, in pixels, 1 or more
     * @param width of the window, in pixels, 1 or more
     * @return a transform to [channels, height, width]; it refuses a smaller image
     * @throws IllegalArgumentException if a size is below 1
     */
    public static Transform centerCrop(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "centerCrop: height " + height + ", width " + width + "; give sizes of 1 or more");
        }
        return (x, _) -> {
            checkImage("centerCrop", x);
            if (height > x.size(1) || width > x.size(2)) {
                throw new IllegalArgumentException("centerCrop: a window of " + height + " x " + width
                        + " does not fit into the image of " + x.shape() + "; make it smaller");
            }
            // To the nearest even number where the border is odd, as Python rounds.
            long top = (long) Math.rint((x.size(1) - height) / 2.0);
            long left = (long) Math.rint((x.size(2) - width) / 2.0);
            return x.slice(1, top, top + height).slice(2, left, left + width);
        };
    }

    /**
     * Left and right exchanged, with that probability.
     *
     * @param probability 0 to 1; torchvision's default is 0.5
     * @return a transform that leaves the shape as it is
     * @throws IllegalArgumentException for another number
     */
    public static Transform randomHorizontalFlip(double probability) {
        return randomFlip("randomHorizontalFlip", 2, probability);
    }

    /**
     * Top and bottom exchanged, with that probability.
     *
     * @param probability 0 to 1; torchvision's default is 0.5
     * @return a transform that leaves the shape as it is
     * @throws IllegalArgumentException for another number
     */
    public static Transform randomVerticalFlip(double probability) {
        return randomFlip("randomVerticalFlip", 1, probability);
    }

    private static Transform randomFlip(String name, int axis, double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException(name + ": the probability is " + probability + "; give 0 to 1");
        }
        return (x, random) -> {
            checkImage(name, x);
            return uniform(random, 0, 1) < probability ? x.flip(axis) : x;
        };
    }

    /**
     * The image turned about its middle by an angle between {@code -degrees} and {@code degrees}, counter-clockwise
     * where it is positive; each pixel is the nearest one of the image, or 0 outside of it.
     *
     * @param degrees the largest angle, 0 to 180
     * @return a transform that leaves the shape as it is
     * @throws IllegalArgumentException for another number
     */
    public static Transform randomRotation(double degrees) {
        if (!(degrees >= 0 && degrees <= 180)) {
            throw new IllegalArgumentException("randomRotation: " + degrees + " degrees; give 0 to 180");
        }
        return (x, random) -> {
            checkImage("randomRotation", x);
            return rotate(x, StrictMath.toRadians(uniform(random, (float) -degrees, (float) degrees)));
        };
    }

    private static Tensor rotate(Tensor x, double angle) {
        int height = Math.toIntExact(x.size(1));
        int width = Math.toIntExact(x.size(2));
        double sin = StrictMath.sin(angle);
        double cos = StrictMath.cos(angle);
        long[] from = new long[height * width];
        float[] inside = new float[height * width];
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                double down = i - (height - 1) / 2.0;
                double across = j - (width - 1) / 2.0;
                long row = (long) Math.rint(cos * down + sin * across + (height - 1) / 2.0);
                long column = (long) Math.rint(cos * across - sin * down + (width - 1) / 2.0);
                if (row >= 0 && row < height && column >= 0 && column < width) {
                    from[i * width + j] = row * width + column;
                    inside[i * width + j] = 1;
                }
            }
        }
        Tensor flat = x.reshape(x.size(0), (long) height * width);
        Tensor places = Tensor.tensor(from, Shape.of(from.length), x.device());
        Tensor mask = Tensor.tensor(inside, Shape.of(inside.length), x.device()).ne(0);
        Tensor turned = flat.indexSelect(1, places);
        return Tensor.where(mask, turned, Tensor.zerosLike(turned)).reshape(x.size(0), height, width);
    }

    /**
     * Normal noise with that standard deviation, added to every element.
     *
     * @param std 0 or more
     * @return a transform of inputs of any shape
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public static Transform gaussianNoise(double std) {
        if (!(std >= 0 && std < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("gaussianNoise: the standard deviation is " + std + "; give 0 or more");
        }
        return (x, random) -> {
            float[] values = new float[Math.toIntExact(x.numel())];
            random.fillNormal(values, 0, 1);
            Tensor noise = Tensor.tensor(values, x.shape(), x.device());
            return x.add(noise.mul(std));
        };
    }

    /**
     * For {@link Sample#withTarget}: a class's number as a row of zeros with a one, FLOAT32.
     *
     * @param classes the length of a row, 1 or more
     * @return a function of INT64 numbers below that, which adds an axis at the end
     * @throws IllegalArgumentException if it is below 1
     */
    public static UnaryOperator<Tensor> oneHot(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException("oneHot: " + classes + " classes; give 1 or more");
        }
        return target -> Embeddings.oneHot(target, classes).to(DType.FLOAT32);
    }

    private static void checkImage(String operation, Tensor x) {
        if (x.dim() != 3) {
            throw new IllegalArgumentException(
                    operation + ": the input is " + x.shape() + "; give an image, [channels, height, width]");
        }
    }

    private static long below(long end, Generator random) {
        long[] one = new long[1];
        random.fillRandint(one, 0, end);
        return one[0];
    }

    private static float uniform(Generator random, float from, float to) {
        float[] one = new float[1];
        random.fillUniform(one, from, to);
        return one[0];
    }
}
