package ondol.train;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Pictures of a history: losses in one, what is between 0 and 1 in the next, each other score in one of its own. */
final class Curves {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 320;

    private Curves() {}

    static List<BufferedImage> of(History history) {
        double[] epochs =
                history.epochs().stream().mapToDouble(History.Epoch::number).toArray();
        List<String> losses = new ArrayList<>();
        List<String> shares = new ArrayList<>();
        List<BufferedImage> pictures = new ArrayList<>();
        List<List<String>> others = new ArrayList<>();
        for (String name : history.names()) {
            if (name.equals("loss") || name.equals("val_loss")) {
                losses.add(name);
            } else if (between0And1(history.scores(name))) {
                shares.add(name);
            } else {
                others.add(List.of(name));
            }
        }
        others.addFirst(shares);
        others.addFirst(losses);
        for (List<String> names : others) {
            if (!names.isEmpty()) {
                pictures.add(picture(history, epochs, names));
            }
        }
        return pictures;
    }

    private static boolean between0And1(double... scores) {
        for (double score : scores) {
            if (score < 0 || score > 1) {
                return false;
            }
        }
        return true;
    }

    private static BufferedImage picture(History history, double[] epochs, List<String> names) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle("epoch")
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        Map<String, Color> colours = Map.of("loss", new Color(0x2f6db3), "val_loss", new Color(0xb3541e));
        for (String name : names) {
            var series = chart.addSeries(name, epochs, history.scores(name));
            series.setMarker(epochs.length > 1 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
            Color colour = colours.get(name);
            if (colour != null) {
                series.setLineColor(colour);
                series.setMarkerColor(colour);
            }
        }
        return BitmapEncoder.getBufferedImage(chart);
    }
}
