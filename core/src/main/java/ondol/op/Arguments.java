package ondol.op;

import java.util.Arrays;
import java.util.Objects;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;

/**
 * Checks of what an operation is given, for operations written outside of the library's core. Wrong arguments are refused
 * before anything is computed, with a message that names the operation, the argument, and the way out.
 *
 * <pre>{@code
 * static Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
 *     Arguments.floats("rmsNorm", "input", x);
 *     Arguments.axes("rmsNorm", "input", x, 1, 62);
 *     Arguments.shape("rmsNorm", "weight", Arguments.floats("rmsNorm", "weight", weight), x.size(-1));
 *     Arguments.sameDevice("rmsNorm", x, weight);
 *     ...
 * }
 * }</pre>
 */
public final class Arguments {
    private Arguments() {}

    /**
     * Checks that a tensor is there and open.
     *
     * @param operation what messages begin with
     * @param name what messages call the tensor: {@code input}
     * @param t the tensor to check
     * @return the tensor
     * @throws NullPointerException if it is null
     * @throws IllegalStateException if it is closed
     */
    public static Tensor given(String operation, String name, Tensor t) {
        checkNames(operation, name);
        if (t == null) {
            throw new NullPointerException(operation + ": the " + name + " is null; give a tensor");
        }
        if (t.isClosed()) {
            throw new IllegalStateException(operation + ": the " + name + ", of shape " + t.shape()
                    + ", is closed; use it before close(), or take it out of its scope with keep()");
        }
        return t;
    }

    /**
     * Checks {@link #given}, and that the tensor is FLOAT32.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param t the tensor to check
     * @return the tensor
     * @throws IllegalArgumentException if it has another type
     */
    public static Tensor floats(String operation, String name, Tensor t) {
        return typed(operation, name, t, DType.FLOAT32);
    }

    /**
     * Checks {@link #given}, and that the tensor is INT64.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param t the tensor to check
     * @return the tensor
     * @throws IllegalArgumentException if it has another type
     */
    public static Tensor longs(String operation, String name, Tensor t) {
        return typed(operation, name, t, DType.INT64);
    }

    private static Tensor typed(String operation, String name, Tensor t, DType type) {
        if (given(operation, name, t).dtype() != type) {
            throw new IllegalArgumentException(operation + ": the " + name + " is " + t.dtype() + "; it must be " + type
                    + ": use to(DType." + type + ")");
        }
        return t;
    }

    /**
     * Checks that tensors are on one device.
     *
     * @param operation the operation's name, with which messages begin
     * @param tensors the tensors to check; each must be open
     * @throws IllegalArgumentException if they are not
     */
    public static void sameDevice(String operation, Tensor... tensors) {
        Objects.requireNonNull(operation, "Arguments: the operation's name is null; give it, for the message");
        if (tensors == null) {
            throw new NullPointerException(operation + ": the array of tensors is null; give tensors");
        }
        for (Tensor t : tensors) {
            if (given(operation, "tensor", t).device() != tensors[0].device()) {
                throw new IllegalArgumentException(operation + ": tensors are on different devices, "
                        + tensors[0].device() + " and " + t.device() + "; move one with to(...)");
            }
        }
    }

    /**
     * Checks that a tensor has as many axes as are wanted.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param t the tensor to check
     * @param least the smallest number of axes
     * @param most the largest number of axes
     * @return the tensor
     * @throws IllegalArgumentException if it has fewer or more
     */
    public static Tensor axes(String operation, String name, Tensor t, int least, int most) {
        int n = given(operation, name, t).dim();
        if (n < least || n > most) {
            throw new IllegalArgumentException(
                    operation + ": the " + name + " has shape " + t.shape() + "; it must have "
                            + (least == most ? least : least + " to " + most) + (most == 1 ? " axis" : " axes"));
        }
        return t;
    }

    /**
     * Checks a tensor's shape.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param t the tensor to check
     * @param sizes the size along each axis
     * @return the tensor
     * @throws IllegalArgumentException if it has another
     */
    public static Tensor shape(String operation, String name, Tensor t, long... sizes) {
        if (!given(operation, name, t).shape().equals(Shape.of(sizes))) {
            throw new IllegalArgumentException(
                    operation + ": the " + name + " has shape " + t.shape() + "; it must be " + Arrays.toString(sizes));
        }
        return t;
    }

    /**
     * Checks that a number is 1 or more.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param value the number to check
     * @return the number
     * @throws IllegalArgumentException if it is less
     */
    public static long positive(String operation, String name, long value) {
        return atLeast(operation, name, value, 1);
    }

    /**
     * Checks that a number is from 0 to 1.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param value the number to check
     * @return the number
     * @throws IllegalArgumentException if it is none
     */
    public static double probability(String operation, String name, double value) {
        checkNames(operation, name);
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    operation + ": " + name + " is " + value + "; a probability is from 0 to 1");
        }
        return value;
    }

    /**
     * Checks that a number is 0 or more.
     *
     * @param operation the operation's name, with which messages begin
     * @param name the argument's name in messages, such as {@code input}
     * @param value the number to check
     * @return the number
     * @throws IllegalArgumentException if it is less
     */
    public static long notNegative(String operation, String name, long value) {
        return atLeast(operation, name, value, 0);
    }

    private static long atLeast(String operation, String name, long value, long least) {
        checkNames(operation, name);
        if (value < least) {
            throw new IllegalArgumentException(
                    operation + ": the " + name + " is " + value + "; it must be " + least + " or more");
        }
        return value;
    }

    private static void checkNames(String operation, String name) {
        Objects.requireNonNull(operation, "Arguments: the operation's name is null; give it, for the message");
        Objects.requireNonNull(name, "Arguments: the argument's name is null; give it, for the message");
    }
}
