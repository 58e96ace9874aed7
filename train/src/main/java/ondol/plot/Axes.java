package ondol.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import ondol.plot.Plot.Corner;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.theme.MatlabTheme;

/** One panel of a figure, with matplotlib's look and {@code plot}, drawn by XChart. */
final class Axes {
    /** Dots per inch: all sizes below are matplotlib's, in points, of which an inch has 72. */
    static final int DPI = 150;

    private static final float LINE_WIDTH = pixels(1.5);
    private static final BasicStroke SOLID = new BasicStroke(LINE_WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);
    private static final BasicStroke DASHED = new BasicStroke(
            LINE_WIDTH,
            BasicStroke.CAP_BUTT,
            BasicStroke.JOIN_ROUND,
            1,
            new float[] {3.7f * LINE_WIDTH, 1.6f * LINE_WIDTH},
            0);
    private static final BasicStroke THIN = new BasicStroke(pixels(0.8));

    private final XYChart chart;
    private final Range xRange = new Range();
    private final Range yRange = new Range();
    private int cycled;
    private int series;

    Axes(double widthInInches, double heightInInches) {
        chart = new XYChart((int) Math.round(widthInInches * DPI), (int) Math.round(heightInInches * DPI));
        XYStyler style = chart.getStyler();
        style.setTheme(new MatlabTheme());
        Font font = font(10);
        style.setBaseFont(font).setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE);
        style.setChartPadding(Math.round(pixels(6)))
                .setPlotBorderColor(Color.BLACK)
                .setPlotContentSize(1);
        style.setPlotGridLinesVisible(false).setPlotTicksMarksVisible(false);
        style.setAxisTitlesVisible(false).setPlotMargin(0);
        style.setAxisTitleFont(font);
        style.setAxisTickLabelsFont(font)
                .setAxisTickMarkLength(Math.round(pixels(3.5)))
                .setAxisTickMarksStroke(THIN)
                .setAxisTickMarksColor(Color.BLACK)
                .setAxisTicksMarksVisible(true)
                .setAxisTicksLineVisible(false)
                .setAxisTickPadding(Math.round(pixels(4.5)))
                .setYAxisLabelAlignment(TextAlignment.Right);
        style.setChartTitleFont(font.deriveFont(pixels(12)))
                .setChartTitleVisible(false)
                .setChartTitleBoxVisible(false)
                .setChartTitlePadding(Math.round(pixels(5)));
        style.setLegendVisible(false)
                .setLegendFont(font)
                .setLegendPadding(Math.round(pixels(4)))
                .setLegendSeriesLineLength(Math.round(pixels(20)))
                .setLegendBackgroundColor(new Color(255, 255, 255, 204))
                .setLegendBorderColor(new Color(204, 204, 204));
        style.setMarkerSize(Math.round(pixels(7))).setAntiAlias(true);
    }

    /** A font of so many points. */
    static Font font(int points) {
        return new Font("DejaVu Sans", Font.PLAIN, Math.round(pixels(points)));
    }

    private static float pixels(double points) {
        return (float) (points * DPI / 72);
    }

    /**
     * Draws lines.
     *
     * @param x n numbers
     * @param y [n, lines], row by row
     */
    Axes plot(float[] x, float[] y, Line line) {
        Range width = new Range(x);
        Range height = new Range(y);
        xRange.add(width);
        yRange.add(height);
        double[] corners = {width.least(), height.least(), width.most(), height.most()};
        String name = line.label() != null ? line.label() : "\0" + ++series;
        XYSeries shown =
                chart.addSeries(name, new double[] {corners[0], corners[2]}, new double[] {corners[1], corners[3]});
        shown.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter); // that is, markers; and the marker draws the lines
        Color color = line.color() != null ? line.color() : Line.cycle(cycled++);
        int alpha = (int) Math.round(line.alpha() * 255);
        shown.setMarkerColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), alpha));
        BasicStroke stroke = line.isDashed() ? DASHED : line.isSolid() ? SOLID : null;
        shown.setMarker(new LineMarker(x, y, corners, stroke, line.hasMarkers()));
        shown.setShowInLegend(line.label() != null);
        return this;
    }

    void title(String title) {
        chart.setTitle(title);
        chart.getStyler().setChartTitleVisible(true);
    }

    /** The labels along the axes. */
    void labels(@Nullable String ofX, @Nullable String ofY) {
        if (ofX != null || ofY != null) {
            chart.getStyler().setAxisTitlesVisible(true);
            chart.getStyler().setXAxisTitleVisible(ofX != null).setYAxisTitleVisible(ofY != null);
            chart.setXAxisTitle(ofX == null ? "" : ofX);
            chart.setYAxisTitle(ofY == null ? "" : ofY);
        }
    }

    /** Shows the labels of the lines. */
    void legend(Corner corner) {
        LegendPosition position = switch (corner) {
            case UPPER_LEFT -> LegendPosition.InsideNW;
            case UPPER_RIGHT -> LegendPosition.InsideNE;
            case LOWER_LEFT -> LegendPosition.InsideSW;
            case LOWER_RIGHT -> LegendPosition.InsideSE;
        };
        chart.getStyler().setLegendVisible(true).setLegendPosition(position);
    }

    /** The picture. An image can be asked for once. */
    BufferedImage image() {
        XYStyler style = chart.getStyler();
        style.setXAxisMin(xRange.low()).setXAxisMax(xRange.high());
        style.setYAxisMin(yRange.low()).setYAxisMax(yRange.high());
        style.setXAxisTickLabelsFormattingFunction(xRange::label).setYAxisTickLabelsFormattingFunction(yRange::label);
        // XChart takes a distance of ticks in pixels: this one makes it choose the range's own step. The axes leave
        // about
        // an eighth of the picture to the labels, and the choice is good for a fifth more or less.
        style.setXAxisTickMarkSpacingHint((int) (xRange.step() / xRange.span() * 0.87 * chart.getWidth()));
        style.setYAxisTickMarkSpacingHint((int) (yRange.step() / yRange.span() * 0.87 * chart.getHeight()));
        return BitmapEncoder.getBufferedImage(chart);
    }
}
