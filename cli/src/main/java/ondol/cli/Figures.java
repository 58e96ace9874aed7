package ondol.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import ondol.plot.Plot;
import org.jspecify.annotations.Nullable;

/** Draws the notebook's figures as numbered PNG files. */
final class Figures {
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
            Plot.requireFonts();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + ", or use --no-figures", e);
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
     * @param java the Java that draws it
     * @param python the notebook's lines that draw it
     * @param drawing plots the lines
     */
    void draw(String name, String java, String python, Consumer<Plot> drawing) {
        if (folder != null) {
            save(folder, name, java, python, drawn(drawing));
        }
    }

    /** Draws a figure of two panels, side by side. */
    void draw(String name, String java, String python, Consumer<Plot> left, Consumer<Plot> right) {
        if (folder != null) {
            save(folder, name, java, python, Plot.row(drawn(left), drawn(right)));
        }
    }

    private static Plot drawn(Consumer<Plot> drawing) {
        Plot plot = new Plot();
        drawing.accept(plot);
        return plot;
    }

    private void save(Path into, String name, String java, String python, Plot plot) {
        drawn++;
        String file = String.format(Locale.ROOT, "Figure%02d-%s.png", drawn, name);
        plot.save(into.resolve(file));
        report.picture("Figure " + drawn + ", " + name.replace('-', ' '), java, python, file);
    }
}
