package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import ondol.backend.ReferenceBackend;
import ondol.text.TensorFormat;
import ondol.text.TensorFormatTest;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What tensors print, and the {@code grad_fn} of every operation, as PyTorch 2 names it. */
final class TensorPrintTest {
    private final Tensor x = Tensor.tensor(new float[][] {{1, 2}, {3, 4}}).requiresGrad(true);
    private final Tensor y = Tensor.tensor(new float[][] {{5, 6}, {7, 8}}).requiresGrad(true);
    private final Tensor p =
            Tensor.tensor(new float[][] {{0.1f, 0.2f}, {0.3f, 0.4f}}).requiresGrad(true);
    private final Tensor v = Tensor.tensor(1f, 2f).requiresGrad(true);
    private final Tensor cube = Tensor.rand(2, 2, 2).requiresGrad(true);
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Map<String, Supplier<Tensor>> results = new LinkedHashMap<>();

    private void name(String expected, String what, Supplier<Tensor> result) {
        names.put(what, expected);
        results.put(what, result);
    }

    @TestFactory
    Stream<DynamicTest> gradFnNames() {
        pointwise();
        reductions();
        shapes();
        matrices();
        losses();
        return names.keySet().stream()
                .map(what -> dynamicTest(what, () -> {
                    Tensor result = results.get(what).get();
                    assertEquals(names.get(what), result.gradFn());
                    String suffix = "grad_fn=<" + names.get(what) + ">)";
                    assertEquals(
                            suffix,
                            result.toString().substring(result.toString().length() - suffix.length()));
                }));
    }

    private void pointwise() {
        name("NegBackward0", "neg", x::neg);
        name("AbsBackward0", "abs", x::abs);
        name("SignBackward0", "sign", x::sign);
        name("ExpBackward0", "exp", x::exp);
        name("Expm1Backward0", "expm1", x::expm1);
        name("LogBackward0", "log", x::log);
        name("Log1PBackward0", "log1p", x::log1p);
        name("SqrtBackward0", "sqrt", x::sqrt);
        name("RsqrtBackward0", "rsqrt", x::rsqrt);
        name("PowBackward0", "square", x::square);
        name("ReciprocalBackward0", "reciprocal", x::reciprocal);
        name("FloorBackward0", "floor", x::floor);
        name("CeilBackward0", "ceil", x::ceil);
        name("RoundBackward0", "round", x::round);
        name("TruncBackward0", "trunc", x::trunc);
        name("SinBackward0", "sin", x::sin);
        name("CosBackward0", "cos", x::cos);
        name("TanhBackward0", "tanh", x::tanh);
        name("SigmoidBackward0", "sigmoid", x::sigmoid);
        name("ErfBackward0", "erf", x::erf);
        name("ReluBackward0", "relu", x::relu);
        name("GeluBackward0", "gelu", x::gelu);
        name("SiluBackward0", "silu", x::silu);
        name("SoftplusBackward0", "softplus", x::softplus);
        name("LeakyReluBackward0", "leakyRelu", x::leakyRelu);
        name("EluBackward0", "elu", x::elu);
        name("ClampBackward1", "clamp", () -> x.clamp(0.0, 1));
        name("AddBackward0", "x + 1", () -> x.add(1.0));
        name("SubBackward0", "x - 1", () -> x.sub(1L));
        name("MulBackward0", "x * 2", () -> x.mul(2.0));
        name("DivBackward0", "x / 2", () -> x.div(2.0));
        name("RsubBackward1", "1 - x", () -> x.rsub(1.0));
        name("MulBackward0", "1 / x", () -> x.rdiv(1.0));
        name("PowBackward0", "x ** 3", () -> x.pow(3.0));
        name("PowBackward2", "3 ** x", () -> x.rpow(3.0));
        name("AddBackward0", "x + y", () -> x.add(y));
        name("SubBackward0", "x - y", () -> x.sub(y));
        name("MulBackward0", "x * y", () -> x.mul(y));
        name("DivBackward0", "x / y", () -> x.div(y));
        name("PowBackward1", "x ** y", () -> x.pow(y));
        name("MinimumBackward0", "minimum", () -> x.minimum(y));
        name("MaximumBackward0", "maximum", () -> x.maximum(y));
        name("WhereBackward0", "where", () -> Tensor.where(x.gt(2.0), x, y));
        name("WhereBackward0", "choose", () -> x.gt(2.0).choose(x, y));
        name("MaskedFillBackward0", "maskedFill", () -> x.maskedFill(x.gt(2.0), 0));
    }

