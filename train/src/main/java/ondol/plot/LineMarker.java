package ondol.plot;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.style.markers.Marker;

/**
 * Draws lines as matplotlib does: each as one path. XChart itself draws each segment alone, which starts the dashes anew at
 * every point and darkens the joints of a transparent line. But it tells a marker where a point is in the picture. So the
 * series given to XChart has two points, the corners of what the lines fill, and its marker draws the lines between them.
 *
 * <p>A marker serves one series of one picture: after the corners it is asked for the legend, and draws a sample there.
 */
final class LineMarker extends Marker {
    private final float[] x;
    private final float[] y;
    private final int lines;
    private final double[] corners;
    private final @Nullable BasicStroke stroke;
    private final boolean dots;
    private double firstX;
    private double firstY;
    private int calls;

    /**
     * A marker.
     *
     * @param x [n]
     * @param y [n, lines]
     * @param corners x and y of the one corner, x and y of the opposite one
     * @param stroke of the lines; null for none
     * @param dots whether each point gets a dot
     */
    LineMarker(float[] x, float[] y, double[] corners, @Nullable BasicStroke stroke, boolean dots) {
        this.x = x;
        this.y = y;
        this.lines = y.length / x.length;
        this.corners = corners;
        this.stroke = stroke;
        this.dots = dots;
    }

    @Override
    public void paint(Graphics2D g, double atX, double atY, int size) {
        switch (calls++) {
            case 0 -> {
                firstX = atX;
                firstY = atY;
            }
            case 1 -> paintLines(g, atX, atY, size);
            default -> paintSample(g, atX, atY, size);
        }
    }

    private void paintLines(Graphics2D g, double secondX, double secondY, int size) {
        double scaleX = scale(firstX, secondX, corners[0], corners[2]);
        double scaleY = scale(firstY, secondY, corners[1], corners[3]);
        for (int line = 0; line < lines; line++) {
            Path2D path = new Path2D.Double(Path2D.WIND_NON_ZERO, x.length);
            for (int i = 0; i < x.length; i++) {
                double atX = firstX + (x[i] - corners[0]) * scaleX;
                double atY = firstY + (y[i * lines + line] - corners[1]) * scaleY;
                if (i == 0) {
                    path.moveTo(atX, atY);
                } else {
                    path.lineTo(atX, atY);
                }
                if (dots) {
                    paintDot(g, atX, atY, size);
                }
            }
            if (stroke != null) {
                g.setStroke(stroke);
                g.draw(path);
            }
        }
    }

    private static double scale(double from, double to, double least, double most) {
        return most > least ? (to - from) / (most - least) : 0;
    }

    private void paintSample(Graphics2D g, double atX, double atY, int size) {
        if (stroke != null) {
            g.setStroke(stroke);
            g.draw(new Line2D.Double(atX - 1.4 * size, atY, atX + 1.4 * size, atY));
        }
        if (dots) {
            paintDot(g, atX, atY, size);
        }
    }

    private static void paintDot(Graphics2D g, double atX, double atY, int size) {
        g.fill(new Ellipse2D.Double(atX - size / 2.0, atY - size / 2.0, size, size));
    }
}
