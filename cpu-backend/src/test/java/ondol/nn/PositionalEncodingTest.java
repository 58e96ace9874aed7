package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

final class PositionalEncodingTest {
    @Test
    void sinesAndCosines() {
        PositionalEncoding encoding = new PositionalEncoding(5, 10, false);
        float[] y = encoding.forward(Tensor.ones(4, 5)).toFloatArray();
        for (int at = 0; at < 4; at++) {
            for (int i = 0; i < 5; i++) {
                double angle = at / Math.pow(10000, i / 2 * 2 / 5.0);
                assertEquals(1 + (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle)), y[at * 5 + i], 1e-6);
            }
        }
        assertEquals(Map.of(), encoding.stateDict());
    }

    @Test
    void theFormsOfTheInput() {
        Tensor one = new PositionalEncoding(4).forward(Tensor.zeros(3, 4));
        Tensor timeFirst = new PositionalEncoding(4).forward(Tensor.zeros(3, 2, 4));
        Tensor batchFirst = new PositionalEncoding(4, 3, true).forward(Tensor.zeros(2, 3, 4));
        assertArrayEquals(
                one.toFloatArray(), timeFirst.select(1, 1).contiguous().toFloatArray());
        assertArrayEquals(one.toFloatArray(), batchFirst.select(0, 1).toFloatArray());
    }

    @Test
    void badInput() {
        Exception e = assertThrows(
                IllegalArgumentException.class,
                () -> new PositionalEncoding(4, 2, false).forward(Tensor.ones(3, 1, 4)));
        assertEquals(
                "PositionalEncoding: the input has shape [3, 1, 4], 3 positions of 4 features; there may be up to 2 of"
                        + " 4",
                e.getMessage());
        assertEquals(
                "PositionalEncoding: maxLen is 0; sizes are 1 to 2147483647",
                assertThrows(IllegalArgumentException.class, () -> new PositionalEncoding(4, 0, false))
                        .getMessage());
    }
}
