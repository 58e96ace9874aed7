package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import ondol.Generator;
import ondol.Ondol;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Layers do what the tensors' methods of the same name do. */
final class LayerTest {
    private static final Tensor X = Tensor.randn(new Generator(4), 3, 4, 2);

    private static void assertSameBits(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toFloatArray(), actual.toFloatArray());
    }

    @Test
    void activations() {
        assertSameBits(X.relu(), new ReLU().forward(X));
        assertSameBits(X.leakyRelu(0.01), new LeakyReLU().forward(X));
        assertSameBits(X.leakyRelu(0.3), new LeakyReLU(0.3).forward(X));
        assertSameBits(X.elu(1), new ELU().forward(X));
        assertSameBits(X.elu(0.5), new ELU(0.5).forward(X));
        assertSameBits(X.sigmoid(), new Sigmoid().forward(X));
        assertSameBits(X.tanh(), new Tanh().forward(X));
        assertSameBits(X.gelu(), new GELU().forward(X));
        assertSameBits(X.silu(), new SiLU().forward(X));
        assertSameBits(X.softplus(), new Softplus().forward(X));
        assertSameBits(X.softplus(2.0), new Softplus(2).forward(X));
        assertSameBits(X.softmax(1), new Softmax(1).forward(X));
        assertSameBits(X.logSoftmax(-1), new LogSoftmax(-1).forward(X));
    }

    @Test
    void softplusRefuses() {
        for (double beta : new double[] {0, Double.NaN, Double.NEGATIVE_INFINITY}) {
            assertEquals(
                    "Softplus: beta is " + beta + "; give a finite number other than 0",
                    assertThrows(IllegalArgumentException.class, () -> new Softplus(beta))
                            .getMessage());
        }
    }

    @Test
    void flatten() {
        assertEquals(Shape.of(3, 8), new Flatten().forward(X).shape());
        assertEquals(Shape.of(12, 2), new Flatten(0, 1).forward(X).shape());
        assertEquals(Shape.of(3, 4, 2), new Flatten(-1, -1).forward(X).shape());
    }

    @Test
    void linearKeepsLeadingAxes() {
        Linear layer = new Linear(2, 5);
        Tensor expected = X.reshape(12, 2).matmul(layer.weight().t()).add(layer.bias());
        assertSameBits(expected.reshape(3, 4, 5), layer.forward(X));
        assertEquals(Shape.of(5), layer.forward(Tensor.ones(2)).shape());
        assertEquals(
                "linear: input [4, 3], weight [5, 2] (out, in): the input's last size must be the weight's second",
                assertThrows(IllegalArgumentException.class, () -> layer.forward(Tensor.ones(4, 3)))
                        .getMessage());
    }

    @Test
    void dropoutDrawsOneWordInTrainingOnly() {
        Generator own = new Generator(0);
        Dropout dropout = new Dropout(0.5, own);
        Generator raw = new Generator(0);
        assertSameBits(X.dropout(0.5, raw), dropout.forward(X));
        assertArrayEquals(raw.getState(), own.getState());
        assertSame(X, dropout.eval().forward(X));
        assertSame(X, new Identity().forward(X));
        for (double p : new double[] {0, 1}) {
            new Dropout(p, own).forward(X);
        }
        assertArrayEquals(raw.getState(), own.getState());

        Ondol.manualSeed(0);
        assertSameBits(X.dropout(0.5, new Generator(0)), new Dropout().forward(X));
    }

    @Test
    void activationsPassGradients() {
        for (Layer m : List.of(new ReLU(), new Softplus(3), new Softmax(0), new Dropout(0.2), new Flatten())) {
            Tensor x = X.clone().requiresGrad(true);
            m.forward(x).square().sum().backward();
            assertEquals(X.shape(), x.grad().shape());
        }
    }
}