    private void reductions() {
        name("SumBackward0", "sum of all", x::sum);
        name("SumBackward1", "sum along an axis", () -> x.sum(0));
        name("SumBackward1", "sum along all axes", () -> x.sum(0, 1));
        name("MeanBackward0", "mean of all", x::mean);
        name("MeanBackward1", "mean along an axis", () -> x.mean(1, true));
        name("ProdBackward0", "prod of all", x::prod);
        name("ProdBackward1", "prod along an axis", () -> x.prod(0, false));
        name("MaxBackward1", "max of all", x::max);
        name("MinBackward1", "min of all", x::min);
        name("MaxBackward0", "max along an axis", () -> x.max(0).values());
        name("MinBackward0", "min along an axis", () -> x.min(0, true).values());
        name("AmaxBackward0", "amax", () -> x.amax(new int[] {0}, false));
        name("AminBackward0", "amin", () -> x.amin(new int[] {0, 1}, false));
        name("VarBackward0", "var", x::var);
        name("VarBackward0", "var along an axis", () -> x.var(0, false));
        name("StdBackward0", "std", x::std);
        for (double power : new double[] {0, 0.5, 1, 2, 3, Double.POSITIVE_INFINITY}) {
            name("LinalgVectorNormBackward0", power + "-norm", () -> x.norm(power, new int[0], false));
        }
        name("CumsumBackward0", "cumsum", () -> x.cumsum(0));
        name("SoftmaxBackward0", "softmax", () -> x.softmax(1));
        name("LogSoftmaxBackward0", "logSoftmax", () -> x.logSoftmax(1));
        name("LogsumexpBackward0", "logSumExp", () -> x.logSumExp(1, false));
    }

    private void shapes() {
        Tensor rows = x.detach().reshape(1, 4).requiresGrad(true);
        name("ViewBackward0", "reshape", () -> x.reshape(4));
        name(
                "ReshapeAliasBackward0",
                "reshape of a view",
                () -> cube.transpose(0, 1).reshape(2, 2, 2, 1));
        name("UnsafeViewBackward0", "reshape that copies", () -> x.t().reshape(4));
        name("ViewBackward0", "view", () -> x.view(4));
        name("ViewBackward0", "flatten", x::flatten);
        name("TransposeBackward0", "transpose", () -> x.transpose(0, 1));
        name("TBackward0", "t", x::t);
        name("TransposeBackward0", "mT", x::mT);
        name("PermuteBackward0", "permute", () -> x.permute(1, 0));
        name("SqueezeBackward0", "squeeze", rows::squeeze);
        name("SqueezeBackward1", "squeeze of an axis", () -> rows.squeeze(0));
        name("UnsqueezeBackward0", "unsqueeze", () -> x.unsqueeze(0));
        name("ExpandBackward0", "expand", () -> x.expand(3, 2, 2));
        name("SliceBackward0", "slice", () -> x.slice(0, 0, 1));
        name("SelectBackward0", "select", () -> x.select(0, 1));
        name("SliceBackward0", "x[1:]", () -> x.get(Index.from(1)));
        name("SelectBackward0", "x[:, 0]", () -> x.get(Index.all(), Index.at(0)));
        name("FlipBackward0", "flip", () -> x.flip(0));
        name("SplitBackward0", "split", () -> x.split(1, 0).get(0));
        name(
                "SplitWithSizesBackward0",
                "split by sizes",
                () -> x.split(new long[] {1, 1}, 0).get(1));
        name("SplitBackward0", "chunk", () -> x.chunk(2, 0).get(0));
        name("CloneBackward0", "clone", x::clone);
        name("CloneBackward0", "contiguous", () -> x.t().contiguous());
        name("ToCopyBackward0", "to another device", () -> x.to(Other.DEVICE).to(x.device()));
        name("CatBackward0", "cat", () -> Tensor.cat(0, x, y));
        name("StackBackward0", "stack", () -> Tensor.stack(0, x, y));
        name("IndexSelectBackward0", "indexSelect", () -> x.indexSelect(0, Tensor.tensor(1L, 0L)));
        Tensor index = Tensor.tensor(new long[][] {{0, 1}});
        name("GatherBackward0", "gather", () -> x.gather(0, index));
        name("ScatterAddBackward0", "scatterAdd", () -> x.scatterAdd(0, index, Tensor.ones(1, 2)));
        name("SortBackward0", "sort", () -> x.sort().values());
        name("TopkBackward0", "topk", () -> x.topk(1).values());
    }

