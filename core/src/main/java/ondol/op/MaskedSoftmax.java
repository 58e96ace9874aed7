package ondol.op;

import java.util.List;
import java.util.stream.IntStream;
import ondol.DType;
import ondol.Fused;
import ondol.Fused.Step;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * The softmax along the last axis of {@code scale * x + mask}, or of {@code scale * x} where a BOOL mask is true: two reductions
 * and one map, each of which goes through x and the mask anew, row by row. A row of which nothing takes part gives zeros.
 */
final class MaskedSoftmax extends Function {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr SCALED = X.mul(Expr.scalar(0, Type.F32));
    private static final float NOTHING = Float.NEGATIVE_INFINITY;
    private static final Kernels PLAIN = new Kernels(SCALED, 1);
    private static final Kernels ADDED = new Kernels(SCALED.add(Expr.input(1, Type.F32)), 2);
    private static final Kernels CHOSEN =
            new Kernels(Expr.input(1, Type.BOOL).choose(SCALED, Expr.constant(NOTHING)), 2);

    private static final Expr Y = Expr.input(0, Type.F32);
    private static final Expr G = Expr.input(1, Type.F32);
    private static final Kernel.Reduce DOT = new Kernel.Reduce(Y.mul(G), ReduceOp.SUM);
    private static final Kernel.Map BACKWARD =
            new Kernel.Map(Y.mul(G.sub(Expr.input(2, Type.F32))).mul(Expr.scalar(0, Type.F32)));

    private static final int[] LAST = {-1};

    /** The kernels of one kind of mask; those after the first also read the largest of each row, and its sum. */
    private record Kernels(Kernel.Reduce largest, Kernel.Reduce sum, Kernel.Map result) {
        Kernels(Expr score, int inputs) {
            this(score, exponential(score, Expr.input(inputs, Type.F32)), Expr.input(inputs + 1, Type.F32));
        }

        private Kernels(Expr score, Expr exponential, Expr sum) {
            this(
                    new Kernel.Reduce(score, ReduceOp.MAX),
                    new Kernel.Reduce(exponential, ReduceOp.SUM),
                    new Kernel.Map(exponential.div(sum.eq(Expr.constant(0f)).choose(Expr.constant(1f), sum))));
        }

        /**
         * The exponential of a score less the largest. Where nothing takes part, the largest is minus infinity, and is not
         * subtracted from itself.
         */
        private static Expr exponential(Expr score, Expr largest) {
            Expr shift = largest.eq(Expr.constant(NOTHING)).choose(Expr.constant(0f), largest);
            return score.sub(shift).exp();
        }
    }

    private final double scale;
    private final @Nullable Shape maskShape;

    private MaskedSoftmax(double scale, @Nullable Shape maskShape) {
        this.scale = scale;
        this.maskShape = maskShape;
    }

    /** @param mask FLOAT32 or BOOL, of a shape that broadcasts to the scores'; null for none */
    static Tensor of(Tensor scores, @Nullable Tensor mask, double scale) {
        return mask == null
                ? new MaskedSoftmax(scale, null).apply(scores)
                : new MaskedSoftmax(scale, mask.shape()).apply(scores, mask);
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        Tensor y = Scope.result(() -> softmax(inputs));
        context.save(y);
        return y;
    }

    private Tensor softmax(Tensor[] inputs) {
        if (inputs[0].numel() == 0) {
            return inputs[0].clone();
        }
        Kernels kernels = inputs.length == 1 ? PLAIN : inputs[1].dtype() == DType.BOOL ? CHOSEN : ADDED;
        return Fused.rows(
                        LAST,
                        List.of(inputs),
                        List.of(
                                Step.ofFirst(inputs.length, kernels.largest, scale),
                                Step.ofFirst(inputs.length + 1, kernels.sum, scale),
                                Step.ofFirst(inputs.length + 2, kernels.result, scale)))
                .get(2);
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor g) {
        Tensor y = context.saved(0);
        Tensor byScores = context.needsGradient(0) ? backward(y, g, scale) : null;
        if (maskShape == null) {
            return new @Nullable Tensor[] {byScores};
        }
        Tensor byMask = context.needsGradient(1) ? Scope.result(() -> summed(backward(y, g, 1), maskShape)) : null;
        return new @Nullable Tensor[] {byScores, byMask};
    }

    /** {@code factor * y (g - sum(y g))}. */
    private static Tensor backward(Tensor y, Tensor g, double factor) {
        return Scope.result(() -> {
            if (Autograd.isGradEnabled()) {
                return y.mul(g.sub(y.mul(g).sum(LAST, true))).mul(factor);
            }
            return Fused.rows(
                            LAST,
                            List.of(y, g),
                            List.of(new Step(DOT, List.of(0, 1)), new Step(BACKWARD, List.of(0, 1, 2), factor)))
                    .get(1);
        });
    }

    /** Added up over the axes along which a tensor of that shape was broadcast. */
    private static Tensor summed(Tensor t, Shape shape) {
        int more = t.dim() - shape.dim();
        int[] axes = IntStream.range(0, t.dim())
                .filter(i -> i < more || shape.size(i - more) != t.size(i))
                .toArray();
        return axes.length == 0 ? t : t.sum(axes, true).reshape(shape.toArray());
    }

    @Override
    protected String gradName() {
        return "SafeSoftmaxBackward0";
    }
}
