package ondol;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;

/**
 * A call that must fail.
 *
 * @param type of the exception
 * @param message of the exception, to the letter; {@code dev}, {@code other} and {@code PROCESSOR} stand for the devices' names
 * @param call prepares what is allowed, and returns what is not
 */
record BadCall(Class<? extends Exception> type, String message, Function<Given, Executable> call) {
    static BadCall argument(String message, Consumer<Given> call) {
        return new BadCall(IllegalArgumentException.class, message, g -> () -> call.accept(g));
    }

    static BadCall state(String message, Consumer<Given> call) {
        return new BadCall(IllegalStateException.class, message, g -> () -> call.accept(g));
    }

    static BadCall index(String message, Consumer<Given> call) {
        return new BadCall(IndexOutOfBoundsException.class, message, g -> () -> call.accept(g));
    }

    /** With null for something that must be there. */
    static BadCall nothing(String message, Consumer<Given> call) {
        return new BadCall(NullPointerException.class, message, g -> () -> call.accept(g));
    }

    /** With a preparation, which may change something. */
    static BadCall argumentAfter(String message, Function<Given, Executable> call) {
        return new BadCall(IllegalArgumentException.class, message, call);
    }

    /** With a preparation, which may change something. */
    static BadCall stateAfter(String message, Function<Given, Executable> call) {
        return new BadCall(IllegalStateException.class, message, call);
    }

    @Override
    public String toString() {
        return message.lines().findFirst().orElse("(no message)");
    }

    /** What the calls are made with. After each call everything must be as it was. */
    static final class Given {
        final Device device;
        final Device otherDevice;

        /** [2, 3], requires a gradient and has one. */
        final Tensor x;

        /** [2, 3]. */
        final Tensor y;

        /** [3, 4]. */
        final Tensor m;

        /** [4]. */
        final Tensor v;

        /** [2, 2, 3]. */
        final Tensor batch;

        /** [0, 3]. */
        final Tensor none;

        /** A single number. */
        final Tensor one;

        /** INT64 [3]: 0, 1, 2. */
        final Tensor n;

        /** INT64 [1, 3]: 0, 2, -1. */
        final Tensor wrong;

        /** BOOL [2, 3]. */
        final Tensor flags;

        /** [2], closed. */
        final Tensor closed;

        /** [2, 3] on another device. */
        final Tensor there;

        Given(Device device, Device otherDevice) {
            this.device = device;
            this.otherDevice = otherDevice;
            x = Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}}).requiresGrad(true);
            x.sum().backward();
            y = Tensor.tensor(new float[][] {{0.5f, 1, 1.5f}, {-1, Float.NaN, 0}});
            m = Tensor.full(Shape.of(3, 4), 2);
            v = Tensor.tensor(1f, 2f, 3f, 4f);
            batch = Tensor.ones(2, 2, 3);
            none = Tensor.zeros(0, 3);
            one = Tensor.tensor(0.25);
            n = Tensor.tensor(0L, 1L, 2L);
            wrong = Tensor.tensor(new long[][] {{0, 2, -1}});
            flags = Tensor.tensor(new boolean[][] {{true, false, true}, {false, false, true}});
            closed = Tensor.ones(2);
            closed.close();
            there = Tensor.ones(Shape.of(2, 3), DType.FLOAT32, otherDevice);
        }

        /** All elements are one number in memory. */
        Tensor repeated(long... sizes) {
            return Tensor.ones(1).expand(sizes);
        }

        /** The innermost scope. */
        @Nullable
        Scope scope() {
            return Context.current().scope;
        }

        /** Everything a call could have changed, as text. */
        Map<String, String> snapshot() {
            Map<String, String> all = new LinkedHashMap<>();
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("x", x);
            tensors.put("y", y);
            tensors.put("m", m);
            tensors.put("v", v);
            tensors.put("batch", batch);
            tensors.put("none", none);
            tensors.put("one", one);
            tensors.put("n", n);
            tensors.put("wrong", wrong);
            tensors.put("flags", flags);
            tensors.put("closed", closed);
            tensors.put("there", there);
            tensors.forEach((name, t) -> all.put(
                    name,
                    t.shape() + " " + t + " leaf=" + t.isLeaf() + " grad=" + t.peekGrad() + " version="
                            + t.storage().version()));
            all.put("generator", Arrays.toString(Ondol.generator().getState()));
            all.put("recording", String.valueOf(Recording.isOn()));
            all.put("scope", String.valueOf(System.identityHashCode(scope())));
            all.put("default device", Ondol.defaultDevice().name());
            all.put("in use", device.memoryStats().inUse() + " bytes");
            all.put("in use there", otherDevice.memoryStats().inUse() + " bytes");
            return all;
        }
    }
}