    /** A device besides the default one. */
    private static final class Other {
        static final Device DEVICE = Device.of("print-test", new ReferenceBackend());
    }

    private void matrices() {
        name("MmBackward0", "matrix @ matrix", () -> x.matmul(y));
        name("MvBackward0", "matrix @ vector", () -> x.matmul(v));
        name("SqueezeBackward4", "vector @ matrix", () -> v.matmul(x));
        name("DotBackward0", "vector @ vector", () -> v.matmul(v));
        name("UnsafeViewBackward0", "batch @ batch", () -> cube.matmul(cube));
        name("UnsafeViewBackward0", "batch @ matrix", () -> cube.matmul(x));
        name("UnsafeViewBackward0", "matrix @ batch", () -> x.detach().matmul(cube));
        name("UnsafeViewBackward0", "batch @ vector", () -> cube.matmul(v));
        name("UnsafeViewBackward0", "vector @ batch", () -> v.matmul(cube));
        name("UnsafeViewBackward0", "broadcast batches", () -> cube.unsqueeze(1).matmul(cube));
        name("MmBackward0", "mm", () -> x.mm(y));
        name("BmmBackward0", "bmm", () -> cube.bmm(cube));
        name("DotBackward0", "dot", () -> v.dot(v));
        name("MulBackward0", "outer", () -> v.outer(v));
        name("AddmmBackward0", "linear", () -> x.linear(y, v));
        name("MmBackward0", "linear without bias", () -> x.linear(y, null));
        name("ViewBackward0", "linear of a batch", () -> cube.linear(y, v));
        name("UnsafeViewBackward0", "linear of a batch without bias", () -> cube.linear(y, null));
        name("ViewBackward0", "linear of a vector", () -> v.linear(y, v));
        name("SqueezeBackward4", "linear of a vector without bias", () -> v.linear(y, null));
        name("MulBackward0", "dropout", () -> x.dropout(0.5, new Generator(1)));
    }

    private void losses() {
        Tensor classes = Tensor.tensor(0L, 1L);
        Tensor many = Tensor.zeros(2, 2).to(DType.INT64);
        for (Reduction r : Reduction.values()) {
            name("MseLossBackward0", "mseLoss " + r, () -> x.mseLoss(y, r));
            name("BinaryCrossEntropyBackward0", "binaryCrossEntropy " + r, () -> p.binaryCrossEntropy(p.detach(), r));
            name(
                    "BinaryCrossEntropyWithLogitsBackward0",
                    "binaryCrossEntropyWithLogits " + r,
                    () -> x.binaryCrossEntropyWithLogits(p.detach(), r));
            name("NllLossBackward0", "crossEntropy " + r, () -> x.crossEntropy(classes, r));
        }
        name("NllLossBackward0", "crossEntropy of a vector", () -> v.crossEntropy(Tensor.tensor(1L), Reduction.MEAN));
        name("NllLoss2DBackward0", "crossEntropy of a batch", () -> cube.crossEntropy(many, Reduction.MEAN));
        name("NllLoss2DBackward0", "crossEntropy of a batch, summed", () -> cube.crossEntropy(many, Reduction.SUM));
        name("MeanBackward0", "l1Loss", () -> x.l1Loss(y, Reduction.MEAN));
        name("SumBackward0", "l1Loss summed", () -> x.l1Loss(y, Reduction.SUM));
        name("AbsBackward0", "l1Loss of each", () -> x.l1Loss(y, Reduction.NONE));
    }

    // ---- whole texts, as PyTorch prints them

    private static void assertPrints(String expected, Tensor t) {
        assertEquals(expected, t.toString());
    }

