package ondol.data;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.annotations.SerializedName;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Makes tensors of tables: learns from the rows that a network is trained on how each column is to be read, and reads others
 * in the same way. It can be kept as a text, {@link #toJson}, beside the trained weights.
 *
 * <ul>
 *   <li>A column of numbers becomes {@code z / sqrt(1 + (z / 3)^2)} with {@code z = (x - median) / (q3 - q1)}, one feature, where q1
 *       and q3 are the quartiles: nearly z where most numbers are, and never beyond 3, so that a rare far one does not outweigh all
 *       others. Where the quartiles are the same, as in a column that is nearly always 0, it is {@code z = (x - median) / ((max - min)
 *       / 2)}, so that the rare others are not blown up (Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024). Where some
 *       are missing, those are 0, and a second feature says so.
 *   <li>A column of dates (2012-01-31) becomes the day of the year as sine and cosine, and the day as a number; where some are missing,
 *       those are 0, and a fourth feature says so.
 *   <li>A column of other texts becomes one feature for each different text, 1 where it stands; what is missing is one of them, if
 *       there was any, and a text that was not there is 0 everywhere.
 * </ul>
 *
 * <p>Classes become their numbers, in alphabetical order or, if all are numbers, in that of numbers; then 1 and 1.0 are one class.
 * A number that is to be predicted becomes {@code (y - mean) / std}, and {@link #numbers} undoes that.
 */
public final class TableEncoder {
    /** More different texts than that are names rather than kinds of things. */
    private static final int MOST_TEXTS = 100;

    /** A column of whole numbers has at most so many different ones if they are classes. */
    private static final int MOST_NUMBERED_CLASSES = 20;

    /** The largest magnitude of a column's standardized numbers. */
    private static final double CLIP = 3;

    private static final Gson GSON = new GsonBuilder().create();

    /** The task to learn. */
    public enum Task {
        /** One of some classes. */
        CLASSIFY,
        /** A number. */
        REGRESS
    }

    private enum Kind {
        NUMBER,
        DATE,
        TEXT
    }

    /** How a column is read; what its kind does not need is 0 or empty. */
    private record Column(
            String name,
            Kind kind,

            @SerializedName(value = "center", alternate = "mean")
            double center,

            @SerializedName(value = "scale", alternate = "std")
            double scale,

            boolean someMissing,
            List<String> texts) {
        int features() {
            return switch (kind) {
                case NUMBER -> someMissing ? 2 : 1;
                case DATE -> someMissing ? 4 : 3;
                case TEXT -> texts.size() + (someMissing ? 1 : 0);
            };
        }
    }

    /** All that is known; the clip is 0 where numbers are not clipped. */
    private record Plan(
            String target,
            Task task,
            double mean,
            double std,
            List<String> classes,
            List<Column> columns,
            double clip) {}

    private final Plan plan;

    private TableEncoder(Plan plan) {
        this.plan = plan;
    }

    // ---- learning

    /**
     * {@return the likely task for a column: a number, if it has numbers, and not just a few whole ones}
     *
     * @param table the rows for training
     * @param target the column that is to be predicted
     * @throws IllegalArgumentException if there is no such column, or a few of its texts are no numbers among many that
     *     are
     */
    public static Task guess(Table table, String target) {
        if (!table.isNumeric(target)) {
            checkNumbers(table, target);
            return Task.CLASSIFY;
        }
        boolean whole = true;
        for (double y : table.numbers(target)) {
            whole &= Double.isNaN(y) || y == Math.rint(y);
        }
        return whole && Labels.classes(table, target).size() <= MOST_NUMBERED_CLASSES ? Task.CLASSIFY : Task.REGRESS;
    }

    /**
     * Learns how to read a table's columns.
     *
     * @param table the rows for training; those whose target is missing should be left out
     * @param target the column that is to be predicted
     * @param task the way in which it is predicted; see {@link #guess}
     * @return an encoder that reads other rows in the same way
     * @throws IllegalArgumentException if the table has no such target or nothing else, the target has fewer than two
     *     classes or values, a class or number is missing, or a column has too many different texts; the message names
     *     the column
     */
    public static TableEncoder fit(Table table, String target, Task task) {
        return fit(table, table, target, task);
    }

    /**
     * The same, with the classes of more rows than those that are learnt from, so that a rare one is not unknown among the
     * others.
     *
     * @param table the rows for training, from which columns are learnt
     * @param all those and others, of which only the classes are looked at
     * @param target the column that is to be predicted
     * @param task the way in which it is predicted; see {@link #guess}
     * @return an encoder that reads other rows in the same way
     * @throws IllegalArgumentException as {@link #fit(Table, String, Task)}
     */
    public static TableEncoder fit(Table table, Table all, String target, Task task) {
        if (!table.has(target)) {
            throw new IllegalArgumentException(table.noColumn(target, ", the target"));
        }
        if (table.missing(target) > 0) {
            throw new IllegalArgumentException("column '" + target + "', the target, has no value in "
                    + table.missing(target) + " of " + table.rows() + " rows; leave those out");
        }
        List<Column> columns = new ArrayList<>();
        for (String name : table.names()) {
            if (!name.equals(target)) {
                Column column = column(table, name);
                if (column != null) {
                    columns.add(column);
                }
            }
        }
        if (columns.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no column to learn '" + target + "' from: in the rows that are learnt from, "
                            + table.rows() + " of " + all.rows()
                            + ", the others have one value at most; give more rows, or other columns");
        }
        List<String> classes = task == Task.CLASSIFY ? classes(all, target) : List.of();
        double[] scale = {0, 1};
        if (task == Task.REGRESS) {
            scale = scale(target, table.numbers(target));
            if (Labels.classes(table, target).size() < 2) {
                throw new IllegalArgumentException("column '" + target + "', the target, is " + table.values(target)
                        + " in all rows; there is nothing to learn");
            }
        }
        return new TableEncoder(new Plan(target, task, scale[0], scale[1], classes, columns, CLIP));
    }

    private static List<String> classes(Table table, String target) {
        List<String> classes = Labels.classes(table, target);
        if (classes.size() < 2) {
            throw new IllegalArgumentException("column '" + target + "', the target, has one class only, " + classes
                    + "; there is nothing to learn");
        }
        if (classes.size() > 20 && 2 * classes.size() > table.rows()) {
            throw new IllegalArgumentException(
                    "column '" + target + "', the target, has " + classes.size() + " different values in "
                            + table.rows() + " rows, too many for classes; choose another, or regress");
        }
        return classes;
    }

    /** How a column is read; null if it has no two values to tell apart. */
    private static @Nullable Column column(Table table, String name) {
        List<String> texts = table.values(name);
        boolean someMissing = table.missing(name) > 0;
        if (texts.size() + (someMissing ? 1 : 0) < 2) {
            return null;
        }
        if (table.isNumeric(name)) {
            double[] scale = quartiles(name, table.numbers(name));
            return new Column(name, Kind.NUMBER, scale[0], scale[1], someMissing, List.of());
        }
        checkNumbers(table, name);
        if (texts.stream().allMatch(t -> day(t) != null)) {
            double[] days = new double[table.rows()];
            for (int r = 0; r < days.length; r++) {
                LocalDate day = date(table, name, r);
                days[r] = day == null ? Double.NaN : day.toEpochDay();
            }
            double[] scale = scale(name, days);
            return new Column(name, Kind.DATE, scale[0], scale[1], someMissing, List.of());
        }
        if (texts.size() > MOST_TEXTS) {
            throw new IllegalArgumentException(
                    "column '" + name + "' has " + texts.size() + " different texts, more than " + MOST_TEXTS
                            + " kinds of things can be told apart by; " + mend(table, name) + "leave it out");
        }
        return new Column(name, Kind.TEXT, 0, 1, someMissing, texts);
    }

    /** Mean and standard deviation of what is there; 1 where all are the same. */
    private static double[] scale(String name, double... values) {
        double sum = 0;
        int count = 0;
        for (double x : values) {
            if (!Double.isNaN(x)) {
                sum += x;
                count++;
            }
        }
        double mean = sum / count;
        double squares = 0;
        for (double x : values) {
            if (!Double.isNaN(x)) {
                squares += (x - mean) * (x - mean);
            }
        }
        double std = Math.sqrt(squares / count);
        if (!Double.isFinite(std)) {
            throw new IllegalArgumentException("the numbers of column '" + name
                    + "' are too far apart to be scaled, some above 1e150; leave it out, or mend them");
        }
        return new double[] {mean, std > 0 ? std : 1};
    }

    /** The median of what is there, and how far apart the quartiles are: what a few numbers that are far off do not change. */
    private static double[] quartiles(String name, double... values) {
        scale(name, values); // refuses numbers that are too far apart
        double[] sorted =
                Arrays.stream(values).filter(x -> !Double.isNaN(x)).sorted().toArray();
        double apart = quantile(sorted, 0.75) - quantile(sorted, 0.25);
        if (!(apart > 0)) {
            apart = (sorted[sorted.length - 1] - sorted[0]) / 2;
        }
        return new double[] {quantile(sorted, 0.5), apart > 0 ? apart : 1};
    }

    /** The number with that share of the others below it, between two of them on a line. */
    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private static @Nullable LocalDate day(String text) {
        try {
            return text.length() > 10 && text.charAt(10) == 'T'
                    ? LocalDateTime.parse(text).toLocalDate()
                    : LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** A day; null if it is missing. */
    private static @Nullable LocalDate date(Table table, String name, int row) {
        String text = table.text(name, row);
        if (text == null) {
            return null;
        }
        LocalDate day = day(text);
        if (day == null) {
            throw new IllegalArgumentException("'" + text + "' in row " + table.place(row) + " of column '" + name
                    + "' is no date, as 2012-01-31 is, but the column had dates in training");
        }
        return day;
    }

    /** Refuses a column of numbers in which a few texts are none: it would be read as one of texts. */
    private static void checkNumbers(Table table, String name) {
        int there = 0;
        int numbers = 0;
        int first = -1;
        for (int r = 0; r < table.rows(); r++) {
            String text = table.text(name, r);
            if (text != null) {
                there++;
                if (Table.isNumber(text)) {
                    numbers++;
                } else if (first < 0) {
                    first = r;
                }
            }
        }
        if (first >= 0 && numbers >= 0.9 * there) {
            throw new IllegalArgumentException("column '" + name + "' has numbers, but '" + table.text(name, first)
                    + "' in row " + table.place(first)
                    + " is no finite number; write nothing where one is missing, or leave the column out");
        }
    }

    /** How a column would be one of numbers, if one can tell. */
    private static String mend(Table table, String name) {
        int row = firstText(table, name);
        String text = row < 0 ? null : table.text(name, row);
        return text != null && Table.looksLikeNumber(text)
                ? "write '" + text + "' in row " + table.place(row) + " and others like it as numbers, or "
                : "";
    }

    /** The first place with a text that is no number; -1 if there is none. */
    private static int firstText(Table table, String name) {
        for (int r = 0; r < table.rows(); r++) {
            String text = table.text(name, r);
            if (text != null && !Table.isNumber(text)) {
                return r;
            }
        }
        return -1;
    }

    /**
     * Likely misunderstandings: a sentence for each column that is read as one of texts, or predicted as classes,
     * although a text in it is a number, or looks like one, as {@code inf} and {@code 0,5} do. It says which is none,
     * and in which row.
     *
     * @param table the one that this was learnt from, or more of its rows
     * @return whole sentences, in the order of the columns and the target last; none if there is nothing to say
     */
    public List<String> remarks(Table table) {
        List<String> remarks = new ArrayList<>();
        plan.columns.stream().filter(c -> c.kind == Kind.TEXT).forEach(c -> {
            int row = firstText(table, c.name);
            String text = row < 0 ? null : table.text(c.name, row);
            if (text != null && (Table.looksLikeNumber(text) || c.texts.stream().anyMatch(Table::isNumber))) {
                remarks.add("Column '" + c.name + "' is read as texts, because '" + text + "' in row "
                        + table.place(row) + " is no number.");
            }
        });
        int row = plan.task == Task.CLASSIFY ? firstText(table, plan.target) : -1;
        String text = row < 0 ? null : table.text(plan.target, row);
        if (text != null && Table.looksLikeNumber(text)) {
            remarks.add("Column '" + plan.target + "' is predicted as classes, because '" + text + "' in row "
                    + table.place(row) + " is no number.");
        }
        return remarks;
    }

    // ---- use

    /** {@return the column that is predicted} */
    public String target() {
        return plan.target;
    }

    /** {@return the way in which the target is predicted} */
    public Task task() {
        return plan.task;
    }

    /** {@return the classes by their numbers; none if a number is predicted} */
    public List<String> classes() {
        return plan.classes;
    }

    /** {@return the names of the columns that are read; columns of one value are not} */
    public List<String> columns() {
        return plan.columns.stream().map(Column::name).toList();
    }

    /** {@return how many numbers stand for a row} */
    public int features() {
        return plan.columns.stream().mapToInt(Column::features).sum();
    }

    /** {@return how many numbers a network has to answer: one for each class, or one} */
    public int outputs() {
        return plan.task == Task.CLASSIFY ? plan.classes.size() : 1;
    }

    /**
     * {@return the rows as numbers, [rows, {@link #features}], FLOAT32, on the CPU} Other columns are not looked at.
     *
     * @param table any rows with the columns of {@link #columns}
     * @throws IllegalArgumentException if a column is not there, or has a text where there should be a number or a date
     */
    public Tensor inputs(Table table) {
        for (Column column : plan.columns) {
            if (!table.has(column.name)) {
                throw new IllegalArgumentException(table.noColumn(column.name, ", from which the network learnt"));
            }
        }
        int width = features();
        float[] all = new float[Math.multiplyExact(table.rows(), width)];
        int at = 0;
        for (Column column : plan.columns) {
            fill(table, column, plan.clip, all, at, width);
            at += column.features();
        }
        return Tensor.tensor(all, Shape.of(table.rows(), width), Device.CPU);
    }

    private static float clipped(double z, double clip) {
        double finite = Math.clamp(z, -Double.MAX_VALUE, Double.MAX_VALUE);
        return (float) (clip > 0 ? finite / StrictMath.hypot(1, finite / clip) : z);
    }

    private static void fill(Table table, Column column, double clip, float[] all, int at, int width) {
        switch (column.kind) {
            case NUMBER -> {
                double[] numbers = table.numbers(column.name);
                for (int r = 0; r < numbers.length; r++) {
                    boolean missing = Double.isNaN(numbers[r]);
                    all[r * width + at] = missing ? 0 : clipped((numbers[r] - column.center) / column.scale, clip);
                    if (column.someMissing && missing) {
                        all[r * width + at + 1] = 1;
                    }
                }
            }
            case DATE -> {
                for (int r = 0; r < table.rows(); r++) {
                    LocalDate day = date(table, column.name, r);
                    if (day == null) {
                        if (column.someMissing) {
                            all[r * width + at + 3] = 1;
                        }
                        continue;
                    }
                    double angle = 2 * Math.PI * (day.getDayOfYear() - 1) / day.lengthOfYear();
                    all[r * width + at] = (float) StrictMath.sin(angle);
                    all[r * width + at + 1] = (float) StrictMath.cos(angle);
                    all[r * width + at + 2] = (float) ((day.toEpochDay() - column.center) / column.scale);
                }
            }
            case TEXT -> {
                for (int r = 0; r < table.rows(); r++) {
                    String text = table.text(column.name, r);
                    int place =
                            text == null ? column.someMissing ? column.texts.size() : -1 : column.texts.indexOf(text);
                    if (place >= 0) {
                        all[r * width + at + place] = 1;
                    }
                }
            }
        }
    }

    /**
     * {@return the targets of rows, on the CPU: the classes' numbers, [rows], INT64; or [rows, 1], FLOAT32}
     *
     * @param table any rows with the target's column
     * @throws IllegalArgumentException if a value is missing, or a class was not there in training
     */
    public Tensor targets(Table table) {
        if (table.missing(plan.target) > 0) {
            throw new IllegalArgumentException("column '" + plan.target + "', the target, has no value in "
                    + table.missing(plan.target) + " of " + table.rows() + " rows; leave those out");
        }
        if (plan.task == Task.REGRESS) {
            double[] numbers = table.numbers(plan.target);
            float[] scaled = new float[numbers.length];
            for (int r = 0; r < scaled.length; r++) {
                scaled[r] = (float) ((numbers[r] - plan.mean) / plan.std);
            }
            return Tensor.tensor(scaled, Shape.of(scaled.length, 1), Device.CPU);
        }
        Labels labels = new Labels(plan.classes);
        long[] numbers = new long[table.rows()];
        for (int r = 0; r < numbers.length; r++) {
            numbers[r] = labels.number(Objects.requireNonNull(table.text(plan.target, r)));
            if (numbers[r] < 0) {
                throw new IllegalArgumentException("class '" + table.text(plan.target, r) + "' in row " + table.place(r)
                        + " of column '" + plan.target + "' was not there in training; the classes are "
                        + plan.classes);
            }
        }
        return Tensor.tensor(numbers, Shape.of(numbers.length), Device.CPU);
    }

    /**
     * {@return the rows with their targets, as {@link #inputs} and {@link #targets} give them}
     *
     * @param table any rows with the columns of {@link #columns} and the target's
     * @throws IllegalArgumentException as those two
     */
    public TensorDataset dataset(Table table) {
        return new TensorDataset(inputs(table), targets(table));
    }

    /**
     * {@return a network's answers, or {@link #targets}, as numbers of the target's column: {@code y * std + mean}}
     *
     * @param outputs [rows, 1]
     */
    public double[] numbers(Tensor outputs) {
        float[] values = outputs.to(DType.FLOAT32).toFloatArray();
        double[] numbers = new double[values.length];
        for (int r = 0; r < numbers.length; r++) {
            numbers[r] = values[r] * plan.std + plan.mean;
        }
        return numbers;
    }

    // ---- keeping

    /** {@return all that {@link #fromJson} needs to read tables in the same way} */
    public String toJson() {
        return GSON.toJson(plan);
    }

    /**
     * {@return an encoder that was kept as a text}
     *
     * @param json a text that {@link #toJson} gave
     * @throws IllegalArgumentException if the text is no such thing
     */
    public static TableEncoder fromJson(String json) {
        Plan plan;
        try {
            plan = GSON.fromJson(json, Plan.class);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("this is not how a table is read: " + e.getMessage(), e);
        }
        if (plan == null
                || plan.target == null
                || plan.task == null
                || plan.classes == null
                || plan.columns == null
                || plan.columns.stream()
                        .anyMatch(c -> c == null || c.name == null || c.kind == null || c.texts == null)) {
            throw new IllegalArgumentException("this is not how a table is read: a part of it is missing");
        }
        return new TableEncoder(plan);
    }

    @Override
    public String toString() {
        return "TableEncoder(" + plan.columns.size() + " columns, " + features() + " features -> " + plan.target
                + (plan.task == Task.CLASSIFY ? ", " + plan.classes.size() + " classes)" : ")");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TableEncoder e && plan.equals(e.plan);
    }

    @Override
    public int hashCode() {
        return Objects.hash(plan);
    }
}
