package ondol;

import static ondol.GradientCase.between;
import static ondol.GradientCase.shape;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Gradient cases of {@link MatrixOps} and {@link NeuralOps}. */
final class MatrixCases {
    /** Every kind of pair that {@code matmul} takes. */
    static final int[][][] PRODUCTS = {
        {shape(5), shape(5)},
        {shape(1), shape(1)},
        {shape(3, 4), shape(4, 5)},
        {shape(3, 1), shape(1, 5)},
        {shape(1, 4), shape(4, 5)},
        {shape(3, 4), shape(4, 1)},
        {shape(1, 1), shape(1, 1)},
        {shape(4), shape(4, 3)},
        {shape(3, 4), shape(4)},
        {shape(2, 3, 4), shape(2, 4, 5)},
        {shape(1, 3, 4), shape(2, 4, 5)},
        {shape(2, 3, 4), shape(1, 4, 5)},
        {shape(2, 3, 4), shape(4, 5)},
        {shape(3, 4), shape(2, 4, 5)},
        {shape(2, 3, 4), shape(4)},
        {shape(4), shape(2, 4, 3)},
        {shape(2, 1, 3, 4), shape(3, 4, 2)},
        {shape(2, 3, 1), shape(2, 1, 2)},
        {shape(2, 1, 4), shape(2, 4, 3)},
        {shape(2, 3, 4), shape(2, 4, 1)},
        {shape(3, 1), shape(2, 1, 5)},
    };

    private final GradientCase.Builder cases = new GradientCase.Builder();

    private MatrixCases() {}

    static List<GradientCase> all() {
        MatrixCases c = new MatrixCases();
        c.products();
        c.layers();
        c.losses();
        c.crossEntropy();
        return c.cases.cases();
    }

    private void products() {
        cases.sampler(between(-2, 2)).within(8, 4);
        cases.shapes(PRODUCTS).add("matmul(Tensor)", "", in -> in[0].matmul(in[1]), in -> matmul(in[0], in[1]));
        cases.shapes(new int[][] {shape(3, 4), shape(4, 5)}, new int[][] {shape(2, 1), shape(1, 2)})
                .add("mm(Tensor)", "", in -> in[0].mm(in[1]), in -> in[0].matmul(in[1]));
        cases.shapes(new int[][] {shape(2, 3, 4), shape(2, 4, 5)})
                .add("bmm(Tensor)", "", in -> in[0].bmm(in[1]), in -> in[0].matmul(in[1]));
        cases.shapes(new int[][] {shape(5), shape(5)})
                .add("dot(Tensor)", "", in -> in[0].dot(in[1]), in -> matmul(in[0], in[1]));
        cases.shapes(GradientCase.single(shape(5))).one("dot(Tensor)", "with itself", x -> x.dot(x), x -> matmul(x, x));
        cases.shapes(new int[][] {shape(3), shape(4)})
                .add(
                        "outer(Tensor)",
                        "",
                        in -> in[0].outer(in[1]),
                        in -> in[0].reshape(3, 1).matmul(in[1].reshape(1, 4)));
        cases.shapes(GradientCase.single(shape(3, 3)))
                .one("matmul(Tensor)", "with its transpose", x -> x.matmul(x.t()), x -> x.matmul(x.transpose(0, 1)));
    }

    /** With vectors as rows and columns. */
    static NdArray matmul(NdArray a, NdArray b) {
        NdArray left = a.dim() == 1 ? a.reshape(1, a.shape[0]) : a;
        NdArray right = b.dim() == 1 ? b.reshape(b.shape[0], 1) : b;
        NdArray out = left.matmul(right);
        int[] s = out.shape;
        int n = s.length;
        if (b.dim() == 1) {
            out = out.reshape(Arrays.copyOf(s, n - 1));
        }
        if (a.dim() == 1) {
            int[] without = Arrays.copyOf(s, n - (b.dim() == 1 ? 2 : 1));
            if (b.dim() > 1) {
                without[n - 2] = s[n - 1];
            }
            out = out.reshape(without);
        }
        return out;
    }

    private void layers() {
        cases.shapes(
                        new int[][] {shape(3, 4), shape(5, 4), shape(5)},
                        new int[][] {shape(3, 1), shape(5, 1), shape(5)},
                        new int[][] {shape(1, 4), shape(5, 4), shape(5)},
                        new int[][] {shape(3, 4), shape(1, 4), shape(1)},
                        new int[][] {shape(4), shape(5, 4), shape(5)},
                        new int[][] {shape(2, 3, 4), shape(5, 4), shape(5)})
                .add(
                        "linear(Tensor,Tensor)",
                        "",
                        in -> in[0].linear(in[1], in[2]),
                        in -> matmul(in[0], in[1].transpose(0, 1)).zip(in[2], Double::sum));
        cases.shapes(new int[][] {shape(3, 4), shape(5, 4)}, new int[][] {shape(4), shape(5, 4)}, new int[][] {
                    shape(2, 3, 4), shape(5, 4)
                })
                .add(
                        "linear(Tensor,Tensor)",
                        "without bias",
                        in -> in[0].linear(in[1], null),
                        in -> matmul(in[0], in[1].transpose(0, 1)));
        for (double p : new double[] {0, 0.3, 0.8, 1}) {
            cases.shapes(GradientCase.single(shape(5), shape(3, 4), shape(2, 3, 4)))
                    .one(
                            "dropout(double,Generator)",
                            "p = " + p,
                            x -> x.dropout(p, new Generator(7)),
                            x -> dropped(x, p));
        }
    }

