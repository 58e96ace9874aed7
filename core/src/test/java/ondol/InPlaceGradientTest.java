package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changes in place that are recorded, through the tensor itself and through views of it. */
@ExtendWith(ReferenceDevice.class)
class InPlaceGradientTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    @Test
    void ofAComputedTensor() {
        Tensor x = leaf(1, 2, 3);
        Tensor other = leaf(4);
        Tensor y = x.mul(2.0);
        y.addInPlace(other).mulInPlace(3);
        assertEquals("MulBackward0", y.gradFn());
        y.sum().backward();
        assertArrayEquals(new float[] {18, 24, 30}, y.toFloatArray());
        assertArrayEquals(new float[] {6, 6, 6}, x.grad().toFloatArray());
        assertArrayEquals(new float[] {9}, other.grad().toFloatArray());
    }

    /** What is overwritten has no gradient any more. */
    @Test
    void ofAPart() {
        Tensor x = leaf(1, 2, 3, 4);
        Tensor other = leaf(10, 20);
        Tensor y = x.mul(2.0);
        y.slice(0, 1, 3).copyFrom(other);
        y.slice(0, 3, 4).zero();
        assertEquals("CopySlices", y.gradFn());
        y.mul(Tensor.tensor(1f, 2f, 3f, 4f)).sum().backward();
        assertArrayEquals(new float[] {2, 10, 20, 0}, y.toFloatArray());
        assertArrayEquals(new float[] {2, 0, 0, 0}, x.grad().toFloatArray());
        assertArrayEquals(new float[] {2, 3}, other.grad().toFloatArray());
    }

    /** A view taken before sees a change of the whole, gradient included. */
    @Test
    void seenThroughAView() {
        Tensor x = leaf(1, 2);
        Tensor y = x.clone();
        Tensor view = y.select(0, 1);
        y.mulInPlace(5);
        view.backward();
        assertEquals(10, view.item());
        assertArrayEquals(new float[] {0, 5}, x.grad().toFloatArray());
    }

    /** A plain tensor that something with a gradient is written into gets one. */
    @Test
    void ofABuffer() {
        Tensor x = leaf(7);
        Tensor buffer = Tensor.zeros(3);
        buffer.slice(0, 2, 3).copyFrom(x);
        assertTrue(buffer.requiresGrad());
        assertFalse(buffer.isLeaf());
        buffer.square().sum().backward();
        assertArrayEquals(new float[] {14}, x.grad().toFloatArray());
    }

    @Test
    void leavesAreChangedOnlyWithoutRecording() {
        Tensor x = leaf(1, 2);
        assertThrows(IllegalStateException.class, () -> x.fill(0));
        assertThrows(IllegalStateException.class, () -> x.select(0, 0).fill(0));
        Autograd.noGrad(() -> x.fill(3));
        assertArrayEquals(new float[] {3, 3}, x.toFloatArray());
        assertTrue(x.isLeaf());
    }

    /** What backward needs must not have changed. */
    @Test
    void savedValues() {
        Tensor x = leaf(1, 2);
        Tensor y = x.exp();
        Tensor z = y.sum();
        y.mulInPlace(2);
        assertThrows(IllegalStateException.class, z::backward);
    }
}
