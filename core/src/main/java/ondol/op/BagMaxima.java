package ondol.op;

import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** The largest element of each column of the rows of bags; of equal ones the first. The input is the weight. */
final class BagMaxima extends Function {
    private final Rows rows;
    private final Bags bags;
    private final boolean isEmpty;

    BagMaxima(Rows rows, Bags bags) {
        this.rows = rows;
        this.bags = bags;
        this.isEmpty = bags.indices().numel() == 0;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        return Scope.result(() -> {
            Tensor weight = inputs[0];
            Tensor indices = bags.indices();
            long columns = weight.size(1);
            if (isEmpty) {
                return Tensor.zeros(Shape.of(bags.count(), columns), DType.FLOAT32, weight.device());
            }
            Tensor places = bags.places();
            Tensor given = indices.gather(0, places.clamp(0L, Long.MAX_VALUE).flatten())
                    .reshape(places.shape().toArray());
            Tensor counts = places.ge(0L).logicalAnd(given.ne(rows.padding()));
            // A place that does not count gets the bag's first row that does, once more: this changes no maximum, and
            // none's place.
            Tensor first = given.gather(1, counts.to(DType.INT64).argmax(1, true));
            Tensor numbers = Tensor.where(counts, given, first);
            Tensor each = rows.of(weight, numbers.flatten()).reshape(places.size(0), places.size(1), columns);
            Tensor largest = numbers.gather(1, each.argmax(1));
            Tensor isFull = counts.any(1, true);
            context.save(largest, isFull);
            return orZero(isFull, weight.gather(0, largest));
        });
    }

    private static Tensor orZero(Tensor isFull, Tensor t) {
        return Tensor.where(isFull, t, Tensor.zeros(Shape.of(1), DType.FLOAT32, t.device()));
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor zeros =
                Tensor.zeros(Shape.of(1, 1), DType.FLOAT32, grad.device()).expand(rows.count(), grad.size(1));
        if (isEmpty) {
            return new @Nullable Tensor[] {zeros.clone()};
        }
        return new @Nullable Tensor[] {zeros.scatterAdd(0, context.saved(0), orZero(context.saved(1), grad))};
    }

    @Override
    protected String gradName() {
        return "EmbeddingBagBackward0";
    }
}
