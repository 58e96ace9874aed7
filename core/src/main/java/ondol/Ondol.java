package ondol;

import java.util.Objects;
import java.util.function.Supplier;

/** Settings of the process: the default generator and the default device. */
public final class Ondol {
    private static final Generator GENERATOR = new Generator();
    private static volatile Device defaultDevice = Device.CPU;

    private Ondol() {}

    /**
     * Seeds the default generator, as {@code torch.manual_seed} does.
     *
     * @param seed any number
     * @return the default generator
     */
    public static Generator manualSeed(long seed) {
        return generator().manualSeed(seed);
    }

    /**
     * {@return the generator that random functions draw from when they are given none} Threads share it: each call gets numbers
     * in one piece, but whose are the next is up to the threads. For numbers that do not depend on that, give each its own, as by
     * {@link #withGenerator}.
     */
    public static Generator generator() {
        Generator own = Context.current().generator;
        return own == null ? GENERATOR : own;
    }

    /**
     * Runs something during which another generator is this thread's default one: {@link #generator} gives it, {@link #manualSeed} seeds
     * it. Other threads keep theirs, also those that are started meanwhile.
     *
     * @param <T> the type of the result
     * @param generator the generator for this thread
     * @param body the work during which it is the default
     * @return the result of the body
     */
    public static <T> T withGenerator(Generator generator, Supplier<T> body) {
        Objects.requireNonNull(generator, "withGenerator: the generator is null; give one, as new Generator(seed)");
        Objects.requireNonNull(body, "withGenerator: the body is null; pass what is to run");
        Context context = Context.current();
        Generator outer = context.generator;
        context.generator = generator;
        try {
            return body.get();
        } finally {
            context.generator = outer;
        }
    }

    /** {@return the device on which tensors are made when none is named} At the start, the CPU. */
    public static Device defaultDevice() {
        return defaultDevice;
    }

    /**
     * Chooses the device on which tensors are made when none is named, as {@code torch.set_default_device} does.
     *
     * @param device the device; what exists stays where it is
     */
    public static void setDefaultDevice(Device device) {
        defaultDevice = Objects.requireNonNull(
                device, "setDefaultDevice: the device is null; give Device.CPU or Device.of(...)");
    }

    /**
     * A tensor in a few lines: its type, shape, device and layout, whether it has a gradient, and what its elements are like. NaN and
     * infinite elements are counted; smallest, largest, mean and standard deviation are those of the others.
     *
     * <pre>{@code
     * FLOAT32 [2, 2] on cpu, 16 bytes, strides [2, 1], contiguous
     * 4 elements from -1.00000 to 3.00000, mean 1.33333, std 2.08167, 1 NaN
     * }</pre>
     *
     * @param tensor any open tensor; it is read, and not changed
     * @return some lines of text, without a line break at the end
     */
    public static String describe(Tensor tensor) {
        return Description.of(Objects.requireNonNull(tensor, "describe: the tensor is null; give one"));
    }
}
