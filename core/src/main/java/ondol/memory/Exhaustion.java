package ondol.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import ondol.kernel.Type;
import ondol.memory.Pool.SizeClass;

/**
 * The texts about a device's memory: who holds it; and of an allocation that cannot be, the bytes asked for and the remedies.
 *
 * @param isJava whether the memory is the Java heap
 * @param total the bytes that the device has
 * @param limit the bytes that may be used
 * @param isSetting whether the limit was set by the user
 */
record Exhaustion(String device, boolean isJava, long total, long limit, boolean isSetting) {
    /** The elements of the longest Java array, by the JDK's own habit. */
    static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private static final int MOST_ROWS = 5;

    /**
     * The message.
     *
     * @param holders how many buffers of which kind are in use
     * @param reason what else is known, after a semicolon
     * @param byLimit whether it was the limit that stopped it, and not the device
     */
    String message(
            Type type, long length, long inUse, Map<SizeClass, Integer> holders, String reason, boolean byLimit) {
        double bytes = (double) length * type.bytes();
        var text = new StringBuilder("out of memory on " + device + ": " + amount(bytes) + " wanted, for " + length
                + " elements of " + name(type) + "; " + amount(inUse) + " in use, limit " + amount(limit) + reason);
        appendLargest(text, holders);
        return text.append('\n').append(advice(length, inUse + bytes, byLimit)).toString();
    }

    /** The use of the memory, and the largest holders, in a few lines. */
    String summary(Memory.Usage usage, Map<SizeClass, Integer> holders) {
        var text = new StringBuilder(device + ": " + amount(usage.inUse()) + " in use, at most " + amount(usage.peak())
                + ", " + amount(usage.pooled()) + " kept for reuse, limit " + amount(usage.limit()));
        appendLargest(text, holders);
        return text.toString();
    }

    private static void appendLargest(StringBuilder text, Map<SizeClass, Integer> holders) {
        var rows = new ArrayList<>(holders.entrySet());
        rows.sort(Comparator.comparingLong(Exhaustion::bytes)
                .thenComparingLong(row -> row.getKey().length())
                .thenComparing(row -> row.getKey().type())
                .reversed());
        if (!rows.isEmpty()) {
            text.append("; the largest holders:");
        }
        for (var row : rows.subList(0, Math.min(MOST_ROWS, rows.size()))) {
            SizeClass size = row.getKey();
            text.append("\n  " + row.getValue() + " x " + size.length() + ' ' + name(size.type()) + " = "
                    + amount(bytes(row)));
        }
    }

    /** The remedies that can help: a higher limit does not make a device or the Java heap larger. */
    private String advice(long length, double needed, boolean byLimit) {
        if (isJava && length > LONGEST_ARRAY) {
            return "Use smaller tensors or batches: on " + device + " a tensor is a Java array, which holds at most "
                    + LONGEST_ARRAY + " elements";
        }
        String third = "";
        if (byLimit && (isSetting || !isJava) && needed <= total) {
            third = "raise -D" + Memory.LIMIT;
        } else if (isJava) {
            third = (byLimit && isSetting ? "raise -D" + Memory.LIMIT + " and " : "") + "give Java more with -Xmx";
        }
        String origin = byLimit && !isSetting
                ? "The limit is 7/8 of " + (isJava ? "the Java heap" : "the device's memory") + ". "
                : "";
        return origin + "Use smaller tensors or batches, "
                + (third.isEmpty()
                        ? "or close what is not needed (Scope)"
                        : "close what is not needed (Scope), or " + third);
    }

    private static String name(Type type) {
        return switch (type) { // as programs call them
            case F32 -> "FLOAT32";
            case I64 -> "INT64";
            case I32, BOOL -> type.name();
        };
    }

    private static long bytes(Map.Entry<SizeClass, Integer> row) {
        return row.getKey().bytes() * row.getValue();
    }

    private static String amount(double bytes) {
        if (bytes < 10_000) {
            return (long) bytes + " bytes";
        }
        int unit = bytes < 10_000_000 ? 10 : bytes < 10_000_000_000L ? 20 : 30;
        return String.format(Locale.ROOT, "%.1f %sB", bytes / (1L << unit), " KMG".charAt(unit / 10));
    }
}
