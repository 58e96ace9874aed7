package ondol.op;

import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** A recorded linear map: the gradient is its adjoint, recorded in turn. */
final class LinearFunction extends Function {
    private final String name;
    private final LinearMap map;

    /**
     * A function.
     *
     * @param name what {@code gradFn} says of the result
     */
    LinearFunction(String name, LinearMap map) {
        this.name = name;
        this.map = map;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        return Scope.result(() -> map.of(inputs[0]));
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        return new @Nullable Tensor[] {new LinearFunction(name, map.adjoint()).apply(grad)};
    }

    @Override
    protected String gradName() {
        return name;
    }
}
