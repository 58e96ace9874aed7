package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import ondol.Index;
import ondol.Tensor;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.Slice;
import org.bytedeco.pytorch.SymInt;
import org.bytedeco.pytorch.SymIntOptional;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The operations of {@link ondol.ShapeOps}. Besides the elements, these trials compare how the result lies in memory: whether
 * it is the operand itself, whether it shares the operand's memory, its offset and its strides.
 */
final class ShapeTable extends Operation.Table {
    /** For the sum that undoes a repetition. */
    private static final Bound SUM = Bound.terms(4);

    /** For the sum of what the windows that share an element bring. */
    private static final Bound WINDOWS = Bound.terms(8);

    ShapeTable() {
        reshapes();
        axes();
        parts();
    }

    private void reshapes() {
        one("reshape", d -> {
                    long[] shape = d.shape();
                    long[] to = recut(d, shape);
                    return new Call(
                            "reshape" + Arrays.toString(to), d.any(shape), t -> t.reshape(to), t -> t.reshape(to));
                })
                .explain(Difference.FLIP_IS_A_VIEW, ShapeTable::flipped);
        one("view", d -> {
                    long[] shape = d.shape();
                    long[] to = recut(d, shape);
                    return new Call("view" + Arrays.toString(to), d.any(shape), t -> t.view(to), t -> t.view(to));
                })
                .explain(Difference.FLIP_IS_A_VIEW, ShapeTable::flipped);
        one("flatten", d -> new Call("flatten()", d.any(d.shape()), Tensor::flatten, t -> t.flatten()))
                .explain(Difference.FLIP_IS_A_VIEW, ShapeTable::flipped);
        one("flatten(axes)", d -> {
                    long[] shape = d.shape();
                    int a = d.axis(shape.length);
                    int b = d.axis(shape.length);
                    boolean ordered =
                            Math.floorMod(a, Math.max(1, shape.length)) <= Math.floorMod(b, Math.max(1, shape.length));
                    int start = ordered || d.chance(0.1) ? a : b;
                    int end = start == a ? b : a;
                    return new Call(
                            "flatten(" + start + ", " + end + ")",
                            d.any(shape),
                            t -> t.flatten(start, end),
                            t -> t.flatten(start, end));
                })
                .explain(Difference.FLIP_IS_A_VIEW, ShapeTable::flipped);
    }

