package ondol.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import ondol.DType;
import ondol.Tensor;

/**
 * A tensor of at most two axes as an HTML table, which a notebook shows as such. Of more than 20 rows or columns the first and
 * the last ten are shown, and the shape below.
 *
 * {@snippet :
 * HtmlTable.of(x).columns("temperature", "sold")
 * }
 */
public final class HtmlTable {
    private static final int MOST = 20;
    private static final int SKIPPED = -1;
    private static final MathContext DIGITS = new MathContext(6);

    private final Tensor values;
    private final List<String> names;

    private HtmlTable(Tensor values, List<String> names) {
        this.values = values;
        this.names = names;
    }

    /**
     * A table of a tensor: [rows, columns], or [columns] or a single number in one row.
     *
     * @param values the numbers, of any type and on any device
     * @return the table
     * @throws IllegalArgumentException if the tensor has more than two axes
     */
    public static HtmlTable of(Tensor values) {
        Objects.requireNonNull(values, "HtmlTable.of: the tensor is null");
        if (values.dim() > 2) {
            throw new IllegalArgumentException("HtmlTable.of: " + values.shape() + " has " + values.dim()
                    + " axes, a table two; take a part, as with select(0, 0)");
        }
        return new HtmlTable(values, List.of());
    }

    /**
     * The same with names above the columns, which have numbers else.
     *
     * @param columnNames a name for each column, from left to right
     * @return another table of the same tensor
     * @throws IllegalArgumentException if there are more or fewer names than columns
     */
    public HtmlTable columns(String... columnNames) {
        Objects.requireNonNull(columnNames, "HtmlTable.columns: the names are null; give one for each column");
        for (String name : columnNames) {
            Objects.requireNonNull(name, "HtmlTable.columns: a name is null; give text, which may be empty");
        }
        List<String> given = List.of(columnNames);
        long columns = matrix().size(1);
        if (given.size() != columns) {
            throw new IllegalArgumentException(
                    "HtmlTable.columns: " + given.size() + " names for " + columns + " columns of " + values.shape());
        }
        return new HtmlTable(values, given);
    }

    private Tensor matrix() {
        return values.dim() == 2 ? values : values.reshape(1, -1);
    }

    /** The table's HTML, without styles of its own. */
    @Override
    public String toString() {
        Tensor matrix = matrix().detach();
        long[] rows = shown(matrix.size(0));
        long[] columns = shown(matrix.size(1));
        StringBuilder html = new StringBuilder("<table>\n<thead><tr><th></th>");
        for (long column : columns) {
            String name = column == SKIPPED ? "…" : names.isEmpty() ? Long.toString(column) : names.get((int) column);
            html.append("<th>").append(escape(name)).append("</th>");
        }
        html.append("</tr></thead>\n<tbody>\n");
        for (long row : rows) {
            html.append("<tr><th>")
                    .append(row == SKIPPED ? "…" : Long.toString(row))
                    .append("</th>");
            for (long column : columns) {
                boolean isSkipped = row == SKIPPED || column == SKIPPED;
                html.append("<td>")
                        .append(isSkipped ? "…" : text(matrix.select(0, row).select(0, column)))
                        .append("</td>");
            }
            html.append("</tr>\n");
        }
        html.append("</tbody>\n</table>\n");
        return html.append("<p>")
                .append(escape(values.dtype() + " " + values.shape()))
                .append("</p>\n")
                .toString();
    }

    private static long[] shown(long size) {
        if (size <= MOST) {
            long[] all = new long[(int) size];
            Arrays.setAll(all, i -> i);
            return all;
        }
        long[] some = new long[MOST + 1];
        int half = MOST / 2;
        Arrays.setAll(some, i -> i < half ? i : i == half ? SKIPPED : size - MOST - 1 + i);
        return some;
    }

    private static String text(Tensor element) {
        if (element.dtype() == DType.BOOL) {
            return element.itemLong() != 0 ? "true" : "false";
        }
        if (element.dtype() == DType.INT64) {
            return Long.toString(element.itemLong());
        }
        double value = element.item();
        if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
            return Double.isNaN(value) ? "nan" : value == 0 ? "0" : value > 0 ? "inf" : "-inf";
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        boolean isPlain = Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7;
        return isPlain ? rounded.toPlainString() : rounded.toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
