package ondol.plot;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.swing.ImageIcon;
import javax.swing.JFrame;
import javax.swing.JLabel;
import javax.swing.SwingUtilities;
import javax.swing.WindowConstants;
import ondol.DType;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A figure: lines and points in matplotlib's look, a picture, or several figures side by side. Tensors of any device and type are
 * read when they are given, without their gradient; what is changed later does not show.
 *
 * <pre>{@code
 * Plot.lines(x, y).title("y of x").save(Path.of("y.png"));
 * Plot.image(digits.select(0, 0)).show();
 * }</pre>
 */
public final class Plot {
    /** Where the legend is, inside the axes. */
    public enum Corner {
        /** At the top, on the left. */
        UPPER_LEFT,
        /** At the top, on the right. */
        UPPER_RIGHT,
        /** At the bottom, on the left. */
        LOWER_LEFT,
        /** At the bottom, on the right. */
        LOWER_RIGHT
    }

    private record Lines(float[] x, float[] y, Line line) {}

    private final List<Lines> lines = new ArrayList<>();
    private final @Nullable BufferedImage picture;
    private final List<Plot> panels;
    private double width = 4.5;
    private double height = 3;
    private @Nullable String title;
    private @Nullable String xLabel;
    private @Nullable String yLabel;
    private @Nullable Corner legend;

    /** A figure without lines yet, of 4.5 by 3 inches. */
    public Plot() {
        this(null, List.of());
    }

    private Plot(@Nullable BufferedImage picture, List<Plot> panels) {
        this.picture = picture;
        this.panels = panels;
    }

    /**
     * Lines, each of a colour of its own.
     *
     * @param x [n] or [n, 1]; without any {@code y}, what is drawn over 0 to n - 1
     * @param y each [n], or [n, k] for k lines
     * @return the figure
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Plot lines(Tensor x, Tensor... y) {
        return of("Plot.lines", Line.of("-"), x, y);
    }

    /**
     * Points, with arguments as those of {@link #lines}.
     *
     * @param x [n] or [n, 1]; without any {@code y}, what is drawn over 0 to n - 1
     * @param y each [n], or [n, k] for k points at each x, which look the same
     * @return the figure
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static Plot points(Tensor x, Tensor... y) {
        return of("Plot.points", Line.of("o"), x, y);
    }

    private static Plot of(String operation, Line line, Tensor x, Tensor... y) {
        Plot plot = new Plot();
        if (y.length == 0) {
            plot.add(operation, count(operation, x), x, line);
        }
        for (Tensor each : y) {
            plot.add(operation, x, each, line);
        }
        return plot;
    }

    private static Tensor count(String operation, Tensor y) {
        if (y.dim() == 0) {
            throw new IllegalArgumentException(operation + ": a single number is no line; give [n] or [n, k]");
        }
        return Tensor.arange(y.size(0));
    }

    /**
     * A picture, enlarged to about 3 inches where it is smaller, pixels as squares.
     *
     * @param pixels [h, w] or [1, h, w]: gray from the least value, black, to the greatest, white; or [3, h, w]: red, green
     *     and blue, of 0 to 1 as {@code Images.read} gives them, or of 0 to 255 if they are INT64. Values beyond are cut off, and
     *     NaN is black
     * @return the figure
     * @throws IllegalArgumentException for other shapes, or more than 10,000 rows or columns
     */
    public static Plot image(Tensor pixels) {
        return new Plot(Picture.of("Plot.image", pixels), List.of());
    }

    /**
     * Figures side by side.
     *
     * @param panels the figures, from left to right
     * @return a figure of all of them
     * @throws IllegalArgumentException if there are none
     */
    public static Plot row(Plot... panels) {
        if (panels.length == 0) {
            throw new IllegalArgumentException("Plot.row: there are no figures; give one or more");
        }
        return new Plot(null, List.of(panels));
    }

    /**
     * Adds solid lines; see {@link #plot(Tensor, Tensor, Line)}.
     *
     * @param x [n] or [n, 1]
     * @param y [n], or [n, k] for k lines
     * @return this figure
     * @throws IllegalArgumentException if the shapes do not fit
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot plot(Tensor x, Tensor y) {
        return plot(x, y, Line.of("-"));
    }

    /**
     * Adds lines as matplotlib's format says, such as {@code "o"} or {@code "--"}; see {@link Line#of}.
     *
     * @param x [n] or [n, 1]
     * @param y [n], or [n, k] for k lines
     * @param format {@code o}, {@code -}, {@code --}, {@code -o} or {@code --o}
     * @return this figure
     * @throws IllegalArgumentException for another format, or if the shapes do not fit
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot plot(Tensor x, Tensor y, String format) {
        return plot(x, y, Line.of(format));
    }

    /**
     * Adds lines.
     *
     * @param x [n] or [n, 1]
     * @param y [n], or [n, k] for k lines, which look the same
     * @param line how they look
     * @return this figure
     * @throws IllegalArgumentException if the shapes do not fit, or another line has this label
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot plot(Tensor x, Tensor y, Line line) {
        add("Plot.plot", x, y, line);
        return this;
    }

    private void add(String operation, Tensor x, Tensor y, Line line) {
        requireLines(operation);
        boolean column = x.dim() == 1 || x.dim() == 2 && x.size(1) == 1;
        if (!column || y.dim() < 1 || y.dim() > 2 || x.size(0) != y.size(0)) {
            throw new IllegalArgumentException(operation + ": x is " + x.shape() + " and y is " + y.shape()
                    + "; give x of [n] or [n, 1], and y of [n] or [n, k]");
        }
        if (y.numel() == 0) {
            throw new IllegalArgumentException(operation + ": y is " + y.shape() + ", which has no points");
        }
        String label = line.label();
        if (label != null && lines.stream().anyMatch(l -> label.equals(l.line.label()))) {
            throw new IllegalArgumentException(operation + ": there is a line with the label '" + label + "' already");
        }
        lines.add(new Lines(floats(x), floats(y), line));
    }

    static float[] floats(Tensor values) {
        return values.detach().to(DType.FLOAT32).toFloatArray();
    }

    private void requireLines(String operation) {
        if (picture != null || !panels.isEmpty()) {
            throw new IllegalStateException(operation + ": this is " + this + ", which has no axes; use new Plot()");
        }
    }

    /**
     * The title, above the figure. A row has none: its figures have.
     *
     * @param text one line of text
     * @return this figure
     * @throws IllegalStateException if this is a row
     */
    public Plot title(String text) {
        if (!panels.isEmpty()) {
            throw new IllegalStateException("Plot.title: a row has no title; give one to its figures");
        }
        title = text;
        return this;
    }

