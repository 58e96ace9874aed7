package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DescriptionTest {
    @Test
    void floats() {
        assertEquals("""
                FLOAT32 [2, 2] on cpu, 16 bytes, strides [2, 1], contiguous
                4 elements from -1.00000 to 3.00000, mean 1.33333, std 2.08167, 1 NaN""", Ondol.describe(Tensor.tensor(new float[][] {{-1, 2}, {3, Float.NaN}})));
        assertEquals(
                """
                FLOAT32 [3] on cpu, 12 bytes, strides [2], offset 1, not contiguous
                3 elements from 0.00000 to 0.00000, mean 0.00000, std 0.00000, 1 zero, 2 infinite""",
                Ondol.describe(Tensor.tensor(9, 0, 9, Float.POSITIVE_INFINITY, 9, Float.NEGATIVE_INFINITY)
                        .view(3, 2)
                        .select(1, 1)));
        assertEquals(
                "FLOAT32 [] on cpu, 4 bytes, strides [], contiguous\n1 element, 1 NaN",
                Ondol.describe(Tensor.tensor(Float.NaN)));
    }

    @Test
    void othersAndNone() {
        assertEquals(
                "INT64 [3] on cpu, 24 bytes, strides [1], contiguous\n3 elements from -5 to 7, 1 zero",
                Ondol.describe(Tensor.tensor(-5L, 0L, 7L)));
        assertEquals(
                "BOOL [2] on cpu, 2 bytes, strides [1], contiguous\n2 elements, 1 of them true",
                Ondol.describe(Tensor.tensor(1f, 0f).eq(1)));
        assertEquals(
                "FLOAT32 [0, 2] on cpu, 0 bytes, strides [2, 1], contiguous\nno elements",
                Ondol.describe(Tensor.zeros(0, 2)));
        Tensor closed = Tensor.zeros(2);
        closed.close();
        assertEquals("FLOAT32 [2], closed", Ondol.describe(closed));
        assertThrows(NullPointerException.class, () -> Ondol.describe(null));
    }

    @Test
    void gradients() {
        Tensor leaf = Tensor.ones(1).requiresGrad(true);
        String layout = "FLOAT32 [1] on cpu, 4 bytes, strides [1], contiguous\n";
        String element = "\n1 element from 1.00000 to 1.00000, mean 1.00000, std 0.00000";
        assertEquals(layout + "a leaf that requires a gradient, has none yet" + element, Ondol.describe(leaf));
        Tensor result = leaf.mul(1);
        assertEquals(layout + "the result of MulBackward0" + element, Ondol.describe(result));
        result.backward();
        assertEquals(layout + "a leaf that requires a gradient, has one" + element, Ondol.describe(leaf));
    }
}
