package ondol.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Ondol's log (of {@link System.Logger}) on the standard error, one line for each message. */
final class Logging {
    // Held, because java.util.logging forgets a logger's settings with the logger.
    private static final Logger ONDOL = Logger.getLogger("ondol");

    private Logging() {}

    /**
     * Sends the log to {@code err}.
     *
     * @param verbose whether information is shown besides warnings
     */
    static void to(PrintWriter err, boolean verbose) {
        for (Handler old : ONDOL.getHandlers()) {
            ONDOL.removeHandler(old);
        }
        ONDOL.addHandler(new Lines(err));
        ONDOL.setUseParentHandlers(false);
        ONDOL.setLevel(verbose ? Level.FINE : Level.WARNING);
    }

    private static final class Lines extends Handler {
        private static final SimpleFormatter FORMATTER = new SimpleFormatter();
        private final PrintWriter err;

        Lines(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void publish(LogRecord logged) {
            if (!isLoggable(logged)) {
                return;
            }
            String level = logged.getLevel().intValue() > Level.INFO.intValue()
                    ? logged.getLevel().getName().toLowerCase(Locale.ROOT) + ": "
                    : "";
            Throwable cause = logged.getThrown();
            err.println("ondol: " + level + FORMATTER.formatMessage(logged) + (cause == null ? "" : ": " + cause));
            err.flush();
        }

        @Override
        public void flush() {
            err.flush();
        }

        @Override
        public void close() {
            err.flush();
        }
    }
}
