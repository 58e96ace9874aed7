package ondol.op;

import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import org.jspecify.annotations.Nullable;

/** All elements along the first axis, of which backward makes one tensor at once, where so many selections would add up. */
final class Unbind extends MultiFunction {
    private Unbind() {}

    static List<Tensor> of(Tensor t) {
        return new Unbind().apply(t);
    }

    @Override
    protected Tensor[] forward(Function.Context context, Tensor... inputs) {
        Tensor[] parts = new Tensor[(int) inputs[0].size(0)];
        Arrays.setAll(parts, i -> inputs[0].select(0, i));
        return parts;
    }

    @Override
    protected Tensor[] backward(Function.Context context, @Nullable Tensor... grads) {
        return new Tensor[] {Tensor.stack(0, Arrays.stream(grads).toArray(Tensor[]::new))};
    }
}