    /** The mask as {@link ondol.kernel.Expr.Keep} describes it, one element after the other. */
    private static NdArray dropped(NdArray x, double p) {
        long modulus = (1L << 31) - 1;
        long state = new Generator(7).random32() % modulus;
        long threshold = (long) Math.ceil((1 - p) * modulus);
        double[] out = new double[x.data.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = p == 1 || state >= threshold ? 0 : x.data[i] * (p == 0 ? 1 : 1f / (float) (1 - p));
            state = state * 1132489760 % modulus;
        }
        return new NdArray(x.shape, out);
    }

    private static NdArray reduced(NdArray losses, Reduction reduction) {
        return switch (reduction) {
            case NONE -> losses;
            case SUM -> losses.reduce(NdArray::sum, false);
            case MEAN -> losses.reduce(ReductionCases::mean, false);
        };
    }

    private interface Loss {
        Tensor of(Tensor x, Tensor target, Reduction reduction);
    }

    private void loss(String name, Loss op, DoubleBinaryOperator f) {
        cases.shapes(
                new int[][] {shape(), shape()}, new int[][] {shape(5), shape(5)}, new int[][] {shape(3, 4), shape(3, 4)
                });
        for (Reduction r : Reduction.values()) {
            cases.add(
                    name + "(Tensor,Reduction)",
                    r.name(),
                    in -> op.of(in[0], in[1], r),
                    in -> reduced(in[0].zip(in[1], f), r));
        }
    }

    private void losses() {
        cases.sampler(between(-2, 2)).within(8, 1);
        loss("mseLoss", Tensor::mseLoss, (x, t) -> (x - t) * (x - t));
        cases.sampler(GradientCase.distinct());
        loss("l1Loss", Tensor::l1Loss, (x, t) -> Math.abs(x - t));
        cases.sampler(between(0.1, 0.9));
        loss(
                "binaryCrossEntropy",
                Tensor::binaryCrossEntropy,
                (x, t) -> -(t * Math.log(x) + (1 - t) * Math.log(1 - x)));
        cases.sampler((random, input, shape) ->
                (input == 0 ? GradientCase.avoiding(-3, 3, 0) : between(0.1, 0.9)).sample(random, input, shape));
        loss("binaryCrossEntropyWithLogits", Tensor::binaryCrossEntropyWithLogits, (x, t) -> {
            double p = PointwiseCases.sigmoid(x);
            return -(t * Math.log(p) + (1 - t) * Math.log(1 - p));
        });
    }

    private void crossEntropy() {
        for (Reduction r : Reduction.values()) {
            cases.sampler(between(-2, 2)).within(16, 1);
            byClass(r, new int[] {4}, Tensor.tensor(2L));
            byClass(r, new int[] {3, 4}, Tensor.tensor(1L, 3L, 1L));
            byClass(r, new int[] {2, 3, 4}, Tensor.tensor(new long[][] {{0, 2, 1, 1}, {2, 2, 0, 1}}));
            cases.sampler((random, input, shape) ->
                    (input == 0 ? between(-2, 2) : between(0.1, 0.9)).sample(random, input, shape));
            cases.shapes(new int[][] {shape(4), shape(4)}, new int[][] {shape(3, 4), shape(3, 4)}, new int[][] {
                shape(2, 3, 4), shape(2, 3, 4)
            });
            cases.add(
                    "crossEntropy(Tensor,Reduction)", "probabilities " + r, in -> in[0].crossEntropy(in[1], r), in -> {
                        int axis = in[0].dim() == 1 ? 0 : 1;
                        NdArray products =
                                in[0].along(axis, ReductionCases::logSoftmax).zip(in[1], (x, t) -> -x * t);
                        return reduced(products.reduce(NdArray::sum, false, axis), r);
                    });
        }
    }

    private void byClass(Reduction r, int[] shape, Tensor classes) {
        cases.shapes(GradientCase.single(shape));
        String title = r + " " + Arrays.toString(shape);
        cases.one(
                "crossEntropy(Tensor,Reduction)",
                title,
                x -> x.crossEntropy(classes, r),
                x -> nll(x, classes, r, -100));
        cases.one(
                "crossEntropy(Tensor,Reduction,long)",
                title,
                x -> x.crossEntropy(classes, r, 1),
                x -> nll(x, classes, r, 1));
    }

    private static NdArray nll(NdArray x, Tensor classes, Reduction r, long ignored) {
        int axis = x.dim() == 1 ? 0 : 1;
        NdArray logs = x.along(axis, ReductionCases::logSoftmax);
        NdArray target = NdArray.of(classes);
        NdArray losses = NdArray.zeros(target.shape);
        int counted = 0;
        for (int i = 0; i < losses.data.length; i++) {
            int[] index = NdArray.index(target.shape, i);
            int[] at = new int[x.dim()];
            for (int j = 0; j < at.length; j++) {
                at[j] = j == axis ? (int) target.data[i] : index[j < axis ? j : j - 1];
            }
            boolean counts = target.data[i] != ignored;
            losses.data[i] = counts ? -logs.get(at) : 0;
            counted += counts ? 1 : 0;
        }
        double n = counted;
        return r == Reduction.MEAN ? losses.reduce(NdArray::sum, false).map(v -> v / n) : reduced(losses, r);
    }
}
