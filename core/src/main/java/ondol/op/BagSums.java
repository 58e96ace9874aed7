package ondol.op;

import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** Sums or means of the rows of bags. Inputs are the weight and, if there are any, the indices' factors [n]. */
final class BagSums extends Function {
    private final Rows rows;
    private final Bags bags;
    private final boolean isMean;
    private final boolean hasFactors;

    private BagSums(Rows rows, Bags bags, boolean isMean, boolean hasFactors) {
        this.rows = rows;
        this.bags = bags;
        this.isMean = isMean;
        this.hasFactors = hasFactors;
    }

    static Tensor means(Rows rows, Bags bags, Tensor weight) {
        return new BagSums(rows, bags, true, false).apply(weight);
    }

    static Tensor sums(Rows rows, Bags bags, Tensor weight, @Nullable Tensor factors) {
        BagSums function = new BagSums(rows, bags, false, factors != null);
        return factors == null ? function.apply(weight) : function.apply(weight, factors);
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        return Scope.result(() -> {
            Tensor weight = inputs[0];
            Tensor indices = bags.indices();
            Tensor numbers = bags.numbers();
            context.save(indices, numbers);
            Tensor each = rows.of(weight, indices);
            if (hasFactors) {
                context.save(inputs[1]);
                each = each.mul(inputs[1].unsqueeze(1));
            }
            if (hasFactors && context.needsGradient(1)) {
                context.save(weight);
            }
            Tensor sums = sums(rows.withoutPadding(each, indices), numbers);
            if (!isMean) {
                return sums;
            }
            Tensor ones = Tensor.ones(Shape.of(1, 1), DType.FLOAT32, weight.device());
            Tensor counting = rows.withoutPadding(ones.expand(indices.numel(), 1), indices);
            Tensor sizes = sums(counting, numbers).clamp(1.0, Double.POSITIVE_INFINITY); // empty bags are 0 / 1
            context.save(sizes);
            return sums.div(sizes);
        });
    }

    /** The sum of each bag's rows. */
    private Tensor sums(Tensor each, Tensor numbers) {
        return Rows.scattered(each, numbers, bags.count());
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor indices = context.saved(0);
        Tensor share = isMean ? grad.div(context.saved(2)) : grad;
        Tensor each = share.indexSelect(0, context.saved(1));
        @Nullable Tensor[] gradients = new @Nullable Tensor[hasFactors ? 2 : 1];
        if (context.needsGradient(0)) {
            Tensor weighted = hasFactors ? each.mul(context.saved(2).unsqueeze(1)) : each;
            gradients[0] = rows.gradient(weighted, indices);
        }
        if (hasFactors && context.needsGradient(1)) {
            Tensor products = each.mul(context.saved(3).indexSelect(0, indices)).sum(1, true);
            gradients[1] = rows.withoutPadding(products, indices).squeeze(1);
        }
        return gradients;
    }

    @Override
    protected String gradName() {
        return "EmbeddingBagBackward0";
    }
}
