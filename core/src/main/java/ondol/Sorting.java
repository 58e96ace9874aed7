package ondol;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;

/** sort and topk: one stable sort along an axis. */
final class Sorting {
    private Sorting() {}

    static ValuesAndIndices sort(Tensor x, int axis, boolean descending) {
        x.checkOpen("sort");
        int a = Axes.checked("sort", axis, x.dim());
        if (x.dtype() == DType.BOOL) {
            ValuesAndIndices sorted = sort(x.to(DType.INT64), axis, descending);
            return new ValuesAndIndices(sorted.values().to(DType.BOOL), sorted.indices());
        }
        Tensor values = Tensor.empty(x.device(), x.dtype(), x.sizes());
        Tensor indices = Tensor.empty(x.device(), DType.INT64, x.sizes());
        if (x.dim() == 0) {
            TensorConversions.copyNew(x, values);
            InPlace.fillNew(indices, 0);
        } else {
            Tensor in = x.detach().transpose(a, -1);
            View[] out = {
                values.transpose(a, -1).operand(), indices.transpose(a, -1).operand()
            };
            Kernel kernel = new Kernel.Sort(x.dtype().type(), descending);
            Launcher.run(kernel, in.sizes(), 0, new View[] {in.operand()}, out, Launch.NO_SCALARS, values, in);
        }
        long[] shape = x.sizes();
        Tape.record(
                "SortBackward0",
                values,
                new Tensor[] {x},
                (i, g, saved) -> g.dim() == 0 ? g : Indexing.scatterAdd(shape, a, saved.get(0), g),
                indices);
        return new ValuesAndIndices(values, indices);
    }

    static ValuesAndIndices topk(Tensor x, long k, int axis, boolean largest) {
        x.checkOpen("topk");
        if (x.dtype() == DType.BOOL) {
            throw new IllegalArgumentException("topk: not defined on BOOL; use to(DType.INT64)");
        }
        int a = Axes.checked("topk", axis, x.dim());
        long n = x.dim() == 0 ? 1 : x.sizes()[a];
        if (k < 0 || k > n) {
            throw new IllegalArgumentException("topk: k is " + k + ", but axis " + axis + " of " + x.shape() + " has "
                    + n + " elements; use 0 to " + n);
        }
        Tensor sorted = sort(x.detach(), axis, largest).indices();
        Tensor indices = x.dim() == 0 ? sorted : sorted.slice(a, 0, k).contiguous();
        long[] shape = x.sizes();
        Tensor values = Tape.record(
                "TopkBackward0",
                Indexing.taken(x, a, indices),
                new Tensor[] {x},
                (i, g, saved) -> g.dim() == 0 ? g : Indexing.scatterAdd(shape, a, saved.get(0), g),
                indices);
        return new ValuesAndIndices(values, indices);
    }
}