    private void axes() {
        one("transpose", d -> {
            long[] shape = d.shape();
            int a = d.axis(shape.length);
            int b = d.axis(shape.length);
            return new Call(
                    "transpose(" + a + ", " + b + ")", d.any(shape), t -> t.transpose(a, b), t -> t.transpose(a, b));
        });
        one("t", d -> new Call("t()", d.any(d.shape(0, d.chance(0.9) ? 2 : 4)), Tensor::t, t -> t.t()));
        one("mT", d -> new Call("mT()", d.any(d.shape(d.chance(0.9) ? 2 : 0, 5)), Tensor::mT, t -> t.mT()));
        one("permute", d -> {
            long[] shape = d.shape();
            int[] order = d.permutation(shape.length);
            for (int i = 0; i < order.length; i++) {
                order[i] = d.flag() ? order[i] : order[i] - order.length;
            }
            int[] wrong = order.length == 0 || d.chance(0.5) ? d.permutation(order.length + 1) : order.clone();
            wrong[0] = wrong.length > 1 ? wrong[1] : 3;
            int[] axes = d.chance(0.04) ? wrong : order;
            return new Call(
                    "permute" + Arrays.toString(axes),
                    d.any(shape),
                    t -> t.permute(axes),
                    t -> t.permute(Torch.longs(axes)));
        });
        one("squeeze", d -> new Call("squeeze()", d.any(d.narrower(d.shape())), Tensor::squeeze, t -> t.squeeze()));
        one("squeeze(axis)", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            if (axis >= -shape.length && axis < shape.length && d.chance(0.5)) {
                shape[Math.floorMod(axis, shape.length)] = 1;
            }
            return new Call("squeeze(" + axis + ")", d.any(shape), t -> t.squeeze(axis), t -> t.squeeze(axis));
        });
        one("unsqueeze", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length + 1);
            return new Call("unsqueeze(" + axis + ")", d.any(shape), t -> t.unsqueeze(axis), t -> t.unsqueeze(axis));
        });
        op("expand", d -> {
            long[] shape = d.shape();
            long[] to = wider(d, shape);
            for (int i = to.length - shape.length; i >= 0 && i < to.length; i++) {
                to[i] = d.chance(0.2) ? -1 : to[i];
            }
            if (to.length > 0 && d.chance(0.06)) {
                to[d.below(to.length)] = d.pick(-1, -2, 0, 3);
            }
            return trial(new Call("expand" + Arrays.toString(to), d.any(shape), t -> t.expand(to), t -> t.expand(to)))
                    .gradient(SUM);
        });
        op("expandAs", d -> {
            long[] shape = d.shape();
            Operand from = d.any(shape);
            Operand as = d.any(d.chance(0.9) ? wider(d, shape) : d.shape());
            return Trial.many(
                            "expandAs(other)",
                            List.of(from, as),
                            in -> results(
                                    in.get(0).expandAs(in.get(1)),
                                    in.get(0),
                                    from.layout().same()),
                            in -> results(
                                    in.get(0).expand_as(in.get(1)),
                                    in.get(0),
                                    from.layout().same()))
                    .within(Bound.EXACT, SUM, Bound.EXACT);
        });
        op("flip", d -> {
                    long[] shape = d.shape();
                    int[] some = d.chance(0.1) ? new int[0] : d.axes(shape.length);
                    if (some.length > 0 && d.chance(0.05)) {
                        some[0] = d.flag() ? shape.length : some[some.length - 1];
                    }
                    return moves(Trial.many(
                            "flip" + Arrays.toString(some),
                            List.of(d.any(shape)),
                            in -> {
                                Tensor out = in.get(0).flip(some);
                                return List.of(out, Tensor.tensor(out.sharesStorageWith(in.get(0))));
                            },
                            in -> {
                                org.bytedeco.pytorch.Tensor out = in.get(0).flip(Torch.longs(some));
                                return List.of(
                                        out,
                                        Array.of(new long[0], new boolean[] {out.is_alias_of(in.get(0))})
                                                .torch());
                            }));
                })
                .explain(
                        Difference.FLIP_IS_A_VIEW,
                        m -> m.is(Stage.FORWARD, Kind.VALUE)
                                && m.output() == 1
                                && m.expected() == 0
                                && m.actual() == 1);
    }

    private void parts() {
        one("slice", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long n = size(shape, axis);
            long start = bound(d, n);
            long end = bound(d, n);
            return new Call(
                    "slice(" + axis + ", " + start + ", " + end + ")",
                    d.any(shape),
                    t -> t.slice(axis, start, end),
                    t -> Torch.slice(t, axis, start, end, 1));
        });
        one("slice(step)", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long n = size(shape, axis);
            long start = d.chance(0.5) ? 0 : bound(d, n);
            long end = d.chance(0.5) ? Long.MAX_VALUE : bound(d, n);
            long step = d.chance(0.05) ? 0 : d.chance(0.05) ? 1L << 40 : 1 + d.below(4);
            return new Call(
                    "slice(" + axis + ", " + start + ", " + end + ", " + step + ")",
                    d.any(shape),
                    t -> t.slice(axis, start, end, step),
                    t -> Torch.slice(t, axis, start, end, step));
        });
        op("slice(backwards)", d -> {
            long[] shape = d.shape(1, 5);
            int axis = d.below(shape.length);
            long n = shape[axis];
            long start = d.chance(0.3) ? Index.OPEN : bound(d, n);
            long end = d.chance(0.3) ? Index.OPEN : bound(d, n);
            long step = -1 - d.below(3);
            return backwards(
                    d,
                    "slice(" + axis + ", " + start + ", " + end + ", " + step + ")",
                    shape,
                    axis,
                    start,
                    end,
                    step,
                    t -> t.slice(axis, start, end, step));
        });
        one("select", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long index = element(d, size(shape, axis));
            return new Call(
                    "select(" + axis + ", " + index + ")",
                    d.any(shape),
                    t -> t.select(axis, index),
                    t -> t.select(axis, index));
        });
        one("get", d -> {
            long[] shape = d.shape();
            Index[] indices = new Index[d.chance(0.03) ? shape.length + 1 : d.below(shape.length + 1)];
            for (int i = 0; i < indices.length; i++) {
                indices[i] = index(d, i < shape.length ? shape[i] : 1);
            }
            return new Call(
                    "get" + Arrays.toString(indices),
                    d.any(shape),
                    t -> t.get(indices),
                    t -> indices.length == 0 ? torch.alias(t) : t.index(torch(indices)));
        });
        op("get(backwards)", d -> {
            long[] shape = d.shape(1, 5);
            int axis = d.below(shape.length);
            long n = shape[axis];
            long step = -1 - d.below(3);
            Index index = d.flag() ? Index.every(step) : Index.range(bound(d, n), bound(d, n), step);
            Index[] indices = new Index[axis + 1];
            Arrays.fill(indices, Index.all());
            indices[axis] = index;
            return backwards(
                    d,
                    "get" + Arrays.toString(indices),
                    shape,
                    axis,
                    index.start(),
                    index.end(),
                    step,
                    t -> t.get(indices));
        });
        op("unfold", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long n = shape.length == 0 ? 1 : size(shape, axis);
            long size = d.chance(0.04) ? d.pick(-1L, n + 1, Long.MAX_VALUE) : d.below(n + 1);
            long step = d.chance(0.04) ? d.pick(0L, -1L) : d.chance(0.1) ? d.pick(n, 100L) + 1 : 1 + d.below(3);
            return trial(new Call(
                            "unfold(" + axis + ", " + size + ", " + step + ")",
                            d.any(shape),
                            t -> t.unfold(axis, size, step),
                            t -> t.unfold(axis, size, step)))
                    .gradient(WINDOWS);
        });
        many("split(size)", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long size = d.chance(0.05) ? d.below(2) - 1 : d.chance(0.05) ? Long.MAX_VALUE : 1 + d.below(8);
            return new Calls(
                    "split(" + size + ", " + axis + ")",
                    d.any(shape),
                    t -> t.split(size, axis),
                    t -> list(t.split(size, axis)));
        });
        many("split(sizes)", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            long[] sizes = sizes(d, size(shape, axis));
            return new Calls(
                    "split(" + Arrays.toString(sizes) + ", " + axis + ")",
                    d.any(shape),
                    t -> t.split(sizes, axis),
                    t -> list(torch.split_with_sizes(t, sizes, axis)));
        });
        many("chunk", d -> {
            long[] shape = d.shape();
            int axis = d.axis(shape.length);
            int chunks = d.chance(0.05) ? d.below(2) - 1 : 1 + d.below(8);
            return new Calls(
                    "chunk(" + chunks + ", " + axis + ")",
                    d.any(shape),
                    t -> t.chunk(chunks, axis),
                    t -> list(t.chunk(chunks, axis)));
        });
    }

    /** What follows from PyTorch's operand being a contiguous copy. */
    private static boolean flipped(Mismatch m) {
        return !m.trial().operands().getFirst().layout().same()
                && (m.is(Stage.FORWARD, Kind.GRAD_FN) || m.is(Stage.FORWARD, Kind.ONLY_ONDOL_FAILS));
    }

    // ---- rows

    private record Call(
            String text,
            Operand operand,
            UnaryOperator<Tensor> ondol,
            UnaryOperator<org.bytedeco.pytorch.Tensor> torch) {}

    private record Calls(
            String text,
            Operand operand,
            Function<Tensor, List<Tensor>> ondol,
            Function<org.bytedeco.pytorch.Tensor, List<org.bytedeco.pytorch.Tensor>> torch) {}

    private Operation one(String name, Function<Draw, Call> draw) {
        return op(name, d -> trial(draw.apply(d)));
    }

    private Operation many(String name, Function<Draw, Calls> draw) {
        return op(name, d -> trial(draw.apply(d)));
    }

    private static Trial trial(Call c) {
        return trial(new Calls(c.text, c.operand, t -> List.of(c.ondol.apply(t)), t -> List.of(c.torch.apply(t))));
    }

    private static Trial trial(Calls c) {
        boolean same = c.operand.layout().same();
        return moves(Trial.many(
                c.text,
                List.of(c.operand),
                in -> c.ondol.apply(in.get(0)).stream()
                        .flatMap(out -> results(out, in.get(0), same).stream())
                        .toList(),
                in -> c.torch.apply(in.get(0)).stream()
                        .flatMap(out -> results(out, in.get(0), same).stream())
                        .toList()));
    }

    /** A trial in which nothing is rounded. */
    private static Trial moves(Trial trial) {
        return trial.within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }

    /** A view and, if both engines' operands lie alike, how the view lies. */
    private static List<Tensor> results(Tensor out, Tensor in, boolean withFacts) {
        return withFacts
                ? List.of(
                        out,
                        facts(
                                out == in,
                                out.sharesStorageWith(in),
                                out.isContiguous(),
                                out.numel() == 0,
                                out.storageOffset(),
                                out.strides()))
                : List.of(out);
    }

    private static List<org.bytedeco.pytorch.Tensor> results(
            org.bytedeco.pytorch.Tensor out, org.bytedeco.pytorch.Tensor in, boolean withFacts) {
        if (!withFacts) {
            return List.of(out);
        }
        long[] strides = new long[(int) out.dim()];
        for (int i = 0; i < strides.length; i++) {
            strides[i] = out.stride(i);
        }
        Tensor facts = facts(
                out.is_same(in),
                out.is_alias_of(in),
                out.is_contiguous(),
                out.numel() == 0,
                out.storage_offset(),
                strides);
        return List.of(out, Array.of(facts).torch());
    }

    private static Tensor facts(
            boolean same, boolean shares, boolean contiguous, boolean empty, long offset, long[] strides) {
        long[] facts = new long[4 + strides.length];
        facts[0] = same ? 1 : 0;
        facts[1] = shares ? 1 : 0;
        facts[2] = contiguous ? 1 : 0;
        facts[3] = empty ? 0 : offset;
        System.arraycopy(strides, 0, facts, 4, strides.length);
        return Tensor.tensor(facts);
    }

    /** A negative step against rows picked by their numbers, as Python's {@code range} names them. */
    private static Trial backwards(
            Draw d, String call, long[] shape, int axis, long start, long end, long step, UnaryOperator<Tensor> ondol) {
        long n = shape[axis];
        long first = start == Index.OPEN ? n - 1 : Math.min(start < 0 ? Math.max(start + n, -1) : start, n - 1);
        long stop = end == Index.OPEN ? -1 : end < 0 ? Math.max(end + n, -1) : end;
        List<Long> rows = new ArrayList<>();
        for (long i = first; i > stop; i += step) {
            rows.add(i);
        }
        Array picked = Array.of(
                new long[] {rows.size()}, rows.stream().mapToLong(i -> i).toArray());
        return moves(Trial.one(
                call + ".clone()",
                List.of(d.any(shape)),
                in -> ondol.apply(in.get(0)).clone(),
                in -> in.get(0).index_select(axis, picked.torch()).clone()));
    }

    private static List<org.bytedeco.pytorch.Tensor> list(TensorVector v) {
        return List.of(v.get());
    }

    // ---- arguments

    /** Another shape of as many elements, mostly: axes cut and joined, ones put in, perhaps a -1. */
    private static long[] recut(Draw d, long[] shape) {
        List<Long> sizes = new ArrayList<>();
        if (Array.count(shape) == 0) {
            for (int i : d.permutation(shape.length)) {
                if (shape[i] == 0 || d.flag()) {
                    sizes.add(shape[i]);
                }
            }
        } else {
            long size = 1;
            for (long n : shape) {
                for (long p = 2, rest = n; rest > 1; p += rest % p == 0 ? 0 : 1) {
                    if (rest % p == 0) {
                        rest /= p;
                        size *= p;
                        if (rest > 1 && d.chance(0.25)) {
                            sizes.add(size);
                            size = 1;
                        }
                    }
                }
                if (d.chance(0.55)) {
                    sizes.add(size);
                    size = 1;
                }
            }
            if (size > 1) {
                sizes.add(size);
            }
        }
        while (d.chance(0.2)) {
            sizes.add(d.below(sizes.size() + 1), 1L);
        }
        if (!sizes.isEmpty() && d.chance(0.1)) {
            java.util.Collections.swap(sizes, d.below(sizes.size()), d.below(sizes.size()));
        }
        if (d.chance(0.3) && !sizes.isEmpty()) {
            sizes.set(d.below(sizes.size()), -1L);
        }
        if (d.chance(0.04)) {
            sizes.add(d.below(sizes.size() + 1), d.pick(-1L, -2L, 0L, 2L));
        }
        return sizes.stream().mapToLong(i -> i).toArray();
    }

    /** A shape which the given one expands to. Makes some of the given sizes 1. */
    private static long[] wider(Draw d, long[] shape) {
        int lead = d.chance(0.5) ? 0 : d.below(3);
        long[] wide = new long[lead + shape.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = i < lead ? (d.chance(0.05) ? 0 : 1 + d.below(3)) : shape[i - lead];
            if (i >= lead && d.chance(0.3)) {
                shape[i - lead] = 1;
            }
        }
        return wide;
    }

    private static long size(long[] shape, int axis) {
        return axis < -shape.length || axis >= shape.length ? 1 : shape[Math.floorMod(axis, shape.length)];
    }

    /** An end of a slice: within the axis or a little outside, from either end, or far away. */
    private static long bound(Draw d, long n) {
        return d.chance(0.04)
                ? d.pick(Long.MAX_VALUE, -Long.MAX_VALUE, 1L << 40, -(1L << 40))
                : d.between((int) -n - 3, (int) n + 3);
    }

    /** An element's number, mostly a right one. */
    private static long element(Draw d, long n) {
        return n == 0 || d.chance(0.03) ? d.pick(n, -n - 1, Long.MAX_VALUE, -Long.MAX_VALUE) : d.below(2 * n) - n;
    }

    private static Index index(Draw d, long n) {
        return switch (d.below(n == 0 ? 6 : 8)) {
            case 0 -> Index.all();
            case 1 -> Index.from(bound(d, n));
            case 2 -> Index.to(bound(d, n));
            case 3 -> Index.range(bound(d, n), bound(d, n));
            case 4 -> Index.range(bound(d, n), bound(d, n), 1 + d.below(3));
            case 5 -> Index.every(1 + d.below(3));
            default -> Index.at(element(d, n));
        };
    }

    private static TensorIndexVector torch(Index[] indices) {
        TensorIndexVector v = new TensorIndexVector();
        for (Index i : indices) {
            v.push_back(
                    i.step() == 0
                            ? new TensorIndex(i.start())
                            : new TensorIndex(new Slice(optional(i.start()), optional(i.end()), optional(i.step()))));
        }
        return v;
    }

    private static SymIntOptional optional(long value) {
        return value == Index.OPEN ? new SymIntOptional() : new SymIntOptional(new SymInt(value));
    }

    /** The sizes of an axis's parts, mostly. */
    private static long[] sizes(Draw d, long n) {
        List<Long> sizes = new ArrayList<>();
        long rest = n;
        while (rest > 0 && sizes.size() < 6) {
            long size = d.below(rest + 1);
            sizes.add(size);
            rest -= size;
        }
        if (rest > 0 || d.chance(0.1)) {
            sizes.add(d.below(sizes.size() + 1), rest);
        }
        if (d.chance(0.05)) {
            sizes.add(d.pick(-1L, 1L));
        }
        return sizes.stream().mapToLong(i -> i).toArray();
    }
}
