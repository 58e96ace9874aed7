package ondol.op;

import java.util.List;
import java.util.function.Supplier;
import ondol.DType;
import ondol.Fused;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Rows of a weight by number: how they are looked up and kept small, and what becomes of their gradients.
 *
 * @param operation what messages begin with
 * @param count how many rows the weight has
 * @param padding the row that gets no gradient; -1 for none
 * @param byFrequency whether a row's gradient is divided by how often it is looked up
 */
record Rows(String operation, long count, long padding, boolean byFrequency) {
    private static final Expr ROW = Expr.input(0, Type.F32);
    private static final Expr TIMES = Expr.input(1, Type.F32);
    private static final Expr NORM = Expr.input(2, Type.F32);
    private static final Expr MOST = Expr.scalar(0, Type.F32);
    private static final Kernel.Map SHRINK = new Kernel.Map(Expr.constant(0f)
            .lt(TIMES)
            .and(MOST.lt(NORM))
            .choose(ROW.mul(MOST.div(NORM.add(Expr.constant(1e-7f)))), ROW));

    /** The rows of a weight, of indices [n]. */
    Tensor of(Tensor weight, Tensor indices) {
        return named(indices, () -> weight.indexSelect(0, indices));
    }

    /** Something of each index, [n, columns], with zeros for the padding. */
    Tensor withoutPadding(Tensor each, Tensor indices) {
        return padding < 0
                ? each
                : Tensor.where(indices.eq(padding).unsqueeze(1), zero(each).unsqueeze(0), each);
    }

    /**
     * The gradient of the weight; recorded if operations are.
     *
     * @param g the gradients of the rows that were looked up, [n, columns]
     * @param indices [n]
     */
    Tensor gradient(Tensor g, Tensor indices) {
        Tensor each = byFrequency ? g.mul(shares(indices)) : g;
        Tensor sum = scattered(each, indices, count);
        if (padding >= 0) {
            sum.select(0, padding).zero();
        }
        return sum;
    }

    /** The sums [n, columns] of those of {@code each} [m, columns] that have one number; {@code numbers} is [m]. */
    static Tensor scattered(Tensor each, Tensor numbers, long n) {
        Tensor zeros = zero(each).unsqueeze(0).expand(n, each.size(1)); // is filled when it is copied
        return zeros.scatterAdd(0, numbers.unsqueeze(1).expandAs(each), each);
    }

    /** [1]. */
    private static Tensor zero(Tensor like) {
        return Tensor.zeros(Shape.of(1), DType.FLOAT32, like.device());
    }

    /** One divided by how often each index occurs, [n, 1]. */
    private Tensor shares(Tensor indices) {
        return times(indices).indexSelect(0, indices).reciprocal();
    }

    /** How often each row is looked up, [count, 1], FLOAT32. */
    private Tensor times(Tensor indices) {
        Tensor one = zero(indices).add(1.0).unsqueeze(0);
        return scattered(one.expand(indices.numel(), 1), indices, count);
    }

    /** Makes rows that are looked up smaller, in the weight itself, where their p-norm is larger than the most. */
    void shrink(Tensor weight, Tensor input, double most, double p) {
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            Tensor indices = input.flatten();
            Tensor times = named(indices, () -> times(indices));
            if (indices.numel() > 0 && weight.numel() > 0) {
                Tensor norms = weight.norm(p, 1, true).expandAs(weight);
                List<Tensor> in = List.of(weight, times.expandAs(weight), norms);
                Fused.update(SHRINK, in, List.of(weight), most);
            }
        }
    }

    /** Runs something that looks at indices, which are refused in this operation's words where they are out of range. */
    private Tensor named(Tensor indices, Supplier<Tensor> body) {
        return Range.named(
                () -> indices,
                range -> new IndexOutOfBoundsException(operation + ": index " + range.wrong()
                        + " is out of range for a weight of " + count + " rows"
                        + (count == 0 ? "; there is nothing to choose from" : "; indices go from 0 to " + (count - 1))),
                body);
    }
}
