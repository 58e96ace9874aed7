package ondol.oracle;

import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.op.Normalization;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LocalResponseNormOptions;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The operations of {@link Normalization}, on moderate numbers: of a variance near 0 only rounding errors would be compared. */
final class NormalizationTable extends Operation.Table {
    NormalizationTable() {
        op("batchNorm", NormalizationTable::batches);
        op("batchNorm(running)", d -> running(d, false));
        op("instanceNorm", NormalizationTable::instances);
        op("instanceNorm(running)", d -> running(d, true));
        op("groupNorm", NormalizationTable::groups);
        op("layerNorm", NormalizationTable::layers);
        op("rmsNorm", NormalizationTable::roots);
        op("localResponseNorm", NormalizationTable::responses);
    }

    private static long[] shape(Draw d, int least) {
        long[] shape = new long[d.between(least, 5)];
        Arrays.setAll(shape, i -> d.between(i == 0 ? 2 : 1, 4));
        if (least > 2) {
            shape[2] = d.between(2, 6);
        }
        return shape;
    }

    private static double eps(Draw d) {
        return d.pick(0.01, 0.1, 1.0);
    }

    private static TensorOptional optional(List<org.bytedeco.pytorch.Tensor> in, int i) {
        return i < in.size() ? new TensorOptional(in.get(i)) : new TensorOptional();
    }

    /**
     * The input as PyTorch gets right: its batch_norm gives wrong gradients for some strides, local_response_norm refuses some, and
     * rms_norm adds a copy.
     */
    private static org.bytedeco.pytorch.Tensor contiguous(List<org.bytedeco.pytorch.Tensor> in) {
        return in.get(0).contiguous();
    }

    private static Tensor at(List<Tensor> in, int i) {
        return i < in.size() ? in.get(i) : null;
    }

    /** With the weight and the bias, with the weight, or without both. Weights are positive: so zeros have one sign. */
    private static List<Operand> operands(Draw d, long[] shape, long... parameters) {
        Operand x = d.floats(shape);
        return switch (d.below(3)) {
            case 0 -> List.of(x);
            case 1 -> List.of(x, d.floatsBetween(0.1, 3, parameters));
            default -> List.of(x, d.floatsBetween(0.1, 3, parameters), d.floats(parameters));
        };
    }

    private static Trial within(Trial trial, long[] shape) {
        long n = Array.count(shape);
        return trial.within(
                Bound.ulps(16).plusNorm(64).plusAbsolute(64 * 0x1p-24),
                Bound.ulps(16).plusNorm(64).plusCotangent(64 * n),
                Bound.ulps(16).plusNorm(1024).plusCotangent(4096 * n));
    }

    private static Trial batches(Draw d) {
        long[] shape = shape(d.tame(), 2);
        double eps = eps(d);
        return within(
                Trial.one(
                        "batchNorm",
                        operands(d, shape, shape[1]),
                        in -> Normalization.batchNorm(in.get(0), null, null, at(in, 1), at(in, 2), true, 0.1, eps),
                        in -> torch.batch_norm(
                                contiguous(in),
                                optional(in, 1),
                                optional(in, 2),
                                new TensorOptional(),
                                new TensorOptional(),
                                true,
                                0.1,
                                eps,
                                false)),
                shape);
    }

    private static Trial instances(Draw d) {
        long[] shape = shape(d.tame(), 3);
        double eps = eps(d);
        return within(
                Trial.one(
                        "instanceNorm",
                        operands(d, shape, shape[1]),
                        in -> Normalization.instanceNorm(in.get(0), null, null, at(in, 1), at(in, 2), true, 0.1, eps),
                        in -> torch.instance_norm(
                                contiguous(in),
                                optional(in, 1),
                                optional(in, 2),
                                new TensorOptional(),
                                new TensorOptional(),
                                true,
                                0.1,
                                eps,
                                false)),
                shape);
    }

