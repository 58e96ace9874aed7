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

    /** A single number (FLOAT32, no axes), rounded to nearest, as {@code torch.tensor(0.5)}. */
    public static Tensor tensor(double value) {
        return full(Shape.of(), (float) value, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** A single integer (INT64, no axes), as {@code torch.tensor(3)}. */
    public static Tensor tensor(long value) {
        return from(new long[] {value}, new long[0], Ondol.defaultDevice());
    }

    /** A single truth value (BOOL, no axes). */
    public static Tensor tensor(boolean value) {
        return from(new boolean[] {value}, new long[0], Ondol.defaultDevice());
    }

    /** A vector of FLOAT32. */
    public static Tensor tensor(float... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /** A vector of FLOAT32, each value rounded to nearest. */
    public static Tensor tensor(double... values) {
        return tensor((Object) values);
    }

    /** A vector of INT64. */
    public static Tensor tensor(long... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /** A vector of INT64. */
    public static Tensor tensor(int... values) {
        return tensor((Object) values);
    }

    /** A vector of BOOL. */
    public static Tensor tensor(boolean... values) {
        return from(given("tensor", values).clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /**
     * A tensor of nested arrays of any depth: {@code float}, {@code double} (to FLOAT32), {@code int}, {@code long}, {@code
     * byte} (to INT64) or {@code boolean} (to BOOL). Bytes are Java's, -128 to 127; for those of an image, which mean 0 to 255,
     * there is {@link #fromUnsignedBytes}.
     *
     * @throws IllegalArgumentException if rows differ in length, or for anything else
     */
    public static Tensor tensor(Object nestedArray) {
        NestedArrays.Flat flat = NestedArrays.flat(nestedArray);
        return from(flat.elements(), flat.sizes(), Ondol.defaultDevice());
    }

    /**
     * A tensor of the given shape over row-major values.
     *
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(float[] values, Shape shape) {
        return tensor(values, shape, Ondol.defaultDevice());
    }

    /**
     * The same on a device.
     *
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(float[] values, Shape shape, Device device) {
        checkCount("tensor", given("tensor", values).length, shape);
        return from(values, shape.sizes(), device(device));
    }

    /**
     * A tensor of INT64 on a device, of the given shape over row-major values.
     *
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

    /** Where values will be: made first, so that a failure to make it draws nothing, and there is memory for them. */
    private static Tensor room(String operation, DType dtype, long... sizes) {
        Shape shape = Shape.named(operation, sizes);
        TensorConversions.arrayLength(operation, shape.numel());
        return Tensor.empty(Ondol.defaultDevice(), dtype, shape.sizes());
    }

    // ---- constant

    /** All zero. */
    public static Tensor zeros(long... sizes) {
        return full(Shape.named("zeros", sizes), 0, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All zero. */
    public static Tensor zeros(Shape shape, DType dtype, Device device) {
        return constant("zeros", shape, 0, dtype, device);
    }

    /** All one. */
    public static Tensor ones(long... sizes) {
        return full(Shape.named("ones", sizes), 1, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All one. */
    public static Tensor ones(Shape shape, DType dtype, Device device) {
        return constant("ones", shape, 1, dtype, device);
    }

    /** All of one value, FLOAT32. */
    public static Tensor full(Shape shape, double value) {
        return full(shape, value, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All of one value. */
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

    /** Of arbitrary content: to be overwritten. */
    public static Tensor empty(long... sizes) {
        return Tensor.empty(
                Ondol.defaultDevice(),
                DType.FLOAT32,
                Shape.named("empty", sizes).sizes());
    }

    /** Of arbitrary content: to be overwritten. */
    public static Tensor empty(Shape shape, DType dtype, Device device) {
        if (shape == null || dtype == null || device == null) {
            throw new NullPointerException("empty: shape " + shape + ", type " + dtype + ", device " + device
                    + "; none of them may be null: use Ondol.defaultDevice() for the default device");
        }
        return Tensor.empty(device, dtype, shape.sizes());
    }

    /** Zeros of another tensor's shape, type and device. */
    public static Tensor zerosLike(Tensor like) {
        return full(like("zerosLike", like).shape(), 0, like.dtype(), like.device());
    }

    /** Ones of another tensor's shape, type and device. */
    public static Tensor onesLike(Tensor like) {
        return full(like("onesLike", like).shape(), 1, like.dtype(), like.device());
    }

    /** One value, in another tensor's shape, type and device. */
    public static Tensor fullLike(Tensor like, double value) {
        return constant("fullLike", like("fullLike", like).shape(), value, like.dtype(), like.device());
    }

    /** The n x n identity matrix. */
    public static Tensor eye(long n) {
        return eye(n, n);
    }

    /** Ones on the main diagonal of an n x m matrix, zeros elsewhere. */
    public static Tensor eye(long n, long m) {
        Shape.named("eye", n, m);
        return Scope.result(() -> {
            Tensor rows = arange(n).reshape(n, 1);
            Tensor columns = arange(m).reshape(1, m);
            return rows.eq(columns).to(DType.FLOAT32);
        });
    }

    // ---- ranges

    /** 0, 1, ... end - 1 (INT64). */
    public static Tensor arange(long end) {
        return arange(0, end, 1);
    }

    /** start, start + 1, ... below end (INT64). */
    public static Tensor arange(long start, long end) {
        return arange(start, end, 1);
    }

    /**
     * start, start + step, ... up to but without end (INT64).
     *
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

    /** start, start + step, ... up to but without end (FLOAT32; computed in double precision, then rounded). */
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

    /** Uniform in [0, 1), from the default generator. */
    public static Tensor rand(long... sizes) {
        return uniform("rand", Ondol.generator(), 0, 1, sizes);
    }

    /** Uniform in [0, 1). */
    public static Tensor rand(Generator generator, long... sizes) {
        return uniform("rand", generator, 0, 1, sizes);
    }

    /** Uniform in [from, to). */
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

    /** Uniform in [0, 1), of another tensor's shape and device. */
    public static Tensor randLike(Tensor like) {
        return rand(Ondol.generator(), like("randLike", like).sizes()).to(like.device());
    }

    /** Standard normal, from the default generator. */
    public static Tensor randn(long... sizes) {
        return randn(Ondol.generator(), sizes);
    }

    /** Standard normal. */
    public static Tensor randn(Generator generator, long... sizes) {
        checkGenerator("randn", generator);
        Tensor room = room("randn", DType.FLOAT32, sizes);
        float[] values = new float[(int) room.numel()];
        generator.fillNormal(values, 0, 1);
        return upload(values, room);
    }

    /** Standard normal, of another tensor's shape and device. */
    public static Tensor randnLike(Tensor like) {
        return randn(Ondol.generator(), like("randnLike", like).sizes()).to(like.device());
    }

    /** Integers from low to high - 1 (INT64), from the default generator. */
    public static Tensor randint(long low, long high, long... sizes) {
        return randint(Ondol.generator(), low, high, sizes);
    }

    /** Integers from low to high - 1 (INT64). */
    public static Tensor randint(Generator generator, long low, long high, long... sizes) {
        checkGenerator("randint", generator);
        Tensor room = room("randint", DType.INT64, sizes);
        long[] values = new long[(int) room.numel()];
        generator.fillRandint(values, low, high);
        return upload(values, room);
    }

    /** 0 to n - 1 in random order (INT64), from the default generator. */
    public static Tensor randperm(int n) {
        return randperm(Ondol.generator(), n);
    }

    /** 0 to n - 1 in random order (INT64). */
    public static Tensor randperm(Generator generator, int n) {
        checkGenerator("randperm", generator);
        Generator.checkPermutation(n);
        Tensor room = room("randperm", DType.INT64, n);
        return upload(generator.permutation(n), room);
    }

    // ---- joining

    /** Tensors one after the other along an axis; see {@code torch.cat}. */
    public static Tensor cat(int axis, Tensor... tensors) {
        return Joining.cat(axis, tensors);
    }

    /** Tensors of one shape, side by side along a new axis; see {@code torch.stack}. */
    public static Tensor stack(int axis, Tensor... tensors) {
        return Joining.stack(axis, tensors);
    }

    /** {@code condition ? whenTrue : whenFalse} element by element, broadcast. */
    public static Tensor where(Tensor condition, Tensor whenTrue, Tensor whenFalse) {
        return Ops.WHERE.row().apply(new Tensor[] {condition, whenTrue, whenFalse});
    }
}
