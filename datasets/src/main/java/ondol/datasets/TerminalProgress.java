package ondol.datasets;

import java.io.Console;
import java.util.function.Supplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar for each file on a terminal; nothing where the output goes to a file or a pipe. */
final class TerminalProgress implements DownloadListener, AutoCloseable {
    private static final int MILLIS_BETWEEN_UPDATES = 100;
    private static final long MEGABYTE = 1_000_000;

    private final @Nullable Supplier<ProgressBarConsumer> output;
    private String current = "";
    private @Nullable ProgressBar bar;

    TerminalProgress() {
        this(onTerminal() ? () -> new ConsoleProgressBarConsumer(System.err) : null);
    }

    TerminalProgress(@Nullable Supplier<ProgressBarConsumer> output) {
        this.output = output;
    }

    @SuppressWarnings("SystemConsoleNull") // since Java 25 it may be null again, and by an option before
    private static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public void progress(String file, long bytes, long total) {
        if (output == null) {
            return;
        }
        ProgressBar shown = bar;
        if (shown == null || !file.equals(current)) {
            close();
            shown = new ProgressBarBuilder()
                    .setTaskName(file)
                    .setInitialMax(total)
                    .setUnit(" MB", MEGABYTE)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(MILLIS_BETWEEN_UPDATES)
                    .setConsumer(output.get())
                    .build();
            bar = shown;
            current = file;
        }
        shown.stepTo(bytes);
    }

    /** Ends the bar that is shown. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
