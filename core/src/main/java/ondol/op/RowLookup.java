package ondol.op;

import java.util.Arrays;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** Rows of a weight, the first input, by the indices that are the second. */
final class RowLookup extends Function {
    private final Rows rows;

    RowLookup(Rows rows) {
        this.rows = rows;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        Tensor weight = inputs[0];
        Tensor indices = inputs[1];
        return Scope.result(() -> {
            Tensor flat = indices.flatten();
            context.save(flat);
            long[] sizes = Arrays.copyOf(indices.shape().toArray(), indices.dim() + 1);
            sizes[indices.dim()] = weight.size(1);
            return rows.of(weight, flat).reshape(sizes);
        });
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor indices = context.saved(0);
        Tensor each = grad.reshape(indices.numel(), grad.size(-1));
        return new @Nullable Tensor[] {rows.gradient(each, indices), null};
    }

    @Override
    protected String gradName() {
        return "EmbeddingBackward0";
    }
}
