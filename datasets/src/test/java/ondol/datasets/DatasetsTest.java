package ondol.datasets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import ondol.DType;
import ondol.Shape;
import ondol.data.Table;
import ondol.data.TableEncoder;
import ondol.data.TensorDataset;
import org.junit.jupiter.api.Test;

/** The data sets that come along. */
class DatasetsTest {
    @Test
    void digits() {
        TensorDataset digits = Datasets.digits();
        assertEquals(Shape.of(1797, 1, 8, 8), digits.inputs().shape());
        assertEquals(DType.FLOAT32, digits.inputs().dtype());
        assertEquals(Shape.of(1797), digits.targets().shape());
        assertEquals(DType.INT64, digits.targets().dtype());
        int[] first = {
            0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8, 8, 0, 0,
            5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13, 10, 0, 0, 0
        };
        float[] expected = new float[first.length];
        for (int i = 0; i < first.length; i++) {
            expected[i] = first[i] / 16f;
        }
        assertArrayEquals(expected, digits.get(0).input().toFloatArray());
        assertEquals(0, digits.inputs().min().item());
        assertEquals(1, digits.inputs().max().item());
        int[] counts = new int[10];
        for (long label : digits.targets().toLongArray()) {
            counts[(int) label]++;
        }
        assertArrayEquals(new int[] {178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts);
    }

    @Test
    void digitsAsTable() {
        Table table = Datasets.digitsTable();
        assertEquals(1797, table.rows());
        assertEquals(65, table.names().size());
        assertEquals("13", table.text("pixel_0_3", 0));
        assertEquals("15", table.text("pixel_1_3", 0));
        assertEquals("0", table.text("digit", 0));
        assertEquals(TableEncoder.Task.CLASSIFY, TableEncoder.guess(table, "digit"));
        assertEquals(
                10,
                TableEncoder.fit(table, "digit", TableEncoder.Task.CLASSIFY)
                        .classes()
                        .size());
    }

    @Test
    void penguins() {
        Table penguins = Datasets.penguins();
        assertEquals(344, penguins.rows());
        assertEquals(
                List.of(
                        "Species",
                        "Island",
                        "Beak Length (mm)",
                        "Beak Depth (mm)",
                        "Flipper Length (mm)",
                        "Body Mass (g)",
                        "Sex"),
                penguins.names());
        assertEquals(List.of("Adelie", "Chinstrap", "Gentoo"), penguins.values("Species"));
        assertEquals(List.of(".", "FEMALE", "MALE"), penguins.values("Sex"));
        assertEquals(10, penguins.missing("Sex"));
        assertEquals(2, penguins.missing("Body Mass (g)"));
        assertNull(penguins.text("Body Mass (g)", 3));
        assertEquals(3750, penguins.numbers("Body Mass (g)")[0]);
    }

    @Test
    void seattleWeather() {
        Table weather = Datasets.seattleWeather();
        assertEquals(1461, weather.rows());
        assertEquals(List.of("date", "precipitation", "temp_max", "temp_min", "wind", "weather"), weather.names());
        assertEquals("2012-01-01", weather.text("date", 0));
        assertEquals("2015-12-31", weather.text("date", 1460));
        assertEquals(List.of("drizzle", "fog", "rain", "snow", "sun"), weather.values("weather"));
        assertEquals(-2.1, weather.numbers("temp_min")[1460]);
    }

    @Test
    void licencesAreBesideTheFiles() {
        assertNotNull(Datasets.class.getResource("README.md"));
    }
}
