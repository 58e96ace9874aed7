package ondol.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.data.Table;
import ondol.data.TableEncoder;
import ondol.data.TensorDataset;
import org.jspecify.annotations.Nullable;

/**
 * Small data sets that come along, for the first steps and for tests. Sources and licences are in {@code README.md} beside the
 * files, in {@code ondol/datasets} of the jar.
 */
public final class Datasets {
    /** The digits' height and width. */
    private static final int SIDE = 8;

    /** The digits' darkest pixel. */
    private static final float DARKEST = 16;

    private Datasets() {}

    /**
     * {@return 1,797 handwritten digits (Alpaydin, Kaynak 1998): images [1797, 1, 8, 8], FLOAT32 of 0 to 1, and labels
     * 0 to 9 [1797], INT64, on the CPU} The data of scikit-learn's {@code load_digits}, divided by 16.
     */
    public static TensorDataset digits() {
        Table table = read("digits.csv.gz");
        int rows = table.rows();
        float[] pixels = new float[rows * SIDE * SIDE];
        for (int c = 0; c < SIDE * SIDE; c++) {
            double[] column = table.numbers(Integer.toString(c));
            for (int r = 0; r < rows; r++) {
                pixels[r * SIDE * SIDE + c] = (float) column[r] / DARKEST;
            }
        }
        double[] column = table.numbers(Integer.toString(SIDE * SIDE));
        long[] labels = new long[rows];
        for (int r = 0; r < rows; r++) {
            labels[r] = (long) column[r];
        }
        return new TensorDataset(
                Tensor.tensor(pixels, Shape.of(rows, 1, SIDE, SIDE), Device.CPU),
                Tensor.tensor(labels, Shape.of(rows), Device.CPU));
    }

    /**
     * {@return the same digits as a table of 1,797 rows: {@code pixel_0_0} to {@code pixel_7_7}, whole numbers of 0 to
     * 16, row by row, and {@code digit}} For {@link TableEncoder}.
     */
    public static Table digitsTable() {
        List<String> names = new ArrayList<>();
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                names.add("pixel_" + y + "_" + x);
            }
        }
        names.add("digit");
        Table plain = read("digits.csv.gz");
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (int r = 0; r < plain.rows(); r++) {
            List<@Nullable String> row = new ArrayList<>();
            for (String column : plain.names()) {
                row.add(plain.text(column, r));
            }
            rows.add(row);
        }
        return Table.of(names, rows);
    }

    /**
     * {@return 344 penguins of Palmer Station, Antarctica: {@code Species} (Adelie, Chinstrap, Gentoo), {@code Island},
     * {@code Beak Length (mm)}, {@code Beak Depth (mm)}, {@code Flipper Length (mm)}, {@code Body Mass (g)}, {@code
     * Sex}} The sex of ten and the sizes of two are missing; one has "." as its sex, as in the source.
     */
    public static Table penguins() {
        return read("penguins.json");
    }

    /**
     * {@return the weather of Seattle on 1,461 days, 2012 to 2015: {@code date}, {@code precipitation} (mm), {@code
     * temp_max} and {@code temp_min} (degrees Celsius), {@code wind} (m/s), {@code weather} (drizzle, fog, rain, snow,
     * sun)}
     */
    public static Table seattleWeather() {
        return read("seattle-weather.csv");
    }

    private static Table read(String name) {
        InputStream in = Datasets.class.getResourceAsStream(name);
        if (in == null) {
            throw new IllegalStateException(
                    "Datasets: " + name + " is not in the jar beside this class; take the whole jar");
        }
        try {
            return Table.read(name, in);
        } catch (IOException e) {
            throw new UncheckedIOException("Datasets: " + e.getMessage(), e);
        }
    }
}
