package ondol.cli;

import java.io.Console;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on a terminal; nothing where the output goes to a file or a pipe. It vanishes at the end. */
final class Progress implements AutoCloseable {
    private static final int MILLIS_BETWEEN_UPDATES = 100;

    private final @Nullable ProgressBar bar;

    Progress(String task, int steps) {
        this(task, " steps", steps);
    }

    Progress(String task, String unit, int steps) {
        bar = onTerminal()
                ? new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(steps)
                        .setUnit(unit, 1)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(MILLIS_BETWEEN_UPDATES)
                        .setConsumer(new VanishingBar())
                        .clearDisplayOnFinish()
                        .build()
                : null;
    }

    @SuppressWarnings("SystemConsoleNull") // since Java 25 it may be null again, and by an option before
    private static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** One line that is overwritten; the library's own ends with a new line, also after it was cleared. */
    private static final class VanishingBar extends ConsoleProgressBarConsumer {
        VanishingBar() {
            super(System.err);
        }

        @Override
        public void close() {
            System.err.flush();
        }
    }

    void step() {
        if (bar != null) {
            bar.step();
        }
    }

    /** Goes on to a step; never back. */
    void stepTo(long step) {
        if (bar != null) {
            bar.stepTo(Math.max(step, bar.getCurrent()));
        }
    }

    /** Says beside the bar what is going on. */
    void show(String message) {
        if (bar != null) {
            bar.setExtraMessage(" " + message);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
