package ondol;

import static ondol.GradientCase.between;
import static ondol.GradientCase.shape;
import static ondol.GradientCase.single;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Gradient cases of {@link ShapeOps}, {@link IndexOps}, {@code cat} and {@code stack}. */
final class ShapeCases {
    private final GradientCase.Builder cases = new GradientCase.Builder();

    private ShapeCases() {}

    static List<GradientCase> all() {
        ShapeCases c = new ShapeCases();
        c.cases.sampler(between(-2, 2)).within(0, 0);
        c.shapes();
        c.axes();
        c.parts();
        c.windows();
        c.indices();
        c.sorting();
        c.joining();
        return c.cases.cases();
    }

    private void one(
            String method, String title, int[] shape, Function<Tensor, Tensor> op, UnaryOperator<NdArray> reference) {
        cases.shapes(single(shape)).one(method, title, op, reference);
    }

    private void shapes() {
        one("reshape(long[])", "", shape(3, 4), x -> x.reshape(2, -1), x -> x.reshape(2, 6));
        one("reshape(long[])", "", shape(2, 3, 4), x -> x.reshape(6, 4), x -> x.reshape(6, 4));
        one("reshape(long[])", "to a number", shape(1, 1), Tensor::reshape, NdArray::reshape);
        one("reshape(long[])", "of a number", shape(), x -> x.reshape(1, 1), x -> x.reshape(1, 1));
        one("view(long[])", "", shape(3, 4), x -> x.contiguous().view(2, 6), x -> x.reshape(2, 6));
        one("flatten()", "", shape(2, 3, 4), Tensor::flatten, x -> x.reshape(24));
        one("flatten()", "of a number", shape(), Tensor::flatten, x -> x.reshape(1));
        one("flatten(int,int)", "", shape(2, 3, 4), x -> x.flatten(1, -1), x -> x.reshape(2, 12));
        one("squeeze()", "", shape(1, 3, 1, 2), Tensor::squeeze, x -> x.reshape(3, 2));
        one("squeeze(int)", "", shape(1, 3, 1), x -> x.squeeze(-1), x -> x.reshape(1, 3));
        one("squeeze(int)", "of another size", shape(2, 3), x -> x.squeeze(0), x -> x);
        one("unsqueeze(int)", "in front", shape(2, 3), x -> x.unsqueeze(0), x -> x.reshape(1, 2, 3));
        one("unsqueeze(int)", "at the end", shape(2, 3), x -> x.unsqueeze(-1), x -> x.reshape(2, 3, 1));
        one("unsqueeze(int)", "of a number", shape(), x -> x.unsqueeze(0), x -> x.reshape(1));
        one("expand(long[])", "", shape(3, 1), x -> x.expand(3, 4), x -> x.expand(3, 4));
        one("expand(long[])", "to new axes", shape(2, 1), x -> x.expand(3, -1, 4), x -> x.expand(3, 2, 4));
        one("expand(long[])", "of a number", shape(), x -> x.expand(2, 2), x -> x.expand(2, 2));
        one("expandAs(Tensor)", "", shape(4), x -> x.expandAs(Tensor.zeros(3, 4)), x -> x.expand(3, 4));
    }

    private void axes() {
        one("transpose(int,int)", "", shape(2, 3, 4), x -> x.transpose(0, -1), x -> x.transpose(0, 2));
        one("t()", "", shape(3, 4), Tensor::t, x -> x.transpose(0, 1));
        one("t()", "of a vector", shape(5), Tensor::t, x -> x);
        one("mT()", "", shape(2, 3, 4), Tensor::mT, x -> x.transpose(1, 2));
        one("permute(int[])", "", shape(2, 3, 4), x -> x.permute(2, 0, 1), x -> x.permute(2, 0, 1));
        one(
                "flip(int[])",
                "",
                shape(3, 4),
                x -> x.flip(0, -1),
                x -> x.along(0, TestInputs::reversed).along(1, TestInputs::reversed));
    }

    private static UnaryOperator<double[]> pick(int... places) {
        return row -> Arrays.stream(places).mapToDouble(i -> row[i]).toArray();
    }

