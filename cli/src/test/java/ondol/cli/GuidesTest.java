package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the guides show is what happens. The Java blocks of a guide are one program, in this order; so are the Java columns of its tables
 * from Python to Java. What a block prints is what is shown right after it, or nothing.
 */
final class GuidesTest {
    private static final Path GUIDES = Markdown.ROOT.resolve("docs/markdown");

    /** What programs print after each block. */
    private static final String END = "== end of block ==";

    private static final String TABLE = "| PyTorch | Ondol |";
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `[^\n]*` \\| (.*) \\|$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^):#]+)[^):]*\\)");

    @TempDir
    private Path folder;

    static Stream<String> guides() throws IOException {
        try (Stream<Path> files = Files.list(GUIDES)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("guides")
    void programs(String guide) throws IOException, InterruptedException {
        Files.copy(Markdown.ROOT.resolve(Markdown.PENGUINS), folder.resolve("penguins.json"));
        Trainings.pictures(folder.resolve("pictures"));
        String text = Files.readString(GUIDES.resolve(guide));
        List<Markdown.Block> blocks = Markdown.blocks(text);
        Set<String> imports = new LinkedHashSet<>();
        List<String> code = new ArrayList<>();
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < blocks.size() - 1; i++) {
            Markdown.Block block = blocks.get(i);
            code.addAll(rows(text, block.before()));
            if (block.isJava()) {
                imports.addAll(block.imports().lines().toList());
                code.add(block.body());
                code.add("System.out.println(\"" + END + "\");");
                shown.add(Markdown.shownAfter(blocks, i, true));
            }
        }
        code.addAll(rows(text, blocks.getLast().before()));
        Path source = Files.writeString(
                folder.resolve("Guide.java"),
                String.join("\n", imports) + "\nvoid main() throws Exception {\n" + String.join("\n", code) + "\n}\n");
        String[] printed = Markdown.run(folder, List.of(source.toString())).split(END + "\n", -1);
        assertEquals(shown.size() + 1, printed.length, guide);
        for (int i = 0; i < shown.size(); i++) {
            Markdown.assertShown(guide, "block " + (i + 1), shown.get(i), printed[i]);
        }
        assertEquals("", printed[shown.size()], guide);
    }

    /** Statements of the Java columns. */
    private static List<String> rows(String guide, String part) {
        List<String> statements = new ArrayList<>();
        Matcher rows = ROW.matcher(part);
        while (guide.contains(TABLE) && rows.find()) {
            String cell = rows.group(1);
            assertTrue(cell.matches("`[^`]+`"), cell + " is not Java in backticks");
            String java = cell.substring(1, cell.length() - 1);
            statements.add(java.endsWith(";") ? java : "var _ = " + java + ";");
        }
        return statements;
    }

    /** What is there to be copied names the version that is built. */
    @Test
    void version() throws IOException {
        assertVersion("README.md", "<artifactId>ondol-bom</artifactId>\\s+<version>([^<]*)<");
        assertVersion("bom/pom.xml", "<artifactId>ondol-bom</artifactId>\\s+<version>([^<]*)<");
        assertVersion("examples/starter/pom.xml", "<ondol.version>([^<]*)<");
        assertVersion("docs/markdown/your-own-project.md", "io\\.github\\.ondol:ondol-bom:([0-9.]+(-SNAPSHOT)?)");
    }

    private static void assertVersion(String file, String pattern) throws IOException {
        List<String> versions = Pattern.compile(pattern)
                .matcher(Files.readString(Markdown.ROOT.resolve(file)))
                .results()
                .map(found -> found.group(1))
                .distinct()
                .toList();
        assertEquals(List.of(Version.ofOndol()), versions, file);
    }

    /** Each guide is in the menu, and each link of theirs and of README.md leads to a file. */
    @Test
    void links() throws IOException {
        String menu = Files.readString(Markdown.ROOT.resolve("docs/site.xml"));
        for (String guide : guides().toList()) {
            assertTrue(menu.contains("href=\"" + guide.replace(".md", ".html") + "\""), guide);
            assertLinks(GUIDES.resolve(guide));
        }
        assertLinks(Markdown.ROOT.resolve("README.md"));
    }

    private static void assertLinks(Path file) throws IOException {
        Matcher links = LINK.matcher(Files.readString(file));
        while (links.find()) {
            String to = links.group(1);
            boolean isJavadoc = to.startsWith("apidocs/"); // which is made with the site
            assertTrue(isJavadoc || Files.exists(file.resolveSibling(to)), file + ": " + to);
        }
    }
}
