package ondol.train;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Pictures of a history: losses in one, what is between 0 and 1 in the next, each other score in one of its own. They are dark on
 * nothing, so that they fit a light page, and a dark one when their lightness is turned round.
 */
final class Curves {
    /** In pixels of a page; a picture has {@link #DENSITY} times as many. */
    static final int WIDTH = 720;

    private static final int HEIGHT = 300;
    private static final int DENSITY = 2;

    /** So many epochs have each its number below. */
    private static final int EACH_BELOW = 12;

    private static final Color NOTHING = new Color(255, 255, 255, 0);
    private static final Color TEXT = new Color(0x1d2127);
    private static final Color LINES = new Color(0xd8dce1);
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

    /** The first is for what is learnt from, the others are for what is not. */
    private static final Color[] COLOURS = {
        new Color(0x2f6db3), new Color(0xb3541e), new Color(0x2b7d4b), new Color(0x7a4fb5), new Color(0x8a6d00)
    };

    private Curves() {}

    /** A picture, and the names of its scores. */
    record Curve(List<String> names, BufferedImage picture) {}

    static List<Curve> of(History history) {
        List<String> losses = new ArrayList<>();
        List<String> shares = new ArrayList<>();
        List<List<String>> all = new ArrayList<>(List.of(losses, shares));
        for (String name : history.names()) {
            double[] scores = finite(history.scores(name));
            if (Arrays.stream(scores).allMatch(Double::isNaN)) {
                continue;
            }
            if (name.equals("loss") || name.equals("val_loss")) {
                losses.add(name);
            } else if (Arrays.stream(scores).noneMatch(score -> score < 0 || score > 1)) {
                shares.add(name);
            } else {
                all.add(List.of(name));
            }
        }
        List<Curve> curves = new ArrayList<>();
        for (List<String> names : all) {
            if (!names.isEmpty()) {
                curves.add(new Curve(names, picture(history, names)));
            }
        }
        return curves;
    }

    /** All pictures, one below the other, on white. */
    static BufferedImage page(History history) {
        List<Curve> curves = of(history);
        int height = DENSITY * HEIGHT;
        BufferedImage page =
                new BufferedImage(DENSITY * WIDTH, height * Math.max(1, curves.size()), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = page.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, page.getWidth(), page.getHeight());
        for (int i = 0; i < curves.size(); i++) {
            graphics.drawImage(curves.get(i).picture, 0, i * height, null);
        }
        graphics.dispose();
        return page;
    }

    /** Leaves out infinite values, which have no place in a picture. */
    private static double[] finite(double... scores) {
        return Arrays.stream(scores)
                .map(score -> Double.isFinite(score) ? score : Double.NaN)
                .toArray();
    }

    private static BufferedImage picture(History history, List<String> names) {
        double[] epochs =
                history.epochs().stream().mapToDouble(History.Epoch::number).toArray();
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle("epoch")
                .build();
        chart.getStyler()
                .setAxisTickLabelsFont(FONT)
                .setAxisTitleFont(FONT)
                .setAxisTickLabelsColor(TEXT)
                .setAxisTickMarksColor(LINES)
                .setPlotGridVerticalLinesVisible(false)
                .setPlotGridLinesColor(LINES)
                .setXAxisTickMarkSpacingHint(70)
                .setXAxisDecimalPattern("0")
                .setChartFontColor(TEXT)
                .setChartBackgroundColor(NOTHING)
                .setPlotBackgroundColor(NOTHING)
                .setPlotBorderVisible(false)
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendBackgroundColor(NOTHING)
                .setLegendBorderColor(NOTHING)
                .setLegendFont(FONT);
        if (epochs.length
                > EACH_BELOW) { // XChart numbers values at equal distances one by one, and others at round numbers
            chart.getStyler().setXAxisMin(epochs[0] - 0.5);
        }
        int more = 1;
        for (String name : names) {
            var series = chart.addSeries(name, epochs, finite(history.scores(name)));
            Color colour = COLOURS[name.equals("loss") ? 0 : more++ % COLOURS.length];
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setMarker(epochs.length > 1 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
        }
        BufferedImage picture = new BufferedImage(DENSITY * WIDTH, DENSITY * HEIGHT, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        chart.paint(graphics, WIDTH, HEIGHT);
        graphics.dispose();
        return picture;
    }
}