    @Test
    void leavesAndResults() {
        assertPrints("""
            tensor([[1., 2.],
                    [3., 4.]], requires_grad=True)\
            """, x);
        assertPrints("""
            tensor([[1., 2.],
                    [3., 4.]])\
            """, x.detach());
        assertPrints("""
            tensor([[ 2.5000,  5.0000],
                    [ 7.5000, 10.0000]], grad_fn=<MulBackward0>)\
            """, x.mul(2.5));
        assertPrints("tensor(20., grad_fn=<SumBackward0>)", x.mul(2.0).sum());
        assertPrints("""
            tensor([[1., 3.],
                    [2., 4.]], grad_fn=<TBackward0>)\
            """, x.t());
        assertPrints("tensor([2., 4.], grad_fn=<SelectBackward0>)", x.get(Index.every(1), Index.at(1)));
        assertPrints("""
            tensor([[1.3956, 1.9477],
                    [2.7183, 3.7937]], grad_fn=<ExpBackward0>)\
            """, x.div(3.0).exp());
        assertPrints("tensor(2.5000, requires_grad=True)", Tensor.tensor(2.5).requiresGrad(true));
        assertPrints("""
            tensor([0.0000, 0.1667, 0.3333, 0.5000, 0.6667, 0.8333, 1.0000],
                   grad_fn=<MulBackward0>)\
            """, Tensor.linspace(0, 1, 7).requiresGrad(true).mul(1.0));
        assertPrints("""
            tensor([[[1.0000e+00, 2.0000e+00],
                     [3.0000e+00, 4.0000e+00]],

                    [[1.0000e+05, 2.0000e+05],
                     [3.0000e+05, 4.0000e+05]]], grad_fn=<StackBackward0>)\
            """, Tensor.stack(0, x, x.mul(1e5)));
    }

    @Test
    void parameters() {
        assertPrints("""
            Parameter containing:
            tensor([[1., 2.],
                    [3., 4.]], requires_grad=True)\
            """, Tensor.parameter(x));
        assertPrints("""
            Parameter containing:
            tensor([1., 2.])\
            """, Tensor.parameter(v).requiresGrad(false));
        assertPrints(
                "tensor([2., 4.], grad_fn=<MulBackward0>)", Tensor.parameter(v).mul(2.0));
    }

    @Test
    void otherTypes() {
        assertPrints("""
            tensor([[0, 3],
                    [1, 4],
                    [2, 5]])\
            """, Tensor.arange(6).reshape(2, 3).t());
        assertPrints("""
            tensor([[False, False],
                    [ True,  True]])\
            """, x.gt(2.0));
        assertPrints("tensor(3)", Tensor.tensor(3));
        assertPrints("tensor(True)", Tensor.tensor(true));
        assertPrints("tensor([ 100, -200])", Tensor.tensor(100, -200));
    }

    @Test
    void nothing() {
        assertPrints("tensor([])", Tensor.zeros(0));
        assertPrints(
                "tensor([], size=(2, 0), requires_grad=True)",
                Tensor.zeros(2, 0).requiresGrad(true));
        assertPrints(
                "tensor([], size=(2, 0), grad_fn=<MulBackward0>)",
                Tensor.zeros(2, 0).requiresGrad(true).mul(2.0));
        assertPrints(
                "tensor([], size=(0, 3), dtype=torch.int64)", Tensor.zeros(0, 3).to(DType.INT64));
        assertPrints("tensor([], dtype=torch.bool)", Tensor.zeros(0).to(DType.BOOL));
        Tensor closed = Tensor.zeros(2);
        closed.close();
        assertPrints("tensor(closed, shape=[2], dtype=FLOAT32)", closed);
    }

    @Test
    void summaries() {
        Tensor large = Tensor.arange(0.0, 2000, 1).reshape(40, 50).div(8.0).requiresGrad(true);
        String text = """
            tensor([[0.0000e+00, 1.2500e-01, 2.5000e-01,  ..., 5.8750e+00, 6.0000e+00,
                     6.1250e+00],
                    [6.2500e+00, 6.3750e+00, 6.5000e+00,  ..., 1.2125e+01, 1.2250e+01,
                     1.2375e+01],
                    [1.2500e+01, 1.2625e+01, 1.2750e+01,  ..., 1.8375e+01, 1.8500e+01,
                     1.8625e+01],
                    ...,
                    [2.3125e+02, 2.3138e+02, 2.3150e+02,  ..., 2.3712e+02, 2.3725e+02,
                     2.3738e+02],
                    [2.3750e+02, 2.3762e+02, 2.3775e+02,  ..., 2.4338e+02, 2.4350e+02,
                     2.4362e+02],
                    [2.4375e+02, 2.4388e+02, 2.4400e+02,  ..., 2.4962e+02, 2.4975e+02,
                     2.4988e+02]],\
            """;
        assertPrints(text + " requires_grad=True)", large);
        assertPrints(text + " grad_fn=<MulBackward0>)", large.mul(1.0));
        assertPrints("""
            tensor([[   0,    2,    4,  ..., 1194, 1196, 1198],
                    [   0,    2,    4,  ..., 1194, 1196, 1198]])\
            """, Tensor.arange(1200).slice(0, 0, 1200, 2).expand(2, 600));
    }

