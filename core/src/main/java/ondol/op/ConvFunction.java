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

    private static @Nullable Tensor third(Tensor[] inputs) {
        return inputs.length > 2 ? inputs[2] : null;
    }

    /** A bias's gradient: the sum over all but the channels. */
    private @Nullable Tensor ofBias(Context context, Tensor grad) {
        if (!context.needsGradient(2)) {
            return null;
        }
        int[] others = ConvWindows.axes(1, geometry.axes() + 1);
        others[0] = 0;
        return grad.sum(others);
    }

    private @Nullable Tensor[] gradients(Context context, int inputs, Tensor grad) {
        @Nullable Tensor[] gradients = new @Nullable Tensor[inputs];
        if (inputs > 2) {
            gradients[2] = ofBias(context, grad);
        }
        return gradients;
    }

    /** Of an input, a weight and perhaps a bias: the convolution. */
    static final class Forward extends ConvFunction {
        private int inputs;

        Forward(ConvGeometry geometry) {
            super(geometry);
        }

        @Override
        protected Tensor forward(Context context, Tensor... given) {
            inputs = given.length;
            context.save(given[0], given[1]);
            return ConvProducts.convolution(given[0], given[1], third(given), geometry);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            @Nullable Tensor[] gradients = super.gradients(context, inputs, grad);
            if (context.needsGradient(0)) {
                gradients[0] = new Transposed(geometry).apply(grad, context.saved(1));
            }
            if (context.needsGradient(1)) {
                gradients[1] = new OfWeight(geometry, context.saved(1)).apply(context.saved(0), grad);
            }
            return gradients;
        }
    }

    /** Of a convolution's output, a weight and perhaps a bias: the transposed convolution. */
    static final class Transposed extends ConvFunction {
        private int inputs;

        Transposed(ConvGeometry geometry) {
            super(geometry);
        }

        @Override
        protected Tensor forward(Context context, Tensor... given) {
            inputs = given.length;
            context.save(given[0], given[1]);
            return ConvProducts.transposed(given[0], given[1], third(given), geometry);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            @Nullable Tensor[] gradients = super.gradients(context, inputs, grad);
            if (context.needsGradient(0)) {
                gradients[0] = new Forward(geometry).apply(grad, context.saved(1));
            }
            if (context.needsGradient(1)) {
                gradients[1] = new OfWeight(geometry, context.saved(1)).apply(grad, context.saved(0));
            }
            return gradients;
        }
    }

    /** Of an input and a gradient of the output: the gradient of the weight. */
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
                context.needsGradient(0) ? new Transposed(geometry).apply(context.saved(1), grad) : null,
                context.needsGradient(1) ? new Forward(geometry).apply(context.saved(0), grad) : null
            };
        }
    }
}
