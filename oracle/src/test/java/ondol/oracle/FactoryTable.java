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
                double x = d.chance(0.5) ? d.number() : d.gaussian();
                yield made("tensor(" + x + ")", () -> Tensor.tensor(x), () -> torch.scalar_tensor(Torch.scalar(x)));
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
            int rows = d.between(1, 5);
            int columns = d.between(1, 5);
            int depth = d.between(1, 3);
            if (d.flag()) {
                float[][][] x = new float[rows][columns][depth];
                float[] flat = floats(d, rows * columns * depth);
                for (int i = 0; i < flat.length; i++) {
                    x[i / (columns * depth)][i / depth % columns][i % depth] = flat[i];
                }
                return made(
                        "tensor(float[][][])",
                        () -> Tensor.tensor(x),
                        () -> Array.of(new long[] {rows, columns, depth}, flat).torch());
            }
            long[][] x = new long[rows][columns];
            long[] flat = longs(d, rows * columns);
            for (int i = 0; i < flat.length; i++) {
                x[i / columns][i % columns] = flat[i];
            }
            return made(
                    "tensor(long[][])",
                    () -> Tensor.tensor(x),
                    () -> Array.of(new long[] {rows, columns}, flat).torch());
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

    private static org.bytedeco.pytorch.Tensor rounded(double[] x) {
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
            double x = d.chance(0.5) ? d.number() : d.between(-5, 5);
            return made(
                    "full(" + Arrays.toString(shape) + ", " + x + ")",
                    () -> Tensor.full(Shape.of(shape), x),
                    () -> torch.full(shape, Torch.scalar(x)));
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
            double x = d.between(-5, 5);
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
            long start = d.between(-20, 20);
            long end = d.chance(0.1) ? d.between(-200, 200) : start + d.below(60);
            long step = d.chance(0.3) ? d.between(-4, 4) : 1;
            return switch (d.below(3)) {
                case 0 ->
                    made(
                            "arange(" + end + ")",
                            () -> Tensor.arange(end),
                            () -> torch.arange(Torch.scalar(end), Torch.options(ScalarType.Long)));
                case 1 ->
                    made(
                            "arange(" + start + ", " + end + ")",
                            () -> Tensor.arange(start, end),
                            () -> torch.arange(Torch.scalar(start), Torch.scalar(end), Torch.options(ScalarType.Long)));
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
        op("arange(double)", d -> {
            double start = d.chance(0.5) ? d.between(-9, 9) : d.uniform(-9, 9);
            double step = d.chance(0.5) ? d.pick(0.1, 0.25, 0.3, -0.1, 1e-3, 1.0) : d.uniform(-1, 1);
            double end = d.chance(0.1) ? d.uniform(-20, 20) : start + step * d.below(300) + (d.flag() ? 0 : step / 2);
            return made(
                            "arange(" + start + ", " + end + ", " + step + ")",
                            () -> Tensor.arange(start, end, step),
                            () -> torch.arange(Torch.scalar(start), Torch.scalar(end), Torch.scalar(step)))
                    // PyTorch's rounding depends on where a number falls into its vectors, here as in linspace.
                    .forward(Bound.norm(4));
        });
        op("linspace", d -> {
            double start = d.chance(0.5) ? d.between(-9, 9) : d.uniform(-9, 9);
            double end = d.chance(0.2) ? start : d.chance(0.5) ? d.between(-9, 9) : d.uniform(-9, 9);
            int steps = d.chance(0.05) ? d.between(-2, 1) : d.below(300);
            return made(
                            "linspace(" + start + ", " + end + ", " + steps + ")",
                            () -> Tensor.linspace(start, end, steps),
                            () -> torch.linspace(Torch.scalar(start), Torch.scalar(end), steps))
                    .forward(Bound.norm(4));
        });
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
