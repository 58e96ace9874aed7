package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ondol.backend.Required;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.optim.Adam;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    /** Says in the page's own elements what a browser made of it. */
    private static final String PROBE = """
            <script>
            addEventListener('load', () => {
              const data = document.body.dataset;
              data.pictures = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
              data.fits = document.documentElement.scrollWidth <= innerWidth;
              data.text = getComputedStyle(document.body).color;
              data.page = getComputedStyle(document.body).backgroundColor;
              data.filter = getComputedStyle(document.images[0]).filter;
            });
            </script>
            </body>""";

    @TempDir
    private Path folder;

    /** The page after the first epoch of 30, and the last one. */
    private List<String> pages() throws IOException {
        Path file = folder.resolve("report.html");
        List<String> pages = new ArrayList<>();
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("data", "a/very/long/path/".repeat(10));
        settings.put("network", "one\n  two");
        Layer net = Points.net();
        new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.01))
                .metrics(matrix)
                .callback(new HtmlReport(file, "a < b & \"c\"" + "d".repeat(100))
                        .settings(settings)
                        .confusion(matrix, List.of("red", "green", "<blue>"))
                        .table("More", () -> List.of(List.of("name", "value"), List.of("x", "1"))))
                .callback(new Callback() {
                    @Override
                    public void epochEnds(Trainer trainer, History.Epoch epoch) {
                        if (epoch.number() == 1) {
                            pages.add(read(file));
                        }
                    }
                })
                .fit(Points.loader(16), Points.validation(), 30);
        pages.add(read(file));
        try (var left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
        return pages;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int count(String what, String text) {
        return text.split(Pattern.quote(what), -1).length - 1;
    }

    @Test
    void whatThePageSays() throws IOException {
        List<String> pages = pages();
        String first = pages.getFirst();
        String last = pages.getLast();
        assertTrue(first.contains("<meta http-equiv=\"refresh\" content=\"2\">"), first);
        assertTrue(first.contains("<p>1 epoch so far.</p>"), first);
        assertFalse(last.contains("refresh"), last);
        assertTrue(last.contains("<p>30 epochs.</p>"), last);
        for (String page : pages) {
            assertTrue(page.contains("<h1>a &lt; b &amp; &quot;c&quot;d"), page);
            assertTrue(page.contains("<th>&lt;blue&gt;</th>"), page);
            assertTrue(
                    page.contains("alt=\"loss, val_loss by epoch\"") && page.contains("alt=\"val_accuracy by epoch\""),
                    page);
            assertTrue(page.contains("<td>network</td><td>one\n  two</td>"), page);
            assertTrue(page.contains("<tr><td>x</td><td>1</td></tr>"), page);
        }
        int rows = count("<tr>", last.substring(last.indexOf("<h2>Epochs"), last.indexOf("<h2>Settings")));
        assertEquals(1 + 20, rows, "the last epochs");
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        assertThrows(
                IllegalArgumentException.class,
                () -> new HtmlReport(folder.resolve("x"), "x").confusion(matrix, List.of("one", "two")));
    }

    /** Scores that are not finite, or never there, are left out of the pictures. */
    @Test
    void scoresThatAreNotFinite() {
        History history = new History();
        for (int i = 1; i <= 40; i++) {
            Map<String, Double> scores = new LinkedHashMap<>();
            scores.put("loss", 1.0 / i);
            scores.put("val_loss", i == 2 ? Double.POSITIVE_INFINITY : 2.0 / i);
            scores.put("val_f1", i % 2 == 0 ? Double.NaN : 0.5);
            scores.put("val_r2", Double.NaN);
            scores.put("val_mae", 10.0 * i);
            history.add(new History.Epoch(i, 0.1, 1, scores));
            List<List<String>> names =
                    Curves.of(history).stream().map(Curves.Curve::names).toList();
            assertEquals(List.of(List.of("loss", "val_loss"), List.of("val_f1"), List.of("val_mae")), names);
        }
    }

    /** In a real browser, in a narrow window, light and dark. */
    @Test
    void inABrowser() throws IOException, InterruptedException {
        String browser = browser();
        if (Required.is("chromium")) {
            assertTrue(
                    browser != null, "chromium is not on the PATH; install it, or take it out of ONDOL_TEST_REQUIRE");
        }
        assumeTrue(browser != null, "chromium is not on the PATH");
        List<String> pages = pages();
        for (String page : pages) {
            String dark = shown(browser, page, true);
            String light = shown(browser, page, false);
            for (String shown : List.of(dark, light)) {
                assertEquals("2", data(shown, "pictures"), "pictures that could be read");
                assertEquals("true", data(shown, "fits"), "nothing is wider than the window");
                assertEquals(4, count("<table", shown));
                assertEquals(page.equals(pages.getFirst()) ? 1 : 0, count("http-equiv=\"refresh\"", shown));
                double contrast = contrast(data(shown, "text"), data(shown, "page"));
                assertTrue(contrast >= 7, "contrast " + contrast); // WCAG 2.2, 1.4.6
            }
            assertEquals("none", data(light, "filter"));
            assertTrue(data(dark, "filter").startsWith("invert(1)"), dark);
            assertTrue(luminance(data(dark, "page")) < 0.05 && luminance(data(light, "page")) > 0.9);
        }
    }

    private static @Nullable String browser() {
        for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
            for (String path : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                if (Files.isExecutable(Path.of(path, name))) {
                    return Path.of(path, name).toString();
                }
            }
        }
        return null;
    }

    /** The page as the browser has it after loading. */
    private String shown(String browser, String page, boolean dark) throws IOException, InterruptedException {
        Path file = folder.resolve("probe.html");
        Path dump = folder.resolve("dump.html");
        Files.writeString(file, page.replace("</body>", PROBE));
        Process process = new ProcessBuilder(
                        browser,
                        "--headless",
                        "--no-sandbox", // which it refuses to have for root
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
                        "--window-size=500,800", // the narrowest that there is
                        "--dump-dom",
                        file.toUri().toString())
                .redirectOutput(dump.toFile())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the browser does not end");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        return Files.readString(dump);
    }

    private static String data(String shown, String name) {
        Matcher m = Pattern.compile("<body[^>]* data-" + name + "=\"([^\"]*)\"").matcher(shown);
        assertTrue(m.find(), shown);
        return m.group(1);
    }

    private static double contrast(String a, String b) {
        double x = luminance(a);
        double y = luminance(b);
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    }

    /** The relative luminance of {@code rgb(1, 2, 3)}, as WCAG 2.2 defines it. */
    private static double luminance(String rgb) {
        String[] parts = rgb.replaceAll("[^0-9,]", "").split(",");
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            double c = Integer.parseInt(parts[i]) / 255.0;
            sum += weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}
