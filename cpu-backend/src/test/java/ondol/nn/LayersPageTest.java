package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** LAYERS.md names the classes that are there, and no class that is there as missing. */
final class LayersPageTest {
    private static final Pattern CLASS_NAME = Pattern.compile("`([A-Z]\\w*)`");

    private final String page = Files.readString(Path.of("..", "LAYERS.md"));

    LayersPageTest() throws IOException {}

    @Test
    void whatIsThere() throws Exception {
        String there = page.substring(page.indexOf("## There"), page.indexOf("## Not there"));
        assertEquals(publicClasses(), names(there.lines()));
    }

    @Test
    void whatIsNotThere() throws Exception {
        Stream<String> firstCells = page.substring(page.indexOf("## Not there"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.indexOf('|', 1)));
        Set<String> both = names(firstCells);
        both.retainAll(publicClasses());
        assertEquals(Set.of(), both);
    }

    private static Set<String> names(Stream<String> lines) {
        return lines.flatMap(line -> CLASS_NAME.matcher(line).results())
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> publicClasses() throws IOException, ClassNotFoundException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("..", "core", "src", "main", "java", "ondol", "nn"))) {
            for (String file : files.map(f -> f.getFileName().toString()).toList()) {
                String name = file.replace(".java", "");
                if (!name.equals("package-info")
                        && Modifier.isPublic(Class.forName("ondol.nn." + name).getModifiers())) {
                    names.add(name);
                }
            }
        }
        return names;
    }
}
