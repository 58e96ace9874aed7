package ondol.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An implementation to be timed: one of Ondol's devices, or a library that a program could use instead. It does each piece of
 * work as its user would write it in a loop. Data comes in as arrays, so it is the same for all; what an engine does not have,
 * it says with null, and the row stays empty.
 *
 * <p>A library's engine is a service: a public class with a constructor without arguments, which loads nothing yet.
 */
public interface Engine {
    /** The engine's name in the benchmarks' parameter {@code device}. */
    String name();

    /** Loads what it needs. */
    void start(int threads);

    /**
     * Which kernels compute in this process, once started: the library's version and what it chose for this processor, in its
     * own words and not by guess, and its threads. In one line.
     */
    String kernels();

    /** Work that can be repeated. */
    interface Work {
        /** Does the work, waits until it is done and frees the result. */
        void run();

        /** Does the work; its result, row by row. */
        float[] result();
    }

    /** An optimizer with one parameter. */
    interface Update {
        /** Sets the gradient for the steps to come. */
        void gradient(float[] values);

        /** One step; waits until it is done. */
        void run();

        /** The parameter's values. */
        float[] parameter();
    }

    /** A network in training. */
    interface Training {
        /** One step: forward, loss, backward, Adam, the gradients back to zero; waits until it is done. */
        void run();

        /** The loss without dropout; nothing changes. */
        float loss();

        /** The gradients of that loss, in the order of the parameters; nothing changes. */
        float[][] gradients();

        /** The values of the parameters: first weight, first bias, last weight and, if there is one, last bias. */
        float[][] parameters();
    }

    /** A matrix row by row; transposed, it is to be the view of one whose memory holds it column by column. */
    record Matrix(int rows, int columns, float[] values, boolean transposed) {
        /** The values as they lie in memory. */
        public float[] memory() {
            if (!transposed) {
                return values;
            }
            float[] byColumn = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                byColumn[i % columns * rows + i / columns] = values[i];
            }
            return byColumn;
        }
    }

    /** A convolution of square images, padded to half its square kernel. */
    record Filter(int samples, int in, int out, int size, int kernel, int stride, int groups) {
        /** How many windows there are along an axis. */
        public int places() {
            return (size + kernel / 2 * 2 - kernel) / stride + 1;
        }

        int imageLength() {
            return samples * in * size * size;
        }

        int weightLength() {
            return out * (in / groups) * kernel * kernel;
        }

        int outputLength() {
            return samples * out * places() * places();
        }
    }

    /**
     * A layer's forward and backward.
     *
     * @param x the input, or the embeddings
     * @param numbers of the embeddings that are looked up
     * @param gradient the result's
     * @param others what else the layer takes, all of which gets gradients: an LSTM's weights of input and state and its two
     *     biases, attention's keys and values
     */
    record Pass(Layers.Kind kind, float[] x, long[] numbers, float[] gradient, List<Other> others) {}

    /** A tensor that a layer takes beside its input. */
    record Other(float[] values, long[] sizes) {}

    /** A network of the lecture with its data: inputs x, outputs y, and the parameters to begin with. */
    record Lesson(LectureNet net, float[] x, float[] y, float[][] parameters) {}

    /** The product a b. */
    @Nullable
    Work matmul(Matrix a, Matrix b);

    /** The largest error of an element of a product, relative to the sum of its terms' magnitudes. */
    default double matmulTolerance() {
        return 1e-6; // ten times what rounding in FLOAT32 causes
    }

    /** An operation on each element of x; {@code ADD} adds y. */
    default @Nullable Work pointwise(Pointwise.Operation operation, float[] x, float[] y) {
        return null;
    }

    /** Which elements {@link Pointwise.Operation#DROPOUT} keeps when first called; null where that is random. */
    default boolean @Nullable [] kept(int elements) {
        return null;
    }

    /** A sum or softmax of a matrix. */
    default @Nullable Work reduction(Reductions.Operation operation, Matrix x) {
        return null;
    }

    /** The convolution of images [samples, in, size, size] with a weight [out, in / groups, kernel, kernel]. */
    default @Nullable Work convolution(Filter filter, float[] image, float[] weight) {
        return null;
    }

    /** The gradients of weight and image, one after the other, from that of the convolution's result. */
    default @Nullable Work convolutionGradients(Filter filter, float[] image, float[] weight, float[] gradient) {
        return null;
    }

    /** A layer's forward and backward; the result is the layer's and, behind it, the gradient of x. */
    default @Nullable Work layer(Pass pass) {
        return null;
    }

    /** Adam with the default settings. */
    default @Nullable Update adam(float[] parameter) {
        return null;
    }

    /**
     * Whether Adam adds its epsilon before it corrects the root of the second moment's bias, as section 2 of the paper also
     * allows; PyTorch adds it afterwards.
     */
    default boolean addsEpsilonFirst() {
        return false;
    }

    /** A network of the lecture, the mean squared error and Adam with the default settings. */
    default @Nullable Training lecture(Lesson lesson) {
        return null;
    }
}
