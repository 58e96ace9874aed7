package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.MatmulPrecision;
import ondol.op.Normalization;
import org.junit.jupiter.api.Test;

/**
 * Grids of several rows, as more than 2^31 groups need them: on an {@link Emulator} whose rows have few groups. See
 * {@link EmulatedCudaTest}.
 */
class EmulatedRows {
    private final Device device = Device.of("cuda");

    EmulatedRows() {
        device.matmulPrecision(MatmulPrecision.STRICT);
    }

    private void assertSame(Shape shape, UnaryOperator<Tensor> operation) {
        float[] values = new float[Math.toIntExact(shape.numel())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        Tensor x = Tensor.tensor(values).reshape(shape.toArray());
        float[] expected = operation.apply(x).to(DType.FLOAT32).toFloatArray();
        assertArrayEquals(
                expected, operation.apply(x.to(device)).to(DType.FLOAT32).toFloatArray());
    }

    @Test
    void elements() {
        assertSame(Shape.of(100, 100), x -> x.mul(2).relu());
        assertSame(Shape.of(100, 100), x -> x.t().mul(2));
    }

    @Test
    void reductionsByRows() {
        assertSame(Shape.of(101, 30), x -> x.sum(1));
        assertSame(Shape.of(101, 30), x -> x.argmax(1));
        assertSame(Shape.of(3, 40_000), x -> x.sum(1));
        assertSame(Shape.of(3, 40_000), x -> x.argmax(1));
        assertSame(Shape.of(90_001), Tensor::sum);
    }

    @Test
    void reductionsByColumns() {
        assertSame(Shape.of(30, 1001), x -> x.sum(0));
        assertSame(Shape.of(5000, 300), x -> x.argmax(0));
    }

    @Test
    void kernelsAlongRows() {
        assertSame(Shape.of(101, 10), x -> x.softmax(1));
        assertSame(Shape.of(101, 300), x -> x.softmax(1));
        assertSame(Shape.of(11, 4000), x -> x.logSoftmax(1));
    }

    /** Groups of 128 work items and of 1024, for rows of a block and an element up to 25 blocks. */
    @Test
    void kernelsAlongLongRows() {
        for (Shape shape : new Shape[] {Shape.of(7, 4097), Shape.of(5, 5000), Shape.of(3, 100_000)}) {
            assertSame(shape, x -> x.softmax(1));
            assertSame(shape, x -> x.logSoftmax(1));
            assertSame(shape, x -> Normalization.layerNorm(x, new long[] {x.size(1)}, null, null, 1e-5));
            assertSame(shape, EmulatedRows::gradients);
        }
    }

    /** The gradients of softmax, logSoftmax and layer normalisation, added up. */
    private static Tensor gradients(Tensor x) {
        Tensor leaf = x.detach().clone().requiresGrad(true);
        Tensor weight = x.mul(3).sin();
        leaf.softmax(1).mul(weight).sum().backward();
        leaf.logSoftmax(1).mul(weight).sum().backward();
        Normalization.layerNorm(leaf, new long[] {x.size(1)}, null, null, 1e-5)
                .mul(weight)
                .sum()
                .backward();
        return leaf.grad();
    }

    @Test
    void sorts() {
        assertSame(Shape.of(50, 30), x -> x.sort(1, true).values());
        assertSame(Shape.of(3, 5000), x -> x.mul(9).floor().argsort(0, false));
        assertSame(Shape.of(2, 5000), x -> x.mul(9).to(DType.INT64).argsort(1, false));
        assertSame(Shape.of(3, 5000), x -> x.topk(7).values());
    }

    @Test
    void products() {
        assertSame(Shape.of(12, 10, 10), x -> x.matmul(x));
        assertSame(Shape.of(300, 300), x -> x.matmul(x));
        assertSame(Shape.of(13, 50, 50), x -> x.matmul(x));
    }

    @Test
    void rowsByIndex() {
        assertSame(Shape.of(64, 64), x -> {
            Tensor index = x.argmax(0, true).expand(64, 64).contiguous();
            return x.gather(0, index)
                    .add(Tensor.zeros(x.shape(), DType.FLOAT32, x.device()).scatterAdd(0, index, x));
        });
    }
}
