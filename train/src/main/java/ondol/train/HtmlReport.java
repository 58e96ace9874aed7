package ondol.train;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * A page that shows a training as it goes: its settings, curves of all scores, a table of the last epochs, and what else it is
 * given. It is one file, written anew after an epoch, at most once a second, and at the end; a browser that has it open shows
 * the newest.
 *
 * <pre>{@code trainer.callback(new HtmlReport(Path.of("report.html"), "Digits").settings(Map.of("lr", "0.001"))) }</pre>
 */
public final class HtmlReport implements Callback {
    /** A table of more would be no longer looked at. */
    private static final int MOST_CLASSES = 50;

    private static final long BETWEEN = 1_000_000_000L;

    private static final String STYLE = """
            :root { color-scheme: light dark; --text: #1d2127; --quiet: #5c6570; --page: #fff; --edge: #d8dce1; --mark: 179, 84, 30; }
            @media (prefers-color-scheme: dark) {
              :root { --text: #e4e6e9; --quiet: #9aa4b0; --page: #16181c; --edge: #363c45; --mark: 240, 160, 107; }
            }
            body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--text); background: var(--page);
              font: 1rem/1.5 system-ui, sans-serif; }
            h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
            h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
            p { color: var(--quiet); }
            h1, .text td { overflow-wrap: anywhere; }
            img { display: block; min-width: 30rem; max-width: 100%; height: auto; }
            @media (prefers-color-scheme: dark) { img { filter: invert(1) hue-rotate(180deg); } }
            .wide { overflow-x: auto; margin-bottom: 1rem; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
            th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--edge); white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; }
            .text td { text-align: left; vertical-align: top; white-space: pre-wrap; }
            .text td:first-child { white-space: nowrap; }
            """;

    private final Path file;
    private final String title;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<String, Supplier<List<List<String>>>> tables = new LinkedHashMap<>();
    private long written;
    private @Nullable ConfusionMatrix confusion;
    private List<String> classes = List.of();

    /**
     * A page of that title.
     *
     * @param file the page, which is overwritten
     * @param title its heading
     */
    public HtmlReport(Path file, String title) {
        this.file = Objects.requireNonNull(file, "HtmlReport: the file is null; give one");
        this.title = Objects.requireNonNull(title, "HtmlReport: the title is null; give one");
    }

    /**
     * Adds lines to the settings at its top.
     *
     * @param more settings by name
     * @return this report
     */
    public HtmlReport settings(Map<String, String> more) {
        settings.putAll(more);
        return this;
    }

    /**
     * Shows which classes were taken for which; the matrix is one of the trainer's metrics.
     *
     * @param matrix one of the trainer's metrics
     * @param names the classes' names, in order
     * @return this report
     * @throws IllegalArgumentException if there are more or fewer names than classes
     */
    public HtmlReport confusion(ConfusionMatrix matrix, List<String> names) {
        if (names.size() != matrix.classes()) {
            throw new IllegalArgumentException(
                    "HtmlReport.confusion: " + names.size() + " names for " + matrix.classes() + " classes");
        }
        confusion = matrix;
        classes = List.copyOf(names);
        return this;
    }

    /**
     * Adds a table, asked for whenever the page is written; its first row is the head.
     *
     * @param heading the table's heading
     * @param rows gives the rows, the head first
     * @return this report
     */
    public HtmlReport table(String heading, Supplier<List<List<String>>> rows) {
        tables.put(heading, Objects.requireNonNull(rows, "HtmlReport.table: the rows are null; give some"));
        return this;
    }

    @Override
    public void epochEnds(Trainer trainer, History.Epoch epoch) {
        if (System.nanoTime() - written >= BETWEEN || written == 0) {
            write(trainer, false);
            written = System.nanoTime();
        }
    }

    @Override
    public void fitEnds(Trainer trainer) {
        write(trainer, true);
    }