    /** What is printed of a large tensor is read, and nothing else. */
    @Test
    void onlyWhatIsShownIsRead() {
        CountingBackend counting = new CountingBackend(64 << 20);
        Device device = counting.device("print");
        Tensor grid = Tensor.ones(Shape.of(1, 1), DType.FLOAT32, device).expand(65536, 65536);
        String row = "[1., 1., 1.,  ..., 1., 1., 1.]";
        assertEquals(
                "tensor([" + (row + ",\n        ").repeat(3) + "...,\n        " + (row + ",\n        ").repeat(2) + row
                        + "])",
                grid.toString(false));
        assertEquals(1, counting.downloads());
        assertEquals(36 * Float.BYTES, counting.downloadedBytes());
        Tensor one = Tensor.ones(Shape.of(1, 1), DType.INT64, device).expand(1L << 33, 1);
        assertEquals(
                "tensor([[1],\n        [1],\n        [1],\n        ...,\n        [1],\n        [1],\n        [1]])",
                one.toString(false));
        assertEquals(36 * Float.BYTES + 6 * Long.BYTES, counting.downloadedBytes());
        Tensor flags = Tensor.zeros(Shape.of(1 << 22), DType.BOOL, device);
        assertEquals("tensor([False, False, False,  ..., False, False, False])", flags.toString(false));
        assertEquals(36 * Float.BYTES + 6 * Long.BYTES + 6, counting.downloadedBytes());
        assertEquals(
                "tensor([], size=(2147483648, 0))", Tensor.zeros(1L << 31, 0).toString());
        assertEquals(
                "tensor([], size=(0, 2147483648))", Tensor.zeros(0, 1L << 31).toString());
    }

    /** The ends of every layout, picked from all elements. */
    @Test
    void summariesOfViews() {
        Tensor t = Tensor.arange(0.0, 9 * 8 * 20, 1).reshape(9, 8, 20).requiresGrad(true);
        List<Tensor> views = List.of(
                t,
                t.transpose(0, 2),
                t.flip(0, 2),
                t.slice(2, Index.OPEN, Index.OPEN, -1),
                t.slice(0, 1, 9),
                t.slice(2, 1, 20, 2).expand(3, 9, 8, 10),
                t.unsqueeze(1).permute(3, 1, 2, 0),
                t.reshape(9, 160).slice(1, 0, 7).expand(20, 9, 7),
                t.to(DType.INT64).transpose(0, 1).slice(2, 2, 20, 3),
                t.gt(700.0).mT());
        try (Scope scope = Scope.open()) {
            for (Tensor view : views) {
                Object all = switch (view.dtype()) {
                    case FLOAT32 -> view.toFloatArray();
                    case INT64 -> view.toLongArray();
                    case BOOL -> view.toBooleanArray();
                };
                long[] shape = view.shape().toArray();
                int before = scope.size();
                String printed = view.toString();
                assertEquals(before, scope.size());
                List<String> suffix = view.isLeaf()
                        ? view.requiresGrad() ? List.of("requires_grad=True") : List.of()
                        : List.of("grad_fn=<" + view.gradFn() + ">");
                Object shown = view.numel() > 1000 ? TensorFormatTest.corners(shape, all) : all;
                assertEquals(TensorFormat.format("tensor(", shape, shown, null, suffix), printed);
            }
        }
    }

    @Test
    void printingChangesNothing() {
        String text = x.mul(2.0).toString();
        assertEquals(text, x.mul(2.0).toString());
        assertNull(x.grad());
        Tensor elsewhere = x.detach().to(Other.DEVICE);
        assertPrints("""
            tensor([[1., 2.],
                    [3., 4.]], device='print-test')\
            """, elsewhere);
        assertEquals(x.detach().toString(), elsewhere.toString(false));
    }
}
