package ondol.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import ondol.Generator;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows and named columns, as they stand in a CSV file: texts, some of them missing. A column is asked for its meaning when it
 * is used: see {@link #numbers}, and {@link TableEncoder}, which makes tensors of tables.
 *
 * <pre>{@code
 * Table table = Table.read(Path.of("penguins.csv"));
 * System.out.println(table.rows() + " rows of " + table.names());
 * }</pre>
 */
public final class Table {
    /** The texts of infinities; compared without regard to case. */
    private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(inf|infinity)", Pattern.CASE_INSENSITIVE);

    /** The texts that stand for a missing value in a file; compared without regard to case. */
    private static final Set<String> MISSING = Set.of("", "na", "n/a", "nan", "null", "none", "?");

    private final Map<String, @Nullable String[]> columns;
    private final int rows;

    /** Whether the first line of a CSV file has the columns' names. */
    public enum Header {
        /**
         * It has, unless there is nothing but numbers in it: then it is a row, and the columns are called 0, 1, 2 ... Three of these
         * names or more are taken for names, as other programs write them where there are none.
         */
        GUESS,
        /** It has, also if they are numbers. */
        NAMES,
        /** It is a row, and the columns are called 0, 1, 2 ... */
        NONE
    }

    /** Where the rows stood in the table that was read, counted from 1: for messages. */
    private final int[] places;

    private Table(Map<String, @Nullable String[]> columns, int... places) {
        this.columns = columns;
        this.rows = places.length;
        this.places = places;
    }

    /**
     * A table of rows of texts. Null is missing, and so is a text that stands for it in files, such as an empty one, NA
     * or ?.
     *
     * @param names of the columns, in order and all different
     * @param rows one text for each column in each of them
     * @return a table of stripped texts
     * @throws IllegalArgumentException if a name occurs twice, or a row has more or fewer texts than there are names
     */
    public static Table of(List<String> names, List<? extends List<? extends @Nullable String>> rows) {
        Map<String, @Nullable String[]> columns = new LinkedHashMap<>();
        for (String name : names) {
            if (columns.put(name, new String[rows.size()]) != null) {
                throw new IllegalArgumentException("the table has two columns called '" + name + "'; rename one");
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            List<? extends @Nullable String> row = rows.get(r);
            if (row.size() != names.size()) {
                throw new IllegalArgumentException(
                        "row " + (r + 1) + " has " + row.size() + " values for " + names.size() + " columns");
            }
            int c = 0;
            for (@Nullable String[] column : columns.values()) {
                String text = row.get(c++);
                column[r] =
                        text == null || MISSING.contains(text.strip().toLowerCase(Locale.ROOT)) ? null : text.strip();
            }
        }
        int[] places = new int[rows.size()];
        Arrays.setAll(places, r -> r + 1);
        return new Table(columns, places);
    }

    // ---- files

    /**
     * Reads a file in UTF-8: CSV with commas, semicolons or tabs, whichever its first line has most of (RFC 4180:
     * quotes, and line breaks inside of them), or JSON, an array of objects, where the name says so (.json); .gz is
     * unpacked. Whether the first line of CSV has names is guessed: see {@link Header#GUESS}.
     *
     * @param file in UTF-8
     * @return all rows of the file
     * @throws IOException if the file cannot be read, is no table, or holds more than an eighth of the memory that Java
     *     may take; the message has its name, and the line
     */
    public static Table read(Path file) throws IOException {
        return read(file, Header.GUESS);
    }

    /**
     * The same, of a file of which one knows whether its first line has names.
     *
     * @param file in UTF-8
     * @param header how the first line of CSV is taken; JSON has names always
     * @return all rows of the file
     * @throws IOException as {@link #read(Path)}
     */
    public static Table read(Path file, Header header) throws IOException {
        return read(file.toString(), Files.newInputStream(file), header);
    }

    /**
     * Reads the same from a stream, such as that of a resource, and closes it.
     *
     * @param name a file's name, which says how the stream is read, and by which messages call it
     * @param stream the content, in UTF-8 or packed
     * @return all rows of the stream
     * @throws IOException if the stream cannot be read or is no table; the message has its name, and the line
     */
    public static Table read(String name, InputStream stream) throws IOException {
        return read(name, stream, Header.GUESS);
    }

    /**
     * The same, of a stream of which one knows whether its first line has names.
     *
     * @param name a file's name, which says how the stream is read, and by which messages call it
     * @param stream the content, in UTF-8 or packed
     * @param header how the first line of CSV is taken; JSON has names always
     * @return all rows of the stream
     * @throws IOException as {@link #read(String, InputStream)}
     */
    public static Table read(String name, InputStream stream, Header header) throws IOException {
        return read(name, stream, header, Runtime.getRuntime().maxMemory() / 8);
    }

    /** The same, of at most so many bytes, which are counted when they are unpacked. */
    static Table read(String name, InputStream stream, Header header, long most) throws IOException {
        boolean packed = name.endsWith(".gz");
        boolean json = (packed ? name.substring(0, name.length() - 3) : name).endsWith(".json");
        try (InputStream raw = stream;
                InputStream in = new Bounded(packed ? new GZIPInputStream(raw, 1 << 16) : raw, most);
                Reader reader = new InputStreamReader(
                        in,
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(CodingErrorAction.REPORT)
                                .onUnmappableCharacter(CodingErrorAction.REPORT))) {
            return json ? json(reader) : csv(reader, header);
        } catch (CharacterCodingException e) {
            throw new IOException(name + " is not in UTF-8; save it again in that encoding", e);
        } catch (ZipException | EOFException e) {
            throw new IOException(name + " cannot be unpacked: " + e.getMessage(), e);
        } catch (IllegalArgumentException | UncheckedIOException | JsonParseException e) {
            throw new IOException(name + ": " + reason(e), e);
        } catch (IOException e) {
            throw new IOException(name + " cannot be read: " + reason(e), e);
        }
    }

    /** A library's message, without the names of its classes around it. */
    private static String reason(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message =
                String.valueOf(deepest.getMessage()).lines().findFirst().orElse("");
        return message.replaceFirst(
                "^Use JsonReader.setStrictness\\(Strictness.LENIENT\\) to accept malformed JSON", "no JSON");
    }

    private static Table csv(Reader reader, Header header) throws IOException {
        String all = reader.readAllAsString();
        String text = all.startsWith("\uFEFF") ? all.substring(1) : all;
        CSVFormat format = CSVFormat.DEFAULT
                .builder()
                .setDelimiter(delimiter(text))
                .setIgnoreEmptyLines(false)
                .get();
        List<List<String>> rows = new ArrayList<>();
        try (CSVParser parser = CSVParser.parse(text, format)) {
            for (CSVRecord record : parser) {
                List<String> row = record.toList();
                boolean blank = row.size() == 1 && row.getFirst().isEmpty();
                if (blank && (rows.isEmpty() || rows.getFirst().size() > 1)) {
                    continue; // in a table of one column it is a row whose value is missing
                }
                if (!rows.isEmpty() && row.size() != rows.getFirst().size()) {
                    throw new IllegalArgumentException("line " + parser.getCurrentLineNumber() + " has " + row.size()
                            + " values, the first line " + rows.getFirst().size());
                }
                rows.add(row);
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("the file is empty; a table has a line of names, and rows");
        }
        List<String> first = rows.getFirst();
        List<String> names = first.stream().map(String::strip).toList();
        List<String> places = places(names.size());
        boolean isRow = switch (header) {
            case NAMES -> false;
            case NONE -> true;
            case GUESS -> names.stream().allMatch(Table::isNumber) && (names.size() < 3 || !names.equals(places));
        };
        return isRow ? of(places, rows) : of(names, rows.subList(1, rows.size()));
    }

    /** The names of columns without names. */
    private static List<String> places(int columns) {
        return IntStream.range(0, columns).mapToObj(Integer::toString).toList();
    }

    /** A stream that ends in an error after so many bytes: a small file may unpack to more than there is memory. */
    private static final class Bounded extends FilterInputStream {
        private final long most;
        private long count;

        Bounded(InputStream in, long most) {
            super(in);
            this.most = most;
        }

        private int counted(int more) throws IOException {
            count += Math.max(0, more);
            if (count > most) {
                throw new IOException(
                        "it holds more than " + (most >> 20)
                                + " MiB, an eighth of the memory that Java may take; give Java more with -Xmx, or read a part of it");
            }
            return more;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            counted(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return counted(super.read(to, offset, length));
        }
    }

    private static char delimiter(String text) {
        int end = text.indexOf('\n');
        String line = end < 0 ? text : text.substring(0, end);
        char best = ',';
        long most = 0;
        String outside = line.replaceAll("\"[^\"]*\"", "");
        for (char candidate : new char[] {',', ';', '\t'}) {
            long count = outside.chars().filter(c -> c == candidate).count();
            if (count > most) {
                most = count;
                best = candidate;
            }
        }
        return best;
    }

    private static Table json(Reader reader) {
        JsonElement all = JsonParser.parseReader(reader);
        if (!(all instanceof JsonArray array)) {
            throw new IllegalArgumentException("the file is no array of objects, as in [{\"a\": 1}, {\"a\": 2}]");
        }
        Map<String, Integer> places = new LinkedHashMap<>();
        for (JsonElement element : array) {
            if (!(element instanceof JsonObject object)) {
                throw new IllegalArgumentException("the file has something else than objects in its array: " + element);
            }
            object.keySet().forEach(key -> places.putIfAbsent(key, places.size()));
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (JsonElement element : array) {
            @Nullable String[] row = new String[places.size()];
            for (Map.Entry<String, JsonElement> entry :
                    element.getAsJsonObject().entrySet()) {
                JsonElement value = entry.getValue();
                if (!value.isJsonNull() && !value.isJsonPrimitive()) {
                    throw new IllegalArgumentException("'" + entry.getKey() + "' of row " + (rows.size() + 1)
                            + " is neither a text nor a number: " + value);
                }
                row[Objects.requireNonNull(places.get(entry.getKey()))] =
                        value.isJsonNull() ? null : value.getAsString();
            }
            rows.add(Arrays.asList(row));
        }
        return of(List.copyOf(places.keySet()), rows);
    }

    // ---- content

    /** {@return the number of rows} */
    public int rows() {
        return rows;
    }

    /**
     * {@return the place of a row in the table that was read, counted from 1, as messages call it}
     *
     * @param row its number in this table, from 0
     */
    public int place(int row) {
        return places[row];
    }

    /** {@return the columns' names, in order} */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /**
     * {@return whether there is a column of that name}
     *
     * @param name in the same case
     */
    public boolean has(String name) {
        return columns.containsKey(name);
    }

    private @Nullable String[] column(String name) {
        @Nullable String[] column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException(noColumn(name, ""));
        }
        return column;
    }

    /** That there is no such column, and what there is. */
    String noColumn(String name, String role) {
        return "there is no column '" + name + "'" + role + "; there are " + names()
                + (names().equals(places(columns.size()))
                        ? ", as columns without names are called; if the first line has names that are numbers, read it with"
                                + " Header.NAMES (--header names)"
                        : "");
    }

    /**
     * {@return the text in a place; null if it is missing}
     *
     * @param name the column's
     * @param row from 0
     * @throws IllegalArgumentException if there is no such column
     */
    public @Nullable String text(String name, int row) {
        return column(name)[row];
    }

    /**
     * {@return how many values of a column are missing}
     *
     * @param name the column's
     * @throws IllegalArgumentException if there is no such column
     */
    public int missing(String name) {
        return (int) Arrays.stream(column(name)).filter(Objects::isNull).count();
    }

    /**
     * {@return whether all that is there in a column are finite numbers, and something is}
     *
     * @param name the column's
     * @throws IllegalArgumentException if there is no such column
     */
    public boolean isNumeric(String name) {
        boolean any = false;
        for (String text : column(name)) {
            if (text != null && !isNumber(text)) {
                return false;
            }
            any |= text != null;
        }
        return any;
    }

    /**
     * {@return a column as numbers, in a new array; NaN where one is missing}
     *
     * @param name the column's
     * @throws IllegalArgumentException if there is no such column, or a text is no finite number; the message has the
     *     row
     */
    public double[] numbers(String name) {
        @Nullable String[] column = column(name);
        double[] numbers = new double[rows];
        for (int r = 0; r < rows; r++) {
            String text = column[r];
            if (text != null && !isNumber(text)) {
                throw new IllegalArgumentException(
                        "'" + text + "' in row " + place(r) + " of column '" + name + "' is no number");
            }
            numbers[r] = text == null ? Double.NaN : Double.parseDouble(text);
        }
        return numbers;
    }

    /**
     * {@return the different texts of a column, in alphabetical order, without those that are missing}
     *
     * @param name the column's
     * @throws IllegalArgumentException if there is no such column
     */
    public List<String> values(String name) {
        return Arrays.stream(column(name))
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .toList();
    }

    /** Finite, and written as a number is; Java's own suffixes and hexadecimal numbers are not. */
    static boolean isNumber(String text) {
        String t = text.strip();
        if (t.isEmpty() || t.chars().anyMatch(c -> "+-.eE".indexOf(c) < 0 && (c < '0' || c > '9'))) {
            return false;
        }
        try {
            return Double.isFinite(Double.parseDouble(t));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Written as a number is elsewhere, or not finite: {@code 0,5}, {@code -inf}. */
    static boolean looksLikeNumber(String text) {
        String t = text.strip();
        return isNumber(t.replace(',', '.')) || NOT_FINITE.matcher(t).matches();
    }

    // ---- other tables

    /**
     * Deals the rows out at random, as {@link Dataset#randomSplit} does with samples.
     *
     * @param generator the source of the order, which is drawn once
     * @param sizes how many rows each part gets; together all of them
     * @return a table for each size, in the order of the sizes
     * @throws IllegalArgumentException if one is negative, or they do not add up to {@link #rows}
     */
    public List<Table> randomSplit(Generator generator, int... sizes) {
        return parts(Order.random("randomSplit", generator, rows, sizes));
    }

    /**
     * Deals the rows out at random, but so that each part has its share of the rows with each value of a column, as
     * {@link Dataset#stratifiedSplit} does. In a column of numbers the same number is one value however it is written.
     *
     * @param generator the source of the order, which is drawn once
     * @param column the one whose values are shared out; rows without one are a class of their own
     * @param sizes how many rows each part gets; together all of them
     * @return a table for each size, in the order of the sizes
     * @throws IllegalArgumentException if one is negative, or they do not add up to {@link #rows}, or there is no such
     *     column
     */
    public List<Table> stratifiedSplit(Generator generator, String column, int... sizes) {
        List<String> classes = Labels.classes(this, column);
        Labels labels = new Labels(classes);
        long[] numbers = new long[rows];
        for (int r = 0; r < rows; r++) {
            String text = text(column, r);
            numbers[r] = text == null ? -1 : labels.number(text);
        }
        return parts(Order.stratified(generator, numbers, sizes));
    }

    private List<Table> parts(int[][] places) {
        return Arrays.stream(places).map(this::select).toList();
    }

    /**
     * {@return a table of some rows, in that order}
     *
     * @param places the rows' numbers in this table, from 0; one may occur more than once
     */
    public Table select(int... places) {
        Map<String, @Nullable String[]> chosen = new LinkedHashMap<>();
        columns.forEach((name, column) -> {
            @Nullable String[] part = new String[places.length];
            for (int i = 0; i < places.length; i++) {
                part[i] = column[places[i]];
            }
            chosen.put(name, part);
        });
        int[] from = new int[places.length];
        Arrays.setAll(from, i -> this.places[places[i]]);
        return new Table(chosen, from);
    }

    /**
     * {@return the table without some columns}
     *
     * @param names of the columns to leave out
     * @throws IllegalArgumentException if there is no such column
     */
    public Table drop(String... names) {
        Map<String, @Nullable String[]> rest = new LinkedHashMap<>(columns);
        for (String name : names) {
            column(name);
            rest.remove(name);
        }
        return new Table(rest, places);
    }

    /**
     * {@return the table with one column more, at its end}
     *
     * @param name of the new column
     * @param values one for each row; null where it is missing
     * @throws IllegalArgumentException if there is one of that name, or the number of values is not the rows'
     */
    public Table with(String name, List<? extends @Nullable String> values) {
        if (has(name)) {
            throw new IllegalArgumentException("there is a column '" + name + "' already; choose another name");
        }
        if (values.size() != rows) {
            throw new IllegalArgumentException(
                    "column '" + name + "' has " + values.size() + " values for " + rows + " rows");
        }
        Map<String, @Nullable String[]> more = new LinkedHashMap<>(columns);
        more.put(name, values.toArray(new String[0]));
        return new Table(more, places);
    }

    /**
     * Writes a CSV file with a line of names, in UTF-8; a missing value is empty.
     *
     * @param file a file, which is replaced if it is there
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        try (var out = Files.newBufferedWriter(file)) {
            write(out);
        }
    }

    /**
     * Writes the same to something that stays open.
     *
     * @param out takes the text, line by line
     * @throws IOException if it throws one
     */
    public void write(Appendable out) throws IOException {
        CSVFormat format = CSVFormat.DEFAULT.builder().setRecordSeparator('\n').get();
        format.printRecord(out, columns.keySet().toArray());
        for (int r = 0; r < rows; r++) {
            @Nullable Object[] row = new Object[columns.size()];
            int c = 0;
            for (@Nullable String[] column : columns.values()) {
                row[c++] = column[r];
            }
            format.printRecord(out, row);
        }
    }
}
