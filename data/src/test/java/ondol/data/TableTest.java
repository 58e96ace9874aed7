package ondol.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import ondol.Generator;
import ondol.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void csv() throws IOException {
        Table t = Table.read(
                file("a.csv", "\uFEFFname, size\r\n\"Smith, J.\",1.5\r\n\"two\nlines \"\"x\"\"\",NA\r\n,-3e2\r\n"));
        assertEquals(List.of("name", "size"), t.names());
        assertEquals(3, t.rows());
        assertEquals("Smith, J.", t.text("name", 0));
        assertEquals("two\nlines \"x\"", t.text("name", 1));
        assertNull(t.text("name", 2));
        assertEquals(1, t.missing("size"));
        assertTrue(t.isNumeric("size"));
        assertFalse(t.isNumeric("name"));
        assertArrayEquals(new double[] {1.5, Double.NaN, -300}, t.numbers("size"));
        assertEquals(List.of("Smith, J.", "two\nlines \"x\""), t.values("name"));
        Path copy = folder.resolve("copy.csv");
        t.write(copy);
        Table again = Table.read(copy);
        assertEquals(t.names(), again.names());
        assertEquals("two\nlines \"x\"", again.text("name", 1));
        assertNull(again.text("size", 1));
    }

    @Test
    void otherKindsOfFiles() throws IOException {
        Table plain = Table.read(file("b.csv", "1;2;3\n4;5;6\n"));
        assertEquals(List.of("0", "1", "2"), plain.names());
        assertEquals(2, plain.rows());
        assertEquals(
                List.of("a b", "c"), Table.read(file("c.tsv", "a b\tc\n1\t2\n")).names());
        Path packed = folder.resolve("d.csv.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write("x,y\n1,2\n".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("2", Table.read(packed).text("y", 0));
        assertEquals("2", Table.read("d.csv.gz", Files.newInputStream(packed)).text("y", 0));
        Table json = Table.read(file("e.json", "[{\"a\": 1, \"b\": \"x\"}, {\"b\": null, \"c\": true}]"));
        assertEquals(List.of("a", "b", "c"), json.names());
        assertEquals("1", json.text("a", 0));
        assertNull(json.text("b", 1));
        assertEquals("true", json.text("c", 1));
    }

    private void refused(String name, String text, String why) throws IOException {
        Path file = file(name, text);
        String message = assertThrows(IOException.class, () -> Table.read(file)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertTrue(message.contains(why), message);
    }

    @Test
    void brokenFiles() throws IOException {
        refused("a.csv", "", "the file is empty");
        refused("a.csv.gz", "a,b\n1,2\n", "cannot be unpacked: Not in GZIP format");
        refused("b.csv", "a,b\n1,2\n3\n", "line 3 has 1 values, the first line 2");
        refused("c.csv", "a,a\n1,2\n", "two columns called 'a'");
        refused("d.csv", "a,b\n\"1,2\n", "EOF");
        refused("e.json", "{}", "no array of objects");
        refused("f.json", "[1]", "something else than objects");
        refused("g.json", "[{\"a\": [1]}]", "neither a text nor a number");
        refused("h.json", "[{", "End of input");
        refused("i.csv.gz", "no gzip", "cannot be unpacked");
        Path latin = Files.write(folder.resolve("j.csv"), "a\n\u00e4\n".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(assertThrows(IOException.class, () -> Table.read(latin))
                .getMessage()
                .contains("not in UTF-8"));
    }

    private static Table animals() {
        return Table.of(
                List.of("kind", "weight", "born", "colour", "same"),
                List.of(
                        Arrays.asList("cat", "4", "2020-01-01", "black", "1"),
                        Arrays.asList("dog", "8", "2020-07-01", null, "1"),
                        Arrays.asList("cat", null, "2021-01-01", "white", "1"),
                        Arrays.asList("cow", "600", "2021-07-02", "white", "1")));
    }

    @Test
    void encodesClasses() {
        Table animals = animals();
        assertEquals(TableEncoder.Task.CLASSIFY, TableEncoder.guess(animals, "kind"));
        TableEncoder encoder = TableEncoder.fit(animals, "kind", TableEncoder.Task.CLASSIFY);
        assertEquals(List.of("cat", "cow", "dog"), encoder.classes());
        assertEquals(List.of("weight", "born", "colour"), encoder.columns());
        assertEquals(2 + 3 + 3, encoder.features());
        assertEquals(3, encoder.outputs());
        TensorDataset data = encoder.dataset(animals);
        assertArrayEquals(new long[] {0, 2, 0, 1}, data.targets().toLongArray());
        assertEquals(Shape.of(4, 8), data.inputs().shape());
        float[] x = data.inputs().toFloatArray();
        double z = (4 - 8) / (304.0 - 6);
        assertEquals(z / Math.sqrt(1 + z * z / 9), x[0], 1e-6);
        assertArrayEquals(new float[] {0, 1}, Arrays.copyOfRange(x, 16, 18)); // no weight
        assertArrayEquals(new float[] {0, 1}, Arrays.copyOfRange(x, 2, 4)); // the first day of a year
        assertArrayEquals(new float[] {1, 0, 0}, Arrays.copyOfRange(x, 5, 8));
        assertArrayEquals(new float[] {0, 0, 1}, Arrays.copyOfRange(x, 13, 16)); // no colour
        TableEncoder again = TableEncoder.fromJson(encoder.toJson());
        assertEquals(encoder, again);
        assertArrayEquals(x, again.inputs(animals.drop("kind", "same")).toFloatArray());
    }

    /** However far off, a number is never beyond 3, and greater ones are no smaller. */
    @Test
    void numbersThatAreFarOff() {
        Table table = Table.of(
                List.of("x", "y"),
                List.of(List.of("-1", "a"), List.of("1", "b"), List.of("-1", "a"), List.of("1", "b")));
        TableEncoder encoder = TableEncoder.fit(table, "y", TableEncoder.Task.CLASSIFY);
        Table far = Table.of(
                List.of("x"),
                List.of(List.of("0.1"), List.of("3"), List.of("50"), List.of("1e300"), List.of("-1e300")));
        assertArrayEquals(
                new float[] {0.05f, (float) (1.5 / Math.sqrt(1.25)), 2.979f, 3, -3},
                encoder.inputs(far).toFloatArray(),
                1e-3f);
        // Encoders that were kept before there was a bound read tables as they did.
        TableEncoder earlier = TableEncoder.fromJson(encoder.toJson().replaceFirst(",\"clip\":3.0", ""));
        assertArrayEquals(
                new float[] {0.05f, 1.5f, 25},
                earlier.inputs(far.select(0, 1, 2)).toFloatArray());
        assertEquals(
                encoder,
                TableEncoder.fromJson(
                        encoder.toJson().replace("\"center\"", "\"mean\"").replace("\"scale\"", "\"std\"")));
    }

    /** One in twenty is 8, the others are 0; a column of equal numbers; and one whose numbers are as close as can be. */
    @Test
    void numbersThatAreNearlyAlwaysTheSame() {
        List<List<String>> rows = IntStream.range(0, 40)
                .mapToObj(i -> List.of(
                        i % 20 == 3 ? "8" : "0",
                        i % 2 == 0 ? "5" : "5.0",
                        i % 2 == 0 ? "0" : "4.9e-324",
                        i % 2 == 0 ? "a" : "b"))
                .toList();
        Table table = Table.of(List.of("x", "same", "close", "y"), rows);
        TableEncoder encoder = TableEncoder.fit(table, "y", TableEncoder.Task.CLASSIFY);
        Table others =
                Table.of(List.of("x", "same", "close"), List.of(List.of("0", "5", "0"), List.of("8", "6", "1e308")));
        float two = (float) (2 / Math.sqrt(1 + 4 / 9.0));
        float one = (float) (1 / Math.sqrt(1 + 1 / 9.0));
        assertArrayEquals(
                new float[] {0, 0, 0, two, one, 3}, encoder.inputs(others).toFloatArray(), 1e-6f);
    }

    @Test
    void encodesNumbers() {
        Table animals = animals().select(0, 1, 3);
        assertEquals(TableEncoder.Task.CLASSIFY, TableEncoder.guess(animals, "weight"));
        TableEncoder encoder = TableEncoder.fit(animals, "weight", TableEncoder.Task.REGRESS);
        assertEquals(1, encoder.outputs());
        assertEquals(Shape.of(3, 1), encoder.targets(animals).shape());
        double[] back = encoder.numbers(encoder.targets(animals));
        assertArrayEquals(new double[] {4, 8, 600}, back, 1e-4);
        Table other =
                Table.of(List.of("kind", "born", "colour"), List.of(Arrays.asList("horse", "2022-03-03", "white")));
        assertEquals(0, encoder.inputs(other).toFloatArray()[0]); // a kind that it has not seen
    }

    @Test
    void whatCannotBeLearnt() {
        Table animals = animals();
        record Case(Table table, String target, TableEncoder.Task task, String message) {}
        for (Case c : List.of(
                new Case(animals, "age", TableEncoder.Task.CLASSIFY, "no column 'age'"),
                new Case(animals, "weight", TableEncoder.Task.REGRESS, "has no value in 1 of 4 rows"),
                new Case(animals, "same", TableEncoder.Task.CLASSIFY, "one class only, [1]"),
                new Case(animals, "same", TableEncoder.Task.REGRESS, "nothing to learn"),
                new Case(animals, "kind", TableEncoder.Task.REGRESS, "is no number"),
                new Case(
                        animals.drop("weight", "born", "colour"),
                        "kind",
                        TableEncoder.Task.CLASSIFY,
                        "no column to learn"))) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> TableEncoder.fit(c.table, c.target, c.task))
                    .getMessage();
            assertTrue(message.contains(c.message), message);
        }
        List<List<String>> rows = IntStream.range(0, 200)
                .mapToObj(i -> List.of("name" + i, Integer.toString(i % 2)))
                .toList();
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> TableEncoder.fit(Table.of(List.of("a", "b"), rows), "b", TableEncoder.Task.CLASSIFY))
                .getMessage();
        assertTrue(message.contains("column 'a' has 200 different texts"), message);
        TableEncoder encoder = TableEncoder.fit(animals, "kind", TableEncoder.Task.CLASSIFY);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> encoder.inputs(animals.drop("colour")))
                .getMessage()
                .contains("no column 'colour'"));
        Table bird = Table.of(animals.names(), List.of(Arrays.asList("bird", "1", "2020-01-01", "red", "1")));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> encoder.targets(bird))
                .getMessage()
                .contains("class 'bird' in row 1"));
        assertThrows(IllegalArgumentException.class, () -> TableEncoder.fromJson("{}"));
        assertThrows(IllegalArgumentException.class, () -> TableEncoder.fromJson("nonsense"));
        assertThrows(IllegalArgumentException.class, () -> animals.with("kind", List.of()));
    }

    @Test
    void rowsWithoutAValueAreRows() throws IOException {
        Table t = Table.read(file("one.csv", "a\n0.5\n\n0.7\n"));
        assertEquals(3, t.rows());
        assertNull(t.text("a", 1));
        Path copy = folder.resolve("copy.csv");
        t.write(copy);
        assertEquals(3, Table.read(copy).rows());
        assertEquals(1, Table.read(file("two.csv", "a,b\n\n1,2\n\n")).rows());
        assertEquals(
                List.of("a;b;c", "d"),
                Table.read(file("quoted.csv", "\"a;b;c\",d\n1,2\n")).names());
    }

    @Test
    void messagesHaveTheRowsOfTheFile() {
        Table t = Table.of(
                List.of("x", "y"),
                List.of(
                        List.of("1", "a"),
                        List.of("2", "b"),
                        List.of("3", "a"),
                        List.of("4", "b"),
                        List.of("x5", "c")));
        Table part = t.select(4, 0);
        assertEquals(5, part.place(0));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> part.numbers("x"))
                .getMessage()
                .contains("'x5' in row 5"));
    }

    /** A column of decimal commas is one of texts; so is one in which many texts are no numbers. */
    @Test
    void remarksOnNumbersThatAreTexts() {
        List<List<String>> rows = IntStream.range(0, 40)
                .mapToObj(i -> List.of(
                        i % 8 + ",5", // a
                        i % 3 == 2 ? "-inf" : Integer.toString(i % 4), // b
                        i % 2 == 0 ? "red" : "blue", // c
                        Integer.toString(i), // d
                        i % 2 + ",25")) // e
                .toList();
        Table t = Table.of(List.of("a", "b", "c", "d", "e"), rows);
        Table later = t.select(IntStream.range(4, 40).toArray());
        assertEquals(
                List.of(
                        "Column 'a' is read as texts, because '4,5' in row 5 is no number.",
                        "Column 'b' is read as texts, because '-inf' in row 6 is no number."),
                TableEncoder.fit(later, "c", TableEncoder.Task.CLASSIFY).remarks(later).stream()
                        .limit(2)
                        .toList());
        assertEquals(
                List.of("Column 'e' is predicted as classes, because '0,25' in row 1 is no number."),
                TableEncoder.fit(t.drop("a", "b"), "e", TableEncoder.guess(t, "e"))
                        .remarks(t));
        assertEquals(
                List.of(),
                TableEncoder.fit(t.drop("a", "b", "e"), "c", TableEncoder.Task.CLASSIFY)
                        .remarks(t));
        List<List<String>> many = IntStream.range(0, 200)
                .mapToObj(i -> List.of(i + ",5", Integer.toString(i % 2)))
                .toList();
        Table commas = Table.of(List.of("a", "b"), many);
        assertEquals(
                "column 'a' has 200 different texts, more than 100 kinds of things can be told apart by; write '0,5' in"
                        + " row 1 and others like it as numbers, or leave it out",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TableEncoder.fit(commas, "b", TableEncoder.Task.CLASSIFY))
                        .getMessage());
    }

    @Test
    void numbersThatAreNone() {
        List<List<String>> rows = new java.util.ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(List.of(i == 30 ? "inf" : Integer.toString(i * i), i % 2 == 0 ? "a" : "b"));
        }
        Table t = Table.of(List.of("x", "y"), rows);
        for (String target : List.of("x", "y")) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> TableEncoder.fit(t, target, TableEncoder.guess(t, target)))
                    .getMessage();
            assertTrue(message.startsWith("column 'x' has numbers, but 'inf' in row 31 is no finite number"), message);
        }
        Table far = Table.of(
                List.of("x", "y"),
                List.of(List.of("1e300", "a"), List.of("2", "b"), List.of("3", "a"), List.of("4", "b")));
        assertTrue(assertThrows(
                        IllegalArgumentException.class, () -> TableEncoder.fit(far, "y", TableEncoder.Task.CLASSIFY))
                .getMessage()
                .contains("column 'x' are too far apart"));
        List<List<String>> names = IntStream.range(0, 60)
                .mapToObj(i -> List.of(Integer.toString(i), "n" + i))
                .toList();
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> TableEncoder.fit(Table.of(List.of("x", "y"), names), "y", TableEncoder.Task.CLASSIFY))
                .getMessage()
                .contains("too many for classes"));
    }

    @Test
    void datesMayBeMissing() {
        Table t = Table.of(
                List.of("d", "y"),
                List.of(
                        List.of("2020-01-01", "a"),
                        Arrays.asList(null, "b"),
                        List.of("2020-07-01", "a"),
                        List.of("2021-01-01T10:00", "b")));
        TableEncoder encoder = TableEncoder.fit(t, "y", TableEncoder.Task.CLASSIFY);
        assertEquals(4, encoder.features());
        float[] x = encoder.inputs(t).toFloatArray();
        assertArrayEquals(new float[] {0, 0, 0, 1}, Arrays.copyOfRange(x, 4, 8));
        assertArrayEquals(new float[] {0, 1}, Arrays.copyOfRange(x, 12, 14));
        Table junk = Table.of(List.of("d"), List.of(List.of("2020-01-05Tjunk")));
        assertThrows(IllegalArgumentException.class, () -> encoder.inputs(junk));
    }

    @Test
    void namesThatAreNumbers() throws IOException {
        Path years = file("years.csv", "2019,2020,2021\n1,2,3\n");
        Table guessed = Table.read(years);
        assertEquals(List.of("0", "1", "2"), guessed.names());
        assertEquals(2, guessed.rows());
        String message = assertThrows(IllegalArgumentException.class, () -> guessed.numbers("2020"))
                .getMessage();
        assertTrue(message.contains("Header.NAMES"), message);
        Table told = Table.read(years, Table.Header.NAMES);
        assertEquals(List.of("2019", "2020", "2021"), told.names());
        assertEquals(1, told.rows());
        message = assertThrows(IllegalArgumentException.class, () -> told.numbers("0"))
                .getMessage();
        assertFalse(message.contains("Header"), message);
        assertEquals(1, Table.read(file("places.csv", "0,1,2\n1,2,3\n")).rows());
        assertEquals(2, Table.read(file("two.csv", "0,1\n1,0\n")).rows());
        Table none = Table.read(file("none.csv", "a,b\nc,d\n"), Table.Header.NONE);
        assertEquals(List.of("0", "1"), none.names());
        assertEquals("a", none.text("0", 0));
        assertEquals(
                2,
                Table.read("places.csv", Files.newInputStream(folder.resolve("places.csv")), Table.Header.NONE)
                        .rows());
    }

    /** Ten kilobytes that become ten megabytes are counted as they are unpacked. */
    @Test
    void whatUnpacksToMoreThanThereIsRoomFor() throws IOException {
        Path packed = folder.resolve("large.csv.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write("x\n1\n".repeat(2 << 20).getBytes(StandardCharsets.UTF_8));
        }
        assertTrue(Files.size(packed) < 100_000);
        String message = assertThrows(
                        IOException.class,
                        () -> Table.read("large.csv.gz", Files.newInputStream(packed), Table.Header.GUESS, 5 << 20))
                .getMessage();
        assertTrue(message.startsWith("large.csv.gz cannot be read: it holds more than 5 MiB"), message);
        Path small = file("small.csv", "x\n1\n");
        assertEquals(
                1,
                Table.read("small.csv", Files.newInputStream(small), Table.Header.GUESS, 4)
                        .rows());
        assertThrows(
                IOException.class, () -> Table.read("small.csv", Files.newInputStream(small), Table.Header.GUESS, 3));
    }

    private static Table column(String... values) {
        return Table.of(List.of("y"), Arrays.stream(values).map(List::of).toList());
    }

    /** A number is the same class however it is written; texts that happen to have digits are not numbers. */
    @Test
    void classesThatAreNumbers() {
        Table numbers = Table.of(
                List.of("x", "y"),
                List.of(
                        List.of("1", "1.0"),
                        List.of("2", "10"),
                        List.of("3", "1"),
                        List.of("4", "01"),
                        List.of("5", "2.50"),
                        List.of("6", "1e1")));
        TableEncoder encoder = TableEncoder.fit(numbers, "y", TableEncoder.Task.CLASSIFY);
        assertEquals(List.of("1", "2.50", "10"), encoder.classes());
        assertArrayEquals(
                new long[] {0, 2, 0, 0, 1, 2}, encoder.targets(numbers).toLongArray());
        assertArrayEquals(
                new long[] {2, 1}, encoder.targets(column("+10.0", "2.5")).toLongArray());
        assertThrows(IllegalArgumentException.class, () -> encoder.targets(column("x")));
        // Long numbers keep all their digits, and exponents beyond all numbers are read.
        assertEquals(
                List.of("1e-99999999999", "123456789012345678901", "123456789012345678902"),
                Labels.classes(column("123456789012345678902", "123456789012345678901", "1e-99999999999"), "y"));
        // As codes with leading zeros alone they keep them.
        assertEquals(List.of("01", "02"), Labels.classes(column("02", "01", "01"), "y"));
        assertEquals(List.of("01", "1", "1.0", "a"), Labels.classes(column("1", "1.0", "01", "a"), "y"));
        // Twenty-one spellings of two numbers are two classes, not a number to predict.
        Table spellings = column(IntStream.range(0, 42)
                .mapToObj(i -> i % 2 + "." + "0".repeat(i / 2))
                .toArray(String[]::new));
        assertEquals(TableEncoder.Task.CLASSIFY, TableEncoder.guess(spellings, "y"));
    }

    @Test
    void partsHaveTheirShareOfEachClass() {
        String[] values = new String[400];
        for (int i = 0; i < values.length; i++) {
            values[i] = i < 1 ? "once" : i < 3 ? "twice" : i < 43 ? "1 of 10" : "most";
        }
        Table table = column(values);
        List<Table> parts = table.stratifiedSplit(new Generator(3), "y", 320, 40, 40);
        int[][] counts = parts.stream()
                .map(part -> {
                    int[] count = new int[4];
                    for (int r = 0; r < part.rows(); r++) {
                        count[List.of("once", "twice", "1 of 10", "most").indexOf(part.text("y", r))]++;
                    }
                    return count;
                })
                .toArray(int[][]::new);
        assertArrayEquals(new int[] {1, 2}, Arrays.copyOf(counts[0], 2));
        assertEquals(320, Arrays.stream(counts[0]).sum());
        for (int part = 1; part < 3; part++) {
            assertEquals(40, Arrays.stream(counts[part]).sum());
            assertEquals(4, counts[part][2], 1);
        }
        // All rows are somewhere, the parts are random, and the same again with the same generator.
        assertArrayEquals(
                IntStream.rangeClosed(1, 400).toArray(),
                parts.stream()
                        .flatMapToInt(p -> IntStream.range(0, p.rows()).map(p::place))
                        .sorted()
                        .toArray());
        assertArrayEquals(
                places(parts.get(2)),
                places(table.stratifiedSplit(new Generator(3), "y", 320, 40, 40).get(2)));
        assertFalse(Arrays.equals(
                places(parts.get(2)),
                places(table.stratifiedSplit(new Generator(4), "y", 320, 40, 40).get(2))));
        assertThrows(IllegalArgumentException.class, () -> table.stratifiedSplit(new Generator(3), "y", 320, 40));
        assertThrows(IllegalArgumentException.class, () -> table.stratifiedSplit(new Generator(3), "z", 400));
        assertArrayEquals(
                new int[] {2, 3},
                table.randomSplit(new Generator(3), 2, 3, 395).stream()
                        .limit(2)
                        .mapToInt(Table::rows)
                        .toArray());
    }

    private static int[] places(Table table) {
        return IntStream.range(0, table.rows()).map(table::place).toArray();
    }
}
