package ondol.cli;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.cli.Report.Cell;

/** The lecture as a notebook in Java, with what its cells gave, for the kernel of {@link KernelSpec}. */
final class LectureNotebook {
    private LectureNotebook() {}

    /** @param folder where the figures are */
    static String of(String title, String subtitle, List<Cell> cells, Path folder) throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        add(all, text("# " + title + "\n\n" + subtitle));
        int count = 0;
        for (Cell cell : cells) {
            switch (cell) {
                case Cell.Heading heading -> add(all, text((heading.isSection() ? "## " : "### ") + heading.title()));
                case Cell.Note note -> add(all, text(note.text()));
                case Cell.Code code -> add(all, code(++count, code.java(), List.of()));
                case Cell.Output output ->
                    add(all, code(++count, output.java(), List.of(result(count, "text/plain", output.javaText()))));
                case Cell.Picture picture -> {
                    byte[] png = Files.readAllBytes(folder.resolve(picture.file()));
                    String encoded = Base64.getEncoder().encodeToString(png);
                    add(all, code(++count, picture.java(), List.of(result(count, "image/png", encoded))));
                }
            }
        }
        Map<String, Object> notebook = new LinkedHashMap<>();
        notebook.put("cells", all);
        notebook.put(
                "metadata",
                Map.of(
                        "kernelspec",
                        Map.of("name", KernelSpec.NAME, "display_name", KernelSpec.DISPLAY_NAME, "language", "java"),
                        "language_info",
                        Map.of("name", "java")));
        notebook.put("nbformat", 4);
        notebook.put("nbformat_minor", 5);
        return new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(notebook) + "\n";
    }

    private static void add(List<Map<String, Object>> cells, Map<String, Object> cell) {
        cell.put("id", "cell-" + cells.size());
        cells.add(cell);
    }

    private static Map<String, Object> text(String markdown) {
        Map<String, Object> cell = new LinkedHashMap<>();
        cell.put("cell_type", "markdown");
        cell.put("metadata", Map.of());
        cell.put("source", markdown);
        return cell;
    }

    private static Map<String, Object> code(int count, String java, List<Map<String, Object>> outputs) {
        Map<String, Object> cell = new LinkedHashMap<>();
        cell.put("cell_type", "code");
        cell.put("metadata", Map.of());
        cell.put("execution_count", count);
        cell.put("source", java);
        cell.put("outputs", outputs);
        return cell;
    }

    private static Map<String, Object> result(int count, String type, String data) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("output_type", "execute_result");
        result.put("execution_count", count);
        result.put("metadata", Map.of());
        result.put("data", Map.of(type, data));
        return result;
    }
}
