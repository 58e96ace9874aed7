package ondol.oracle;

import java.util.List;
import ondol.DType;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;

/** The operations of {@link ondol.IndexOps} that take indices. */
final class IndexTable extends Operation.Table {
    IndexTable() {
        op("indexSelect", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long n = size(shape, axis);
            long count = d.chance(0.1) ? 0 : 1 + d.below(2 * (int) n + 2);
            long[] wanted = d.chance(0.1) ? new long[0] : d.chance(0.03) ? new long[] {count, 1} : new long[] {count};
            return Trial.one(
                            "indexSelect(" + axis + ", indices)",
                            List.of(d.any(shape), indices(d, n, wanted)),
                            in -> in.get(0).indexSelect(axis, in.get(1)),
                            in -> in.get(0).index_select(axis, in.get(1)))
                    .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
        });
        op("gather", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            return Trial.one(
                            "gather(" + axis + ", indices)",
                            List.of(d.any(shape), indices(d, size(shape, axis), shape(d, shape, axis))),
                            in -> in.get(0).gather(axis, in.get(1)),
                            in -> in.get(0).gather(axis, in.get(1)))
                    .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
        });
        op("scatterAdd", d -> {
                    long[] shape = d.shape();
                    int axis = d.axis(shape.length);
                    long[] indexed = shape(d, shape, axis);
                    long[] from = indexed.clone();
                    if (d.chance(0.1)) {
                        for (int i = 0; i < from.length; i++) {
                            from[i] += d.below(3);
                        }
                    }
                    if (from.length > 0 && Array.count(from) > 0 && d.chance(0.03)) {
                        from[0]--;
                    }
                    if (from.length == 0 && d.chance(0.1)) {
                        from = new long[] {1 + d.below(3)};
                    } else if (from.length == 1 && from[0] == 1 && d.chance(0.2)) {
                        from = new long[0];
                    }
                    Operand to = d.any(shape);
                    Operand source = to.base().dtype() == DType.FLOAT32 && d.chance(0.97)
                            ? d.floats(from)
                            : to.base().dtype() == DType.INT64 && d.chance(0.9) ? d.longs(-9, 9, from) : d.any(from);
                    return Trial.one(
                                    "scatterAdd(" + axis + ", indices, source)",
                                    List.of(to, indices(d, size(shape, axis), indexed), source),
                                    in -> in.get(0).scatterAdd(axis, in.get(1), in.get(2)),
                                    in -> in.get(0).scatter_add(axis, in.get(1), in.get(2)))
                            .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
                })
                .explain(
                        Difference.SCATTER_ADD_SOURCE,
                        m -> m.is(Stage.GRADIENT, Kind.ONLY_TORCH_FAILS)
                                && m.text().contains("invalid gradient at index 1")
                                && m.trial().operands().get(2).requiresGrad());
    }

    private static long size(long[] shape, int axis) {
        return axis < -shape.length || axis >= shape.length ? 1 : shape[Math.floorMod(axis, shape.length)];
    }

    /** Indices for an axis of size n, mostly. */
    private static Operand indices(Draw d, long n, long[] shape) {
        if (d.chance(0.02)) {
            return d.flag() ? d.floats(shape).constant() : d.booleans(shape);
        }
        return d.chance(0.02)
                ? d.longs(-1, n - 1, shape)
                : d.longs(0, Math.max(0, n - (d.chance(0.98) ? 1 : 0)), shape);
    }

    /** A shape of indices along an axis: any length along it and mostly no longer elsewhere. */
    private static long[] shape(Draw d, long[] shape, int axis) {
        if (shape.length < 2 && d.chance(0.1)) {
            return shape.length == 0 ? new long[] {d.size()} : new long[0];
        }
        long[] indexed = d.chance(0.03) ? d.shape() : shape.clone();
        boolean equal = d.chance(0.4);
        for (int i = 0; i < Math.min(indexed.length, shape.length); i++) {
            if (i == Math.floorMod(axis, shape.length)) {
                indexed[i] = d.chance(0.05) ? 0 : 1 + d.below(2 * (int) Math.min(shape[i], 100) + 1);
            } else if (!equal && shape[i] > 0) {
                indexed[i] = d.chance(0.02) ? shape[i] + 1 : d.chance(0.5) ? shape[i] : 1 + d.below(shape[i]);
            }
        }
        return Array.count(indexed) > 40_000 ? shape.clone() : indexed;
    }
}
