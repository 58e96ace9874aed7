package ondol.nn;

import ondol.DType;
import ondol.Generator;
import ondol.Ondol;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/**
 * Overwrites tensors, parameters usually, with first values; PyTorch's {@code torch.nn.init}. Nothing here is recorded.
 * Random values are drawn on the host, the same on every device, as PyTorch's CPU generator draws them.
 *
 * <pre>{@code
 * net.apply(m -> {
 *     if (m instanceof Linear linear) {
 *         Init.xavierUniform(linear.weight());
 *     }
 * });
 * }</pre>
 *
 * <p>All methods return their tensor. Matrices are taken as a {@link Linear} weight is: [fan out, fan in], and further
 * axes multiply both fans.
 */
public final class Init {
    private Init() {}

    /**
     * Fills a tensor with values that are uniform on [from, to), from the default generator.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param from the lower bound, included
     * @param to the upper bound, not included
     * @return the tensor
     */
    public static Tensor uniform(Tensor tensor, double from, double to) {
        return uniform(tensor, from, to, Ondol.generator());
    }

    /**
     * Fills a tensor with values that are uniform on [from, to).
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param from the lower bound, included
     * @param to the upper bound, not included
     * @param generator where the values are drawn
     * @return the tensor
     * @throws IllegalArgumentException if the tensor is not FLOAT32, or for bounds that {@link Generator#fillUniform}
     *     refuses
     */
    public static Tensor uniform(Tensor tensor, double from, double to, Generator generator) {
        float[] values = room("uniform", tensor, generator);
        generator.fillUniform(values, (float) from, (float) to);
        return overwrite(tensor, values);
    }

    /**
     * Fills a tensor with normal values, from the default generator.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param mean the mean
     * @param std the standard deviation, 0 or more
     * @return the tensor
     */
    public static Tensor normal(Tensor tensor, double mean, double std) {
        return normal(tensor, mean, std, Ondol.generator());
    }

    /**
     * Fills a tensor with normal values.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param mean the mean
     * @param std the standard deviation, 0 or more
     * @param generator where the values are drawn
     * @return the tensor
     * @throws IllegalArgumentException if the tensor is not FLOAT32, or for a mean or a standard deviation that {@link
     *     Generator#fillNormal} refuses
     */
    public static Tensor normal(Tensor tensor, double mean, double std, Generator generator) {
        float[] values = room("normal", tensor, generator);
        generator.fillNormal(values, mean, std);
        return overwrite(tensor, values);
    }

    /**
     * Fills a tensor with zeros.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @return the tensor
     */
    public static Tensor zeros(Tensor tensor) {
        given("zeros", tensor);
        return constant(tensor, 0);
    }

    /**
     * Fills a tensor with ones.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @return the tensor
     */
    public static Tensor ones(Tensor tensor) {
        given("ones", tensor);
        return constant(tensor, 1);
    }

    /**
     * Fills a tensor with one value.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param value what every element is to be
     * @return the tensor
     */
    public static Tensor constant(Tensor tensor, double value) {
        given("constant", tensor);
        return Autograd.noGrad(() -> tensor.fill(value));
    }

    /**
     * As {@link #xavierUniform(Tensor, double, Generator)}, with gain 1 and the default generator.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @return the tensor
     */
    public static Tensor xavierUniform(Tensor tensor) {
        return xavierUniform(tensor, 1, Ondol.generator());
    }

    /**
     * Uniform between -b and b with {@code b = gain sqrt(6 / (fan in + fan out))} (Glorot and Bengio, "Understanding
     * the difficulty of training deep feedforward neural networks", 2010): for layers before tanh or sigmoid.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param gain the factor of the bound, 1 if nothing follows; 5/3 for tanh
     * @param generator where the values are drawn
     * @return the tensor
     * @throws IllegalArgumentException if the tensor is not FLOAT32 or has fewer than two axes
     */
    public static Tensor xavierUniform(Tensor tensor, double gain, Generator generator) {
        given("xavierUniform", generator);
        long fans = fan("xavierUniform", tensor, 0) + fan("xavierUniform", tensor, 1);
        double std = gain * Math.sqrt(2.0 / (double) fans);
        double bound = Math.sqrt(3) * std;
        return tensor.numel() == 0 ? tensor : uniform(tensor, -bound, bound, generator);
    }

