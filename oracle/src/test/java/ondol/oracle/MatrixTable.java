package ondol.oracle;

import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.oracle.Draw.Flavour;
import ondol.oracle.Draw.Operand;

/** The operations of {@link ondol.MatrixOps}. */
final class MatrixTable extends Operation.Table {
    MatrixTable() {
        op("matmul", d -> {
            long[] inner = sizes(d);
            int batches = d.below(4);
            long[] batch = new long[batches];
            do {
                for (int i = 0; i < batches; i++) {
                    batch[i] = d.chance(0.03) ? 0 : 1 + d.below(4);
                }
            } while (Array.count(batch) * Array.count(inner) > 2_000_000);
            long[] a = with(d.narrower(batch), inner[0], inner[1]);
            long[] b = with(d.narrower(batch), inner[1], inner[2]);
            if (d.chance(0.15)) {
                a = new long[] {inner[1]};
            }
            if (d.chance(0.15)) {
                b = new long[] {inner[1]};
            }
            return trial(
                    d,
                    "matmul(other)",
                    spoilt(d, a),
                    spoilt(d, b),
                    Math.max(inner[1], Array.count(batch) * Math.max(inner[0], inner[2])),
                    (x, y) -> x.matmul(y),
                    (x, y) -> x.matmul(y));
        });
        op("mm", d -> {
            long[] inner = sizes(d);
            return trial(
                    d,
                    "mm(other)",
                    spoilt(d, inner[0], inner[1]),
                    spoilt(d, inner[1], inner[2]),
                    Math.max(inner[0], Math.max(inner[1], inner[2])),
                    (x, y) -> x.mm(y),
                    (x, y) -> x.mm(y));
        });
        op("bmm", d -> {
            long[] inner = sizes(d);
            long batch = d.chance(0.05) ? 0 : 1 + d.below(5);
            return trial(
                    d,
                    "bmm(other)",
                    spoilt(d, batch, inner[0], inner[1]),
                    spoilt(d, batch, inner[1], inner[2]),
                    Math.max(inner[0], Math.max(inner[1], inner[2])),
                    (x, y) -> x.bmm(y),
                    (x, y) -> x.bmm(y));
        });
        op("dot", d -> {
            long n = d.chance(0.05) ? 100 + d.below(9000) : d.size();
            return trial(d, "dot(other)", spoilt(d, n), spoilt(d, n), n, (x, y) -> x.dot(y), (x, y) -> x.dot(y));
        });
        op("outer", d -> {
            long n = d.size();
            long m = d.size();
            return trial(
                    d,
                    "outer(other)",
                    spoilt(d, n),
                    spoilt(d, m),
                    Math.max(n, m),
                    (x, y) -> x.outer(y),
                    (x, y) -> x.outer(y));
        });
    }

    private interface Product<T> {
        T of(T x, T y);
    }

    /** @param terms how many products a number is a sum of, at most */
    private static Trial trial(
            Draw d,
            String call,
            long[] a,
            long[] b,
            long terms,
            Product<Tensor> ondol,
            Product<org.bytedeco.pytorch.Tensor> torch) {
        List<Operand> operands = operands(d, a, b);
        long repeated = operands.stream().mapToLong(MatrixTable::repeated).max().orElse(1);
        // Roundings go either way, unless equal numbers are added up.
        Bound sums = Bound.terms(2 + Math.sqrt(terms) + (repeated - 1) / 2.0);
        return Trial.one(call, operands, in -> ondol.of(in.get(0), in.get(1)), in -> torch.of(in.get(0), in.get(1)))
                .within(sums, sums, sums);
    }

    /** How often each element of an operand is seen. */
    private static long repeated(Operand operand) {
        Tensor view = operand.layout().apply(Tensor.empty(operand.base().shape()));
        long n = 1;
        for (int i = 0; i < view.dim(); i++) {
            n *= view.strides()[i] == 0 ? view.size(i) : 1;
        }
        return n;
    }

    private static List<Operand> operands(Draw d, long[] a, long[] b) {
        if (d.chance(0.1)) {
            long most = d.pick(3L, 1L << 40);
            return List.of(d.longs(-most, most, a), d.longs(-most, most, b));
        }
        // Without elements, PyTorch sometimes forgets to check the types.
        if (d.chance(0.02) && Array.count(a) * Array.count(b) != 0) {
            return List.of(mixed(d, a), mixed(d, b));
        }
        // Whether a sum of huge numbers overflows depends on the order of its additions; infinity and NaN do not.
        boolean special = d.flavour() == Flavour.SPECIAL;
        d.finite();
        return special
                ? List.of(notFinite(d, d.floats(a)), notFinite(d, d.floats(b)))
                : List.of(d.floats(a), d.floats(b));
    }

    private static Operand mixed(Draw d, long[] shape) {
        return switch (d.below(3)) {
            case 0 -> d.finite().floats(shape);
            case 1 -> d.longs(0, 5, shape); // the sums of terms take them for magnitudes
            default -> d.booleans(shape);
        };
    }

    private static Operand notFinite(Draw d, Operand operand) {
        float[] values = ((float[]) operand.base().elements()).clone();
        for (int i = 0; i < values.length; i++) {
            if (d.chance(0.03)) {
                values[i] = d.pick(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f);
            }
        }
        return new Operand(Array.of(operand.base().shape(), values), operand.layout(), operand.requiresGrad());
    }

    /** Rows, inner size and columns; some so large that products are computed in blocks. */
    private static long[] sizes(Draw d) {
        return d.chance(0.05)
                ? new long[] {1 + d.below(90), 1 + d.below(200), 1 + d.below(90)}
                : new long[] {d.size(), d.size(), d.size()};
    }

    private static long[] with(long[] batch, long rows, long columns) {
        long[] shape = Arrays.copyOf(batch, batch.length + 2);
        shape[batch.length] = rows;
        shape[batch.length + 1] = columns;
        return shape;
    }

    /** The shape, once in a while made wrong. */
    private static long[] spoilt(Draw d, long... shape) {
        if (!d.chance(0.02)) {
            return shape;
        }
        long[] wrong = d.flag() ? Arrays.copyOf(shape, shape.length - 1) : shape.clone();
        if (wrong.length > 0) {
            wrong[d.below(wrong.length)]++;
        }
        return wrong;
    }
}
