package ondol;

/**
 * How tensors are made. All methods are called on {@link Tensor}: {@code Tensor.zeros(2, 3)}. Without a device, tensors
 * are made on {@link Ondol#defaultDevice}.
 */
public abstract sealed class TensorFactory permits Tensor {
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
        return from(values.clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /** A vector of FLOAT32, each value rounded to nearest. */
    public static Tensor tensor(double... values) {
        return tensor((Object) values);
    }

    /** A vector of INT64. */
    public static Tensor tensor(long... values) {
        return from(values.clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /** A vector of INT64. */
    public static Tensor tensor(int... values) {
        return tensor((Object) values);
    }

    /** A vector of BOOL. */
    public static Tensor tensor(boolean... values) {
        return from(values.clone(), new long[] {values.length}, Ondol.defaultDevice());
    }

    /**
     * A tensor of nested arrays of any depth: {@code float}, {@code double} (to FLOAT32), {@code int}, {@code long} (to
     * INT64) or {@code boolean} (to BOOL).
     *
     * @throws IllegalArgumentException if rows differ in length, or for anything else
     */
    public static Tensor tensor(Object nestedArray) {
        return NestedArrays.tensor(nestedArray, Ondol.defaultDevice());
    }

    /**
     * A tensor of the given shape over row-major values.
     *
     * @throws IllegalArgumentException if the number of values is another than the shape's
     */
    public static Tensor tensor(float[] values, Shape shape) {
        if (values.length != shape.numel()) {
            throw new IllegalArgumentException("tensor: shape " + shape + " has " + shape.numel() + " elements, but "
                    + values.length + " values were given; give one for each element");
        }
        return from(values, shape.sizes(), Ondol.defaultDevice());
    }

    /** Uploads a float[], long[] or boolean[] of the shape's number of elements. */
    static Tensor from(Object array, long[] sizes, Device device) {
        DType dtype = array instanceof float[] ? DType.FLOAT32 : array instanceof long[] ? DType.INT64 : DType.BOOL;
        return upload(array, Tensor.empty(device, dtype, sizes));
    }

    private static Tensor upload(Object array, Tensor t) {
        if (t.numel() != 0) {
            t.device().backend().upload(Copies.segment(array), t.storage().buffer, 0);
        }
        return t;
    }

    /** Where random values will be: made first, so that a failure to make it draws nothing. */
    private static Tensor room(String operation, DType dtype, long... sizes) {
        Shape shape = Shape.named(operation, sizes);
        Copies.arrayLength(operation, shape.numel());
        return Tensor.empty(Ondol.defaultDevice(), dtype, shape.sizes());
    }

    // ---- constant

    /** All zero. */
    public static Tensor zeros(long... sizes) {
        return full(Shape.named("zeros", sizes), 0, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All zero. */
    public static Tensor zeros(Shape shape, DType dtype, Device device) {
        return full(shape, 0, dtype, device);
    }

    /** All one. */
    public static Tensor ones(long... sizes) {
        return full(Shape.named("ones", sizes), 1, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All one. */
    public static Tensor ones(Shape shape, DType dtype, Device device) {
        return full(shape, 1, dtype, device);
    }

    /** All of one value, FLOAT32. */
    public static Tensor full(Shape shape, double value) {
        return full(shape, value, DType.FLOAT32, Ondol.defaultDevice());
    }

    /** All of one value. */
    public static Tensor full(Shape shape, double value, DType dtype, Device device) {
        InPlace.checkValue("full", dtype, value);
        return InPlace.fillNew(Tensor.empty(device, dtype, shape.sizes()), value);
    }

    /** Of arbitrary content: to be overwritten. */
    public static Tensor empty(long... sizes) {
        return Tensor.empty(
                Ondol.defaultDevice(),
                DType.FLOAT32,
                Shape.named("empty", sizes).sizes());
    }

    /** Zeros of another tensor's shape, type and device. */
    public static Tensor zerosLike(Tensor like) {
        return full(like.shape(), 0, like.dtype(), like.device());
    }

    /** Ones of another tensor's shape, type and device. */
    public static Tensor onesLike(Tensor like) {
        return full(like.shape(), 1, like.dtype(), like.device());
    }

    /** One value, in another tensor's shape, type and device. */
    public static Tensor fullLike(Tensor like, double value) {
        return full(like.shape(), value, like.dtype(), like.device());
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
        long[] values = new long[length(start, end, step, n < 0 ? 0x1p63 : n)];
        for (int i = 0; i < values.length; i++) {
            values[i] = start + i * step;
        }
        return from(values, new long[] {n}, Ondol.defaultDevice());
    }

    /** start, start + step, ... up to but without end (FLOAT32; computed in double precision, then rounded). */
    public static Tensor arange(double start, double end, double step) {
        boolean isRange = step != 0 && Double.isFinite(start) && Double.isFinite(end) && !Double.isNaN(step);
        checkStep(start, end, step, isRange, (end - start) * Math.signum(step) >= 0);
        float[] values = new float[length(start, end, step, Math.ceil((end - start) / step))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (start + i * step);
        }
        return from(values, new long[] {values.length}, Ondol.defaultDevice());
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
        float[] values = new float[steps];
        float from = (float) start;
        float to = (float) end;
        float step = (to - from) / (steps - 1);
        for (int i = 0; i < steps; i++) {
            values[i] = i < steps / 2 ? from + step * i : to - step * (steps - 1 - i);
        }
        if (steps == 1) {
            values[0] = from;
        }
        return from(values, new long[] {steps}, Ondol.defaultDevice());
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

    private static Tensor uniform(String operation, Generator generator, double from, double to, long... sizes) {
        Tensor room = room(operation, DType.FLOAT32, sizes);
        float[] values = new float[(int) room.numel()];
        generator.fillUniform(values, (float) from, (float) to);
        return upload(values, room);
    }

    /** Uniform in [0, 1), of another tensor's shape and device. */
    public static Tensor randLike(Tensor like) {
        return rand(Ondol.generator(), like.sizes()).to(like.device());
    }

    /** Standard normal, from the default generator. */
    public static Tensor randn(long... sizes) {
        return randn(Ondol.generator(), sizes);
    }

    /** Standard normal. */
    public static Tensor randn(Generator generator, long... sizes) {
        Tensor room = room("randn", DType.FLOAT32, sizes);
        float[] values = new float[(int) room.numel()];
        generator.fillNormal(values, 0, 1);
        return upload(values, room);
    }

    /** Standard normal, of another tensor's shape and device. */
    public static Tensor randnLike(Tensor like) {
        return randn(Ondol.generator(), like.sizes()).to(like.device());
    }

    /** Integers from low to high - 1 (INT64), from the default generator. */
    public static Tensor randint(long low, long high, long... sizes) {
        return randint(Ondol.generator(), low, high, sizes);
    }

    /** Integers from low to high - 1 (INT64). */
    public static Tensor randint(Generator generator, long low, long high, long... sizes) {
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
        return from(generator.permutation(n), new long[] {n}, Ondol.defaultDevice());
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
        return Ops.WHERE.apply(new Tensor[] {condition, whenTrue, whenFalse});
    }
}
