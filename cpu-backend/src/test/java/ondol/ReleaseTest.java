package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * An operation leaves only its result: when that and the operands are closed, all memory is back, without the garbage
 * collector. So is what was recorded, after backward.
 */
class ReleaseTest extends SmallDeviceTest {
    private record Operation(String name, UnaryOperator<Tensor> body) {}

    private final Tensor other = Tensor.full(Shape.of(16, 16), 0.25, DType.FLOAT32, device);
    private final Tensor vector = Tensor.ones(Shape.of(16), DType.FLOAT32, device);
    private final Tensor labels = Tensor.zeros(Shape.of(16), DType.INT64, device);
    private final Tensor indices = Tensor.zeros(Shape.of(16, 16), DType.INT64, device);
    private final Tensor flags = Tensor.ones(Shape.of(16, 16), DType.BOOL, device);
    private final Tensor batch = Tensor.ones(Shape.of(3, 16, 2), DType.FLOAT32, device);
    private final List<Operation> all = new ArrayList<>();

    private void add(String name, UnaryOperator<Tensor> body) {
        all.add(new Operation(name, body));
    }

    /** The values; the indices are closed. */
    private static Tensor values(ValuesAndIndices both) {
        both.indices().close();
        return both.values();
    }

    private void pointwise() {
        add("add", x -> x.add(other));
        add("clamp", x -> x.clamp(0.0, 1.0));
        add("maskedFill", x -> x.maskedFill(flags, 1));
        add("where", x -> x.where(flags, other));
        add("dropout", x -> x.dropout(0.5, new Generator()));
        add("dropout of all", x -> x.dropout(1, new Generator()));
        add("to INT64", x -> x.to(DType.INT64));
        add("to CPU", x -> x.to(Device.CPU));
        add("equal", x -> {
            x.equal(other);
            x.allClose(other, 0.1, 0.1);
            return x.detach();
        });
        add("reading", x -> {
            x.toLongArray();
            x.toString(false);
            return x.detach();
        });
    }

    private void products() {
        add("matmul", x -> x.matmul(other));
        add("matmul with a vector", x -> x.matmul(vector));
        add("matmul of a vector", x -> vector.matmul(x));
        add("matmul of batches", x -> x.matmul(batch));
        add("linear, input", x -> x.linear(other, vector));
        add("linear, weight", x -> other.linear(x, vector));
        add("linear of a vector", x -> vector.linear(x, null));
    }

    private void reductions() {
        add("sum", x -> x.sum(0));
        add("mean", x -> x.mean());
        add("prod", x -> x.prod());
        add("max", x -> x.max());
        add("max along", x -> values(x.max(0)));
        add("argmax", x -> x.argmax());
        add("var", x -> x.var());
        add("std", x -> x.std());
        for (double p : new double[] {0, 1, 2, 3, Double.POSITIVE_INFINITY}) {
            add("norm " + p, x -> x.norm(p, new int[] {1}, false));
        }
        add("any", x -> x.any());
        add("cumsum", x -> x.cumsum(0));
        add("softmax", x -> x.softmax(1));
        add("logSoftmax", x -> x.logSoftmax(1));
        add("logSumExp", x -> x.logSumExp(1, false));
    }

    private void shapesAndIndices() {
        add("reshape", x -> x.reshape(256));
        add("reshape of a transpose", x -> {
            Tensor t = x.t();
            Tensor copy = t.reshape(256);
            t.close();
            return copy;
        });
        add("get", x -> x.get(Index.at(1), Index.to(3)));
        add("flip", x -> x.flip(0));
        add("cat", x -> Tensor.cat(0, x, other));
        add("stack", x -> Tensor.stack(0, x, other));
        add("sort", x -> values(x.sort()));
        add("argsort", x -> x.argsort());
        add("topk", x -> values(x.topk(3)));
        add("gather", x -> x.gather(0, indices));
        add("scatterAdd", x -> x.scatterAdd(0, indices, other));
        add("indexSelect", x -> x.indexSelect(0, labels));
        add("eye", x -> Tensor.eye(4));
    }

    private void losses() {
        for (Reduction r : Reduction.values()) {
            add("mseLoss " + r, x -> x.mseLoss(other, r));
            add("l1Loss " + r, x -> x.l1Loss(other, r));
            add("binaryCrossEntropy " + r, x -> x.binaryCrossEntropy(other, r));
            add("binaryCrossEntropyWithLogits " + r, x -> x.binaryCrossEntropyWithLogits(other, r));
            add("crossEntropy of classes " + r, x -> x.crossEntropy(labels, r));
            add("crossEntropy of probabilities " + r, x -> x.crossEntropy(other, r));
        }
    }

    private List<Operation> all() {
        pointwise();
        products();
        reductions();
        shapesAndIndices();
        losses();
        return all;
    }

    @TestFactory
    Stream<DynamicTest> forward() {
        return all().stream()
                .map(op -> DynamicTest.dynamicTest(op.name, () -> {
                    Tensor x = Tensor.full(Shape.of(16, 16), 0.5);
                    long before = inUse();
                    op.body.apply(x).close();
                    assertEquals(before, inUse(), "after its result was closed");
                    x.close();
                    assertEquals(before - 1024, inUse(), "after its operand was closed");
                }));
    }

    @TestFactory
    Stream<DynamicTest> forwardAndBackward() {
        return all().stream()
                .map(op -> DynamicTest.dynamicTest(op.name, () -> {
                    Tensor x = Tensor.full(Shape.of(16, 16), 0.5).requiresGrad(true);
                    long before = inUse();
                    Tensor y = op.body.apply(x);
                    if (y.requiresGrad()) {
                        Tensor g = Tensor.onesLike(y);
                        y.backward(g);
                        g.close();
                        x.zeroGrad();
                    }
                    y.close();
                    assertEquals(before, inUse(), "after backward");
                    x.close();
                    assertEquals(before - 1024, inUse(), "after its operand was closed");
                }));
    }
}
