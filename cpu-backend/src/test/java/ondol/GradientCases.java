package ondol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All operations: those with a gradient as cases, the others by name. */
final class GradientCases {
    /** Methods that return tensors through which no gradient flows, or that are no operations. */
    static final Set<String> NOT_DIFFERENTIABLE = Set.of(
            // PointwiseOps: truth values
            "isNaN()",
            "isInf()",
            "isFinite()",
            "lt(Tensor)",
            "lt(double)",
            "lt(long)",
            "le(Tensor)",
            "le(double)",
            "le(long)",
            "gt(Tensor)",
            "gt(double)",
            "gt(long)",
            "ge(Tensor)",
            "ge(double)",
            "ge(long)",
            "eq(Tensor)",
            "eq(double)",
            "eq(long)",
            "ne(Tensor)",
            "ne(double)",
            "ne(long)",
            "logicalAnd(Tensor)",
            "logicalOr(Tensor)",
            "logicalXor(Tensor)",
            "logicalNot()",
            // ReductionOps: truth values and indices
            "any()",
            "any(int)",
            "any(int,boolean)",
            "all()",
            "all(int)",
            "all(int,boolean)",
            "argmax()",
            "argmax(int)",
            "argmax(int,boolean)",
            "argmin()",
            "argmin(int)",
            "argmin(int,boolean)",
            // IndexOps: indices
            "argsort()",
            "argsort(int,boolean)",
            // Embeddings: whole numbers
            "oneHot(Tensor)",
            "oneHot(Tensor,long)",
            "bincount(Tensor)",
            // Tensor: what cuts, changes or owns a gradient
            "constant(double)",
            "grad()",
            "peekGrad()",
            "requiresGrad(boolean)",
            "retainGrad()",
            "detach()",
            "parameter(Tensor)",
            "to(DType)",
            "addInPlace(Tensor)",
            "mulInPlace(double)",
            "copyFrom(Tensor)",
            "fill(double)",
            "upload(MemorySegment)",
            "zero()",
            // TensorFactory: of another tensor only the shape is used
            "zerosLike(Tensor)",
            "onesLike(Tensor)",
            "fullLike(Tensor,double)",
            "randLike(Tensor)",
            "randnLike(Tensor)");

    private GradientCases() {}

    static List<GradientCase> all() {
        List<GradientCase> all = new ArrayList<>();
        all.addAll(PointwiseCases.all());
        all.addAll(ReductionCases.all());
        all.addAll(ShapeCases.all());
        all.addAll(MatrixCases.all());
        all.addAll(ConvolutionCases.all());
        all.addAll(PaddingCases.all());
        all.addAll(PoolingCases.all());
        all.addAll(ResizingCases.all());
        all.addAll(NormalizationCases.all());
        all.addAll(LossCases.all());
        all.addAll(EmbeddingCases.all());
        return all;
    }
}