    /**
     * As {@link #kaimingUniform(Tensor, double, Generator)}, for a ReLU and with the default generator.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @return the tensor
     */
    public static Tensor kaimingUniform(Tensor tensor) {
        return kaimingUniform(tensor, 0, Ondol.generator());
    }

    /**
     * Uniform between -b and b with {@code b = sqrt(6 / ((1 + a^2) fan in))} (He et al., "Delving deep into
     * rectifiers", 2015): for layers before a leaky ReLU.
     *
     * @param tensor the tensor to fill, FLOAT32
     * @param a the leaky ReLU's slope; 0 for a ReLU
     * @param generator where the values are drawn
     * @return the tensor
     * @throws IllegalArgumentException if the tensor is not FLOAT32 or has fewer than two axes
     */
    public static Tensor kaimingUniform(Tensor tensor, double a, Generator generator) {
        given("kaimingUniform", generator);
        long fanIn = fan("kaimingUniform", tensor, 1);
        double bound = kaimingBound(fanIn, a);
        return tensor.numel() == 0 ? tensor : uniform(tensor, -bound, bound, generator);
    }

    /** In the order in which PyTorch rounds it. */
    static double kaimingBound(long fanIn, double a) {
        double gain = Math.sqrt(2.0 / (1 + a * a));
        double std = gain / Math.sqrt((double) fanIn);
        return Math.sqrt(3) * std;
    }

    /** How many elements go into one (axis 1), or come out of one (axis 0). */
    private static long fan(String operation, Tensor tensor, int axis) {
        given(operation, tensor);
        if (tensor.dim() < 2) {
            throw new IllegalArgumentException("Init." + operation + ": a tensor of shape " + tensor.shape()
                    + " has no fan in and fan out; it needs two axes, [out, in]: use uniform or normal for a vector");
        }
        long fan = tensor.size(axis);
        for (int i = 2; i < tensor.dim(); i++) {
            fan *= tensor.size(i);
        }
        return fan;
    }

    private static void given(String operation, Tensor tensor) {
        if (tensor == null) {
            throw new NullPointerException("Init." + operation + ": the tensor is null; give the one to be filled");
        }
    }

    private static void given(String operation, Generator generator) {
        if (generator == null) {
            throw new NullPointerException("Init." + operation + ": the generator is null; give Ondol.generator()");
        }
    }

    private static float[] room(String operation, Tensor tensor, Generator generator) {
        given(operation, tensor);
        given(operation, generator);
        if (tensor.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    "Init." + operation + ": the tensor is " + tensor.dtype() + "; only FLOAT32 can be filled so");
        }
        if (tensor.numel() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("Init." + operation + ": a tensor of shape " + tensor.shape() + " has "
                    + tensor.numel() + " elements, but values are drawn into a Java array (at most "
                    + (Integer.MAX_VALUE - 8) + "); fill it in parts");
        }
        checkChangeable(operation, tensor);
        return new float[(int) tensor.numel()];
    }

    /** Refuses before values are drawn what would be refused afterwards. */
    private static void checkChangeable(String operation, Tensor tensor) {
        if (tensor.isClosed()) {
            throw new IllegalStateException("Init." + operation + ": the tensor of shape " + tensor.shape()
                    + " is closed; fill one that is open");
        }
        if (tensor.isOverlapping()) {
            throw new IllegalStateException("Init." + operation + ": the tensor of shape " + tensor.shape()
                    + " is a view in which elements share memory; fill a clone() of it");
        }
        Tensor.empty(tensor.shape().toArray()).close(); // where the values will be for a while
    }

    private static Tensor overwrite(Tensor tensor, float[] values) {
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            return tensor.copyFrom(Tensor.tensor(values, tensor.shape()));
        }
    }
}
