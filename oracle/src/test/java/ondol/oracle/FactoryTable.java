package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The static methods of {@link Tensor}, but for random numbers. */
final class FactoryTable extends Operation.Table {
    FactoryTable() {
        values();
        filled();
        ranges();
        joined();
    }

    /** A call without operands. */
    private static Trial made(String call, Supplier<Tensor> ondol, Supplier<org.bytedeco.pytorch.Tensor> torch) {
        return Trial.one(call, List.of(), _ -> ondol.get(), _ -> torch.get()).orders(0);
    }

    // ---- from Java values

    private static byte[] bytes(Draw d) {
        byte[] x = new byte[d.below(50)];
        for (int i = 0; i < x.length; i++) {
            x[i] = (byte) (d.below(256) - 128);
        }
        return x;
    }

    private void values() {
        op("tensor(float...)", d -> {
            float[] x = floats(d, d.below(50));
            return made(
                    "tensor(float...)",
                    () -> Tensor.tensor(x),
                    () -> Array.of(new long[] {x.length}, x).torch());
        });
        op("tensor(double...)", d -> {
            double[] x = new double[d.below(50)];
            Arrays.setAll(x, i -> d.chance(0.5) ? d.gaussian() * Math.pow(10, d.between(-50, 50)) : d.number());
            return made("tensor(double...)" + Arrays.toString(x), () -> Tensor.tensor(x), () -> rounded(x));
        });
        op("tensor(long...)", d -> {
            long[] x = longs(d, d.below(50));
            return made(
                    "tensor(long...)",
                    () -> Tensor.tensor(x),
                    () -> Array.of(new long[] {x.length}, x).torch());
        });
        op("tensor(int...)", d -> {
            long[] x = longs(d, d.below(50));
            int[] ints = new int[x.length];
            long[] same = new long[x.length];
            for (int i = 0; i < x.length; i++) {
                ints[i] = (int) x[i];
                same[i] = ints[i];
            }
            return made(
                    "tensor(int...)",
                    () -> Tensor.tensor(ints),
                    () -> Array.of(new long[] {same.length}, same).torch());
        });
        op("tensor(byte[])", d -> {
            byte[] x = bytes(d);
            long[] same = new long[x.length];
            Arrays.setAll(same, i -> x[i]);
            return made(
                    "tensor(byte[])",
                    () -> Tensor.tensor((Object) x),
                    () -> Array.of(new long[] {same.length}, same).torch());
        });
        op("fromUnsignedBytes", d -> {
            byte[] x = bytes(d);
            long[] same = new long[x.length];
            Arrays.setAll(same, i -> x[i] & 0xff);
            return made(
                    "fromUnsignedBytes",
                    () -> Tensor.fromUnsignedBytes(x, Shape.of(x.length)),
                    () -> Array.of(new long[] {same.length}, same).torch());
        });
        op("tensor(boolean...)", d -> {
            boolean[] x = new boolean[d.below(50)];
            for (int i = 0; i < x.length; i++) {
                x[i] = d.flag();
            }
            return made(
                    "tensor(boolean...)",
                    () -> Tensor.tensor(x),
                    () -> Array.of(new long[] {x.length}, x).torch());
        });
        op("tensor(number)", d -> switch (d.below(3)) {
            case 0 -> {
                double x = d.chance(0.5) ? d.number() : d.gaussian() * Math.pow(10, d.between(-50, 50));
                yield made(
                        "tensor(" + x + ")",
                        () -> Tensor.tensor(x),
                        () -> rounded(x).reshape());
            }
            case 1 -> {
                long x = d.below(Long.MAX_VALUE) * (d.flag() ? 1 : -1);
                yield made(
                        "tensor(" + x + ")",
                        () -> Tensor.tensor(x),
                        () -> torch.scalar_tensor(Torch.scalar(x), Torch.options(ScalarType.Long)));
            }
            default -> {
                boolean x = d.flag();
                yield made(
                        "tensor(" + x + ")",
                        () -> Tensor.tensor(x),
                        () -> Array.of(new long[0], new boolean[] {x}).torch());
            }
        });
        op("tensor(nestedArray)", d -> {
            long[] shape = d.shape(1, 5);
            int n = (int) Array.count(shape);
            Class<?> element = d.pick(float.class, double.class, long.class, int.class, boolean.class);
            Array flat;
            if (element == boolean.class) {
                boolean[] x = new boolean[n];
                for (int i = 0; i < n; i++) {
                    x[i] = d.flag();
                }
                flat = Array.of(shape, x);
            } else if (element == float.class || element == double.class) {
                flat = Array.of(shape, floats(d, n));
            } else {
                long[] x = longs(d, n);
                Arrays.setAll(x, i -> element == int.class ? (int) x[i] : x[i]);
                flat = Array.of(shape, x);
            }
            Object nested = nested(element, flat, 0, new int[1]);
            // As PyTorch sees Python's lists: below an empty one there are no more axes.
            int axes = 0;
            while (axes < shape.length && shape[axes++] != 0) {}
            long[] seen = Arrays.copyOf(shape, axes);
            return made(
                    "tensor(" + nested.getClass().getSimpleName() + " of " + Arrays.toString(shape) + ")",
                    () -> Tensor.tensor(nested).reshape(seen),
                    () -> flat.torch().reshape(seen));
        });
        op("tensor(nestedArray)(bad)", d -> {
            float[][] ragged = new float[2 + d.below(3)][3];
            ragged[1 + d.below(ragged.length - 1)] = d.flag() ? null : new float[d.pick(0, 2, 4)];
            Object wrong =
                    d.pick(ragged, new float[][] {null, {1}}, "1", new String[] {"1"}, new char[1], new Float[1]);
            return made("tensor(" + wrong.getClass().getSimpleName() + ")", () -> Tensor.tensor(wrong), () -> {
                throw new IllegalArgumentException("Python's torch.tensor raises a ValueError or a TypeError");
            });
        });
        op("tensor(values, shape)", d -> {
            long[] shape = d.shape();
            float[] x = floats(d, (int) Array.count(shape));
            long[] wanted = d.chance(0.1) ? d.shape() : shape;
            return made(
                    "tensor(values, " + Shape.of(wanted) + ")",
                    () -> Tensor.tensor(x, Shape.of(wanted)),
                    () -> Array.of(new long[] {x.length}, x).torch().view(wanted));
        });
    }

