package ondol.cli;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Draws the notebook's figures as numbered PNG files. */
final class Figures {
    // The notebook's figure sizes, in inches.
    private static final double WIDTH = 4.5;
    private static final double HEIGHT = 3;

    private final @Nullable Path folder;
    private final Report report;
    private int drawn;

    /**
     * Draws into a folder.
     *
     * @param folder where to; null to draw nothing
     * @throws IllegalStateException if this Java cannot draw text
     */
    Figures(@Nullable Path folder, Report report) {
        this.folder = folder;
        this.report = report;
        if (folder != null) {
            checkFonts();
        }
    }

    private static void checkFonts() {
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 10).getStringBounds("0", new FontRenderContext(null, true, true));
        } catch (RuntimeException | LinkageError | InternalError e) {
            throw new IllegalStateException("figures need a font, and Java finds none (" + e.getMessage()
                    + "): install fontconfig and fonts-dejavu, or use --no-figures");
        }
    }

    /** How many figures there are so far. */
    int drawn() {
        return drawn;
    }

    /**
     * Draws a figure.
     *
     * @param name a part of the file's name
     * @param code the line that the notebook draws it with
     * @param drawing plots the lines
     */
    void draw(String name, String code, Consumer<Axes> drawing) {
        if (folder != null) {
            save(folder, name, code, image(drawing));
        }
    }

    /** Draws a figure of two panels, side by side. */
    void draw(String name, String code, Consumer<Axes> left, Consumer<Axes> right) {
        if (folder != null) {
            BufferedImage first = image(left);
            BufferedImage second = image(right);
            BufferedImage both = new BufferedImage(
                    first.getWidth() + second.getWidth(), first.getHeight(), BufferedImage.TYPE_INT_RGB);
            Graphics2D g = both.createGraphics();
            g.drawImage(first, 0, 0, null);
            g.drawImage(second, first.getWidth(), 0, null);
            g.dispose();
            save(folder, name, code, both);
        }
    }

    private static BufferedImage image(Consumer<Axes> drawing) {
        Axes axes = new Axes(WIDTH, HEIGHT);
        drawing.accept(axes);
        return axes.image();
    }

    private void save(Path into, String name, String code, BufferedImage image) {
        drawn++;
        String file = String.format(Locale.ROOT, "Figure%02d-%s.png", drawn, name);
        try {
            ImageIO.write(image, "png", into.resolve(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + into.resolve(file) + ": " + e.getMessage(), e);
        }
        report.picture("Figure " + drawn + ", " + name.replace('-', ' '), code, file);
    }
}