    /** What running numbers become, and what they do. */
    private static Trial running(Draw d, boolean ofInstances) {
        long[] shape = shape(d.tame(), 3);
        double eps = eps(d);
        double momentum = d.pick(0.1, 0.5, 0.0, 1.0);
        boolean training = d.flag();
        List<Operand> operands = List.of(
                d.floats(shape).constant(),
                d.floats(shape[1]).constant(),
                d.floatsBetween(0.1, 3, shape[1]).constant());
        return within(
                Trial.many(
                        "running numbers, training " + training,
                        operands,
                        in -> {
                            Tensor mean = in.get(1).clone();
                            Tensor variance = in.get(2).clone();
                            Tensor y = ofInstances
                                    ? Normalization.instanceNorm(
                                            in.get(0), mean, variance, null, null, training, momentum, eps)
                                    : Normalization.batchNorm(
                                            in.get(0), mean, variance, null, null, training, momentum, eps);
                            return List.of(y, mean, variance);
                        },
                        in -> {
                            org.bytedeco.pytorch.Tensor mean =
                                    in.get(1).contiguous().clone();
                            org.bytedeco.pytorch.Tensor variance =
                                    in.get(2).contiguous().clone();
                            TensorOptional none = new TensorOptional();
                            TensorOptional m = new TensorOptional(mean);
                            TensorOptional v = new TensorOptional(variance);
                            org.bytedeco.pytorch.Tensor y = ofInstances
                                    ? torch.instance_norm(in.get(0), none, none, m, v, training, momentum, eps, false)
                                    : torch.batch_norm(in.get(0), none, none, m, v, training, momentum, eps, false);
                            return List.of(y, mean, variance);
                        }),
                shape);
    }

    private static Trial groups(Draw d) {
        long[] shape = shape(d.tame(), 2);
        long groups = d.between(1, 3);
        shape[1] *= groups;
        double eps = eps(d);
        return within(
                Trial.one(
                        "groupNorm in " + groups,
                        operands(d, shape, shape[1]),
                        in -> Normalization.groupNorm(in.get(0), groups, at(in, 1), at(in, 2), eps),
                        in -> torch.group_norm(in.get(0), groups, optional(in, 1), optional(in, 2), eps, false)),
                shape);
    }

    private static long[] last(Draw d, long[] shape) {
        return Arrays.copyOfRange(shape, d.below(shape.length), shape.length);
    }

    private static Trial layers(Draw d) {
        long[] shape = shape(d.tame(), 1);
        long[] last = last(d, shape);
        double eps = eps(d);
        return within(
                Trial.one(
                        "layerNorm over " + Arrays.toString(last),
                        operands(d, shape, last),
                        in -> Normalization.layerNorm(in.get(0), last, at(in, 1), at(in, 2), eps),
                        in -> torch.layer_norm(in.get(0), last, optional(in, 1), optional(in, 2), eps, false)),
                shape);
    }

    private static Trial roots(Draw d) {
        long[] shape = shape(d.tame(), 1);
        long[] last = last(d, shape);
        double eps = eps(d);
        List<Operand> operands =
                d.flag() ? List.of(d.floats(shape)) : List.of(d.floats(shape), d.floatsBetween(0.1, 3, last));
        return within(
                Trial.one(
                        "rmsNorm over " + Arrays.toString(last),
                        operands,
                        in -> Normalization.rmsNorm(in.get(0), last, at(in, 1), eps),
                        in -> torch.rms_norm(contiguous(in), last, optional(in, 1), new DoubleOptional(eps))),
                shape);
    }

    private static Trial responses(Draw d) {
        long[] shape = shape(d.tame(), 3);
        long size = d.between(1, 5);
        double alpha = d.pick(1e-4, 0.5);
        return within(
                Trial.one(
                        "localResponseNorm over " + size,
                        List.of(d.floats(shape)),
                        in -> Normalization.localResponseNorm(in.get(0), size, alpha, 0.75, 2),
                        in -> {
                            LocalResponseNormOptions options = new LocalResponseNormOptions(size);
                            options.alpha().put(alpha);
                            options.beta().put(0.75);
                            options.k().put(2);
                            return torch.local_response_norm(contiguous(in), options);
                        }),
                shape);
    }
}