    private static Object nested(Class<?> element, Array flat, int axis, int[] at) {
        int n = (int) flat.shape()[axis];
        boolean last = axis == flat.shape().length - 1;
        int[] lengths = new int[flat.shape().length - axis];
        lengths[0] = n;
        Object rows = java.lang.reflect.Array.newInstance(element, lengths);
        for (int i = 0; i < n; i++) {
            java.lang.reflect.Array.set(
                    rows, i, last ? value(element, flat.elements(), at[0]++) : nested(element, flat, axis + 1, at));
        }
        return rows;
    }

    private static Object value(Class<?> element, Object flat, int i) {
        return switch (flat) {
            case float[] x when element == double.class -> (double) x[i];
            case float[] x -> x[i];
            case long[] x when element == int.class -> (int) x[i];
            case long[] x -> x[i];
            case boolean[] x -> x[i];
            default -> throw new AssertionError();
        };
    }

    private static float[] floats(Draw d, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = d.number();
        }
        return x;
    }

    private static long[] longs(Draw d, int n) {
        long[] x = new long[n];
        for (int i = 0; i < n; i++) {
            x[i] = d.flag() ? d.between(-9, 9) : d.below(Long.MAX_VALUE) * (d.flag() ? 1 : -1);
        }
        return x;
    }

    private static org.bytedeco.pytorch.Tensor rounded(double... x) {
        if (x.length == 0) {
            return torch.zeros(0);
        }
        return torch.from_blob(new DoublePointer(x), new long[] {x.length}, Torch.options(ScalarType.Double))
                .toType(ScalarType.Float);
    }

    // ---- filled with one value

    private static long[] wanted(Draw d) {
        long[] shape = d.shape();
        if (shape.length > 0 && d.chance(0.05)) {
            shape[0] = -1;
        }
        return shape;
    }

    private void filled() {
        op("zeros", d -> {
            long[] shape = wanted(d);
            DType type = d.pick(DType.values());
            return d.flag()
                    ? made("zeros" + Arrays.toString(shape), () -> Tensor.zeros(shape), () -> torch.zeros(shape))
                    : made(
                            "zeros of " + type + Arrays.toString(shape),
                            () -> Tensor.zeros(Shape.of(shape), type, Device.CPU),
                            () -> torch.zeros(shape, Torch.options(Torch.type(type))));
        });
        op("ones", d -> {
            long[] shape = wanted(d);
            DType type = d.pick(DType.values());
            return d.flag()
                    ? made("ones" + Arrays.toString(shape), () -> Tensor.ones(shape), () -> torch.ones(shape))
                    : made(
                            "ones of " + type + Arrays.toString(shape),
                            () -> Tensor.ones(Shape.of(shape), type, Device.CPU),
                            () -> torch.ones(shape, Torch.options(Torch.type(type))));
        });
        op("full", d -> {
            long[] shape = wanted(d);
            double x = value(d);
            return made(
                    "full(" + Arrays.toString(shape) + ", " + x + ")",
                    () -> Tensor.full(Shape.of(shape), x),
                    () -> torch.full(shape, Torch.scalar(x)));
        });
        op("full(dtype)", d -> {
            long[] shape = wanted(d);
            double x = value(d);
            DType type = d.pick(DType.values());
            return made(
                    "full(" + Arrays.toString(shape) + ", " + x + ", " + type + ")",
                    () -> Tensor.full(Shape.of(shape), x, type, Device.CPU),
                    () -> torch.full(shape, Torch.scalar(x), Torch.options(Torch.type(type))));
        });
        op("empty", d -> {
            long[] shape = wanted(d);
            return made(
                    "the shape and type of empty" + Arrays.toString(shape),
                    () -> Tensor.empty(shape).fill(1),
                    () -> torch.empty(shape).fill_(Torch.scalar(1.0)));
        });
        op("zerosLike", d -> like("zerosLike", d, Tensor::zerosLike, torch::zeros_like));
        op("onesLike", d -> like("onesLike", d, Tensor::onesLike, torch::ones_like));
        op("fullLike", d -> {
            double x = value(d);
            return like("fullLike(" + x + ")", d, t -> Tensor.fullLike(t, x), t -> torch.full_like(t, Torch.scalar(x)));
        });
        op("eye", d -> {
            long n = d.chance(0.05) ? -1 : d.below(9);
            long m = d.below(9);
            return d.flag()
                    ? made("eye(" + n + ")", () -> Tensor.eye(n), () -> torch.eye(n))
                    : made("eye(" + n + ", " + m + ")", () -> Tensor.eye(n, m), () -> torch.eye(n, m));
        });
    }

    private static double value(Draw d) {
        return d.chance(0.4)
                ? d.number()
                : d.chance(0.1) ? d.gaussian() * Math.pow(10, d.between(10, 50)) : d.uniform(-5, 5);
    }

    private static Trial like(
            String call,
            Draw d,
            java.util.function.UnaryOperator<Tensor> ondol,
            java.util.function.UnaryOperator<org.bytedeco.pytorch.Tensor> torch) {
        Operand x = d.any(d.shape());
        return Trial.one(call, List.of(x), t -> ondol.apply(t.get(0)), t -> torch.apply(t.get(0)));
    }

    // ---- ranges

    private void ranges() {
        op("arange(long)", d -> {
            boolean far = d.chance(0.1);
            long start = d.between(-20, 20) + (far ? d.pick(1L << 52, -(1L << 61), 1L << 61) : 0);
            long end = start + (d.chance(0.1) && !far ? d.between(-200, 200) : d.below(60));
            // PyTorch judges the direction in double precision.
            long step = far ? d.pick(1L, 3L, 1L << 60) : d.chance(0.3) ? d.between(-4, 4) : 1;
            return switch (d.below(3)) {
                case 0 ->
                    made(
                            "arange(" + (end - start) + ")",
                            () -> Tensor.arange(end - start),
                            () -> torch.arange(Torch.scalar(end - start), Torch.options(ScalarType.Long)));
                case 1 ->
                    made(
                            "arange(" + start + ", " + (start + 30) + ")",
                            () -> Tensor.arange(start, start + 30),
                            () -> torch.arange(
                                    Torch.scalar(start), Torch.scalar(start + 30), Torch.options(ScalarType.Long)));
                default ->
                    made(
                            "arange(" + start + ", " + end + ", " + step + ")",
                            () -> Tensor.arange(start, end, step),
                            () -> torch.arange(
                                    Torch.scalar(start),
                                    Torch.scalar(end),
                                    Torch.scalar(step),
                                    Torch.options(ScalarType.Long)));
            };
        });
        op(
                "arange(double)",
                d -> arange(d, ScalarType.Float)
                        // PyTorch rounds the first number of each of its vectors before it adds steps to it.
                        .forward(Bound.ulps(1).plusNorm(1)));
        op(
                "arange(double, rounded once)",
                d -> arange(d, ScalarType.Double).forward(Bound.ulps(1).plusNorm(0x1p-20)));
        op("linspace", d -> {
            double start = bound(d);
            double end = d.chance(0.2) ? start : bound(d);
            int steps = d.chance(0.05) ? d.between(-2, 1) : d.chance(0.1) ? d.below(5000) : d.below(300);
            return made(
                            "linspace(" + start + ", " + end + ", " + steps + ")",
                            () -> Tensor.linspace(start, end, steps),
                            () -> torch.linspace(Torch.scalar(start), Torch.scalar(end), steps))
                    .forward(Bound.norm(2));
        });
    }

    private static double bound(Draw d) {
        return d.chance(0.02)
                ? d.pick(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e39, 3e38, -3e38)
                : d.chance(0.5) ? d.between(-9, 9) : d.uniform(-9, 9) * d.pick(1.0, 1.0, 1.0, 1e-6, 1e6, 1e-40);
    }

    private static Trial arange(Draw d, ScalarType computed) {
        double start = d.chance(0.5) ? d.between(-9, 9) : d.uniform(-9, 9) * d.pick(1.0, 1.0, 1.0, 1e6);
        double step = d.chance(0.5) ? d.pick(0.1, 0.25, 0.3, -0.1, 1e-3, 1.0) : d.uniform(1e-3, 1) * d.pick(1, -1);
        double end = d.chance(0.1)
                ? start + d.uniform(-20, 20)
                : start + step * d.below(d.chance(0.1) ? 20_000 : 300) + (d.flag() ? 0 : step / 2);
        double[] args = {start, end, step};
        if (d.chance(0.05)) {
            args[d.below(3)] = d.pick(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        } else if (d.chance(0.02)) {
            args[2] = d.pick(0.0, -0.0);
        }
        return made(
                "arange" + Arrays.toString(args),
                () -> Tensor.arange(args[0], args[1], args[2]),
                () -> torch.arange(
                                Torch.scalar(args[0]),
                                Torch.scalar(args[1]),
                                Torch.scalar(args[2]),
                                Torch.options(computed))
                        .toType(ScalarType.Float));
    }

    // ---- joined

    private void joined() {
        op("cat", d -> {
                    int dim = d.between(1, 4);
                    long[] shape = d.shape(dim, dim);
                    int axis = d.axis(dim);
                    int at = Math.floorMod(axis, dim);
                    List<Operand> parts = new ArrayList<>();
                    boolean oneType = d.chance(0.7);
                    for (int i = d.between(1, 4); i > 0; i--) {
                        long[] part = shape.clone();
                        part[at] = d.size() % 9;
                        if (d.chance(0.03)) {
                            part = d.flag() ? d.shape() : new long[1];
                        }
                        parts.add(oneType ? d.floats(part) : d.any(part));
                    }
                    return Trial.one(
                            "cat along " + axis,
                            parts,
                            t -> Tensor.cat(axis, t.toArray(Tensor[]::new)),
                            t -> torch.cat(Torch.vector(t), axis));
                })
                .explain(
                        Difference.CAT_OF_NOTHING,
                        m -> m.trial().operands().stream()
                                        .anyMatch(o -> Arrays.equals(o.seen().shape(), new long[] {0}))
                                && (m.is(Stage.FORWARD, Kind.ONLY_ONDOL_FAILS)
                                        || m.is(Stage.SECOND, Kind.REQUIRES_GRAD)));
        op("stack", d -> {
            long[] shape = d.shape(0, 4);
            int axis = d.axis(shape.length + 1);
            List<Operand> parts = new ArrayList<>();
            boolean oneType = d.chance(0.7);
            for (int i = d.between(1, 4); i > 0; i--) {
                long[] part = d.chance(0.03) ? d.shape() : shape;
                parts.add(oneType ? d.floats(part) : d.any(part));
            }
            return Trial.one(
                    "stack along " + axis,
                    parts,
                    t -> Tensor.stack(axis, t.toArray(Tensor[]::new)),
                    t -> torch.stack(Torch.vector(t), axis));
        });
    }
}
