package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import ondol.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the elements of a {@link Matrix} of a batch lie, and copies of them; {@link LeadingAxes} for rows of any view. */
class MatrixTest {
    /** Two batch axes, of which the second repeats its matrices: of 5 x 6 elements, the second of the others. */
    private static Matrix matrix(boolean transposed) {
        View view = Views.of(Views.random(90, 1), new long[] {3, 2, 5, 6}, 30, 0, 6, 1);
        Matrix matrix = new Matrix(view, transposed);
        matrix.moveTo(3);
        return matrix;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void placesAndParts(boolean transposed) {
        Matrix matrix = matrix(transposed);
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++) {
                assertEquals(30 + (transposed ? j * 6 + i : i * 6 + j), matrix.at(i, j));
            }
        }
        for (int rows = 1; rows <= 4; rows++) {
            for (int columns = 1; columns <= 4; columns++) {
                assertCopies(matrix, rows, columns);
            }
        }
    }

    /** Of the rows and columns from 1 on. */
    private static void assertCopies(Matrix matrix, int rows, int columns) {
        float[][] copies = new float[6][4];
        matrix.copyRows(1, rows, 1, columns, new int[0], copies, 1);
        float[] byRows = new float[40];
        matrix.packRows(1, rows, 1, columns, byRows, 7);
        float[] byColumns = new float[40];
        matrix.packColumns(1, rows, 1, columns, byColumns, 3, 7);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                float element = matrix.array[matrix.at(1 + i, 1 + j)];
                assertEquals(element, copies[1 + i][j]);
                assertEquals(element, byRows[i * 7 + j]);
                assertEquals(element, byColumns[3 + i * 7 + j]);
            }
        }
        float[] before = matrix.array.clone();
        Arrays.fill(before, 99);
        Matrix target = new Matrix(Views.of(before, new long[] {3, 5, 6}, 30, 1, 5), false);
        target.setRows(1, rows, 1, columns, byRows, 7);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                assertEquals(byRows[i * 7 + j], target.array[target.at(1 + i, 1 + j)]);
                target.array[target.at(1 + i, 1 + j)] = 99;
            }
        }
        assertArrayEquals(before, target.array);
    }

    /** Products of one row are read as an array. */
    @Test
    void axesOfOneElement() {
        Matrix row = new Matrix(Views.of(new float[12], new long[] {1, 4}, 99, 3), false);
        assertEquals(1, row.rowStride);
        assertEquals(3, row.columnStride);
    }

    @Test
    void rowsOfAnyView() {
        View view = Views.of(new long[60], new long[] {3, 4, 5}, 1, 15, 3);
        LeadingAxes axes = new LeadingAxes(view.shape());
        assertEquals(12, axes.count());
        for (int row = 0; row < 12; row++) {
            assertEquals(row / 4 + row % 4 * 15, axes.rowStart(view, row));
        }
        assertEquals(3, LeadingAxes.stride(view));
        assertSame(((CpuBuffer) view.buffer()).array, LeadingAxes.array(view));
        assertEquals(1, new LeadingAxes(new long[] {7}).count());
    }
}
