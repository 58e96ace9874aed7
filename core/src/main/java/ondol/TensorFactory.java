package ondol;

import java.util.Objects;
import ondol.text.NestedArrays;

/**
 * How tensors are made. All methods are called on {@link Tensor}: {@code Tensor.zeros(2, 3)}. Without a device, tensors
 * are made on {@link Ondol#defaultDevice}.
 */
public abstract sealed class TensorFactory permits Tensor {
    /** How many values are made on the host at a time. */
    private static final int PART = 1 << 20;

    TensorFactory() {}

    // ---- from Java values

    /**
     * {@return a single number (FLOAT32, no axes), rounded to nearest, as {@code torch.tensor(0.5)}}
     *
     * @param value the element
     */
    public static Tensor tensor(double value) {
        return full(Shape.of(), (float) value, DType.FLOAT32, Ondol.defaultDevice());
    }

    /**
     * {@return a single integer (INT64, no axes), as {@code torch.tensor(3)}}
     *
     * @param value the element
     */
    public static Tensor tensor(long value) {
        return from(new long[] {value}, new long[0], Ondol.defaultDevice());
    }

    /**
     * {@return a single truth value (BOOL, no axes)}
     *
     * @param value the element
     */
    public static Tensor tensor(boolean value) {
        return from(new boolean[] {value}, new long[0], Ondol.defaultDevice());
    }