    private void parts() {
        one("slice(int,long,long)", "", shape(5), x -> x.slice(0, 1, -1), x -> x.along(0, pick(1, 2, 3)));
        one("slice(int,long,long)", "", shape(3, 4), x -> x.slice(1, 1, 3), x -> x.along(1, pick(1, 2)));
        one("slice(int,long,long)", "empty", shape(3, 4), x -> x.slice(1, 3, 1), x -> x.along(1, pick()));
        one(
                "slice(int,long,long,long)",
                "backwards",
                shape(2, 5),
                x -> x.slice(1, -1, 0, -2),
                x -> x.along(1, pick(4, 2)));
        one("slice(int,long,long,long)", "", shape(5, 2), x -> x.slice(0, 0, 5, 2), x -> x.along(0, pick(0, 2, 4)));
        one(
                "select(int,long)",
                "",
                shape(3, 4),
                x -> x.select(1, -2),
                x -> x.along(1, pick(2)).reshape(3));
        one(
                "select(int,long)",
                "of a vector",
                shape(5),
                x -> x.select(0, 3),
                x -> x.along(0, pick(3)).reshape());
        one(
                "get(Index[])",
                "",
                shape(4, 3, 5),
                x -> x.get(Index.every(-2), Index.at(1), Index.from(2)),
                x -> x.along(0, pick(3, 1))
                        .along(1, pick(1))
                        .along(2, pick(2, 3, 4))
                        .reshape(2, 3));
        one(
                "split(long,int)",
                "all parts",
                shape(5, 2),
                x -> Tensor.cat(0, backwards(x.split(2, 0))),
                x -> x.along(0, pick(4, 2, 3, 0, 1)));
        one("split(long,int)", "one part", shape(2, 5), x -> x.split(2, 1).get(2), x -> x.along(1, pick(4)));
        one(
                "split(long[],int)",
                "",
                shape(5),
                x -> x.split(new long[] {1, 3, 1}, 0).get(1),
                x -> x.along(0, pick(1, 2, 3)));
        one(
                "chunk(int,int)",
                "",
                shape(3, 5),
                x -> Tensor.cat(1, backwards(x.chunk(3, -1))),
                x -> x.along(1, pick(4, 2, 3, 0, 1)));
    }

    private void windows() {
        cases.within(0, 0);
        unfold(shape(7), 0, 3, 1);
        unfold(shape(7), -1, 2, 3);
        unfold(shape(8), 0, 5, 2);
        unfold(shape(6), 0, 6, 4);
        unfold(shape(4), 0, 0, 2);
        unfold(shape(2, 5, 3), 1, 3, 2);
        unfold(shape(3, 4), 0, 3, 1);
        one("unfold(int,long,long)", "of a number", shape(), x -> x.unfold(0, 1, 2), x -> x.reshape(1));
        one(
                "unfold(int,long,long)",
                "along two axes, with gaps",
                shape(4, 5),
                x -> x.unfold(0, 2, 1).unfold(1, 3, 2).slice(-1, 0, 3, 2),
                x -> windows(windows(x, 0, 2, 1), 1, 3, 2).along(-1, pick(0, 2)));
    }

    private void unfold(int[] shape, int axis, int size, int step) {
        one(
                "unfold(int,long,long)",
                size + " by " + step,
                shape,
                x -> x.unfold(axis, size, step),
                x -> windows(x, x.axis(axis), size, step));
    }

    private static NdArray windows(NdArray x, int axis, int size, int step) {
        int[] to = Arrays.copyOf(x.shape, x.dim() + 1);
        to[axis] = (to[axis] - size) / step + 1;
        to[x.dim()] = size;
        NdArray out = NdArray.zeros(to);
        for (int i = 0; i < out.data.length; i++) {
            int[] index = NdArray.index(to, i);
            int[] from = Arrays.copyOf(index, x.dim());
            from[axis] = index[axis] * step + index[x.dim()];
            out.data[i] = x.get(from);
        }
        return out;
    }

    private static Tensor[] backwards(List<Tensor> parts) {
        List<Tensor> reversed = new ArrayList<>(parts);
        Collections.reverse(reversed);
        return reversed.toArray(Tensor[]::new);
    }

    private void indices() {
        cases.within(4, 2);
        Tensor places = Tensor.tensor(2L, 0L, 2L, 1L);
        one(
                "indexSelect(int,Tensor)",
                "",
                shape(3, 4),
                x -> x.indexSelect(0, places),
                x -> x.along(0, pick(2, 0, 2, 1)));
        one(
                "indexSelect(int,Tensor)",
                "last axis",
                shape(2, 3),
                x -> x.indexSelect(-1, places),
                x -> x.along(1, pick(2, 0, 2, 1)));
        one(
                "indexSelect(int,Tensor)",
                "of a vector",
                shape(3),
                x -> x.indexSelect(0, places),
                x -> x.along(0, pick(2, 0, 2, 1)));
        long[][] where = {{2, 0, 1}, {1, 1, 1}};
        Tensor index = Tensor.tensor(where);
        one("gather(int,Tensor)", "axis 0", shape(3, 4), x -> x.gather(0, index), x -> {
            NdArray out = NdArray.zeros(2, 3);
            each(out.shape, (i, j) -> out.set(x.get((int) where[i][j], j), i, j));
            return out;
        });
        one("gather(int,Tensor)", "axis 1", shape(2, 3), x -> x.gather(1, index), x -> {
            NdArray out = NdArray.zeros(2, 3);
            each(out.shape, (i, j) -> out.set(x.get(i, (int) where[i][j]), i, j));
            return out;
        });
        cases.shapes(new int[][] {shape(3, 4), shape(2, 3)});
        cases.add("scatterAdd(int,Tensor,Tensor)", "axis 0", in -> in[0].scatterAdd(0, index, in[1]), in -> {
            NdArray out = in[0].map(v -> v);
            each(in[1].shape, (i, j) -> {
                int row = (int) where[i][j];
                out.set(out.get(row, j) + in[1].get(i, j), row, j);
            });
            return out;
        });
        cases.add("scatterAdd(int,Tensor,Tensor)", "axis 1", in -> in[0].scatterAdd(1, index, in[1]), in -> {
            NdArray out = in[0].map(v -> v);
            each(in[1].shape, (i, j) -> {
                int column = (int) where[i][j];
                out.set(out.get(i, column) + in[1].get(i, j), i, column);
            });
            return out;
        });
        cases.within(0, 0);
    }

