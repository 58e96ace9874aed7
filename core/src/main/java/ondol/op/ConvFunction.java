package ondol.op;

import ondol.Tensor;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** The recorded products of a convolution: the gradients of each are the other two. */
abstract sealed class ConvFunction extends Function {
    final ConvGeometry geometry;

    private ConvFunction(ConvGeometry geometry) {
        this.geometry = geometry;
    }

    @Override
    protected String gradName() {
        return "ConvolutionBackward0";
    }

    /**
     * The convolution of an input, a weight and perhaps a bias; or, of a convolution's output in place of the input, the
     * transposed convolution.
     */
    static final class Product extends ConvFunction {
        private final boolean transposed;
        private int inputs;

        Product(ConvGeometry geometry, boolean transposed) {
            super(geometry);
            this.transposed = transposed;
        }

        @Override
        protected Tensor forward(Context context, Tensor... given) {
            inputs = given.length;
            context.save(given[0], given[1]);
            Tensor bias = inputs > 2 ? given[2] : null;
            return transposed
                    ? ConvProducts.transposed(given[0], given[1], bias, geometry)
                    : ConvProducts.convolution(given[0], given[1], bias, geometry);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            @Nullable Tensor[] gradients = new @Nullable Tensor[inputs];
            if (context.needsGradient(0)) {
                gradients[0] = new Product(geometry, !transposed).apply(grad, context.saved(1));
            }
            if (context.needsGradient(1)) {
                Tensor x = context.saved(0);
                ConvFunction ofWeight = new OfWeight(geometry, context.saved(1));
                gradients[1] = transposed ? ofWeight.apply(grad, x) : ofWeight.apply(x, grad);
            }
            if (inputs > 2 && context.needsGradient(2)) { // the sum over all but the channels
                int[] others = ConvWindows.axes(1, geometry.axes() + 1);
                others[0] = 0;
                gradients[2] = grad.sum(others);
            }
            return gradients;
        }
    }

    /** The gradient of the weight, from an input and a gradient of the output. */
    static final class OfWeight extends ConvFunction {
        private final boolean depthwise;

        OfWeight(ConvGeometry geometry, Tensor weight) {
            super(geometry);
            depthwise = ConvProducts.isDepthwise(weight, geometry);
        }

        @Override
        protected Tensor forward(Context context, Tensor... given) {
            context.save(given[0], given[1]);
            return ConvProducts.ofWeight(given[0], given[1], depthwise, geometry);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new @Nullable Tensor[] {
                context.needsGradient(0) ? new Product(geometry, true).apply(context.saved(1), grad) : null,
                context.needsGradient(1) ? new Product(geometry, false).apply(context.saved(0), grad) : null
            };
        }
    }
}