    /**
     * {@return a vector of FLOAT32}
     *
     * @param values the elements, copied
     */
    public static Tensor tensor(float... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /**
     * {@return a vector of FLOAT32, each value rounded to nearest}
     *
     * @param values the elements, copied
     */
    public static Tensor tensor(double... values) {
        return tensor((Object) values);
    }

    /**
     * {@return a vector of INT64}
     *
     * @param values the elements, copied
     */
    public static Tensor tensor(long... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /**
     * {@return a vector of INT64}
     *
     * @param values the elements, copied
     */
    public static Tensor tensor(int... values) {
        return tensor((Object) values);
    }

    /**
     * {@return a vector of BOOL}
     *
     * @param values the elements, copied
     */
    public static Tensor tensor(boolean... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /**
     * {@return a tensor of nested arrays of any depth: {@code float}, {@code double} (to FLOAT32), {@code int}, {@code long},
     * {@code byte} (to INT64) or {@code boolean} (to BOOL)} Bytes are Java's, -128 to 127; for those of an image, which mean 0
     * to 255, there is {@link #fromUnsignedBytes}.
     *
     * @param nestedArray an array of arrays of equal lengths
     * @throws IllegalArgumentException if rows differ in length, or for anything else
     */
    public static Tensor tensor(Object nestedArray) {
        NestedArrays.Flat flat = NestedArrays.flat(nestedArray);
        return from(flat.elements(), flat.sizes(), Ondol.defaultDevice());
    }

    /**
     * {@return a tensor of the given shape over row-major values}
     *
     * @param values the elements in row-major order, copied
     * @param shape the new tensor's shape
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(float[] values, Shape shape) {
        return tensor(values, shape, Ondol.defaultDevice());
    }

    /**
     * {@return a tensor on a device, of the given shape over row-major values}
     *
     * @param values the elements in row-major order, copied
     * @param shape the new tensor's shape
     * @param device where the new tensor is
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(float[] values, Shape shape, Device device) {
        checkCount("tensor", given("tensor", values).length, shape);
        return from(values, shape.sizes(), device(device));
    }

    /**
     * {@return a tensor of INT64 on a device, of the given shape over row-major values}
     *
     * @param values the elements in row-major order, copied
     * @param shape the new tensor's shape
     * @param device where the new tensor is
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(long[] values, Shape shape, Device device) {
        checkCount("tensor", given("tensor", values).length, shape);
        return from(values, shape.sizes(), device(device));
    }

    private static Device device(Device device) {
        return Objects.requireNonNull(device, "tensor: the device is null; give one, as in Device.of(\"cpu\")");
    }

    /**
     * Bytes as they are in images and in many data sets: 0 to 255, where Java reads -128 to 127. INT64, row-major.
     *
     * @param values the elements in row-major order, copied
     * @param shape the new tensor's shape
     * @return a new tensor, INT64
     * @throws IllegalArgumentException if the number of bytes is another than the shape's
     */
    public static Tensor fromUnsignedBytes(byte[] values, Shape shape) {
        checkCount("fromUnsignedBytes", given("fromUnsignedBytes", values).length, shape);
        return inParts(Tensor.empty(Ondol.defaultDevice(), DType.INT64, shape.sizes()), (start, n) -> {
            long[] part = new long[n];
            for (int i = 0; i < n; i++) {
                part[i] = values[(int) start + i] & 0xff;
            }
            return part;
        });
    }

    private static void checkCount(String operation, int count, Shape shape) {
        if (shape == null) {
            throw new NullPointerException(operation + ": the shape is null; give one, as in Shape.of(2, 3)");
        }
        if (count != shape.numel()) {
            throw new IllegalArgumentException(operation + ": shape " + shape + " has " + shape.numel()
                    + " elements, but " + count + " values were given; give one for each element");
        }
    }

    private static <T> T given(String operation, T argument) {
        if (argument == null) {
            throw new NullPointerException(operation + ": the array is null; give one, which may be empty");
        }
        return argument;
    }

    private static Tensor like(String operation, Tensor like) {
        if (like == null) {
            throw new NullPointerException(operation + ": the tensor to be like is null; give one");
        }
        return like;
    }

    /** Uploads a float[], long[] or boolean[] of the shape's number of elements. */
    static Tensor from(Object array, long[] sizes, Device device) {
        DType dtype = array instanceof float[] ? DType.FLOAT32 : array instanceof long[] ? DType.INT64 : DType.BOOL;
        return upload(array, Tensor.empty(device, dtype, sizes));
    }

    private static Tensor upload(Object array, Tensor t) {
        if (t.numel() != 0) {
            Transfers.upload(TensorConversions.segment(array), t, 0);
        }
        return t;
    }

    /** Values from {@code start} on, as a float[] or long[] of length {@code n}. */
    private interface Part {
        Object of(long start, int n);
    }

    /** Fills a new tensor with values that are made a part at a time: all of them may not fit into Java's memory. */
    private static Tensor inParts(Tensor room, Part values) {
        for (long start = 0; start < room.numel(); start += PART) {
            Object part = values.of(start, (int) Math.min(PART, room.numel() - start));
            Transfers.upload(TensorConversions.segment(part), room, start);
        }
        return room;
    }

    /** An empty tensor for values that are to come: made first, so that nothing is drawn if there is no memory for it. */
    private static Tensor room(String operation, DType dtype, long... sizes) {
        Shape shape = Shape.named(operation, sizes);
        TensorConversions.arrayLength(operation, shape.numel());
        return Tensor.empty(Ondol.defaultDevice(), dtype, shape.sizes());
    }

    // ---- constant

    /**
     * {@return a new tensor of zeros}
     *
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor zeros(long... sizes) {
        return full(Shape.named("zeros", sizes), 0, DType.FLOAT32, Ondol.defaultDevice());
    }

    /**
     * {@return a new tensor of zeros}
     *
     * @param shape the new tensor's shape
     * @param dtype the elements' type
     * @param device where the new tensor is
     */
    public static Tensor zeros(Shape shape, DType dtype, Device device) {
        return constant("zeros", shape, 0, dtype, device);
    }

    /**
     * {@return a new tensor of ones}
     *
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor ones(long... sizes) {
        return full(Shape.named("ones", sizes), 1, DType.FLOAT32, Ondol.defaultDevice());
    }

    /**
     * {@return a new tensor of ones}
     *
     * @param shape the new tensor's shape
     * @param dtype the elements' type
     * @param device where the new tensor is
     */
    public static Tensor ones(Shape shape, DType dtype, Device device) {
        return constant("ones", shape, 1, dtype, device);
    }

    /**
     * {@return a new tensor (FLOAT32) of one value}
     *
     * @param shape the new tensor's shape
     * @param value what every element is, converted to the type
     */
    public static Tensor full(Shape shape, double value) {
        return full(shape, value, DType.FLOAT32, Ondol.defaultDevice());
    }

    /**
     * {@return a new tensor of one value}
     *
     * @param shape the new tensor's shape
     * @param value what every element is, converted to the type
     * @param dtype the elements' type
     * @param device where the new tensor is
     */
    public static Tensor full(Shape shape, double value, DType dtype, Device device) {
        return constant("full", shape, value, dtype, device);
    }

    private static Tensor constant(String operation, Shape shape, double value, DType dtype, Device device) {
        if (shape == null || dtype == null || device == null) {
            throw new NullPointerException(operation + ": shape " + shape + ", type " + dtype + ", device " + device
                    + "; none of them may be null: use Ondol.defaultDevice() for the default device");
        }
        InPlace.checkValue(operation, dtype, value);
        return InPlace.fillNew(Tensor.empty(device, dtype, shape.sizes()), value);
    }

    /**
     * {@return a new tensor of arbitrary content, to be overwritten}
     *
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor empty(long... sizes) {
        return Tensor.empty(
                Ondol.defaultDevice(),
                DType.FLOAT32,
                Shape.named("empty", sizes).sizes());
    }

    /**
     * {@return a new tensor of arbitrary content, to be overwritten}
     *
     * @param shape the new tensor's shape
     * @param dtype the elements' type
     * @param device where the new tensor is
     */
    public static Tensor empty(Shape shape, DType dtype, Device device) {
        if (shape == null || dtype == null || device == null) {
            throw new NullPointerException("empty: shape " + shape + ", type " + dtype + ", device " + device
                    + "; none of them may be null: use Ondol.defaultDevice() for the default device");
        }
        return Tensor.empty(device, dtype, shape.sizes());
    }

    /**
     * {@return a new tensor of zeros, of another tensor's shape, type and device}
     *
     * @param like the tensor whose shape, type and device are taken
     */
    public static Tensor zerosLike(Tensor like) {
        return full(like("zerosLike", like).shape(), 0, like.dtype(), like.device());
    }

    /**
     * {@return a new tensor of ones, of another tensor's shape, type and device}
     *
     * @param like the tensor whose shape, type and device are taken
     */
    public static Tensor onesLike(Tensor like) {
        return full(like("onesLike", like).shape(), 1, like.dtype(), like.device());
    }

    /**
     * {@return a new tensor of one value, of another tensor's shape, type and device}
     *
     * @param like the tensor whose shape, type and device are taken
     * @param value what every element is, converted to the type
     */
    public static Tensor fullLike(Tensor like, double value) {
        return constant("fullLike", like("fullLike", like).shape(), value, like.dtype(), like.device());
    }

    /**
     * {@return the n x n identity matrix}
     *
     * @param n the number of rows and of columns
     */
    public static Tensor eye(long n) {
        return eye(n, n);
    }

    /**
     * {@return ones on the main diagonal of an n x m matrix, zeros elsewhere}
     *
     * @param n the number of rows
     * @param m the number of columns
     */
    public static Tensor eye(long n, long m) {
        Shape.named("eye", n, m);
        return Scope.result(() -> {
            Tensor rows = arange(n).reshape(n, 1);
            Tensor columns = arange(m).reshape(1, m);
            return rows.eq(columns).to(DType.FLOAT32);
        });
    }

    // ---- ranges

    /**
     * {@return the vector 0, 1, ... end - 1 (INT64)}
     *
     * @param end where the values stop; it is not among them
     */
    public static Tensor arange(long end) {
        return arange(0, end, 1);
    }

    /**
     * {@return the vector start, start + 1, ... below end (INT64)}
     *
     * @param start the first value
     * @param end where the values stop; it is not among them
     */
    public static Tensor arange(long start, long end) {
        return arange(start, end, 1);
    }

    /**
     * {@return the vector start, start + step, ... up to but without end (INT64)}
     *
     * @param start the first value
     * @param end where the values stop; it is not among them
     * @param step the distance between values, not 0; negative if they go down
     * @throws IllegalArgumentException if step is zero or leads away from end
     */
    public static Tensor arange(long start, long end, long step) {
        checkStep(start, end, step, step != 0, step > 0 ? start <= end : start >= end);
        // The distance and the step's size are 64 bits without a sign.
        long distance = step > 0 ? end - start : start - end;
        long size = Math.abs(step);
        long n = Long.divideUnsigned(distance, size) + (Long.remainderUnsigned(distance, size) == 0 ? 0 : 1);
        int length = length(start, end, step, n < 0 ? 0x1p63 : n);
        return inParts(room("arange", DType.INT64, length), (from, count) -> {
            long[] part = new long[count];
            for (int i = 0; i < count; i++) {
                part[i] = start + (from + i) * step;
            }
            return part;
        });
    }

    /**
     * {@return the vector start, start + step, ... up to but without end (FLOAT32; computed in double precision, then rounded)}
     *
     * @param start the first value
     * @param end where the values stop; it is not among them
     * @param step the distance between values, not 0; negative if they go down
     */
    public static Tensor arange(double start, double end, double step) {
        boolean isRange = step != 0 && Double.isFinite(start) && Double.isFinite(end) && !Double.isNaN(step);
        checkStep(start, end, step, isRange, (end - start) * Math.signum(step) >= 0);
        int length = length(start, end, step, Math.ceil((end - start) / step));
        return inParts(room("arange", DType.FLOAT32, length), (from, count) -> {
            float[] part = new float[count];
            for (int i = 0; i < count; i++) {
                part[i] = (float) (start + (from + i) * step);
            }
            return part;
        });
    }

    private static void checkStep(Number start, Number end, Number step, boolean isRange, boolean leads) {
        if (!isRange) {
            throw new IllegalArgumentException("arange: from " + start + " to " + end + " in steps of " + step
                    + "; the bounds must be finite, and the step a number other than 0");
        }
        if (!leads) {
            throw new IllegalArgumentException("arange: steps of " + step + " do not lead from " + start + " to " + end
                    + "; change the step's sign");
        }
    }

    private static int length(Number start, Number end, Number step, double n) {
        if (!(n < Integer.MAX_VALUE - 8)) {
            throw new IllegalArgumentException("arange: from " + start + " to " + end + " in steps of " + step
                    + " there are more elements than a Java array can have; use larger steps");
        }
        return (int) n;
    }

    /**
     * {@code steps} values from start to end, both included (FLOAT32). As PyTorch rounds them: with {@code d = (end -
     * start) / (steps - 1)}, the first half is {@code start + d i}, the second {@code end - d (steps - 1 - i)}.
     *
     * @param start the first value
     * @param end the last value
     * @param steps how many values, 0 or more
     * @return a vector
     */
    public static Tensor linspace(double start, double end, int steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("linspace: " + steps + " steps; the number of steps is 0 or more");
        }
        if (steps > 0) {
            InPlace.checkValue("linspace", DType.FLOAT32, start);
            InPlace.checkValue("linspace", DType.FLOAT32, end);
        }
        float first = (float) start;
        float last = (float) end;
        float step = (last - first) / (steps - 1);
        return inParts(room("linspace", DType.FLOAT32, steps), (from, count) -> {
            float[] part = new float[count];
            for (int i = 0; i < count; i++) {
                long at = from + i;
                part[i] = steps == 1 ? first : at < steps / 2 ? first + step * at : last - step * (steps - 1 - at);
            }
            return part;
        });
    }

    // ---- random

    /**
     * {@return a new tensor of values that are uniform in [0, 1), from the default generator}
     *
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor rand(long... sizes) {
        return uniform("rand", Ondol.generator(), 0, 1, sizes);
    }

    /**
     * {@return a new tensor of values that are uniform in [0, 1)}
     *
     * @param generator where the numbers are drawn
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor rand(Generator generator, long... sizes) {
        return uniform("rand", generator, 0, 1, sizes);
    }

    /**
     * {@return a new tensor of values that are uniform in [from, to)}
     *
     * @param generator where the numbers are drawn
     * @param from the lower bound, included
     * @param to the upper bound, not included
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor uniform(Generator generator, double from, double to, long... sizes) {
        return uniform("uniform", generator, from, to, sizes);
    }

    private static void checkGenerator(String operation, Generator generator) {
        if (generator == null) {
            throw new NullPointerException(operation + ": the generator is null; give Ondol.generator()");
        }
    }

    private static Tensor uniform(String operation, Generator generator, double from, double to, long... sizes) {
        checkGenerator(operation, generator);
        Tensor room = room(operation, DType.FLOAT32, sizes);
        float[] values = new float[(int) room.numel()];
        generator.fillUniform(values, (float) from, (float) to);
        return upload(values, room);
    }

    /**
     * {@return a new tensor of values that are uniform in [0, 1), of another tensor's shape and device}
     *
     * @param like the tensor whose shape, type and device are taken
     */
    public static Tensor randLike(Tensor like) {
        return rand(Ondol.generator(), like("randLike", like).sizes()).to(like.device());
    }

    /**
     * {@return a new tensor of standard normal values, from the default generator}
     *
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor randn(long... sizes) {
        return randn(Ondol.generator(), sizes);
    }

    /**
     * {@return a new tensor of standard normal values}
     *
     * @param generator where the numbers are drawn
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor randn(Generator generator, long... sizes) {
        checkGenerator("randn", generator);
        Tensor room = room("randn", DType.FLOAT32, sizes);
        float[] values = new float[(int) room.numel()];
        generator.fillNormal(values, 0, 1);
        return upload(values, room);
    }

    /**
     * {@return a new tensor of standard normal values, of another tensor's shape and device}
     *
     * @param like the tensor whose shape, type and device are taken
     */
    public static Tensor randnLike(Tensor like) {
        return randn(Ondol.generator(), like("randnLike", like).sizes()).to(like.device());
    }

    /**
     * {@return a new tensor of integers from low to high - 1 (INT64), from the default generator}
     *
     * @param low the smallest value
     * @param high one more than the largest value
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor randint(long low, long high, long... sizes) {
        return randint(Ondol.generator(), low, high, sizes);
    }

    /**
     * {@return a new tensor of integers from low to high - 1 (INT64)}
     *
     * @param generator where the numbers are drawn
     * @param low the smallest value
     * @param high one more than the largest value
     * @param sizes the size along each axis; none at all for a single number
     */
    public static Tensor randint(Generator generator, long low, long high, long... sizes) {
        checkGenerator("randint", generator);
        Tensor room = room("randint", DType.INT64, sizes);
        long[] values = new long[(int) room.numel()];
        generator.fillRandint(values, low, high);
        return upload(values, room);
    }

    /**
     * {@return the numbers 0 to n - 1 in random order (INT64), from the default generator}
     *
     * @param n how many numbers, 0 or more
     */
    public static Tensor randperm(int n) {
        return randperm(Ondol.generator(), n);
    }

    /**
     * {@return the numbers 0 to n - 1 in random order (INT64)}
     *
     * @param generator where the numbers are drawn
     * @param n how many numbers, 0 or more
     */
    public static Tensor randperm(Generator generator, int n) {
        checkGenerator("randperm", generator);
        Generator.checkPermutation(n);
        Tensor room = room("randperm", DType.INT64, n);
        return upload(generator.permutation(n), room);
    }

    // ---- joining

    /**
     * {@return tensors one after the other along an axis; see {@code torch.cat}}
     *
     * @param axis the axis in the result; negative ones count from the end
     * @param tensors at least one, of equal sizes along all other axes
     */
    public static Tensor cat(int axis, Tensor... tensors) {
        return Joining.cat(axis, tensors);
    }

    /**
     * {@return tensors of one shape, side by side along a new axis; see {@code torch.stack}}
     *
     * @param axis the axis in the result; negative ones count from the end
     * @param tensors at least one, all of one shape
     */
    public static Tensor stack(int axis, Tensor... tensors) {
        return Joining.stack(axis, tensors);
    }

    /**
     * {@return {@code condition ? whenTrue : whenFalse} element by element, broadcast}
     *
     * @param condition BOOL
     * @param whenTrue what is taken where the condition is true
     * @param whenFalse what is taken where the condition is false
     */
    public static Tensor where(Tensor condition, Tensor whenTrue, Tensor whenFalse) {
        return Ops.WHERE.row().apply(new Tensor[] {condition, whenTrue, whenFalse});
    }
}
