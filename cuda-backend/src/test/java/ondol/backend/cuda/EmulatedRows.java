package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.MatmulPrecision;
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
