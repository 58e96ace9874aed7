package ondol.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table as plain text. */
final class TextTable {
    private TextTable() {}

    /** Columns as wide as their widest entry, the last one open. All rows have as many as the first. */
    static List<String> lines(List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    /** An amount of memory: {@code 512 MiB}, {@code 5.9 GiB}. */
    static String bytes(long bytes) {
        double mebibytes = bytes / 0x1p20;
        return mebibytes < 1024
                ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
                : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
    }
}
