package ondol.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The Java that the guide shows is the example's. */
final class GuideTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```text\n(.*?)^```$");

    private static String withoutIndents(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }

    @Test
    void blocksAreOfTheExample() throws IOException {
        String example = withoutIndents(
                Files.readString(Path.of("../examples/spark/src/main/java/com/example/DigitsOnSpark.java")));
        Matcher blocks = BLOCK.matcher(Files.readString(Path.of("../docs/markdown/spark.md")));
        int found = 0;
        while (blocks.find()) {
            String block = withoutIndents(blocks.group(1));
            if (block.contains(";")) { // what it prints has none
                assertTrue(example.contains(block), block);
                found++;
            }
        }
        assertEquals(3, found);
    }
}
