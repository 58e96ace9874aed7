package ondol.backend;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * Ondol's loggers: the program's own ({@link System#getLogger}), or with {@code -Dondol.log=LEVEL} one that writes each record in
 * a line on the standard error, from that level on.
 */
public final class Log {
    private Log() {}

    /**
     * The logger of that name. A setting that means nothing counts as none: the first device that is opened refuses it.
     *
     * @param name the logger's name, which begins with {@code ondol}
     * @return the program's logger or, with {@code -Dondol.log}, one for the standard error
     */
    public static System.Logger of(String name) {
        System.Logger.Level least;
        try {
            least = Settings.log();
        } catch (IllegalArgumentException e) {
            least = null;
        }
        return least == null ? System.getLogger(name) : lines(name, least, System.err);
    }

    /** A logger that writes a line for each record of that level or a higher one. */
    static System.Logger lines(String name, System.Logger.Level least, PrintStream to) {
        return new Lines(name, least, to);
    }

    private record Lines(String name, Level least, PrintStream to) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return least != Level.OFF && level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                to.println(name + ": " + level.toString().toLowerCase(Locale.ROOT) + ": " + message
                        + (thrown == null ? "" : ": " + thrown));
            }
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... values) {
            if (isLoggable(level)) {
                boolean isFormat = format != null && values != null && values.length > 0;
                log(
                        level,
                        bundle,
                        isFormat ? new MessageFormat(format, Locale.ROOT).format(values) : format,
                        (Throwable) null);
            }
        }
    }
}
