package ondol.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import ondol.cli.Measurements.Time;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws measurements: bars for each engine, panels one below the other. */
final class BenchPicture {
    private static final int WIDTH = 1600;
    private static final int HEIGHT = 520;

    private final Measurements measurements;
    private final List<String> engines;
    private final int threads;

    BenchPicture(Measurements measurements, List<String> engines, int threads) {
        this.measurements = measurements;
        this.engines = engines;
        this.threads = threads;
    }

    /** Writes the picture as PNG. */
    void write(Path file) throws IOException {
        List<BufferedImage> panels = new ArrayList<>();
        String with = " on " + BenchTable.threads(threads);
        panel(panels, "Matrix products" + with, "GFLOP/s", false, BenchRow::isMatMul);
        String time = "microseconds";
        panel(
                panels,
                "One operation on each element" + with,
                time,
                true,
                row -> row.benchmark().equals("Pointwise"));
        panel(
                panels,
                "Sums and softmax" + with,
                time,
                true,
                row -> row.benchmark().equals("Reductions"));
        panel(
                panels,
                "Adam, and the lecture's training steps" + with,
                time,
                true,
                row -> row.benchmark().equals("AdamUpdate") || row.benchmark().equals("LectureStep"));
        if (panels.isEmpty()) {
            return;
        }
        BufferedImage all = new BufferedImage(WIDTH, HEIGHT * panels.size(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        for (int i = 0; i < panels.size(); i++) {
            g.drawImage(panels.get(i), 0, i * HEIGHT, null);
        }
        g.dispose();
        ImageIO.write(all, "png", file.toFile());
    }

    private void panel(
            List<BufferedImage> panels, String title, String unit, boolean isTime, Predicate<BenchRow> which) {
        List<BenchRow> rows = measurements.rows().stream()
                .filter(which)
                .filter(row -> engines.stream().anyMatch(engine -> time(row, engine) != null))
                .toList();
        if (rows.isEmpty()) {
            return;
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(unit)
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        chart.getStyler().setYAxisLogarithmic(isTime);
        chart.getStyler().setXAxisLabelRotation(90);
        chart.getStyler().setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        chart.getStyler().setAvailableSpaceFill(0.8);
        List<String> labels = rows.stream().map(BenchPicture::shortLabel).toList();
        double least = Double.MAX_VALUE;
        for (String engine : engines) {
            List<@Nullable Double> values = new ArrayList<>();
            for (BenchRow row : rows) {
                Double value = value(row, engine, isTime);
                values.add(value);
                least = value == null ? least : Math.min(least, value);
            }
            if (values.stream().anyMatch(value -> value != null)) {
                chart.addSeries(engine, labels, values);
            }
        }
        if (isTime) {
            // A bar on a logarithmic axis begins somewhere: at the power of ten below the least time.
            chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
        }
        panels.add(BitmapEncoder.getBufferedImage(chart));
    }

    private static String shortLabel(BenchRow row) {
        return row.label().replaceFirst("^matmul ", "").replaceFirst("^step, \\d+ points, ", "");
    }

    private @Nullable Double value(BenchRow row, String engine, boolean isTime) {
        Time time = time(row, engine);
        return time == null ? null : isTime ? time.microseconds() : row.operations() / time.microseconds() / 1e3;
    }

    private @Nullable Time time(BenchRow row, String engine) {
        return measurements.time(row, engine, threads);
    }
}