    private interface Place {
        void at(int i, int j);
    }

    private static void each(int[] shape, Place place) {
        for (int i = 0; i < shape[0]; i++) {
            for (int j = 0; j < shape[1]; j++) {
                place.at(i, j);
            }
        }
    }

    private static UnaryOperator<double[]> sorted(boolean descending, int k) {
        return row -> {
            Comparator<Double> order = descending ? Comparator.reverseOrder() : Comparator.naturalOrder();
            return Arrays.stream(row)
                    .boxed()
                    .sorted(order)
                    .limit(k)
                    .mapToDouble(v -> v)
                    .toArray();
        };
    }

    private void sorting() {
        cases.sampler(GradientCase.distinct()).shapes(GradientCase.ANY_RANK);
        cases.one("sort()", "", x -> x.sort().values(), x -> x.along(-1, sorted(false, 99)));
        for (boolean descending : new boolean[] {false, true}) {
            cases.one(
                    "sort(int,boolean)",
                    descending ? "descending" : "ascending",
                    x -> x.sort(0, descending).values(),
                    x -> x.along(0, sorted(descending, 99)));
        }
        cases.shapes(single(shape(5), shape(3, 4), shape(2, 3, 4)));
        cases.one("topk(long)", "", x -> x.topk(2).values(), x -> x.along(-1, sorted(true, 2)));
        for (boolean largest : new boolean[] {false, true}) {
            cases.one(
                    "topk(long,int,boolean)",
                    largest ? "largest" : "smallest",
                    x -> x.topk(2, 0, largest).values(),
                    x -> x.along(0, sorted(largest, 2)));
        }
        cases.sampler(between(-2, 2));
    }

    private void joining() {
        cases.shapes(new int[][] {shape(2, 3), shape(1, 3), shape(2, 3)});
        cases.add("cat(int,Tensor[])", "axis 0", in -> Tensor.cat(0, in), in -> cat(0, in));
        cases.shapes(new int[][] {shape(2, 3, 2), shape(2, 0, 2), shape(2, 1, 2)});
        cases.add("cat(int,Tensor[])", "axis 1", in -> Tensor.cat(-2, in), in -> cat(1, in));
        cases.shapes(new int[][] {shape(3), shape(2)}, new int[][] {shape(4)});
        cases.add("cat(int,Tensor[])", "vectors", in -> Tensor.cat(0, in), in -> cat(0, in));
        cases.shapes(single(shape(3, 2)));
        cases.add(
                "cat(int,Tensor[])",
                "the same twice",
                in -> Tensor.cat(1, in[0], in[0]),
                in -> cat(1, new NdArray[] {in[0], in[0]}));
        cases.shapes(new int[][] {shape(2, 3), shape(2, 3)}, new int[][] {shape(4), shape(4)});
        cases.add("stack(int,Tensor[])", "in front", in -> Tensor.stack(0, in), in -> stack(0, in));
        cases.add("stack(int,Tensor[])", "at the end", in -> Tensor.stack(-1, in), in -> stack(in[0].dim(), in));
        cases.shapes(new int[][] {shape(), shape(), shape()});
        cases.add("stack(int,Tensor[])", "numbers", in -> Tensor.stack(0, in), in -> stack(0, in));
    }

    private static NdArray stack(int axis, NdArray[] in) {
        return cat(
                axis,
                Arrays.stream(in)
                        .map(x -> x.reshape(IntStream.range(0, x.dim() + 1)
                                .map(i -> i == axis ? 1 : x.shape[i < axis ? i : i - 1])
                                .toArray()))
                        .toArray(NdArray[]::new));
    }

    static NdArray cat(int axis, NdArray[] in) {
        int[] to = in[0].shape.clone();
        to[axis] = Arrays.stream(in).mapToInt(x -> x.shape[axis]).sum();
        NdArray out = NdArray.zeros(to);
        for (int i = 0; i < out.data.length; i++) {
            int[] index = NdArray.index(to, i);
            int part = 0;
            while (index[axis] >= in[part].shape[axis]) {
                index[axis] -= in[part++].shape[axis];
            }
            // Not get: an axis of size 1 is not meant to be repeated here, and index is 0 there anyway.
            out.data[i] = in[part].get(index);
        }
        return out;
    }
}