    /**
     * The label below the horizontal axis.
     *
     * @param text one line of text
     * @return this figure
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot xLabel(String text) {
        requireLines("Plot.xLabel");
        xLabel = text;
        return this;
    }

    /**
     * The label beside the vertical axis.
     *
     * @param text one line of text
     * @return this figure
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot yLabel(String text) {
        requireLines("Plot.yLabel");
        yLabel = text;
        return this;
    }

    /**
     * Shows the lines' labels.
     *
     * @param corner the corner in which the legend stands
     * @return this figure
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot legend(Corner corner) {
        requireLines("Plot.legend");
        legend = corner;
        return this;
    }

    /**
     * How large it is, in inches of 150 pixels.
     *
     * @param widthInInches the width, from 1 to 50 inches
     * @param heightInInches the height, from 1 to 50 inches
     * @return this figure
     * @throws IllegalArgumentException if it is less than 1 inch or more than 50
     * @throws IllegalStateException if this is a picture or a row
     */
    public Plot size(double widthInInches, double heightInInches) {
        requireLines("Plot.size");
        if (!(Math.min(widthInInches, heightInInches) >= 1 && Math.max(widthInInches, heightInInches) <= 50)) {
            throw new IllegalArgumentException(
                    "Plot.size: " + widthInInches + " by " + heightInInches + "; give 1 to 50 inches");
        }
        width = widthInInches;
        height = heightInInches;
        return this;
    }

    /**
     * Draws it.
     *
     * @return the pixels, at 150 for an inch
     * @throws IllegalStateException if this Java cannot draw text
     */
    public BufferedImage toImage() {
        if (!panels.isEmpty()) {
            return beside(panels.stream().map(Plot::toImage).toList());
        }
        if (picture != null) {
            return title == null ? picture : Picture.titled(picture, title);
        }
        requireFonts();
        Axes axes = new Axes(width, height);
        lines.forEach(l -> axes.plot(l.x, l.y, l.line));
        if (title != null) {
            axes.title(title);
        }
        axes.labels(xLabel, yLabel);
        if (legend != null) {
            axes.legend(legend);
        }
        return axes.image();
    }

    private static BufferedImage beside(List<BufferedImage> images) {
        int width = images.stream().mapToInt(BufferedImage::getWidth).sum();
        int height = images.stream().mapToInt(BufferedImage::getHeight).max().orElseThrow();
        BufferedImage all = Picture.white(width, height);
        Graphics2D g = all.createGraphics();
        int at = 0;
        for (BufferedImage image : images) {
            g.drawImage(image, at, 0, null);
            at += image.getWidth();
        }
        g.dispose();
        return all;
    }

    /** {@return the figure as a PNG file's bytes} */
    public byte[] toPng() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(toImage(), "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Writes a PNG file.
     *
     * @param png the file, which is overwritten
     * @throws UncheckedIOException if it cannot be written; the message has its name
     */
    public void save(Path png) {
        byte[] bytes = toPng();
        try {
            Files.write(png, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + png + ": " + e.getMessage(), e);
        }
    }

    /**
     * Shows it in a window.
     *
     * @throws IllegalStateException if there is no display
     */
    public void show() {
        if (GraphicsEnvironment.isHeadless()) {
            throw new IllegalStateException(
                    "Plot.show: there is no display; save(Path.of(\"plot.png\")) writes it to a file");
        }
        BufferedImage image = toImage();
        SwingUtilities.invokeLater(() -> {
            JFrame frame = new JFrame(title == null ? "Ondol" : title);
            frame.setDefaultCloseOperation(WindowConstants.DISPOSE_ON_CLOSE);
            frame.add(new JLabel(new ImageIcon(image)));
            frame.pack();
            frame.setVisible(true);
        });
    }

    /**
     * Fails where Java cannot draw text.
     *
     * @throws IllegalStateException which says what to install
     */
    public static void requireFonts() {
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 10).getStringBounds("0", new FontRenderContext(null, true, true));
        } catch (RuntimeException | LinkageError | InternalError e) {
            throw new IllegalStateException("figures need a font, and Java finds none (" + e.getMessage()
                    + "): install fontconfig and fonts-dejavu");
        }
    }

    /** The kind of figure. */
    @Override
    public String toString() {
        if (!panels.isEmpty()) {
            return "Plot.row"
                    + Arrays.toString(panels.toArray()).replace('[', '(').replace(']', ')');
        }
        return picture != null ? "Plot(picture)" : "Plot(" + lines.size() + (lines.size() == 1 ? " line)" : " lines)");
    }
}
