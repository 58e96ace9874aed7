package ondol.oracle;

import static ondol.oracle.Torch.scalar;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import ondol.DType;
import ondol.Tensor;
import ondol.ValuesAndIndices;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Sorting. PyTorch is asked for its stable sort: the order of equal elements is left open in the other. */
final class SortTable extends Operation.Table {
    SortTable() {
        sort("sort", false, (x, a, descending) -> pair(x.sort()), (x, a, descending) -> pair(stable(x, -1, false)));
        sort(
                "sort(axis, descending)",
                true,
                (x, a, descending) -> pair(x.sort(a, descending)),
                (x, a, descending) -> pair(stable(x, a, descending)));
        sort(
                "argsort",
                false,
                (x, a, descending) -> List.of(x.argsort()),
                (x, a, descending) -> List.of(torch.argsort(x, true, -1, false)));
        sort(
                "argsort(axis, descending)",
                true,
                (x, a, descending) -> List.of(x.argsort(a, descending)),
                (x, a, descending) -> List.of(torch.argsort(x, true, a, descending)));
        topk("topk(k)", false);
        topk("topk(k, axis, largest)", true);
        topkOfDistinct("topk(k), distinct", false);
        topkOfDistinct("topk(k, axis, largest), distinct", true);
    }

    /** Sorts along an axis. */
    private interface Sort<T> {
        List<T> apply(T x, int axis, boolean descending);
    }

    private static List<Tensor> pair(ValuesAndIndices y) {
        return List.of(y.values(), y.indices());
    }

    private static List<org.bytedeco.pytorch.Tensor> pair(T_TensorTensor_T y) {
        return List.of(y.get0(), y.get1());
    }

    private static T_TensorTensor_T stable(org.bytedeco.pytorch.Tensor x, int axis, boolean descending) {
        return torch.sort(x, new BoolOptional(true), axis, descending);
    }

    private void sort(String name, boolean anyAxis, Sort<Tensor> ondol, Sort<org.bytedeco.pytorch.Tensor> torch) {
        op(name, d -> {
                    long[] shape = ReductionTable.shape(d);
                    int axis = anyAxis ? d.axis(shape.length) : -1;
                    boolean descending = d.flag();
                    Operand x = ReductionTable.any(d, shape);
                    return Trial.many(
                                    name + " along " + axis + (descending ? ", descending" : ""),
                                    List.of(x),
                                    in -> ondol.apply(in.getFirst(), axis, descending),
                                    in -> torch.apply(in.getFirst(), axis, descending))
                            .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
                })
                .explain(Difference.STABLE_SORT, m -> m.is(Stage.FORWARD, Kind.GRAD_FN));
    }

    private static long k(Draw d, long[] shape, int axis) {
        int a = axis < 0 ? axis + shape.length : axis;
        long n = a >= 0 && a < shape.length ? shape[a] : 1;
        return d.chance(0.04) ? d.pick(-1L, n + 1) : d.chance(0.1) ? n : d.below(n + 1);
    }

    /**
     * Equal elements may come in any order, and any of those that equal the last may be left out. So what is compared is
     * the values, what the indices point at, and that no index comes twice. Adding 0 makes all zeros alike.
     */
    private void topk(String name, boolean anyAxis) {
        op(name, d -> {
            long[] shape = ReductionTable.shape(d);
            int axis = anyAxis ? d.axis(shape.length) : -1;
            long k = k(d, shape, axis);
            boolean largest = !anyAxis || d.flag();
            return Trial.many(
                            "topk " + k + " along " + axis + ", " + largest,
                            List.of(ReductionTable.any(d, shape)),
                            in -> {
                                Tensor x = in.getFirst();
                                ValuesAndIndices y = anyAxis ? x.topk(k, axis, largest) : x.topk(k);
                                Tensor seen = x.detach().gather(axis, y.indices());
                                Tensor times = Tensor.zeros(shape)
                                        .to(DType.INT64)
                                        .to(x.device())
                                        .scatterAdd(
                                                axis,
                                                y.indices(),
                                                y.indices().mul(0L).add(1L));
                                return List.of(
                                        y.values().detach().add(0L),
                                        seen.add(0L),
                                        times.gt(1L).any());
                            },
                            in -> {
                                org.bytedeco.pytorch.Tensor x = in.getFirst();
                                T_TensorTensor_T y = torch.topk(x, k, axis, largest, true);
                                org.bytedeco.pytorch.Tensor seen = torch.gather(x.detach(), axis, y.get1());
                                return List.of(
                                        y.get0().detach().add(scalar(0L)),
                                        seen.add(scalar(0L)),
                                        torch.zeros(new long[0]).to(ScalarType.Bool));
                            })
                    .orders(0);
        });
    }

    /** As {@link #topk}, with elements that are all different, so that the indices and gradients are compared too. */
    private void topkOfDistinct(String name, boolean anyAxis) {
        op(name, d -> {
            long[] shape = ReductionTable.shape(d);
            int axis = anyAxis ? d.axis(shape.length) : -1;
            long k = k(d, shape, axis);
            boolean largest = !anyAxis || d.flag();
            return Trial.many(
                            "topk " + k + " along " + axis + ", " + largest,
                            List.of(distinct(d, shape)),
                            in -> pair(
                                    anyAxis
                                            ? in.getFirst().topk(k, axis, largest)
                                            : in.getFirst().topk(k)),
                            in -> pair(torch.topk(in.getFirst(), k, axis, largest, true)))
                    .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
        });
    }

    private static Operand distinct(Draw d, long[] shape) {
        while (true) {
            Operand x = d.distinct(shape);
            float[] sorted = ((float[]) x.seen().elements()).clone();
            Arrays.sort(sorted);
            if (IntStream.range(1, sorted.length).allMatch(i -> sorted[i - 1] < sorted[i])) {
                return x;
            }
        }
    }
}