    private void write(Trainer trainer, boolean ended) {
        try {
            Path beside = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(beside, page(trainer, ended));
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("HtmlReport: " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private String page(Trainer trainer, boolean ended) throws IOException {
        History history = trainer.history();
        StringBuilder html = new StringBuilder("""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                %s<title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                <h1>%s</h1>
                """.formatted(
                ended ? "" : "<meta http-equiv=\"refresh\" content=\"2\">\n", escape(title), STYLE, escape(title)));
        int epochs = history.epochs().size();
        html.append("<p>")
                .append(epochs == 1 ? "1 epoch" : epochs + " epochs")
                .append(ended ? "." : " so far.")
                .append(
                        trainer.bestEpoch() > 0
                                ? " The best was epoch " + trainer.bestEpoch()
                                        + (ended ? ", whose weights these are." : ".")
                                : "")
                .append("</p>\n");
        if (epochs > 0) {
            html.append("<h2>Curves</h2>\n");
            for (Curves.Curve curve : Curves.of(history)) {
                html.append("<div class=\"wide\"><img width=\"")
                        .append(Curves.WIDTH)
                        .append("\" alt=\"")
                        .append(escape(String.join(", ", curve.names())))
                        .append(" by epoch\" src=\"data:image/png;base64,")
                        .append(png(curve.picture()))
                        .append("\"></div>\n");
            }
        }
        if (confusion != null && epochs > 0 && classes.size() <= MOST_CLASSES) {
            html.append(
                            "<h2>What was taken for what</h2>\n<p>Rows: what the samples are. Columns: what they were taken for.</p>\n")
                    .append(confusion(confusion));
        }
        tables.forEach((heading, rows) ->
                html.append("<h2>").append(escape(heading)).append("</h2>\n").append(rows(rows.get())));
        html.append("<h2>Epochs</h2>\n").append(rows(epochs(history)));
        if (!settings.isEmpty()) {
            html.append("<h2>Settings</h2>\n<table class=\"text\">\n");
            settings.forEach((name, value) -> html.append("<tr><td>")
                    .append(escape(name))
                    .append("</td><td>")
                    .append(escape(value))
                    .append("</td></tr>\n"));
            html.append("</table>\n");
        }
        return html.append("</body>\n</html>\n").toString();
    }

    private static String png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    /** The last 20 epochs, the newest first. */
    private static List<List<String>> epochs(History history) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("epoch", "lr", "seconds"));
        head.addAll(history.names());
        rows.add(head);
        List<History.Epoch> all = history.epochs();
        for (History.Epoch e :
                all.subList(Math.max(0, all.size() - 20), all.size()).reversed()) {
            List<String> row = new ArrayList<>();
            row.add(Integer.toString(e.number()));
            row.add(String.format(Locale.ROOT, "%.3g", e.lr()));
            row.add(String.format(Locale.ROOT, "%.2f", e.seconds()));
            for (String name : history.names()) {
                Double score = e.scores().get(name);
                row.add(score == null ? "" : String.format(Locale.ROOT, "%.4f", score));
            }
            rows.add(row);
        }
        return rows;
    }

    /** The greater a cell's share of its row, the stronger its colour; a single sample is seen too. */
    private String confusion(ConfusionMatrix matrix) {
        StringBuilder html = new StringBuilder("<div class=\"wide\"><table>\n<tr><th></th>");
        classes.forEach(name -> html.append("<th>").append(escape(name)).append("</th>"));
        html.append("<th>recall</th></tr>\n");
        for (int i = 0; i < classes.size(); i++) {
            html.append("<tr><td>").append(escape(classes.get(i))).append("</td>");
            long sum = 0;
            for (int j = 0; j < classes.size(); j++) {
                sum += matrix.count(i, j);
            }
            for (int j = 0; j < classes.size(); j++) {
                long count = matrix.count(i, j);
                html.append(String.format(
                        Locale.ROOT,
                        "<td style=\"background: rgba(var(--mark), %.2f)\">%s</td>",
                        count == 0 ? 0 : 0.15 + 0.45 * count / sum,
                        count == 0 ? "" : Long.toString(count)));
            }
            html.append(String.format(Locale.ROOT, "<td>%.3f</td></tr>%n", matrix.recall(i)));
        }
        return html.append("</table></div>\n").toString();
    }

    private static String rows(List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<div class=\"wide\"><table>\n");
        for (int r = 0; r < rows.size(); r++) {
            String cell = r == 0 ? "th" : "td";
            html.append("<tr>");
            for (String text : rows.get(r)) {
                html.append('<')
                        .append(cell)
                        .append('>')
                        .append(escape(text))
                        .append("</")
                        .append(cell)
                        .append('>');
            }
            html.append("</tr>\n");
        }
        return html.append("</table></div>\n").toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
