package ondol.train;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/**
 * Shows on {@code System.err} how far a training is, its scores, and, after its first two seconds, how much time it still needs if
 * all epochs are trained: as a bar on a terminal, elsewhere as lines, one for an epoch, at most one a second, and one for the last
 * epoch.
 *
 * <pre>{@code
 * try (ConsoleProgress progress = new ConsoleProgress(100)) {
 *     trainer.callback(progress).fit(train, validation, 100);
 * }
 * }</pre>
 *
 * <p>{@link #close} is for trainings that fail: at the end of others the bar is closed by itself.
 */
public final class ConsoleProgress implements Callback, AutoCloseable {
    private static final int MILLIS_BETWEEN_UPDATES = 100;
    private static final int SHORTEST_BAR = 5;
    private static final double WARM_UP_SECONDS = 2; // the first steps of a process say little of the others
    private static final long NANOS_BETWEEN_LINES = 1_000_000_000L;

    private final int epochs;
    private final PrintStream lines;
    private final @Nullable ProgressBarConsumer terminal;
    private final LongSupplier nanoTime;
    private @Nullable ProgressBar bar;

    /** When {@link Trainer#fit} began, how many epochs there were then, when the last line was written, and for which epoch. */
    private long began;

    private int before;
    private long written;
    private int writtenFor;

    /**
     * Of a training of so many epochs: those that {@link Trainer#fit} is given.
     *
     * @param epochs the number of epochs, 1 or more
     * @throws IllegalArgumentException if it is below 1
     */
    public ConsoleProgress(int epochs) {
        this(epochs, System.err, isTerminal() ? new ConsoleProgressBarConsumer(System.err) : null, System::nanoTime);
    }

    /** @param terminal what shows the bar; null where there are lines instead */
    ConsoleProgress(int epochs, PrintStream lines, @Nullable ProgressBarConsumer terminal, LongSupplier nanoTime) {
        if (epochs < 1) {
            throw new IllegalArgumentException("ConsoleProgress: " + epochs + " epochs; give 1 or more");
        }
        this.epochs = epochs;
        this.lines = lines;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @SuppressWarnings("SystemConsoleNull") // since Java 25 it may be null again, and by an option before
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public void fitBegins(Trainer trainer) {
        close();
        before = trainer.history().epochs().size();
        began = nanoTime.getAsLong();
        written = began - NANOS_BETWEEN_LINES;
        writtenFor = before;
        if (terminal != null) {
            bar = new ProgressBarBuilder()
                    .setInitialMax(epochs)
                    .startsFrom(before, Duration.ZERO)
                    .setRenderer(this::render)
                    .setUpdateIntervalMillis(MILLIS_BETWEEN_UPDATES)
                    .setConsumer(terminal)
                    .build();
        }
    }

    @Override
    public void epochEnds(Trainer trainer, History.Epoch epoch) {
        if (bar != null) {
            bar.stepTo(epoch.number());
            bar.setExtraMessage(History.text(epoch.scores()));
        } else if (nanoTime.getAsLong() - written >= NANOS_BETWEEN_LINES) {
            line(epoch);
        }
    }

    @Override
    public void fitEnds(Trainer trainer) {
        if (terminal == null && trainer.history().epochs().size() > writtenFor) {
            line(trainer.history().last());
        }
        close();
    }

    /** Takes the bar away from the terminal's last line; once is enough. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    private void line(History.Epoch epoch) {
        written = nanoTime.getAsLong();
        writtenFor = epoch.number();
        lines.println(text(epoch.number(), (written - began) * 1e-9, History.text(epoch.scores())));
    }

    /** The bar, on its own thread too: its length is what the text leaves. */
    private String render(ProgressState state, int width) {
        double seconds = state.getElapsedAfterStart().toNanos() * 1e-9;
        String text = text(Math.toIntExact(state.getCurrent()), seconds, state.getExtraMessage());
        int room = width - text.length() - 3;
        if (room < SHORTEST_BAR) {
            return text.substring(0, Math.min(width, text.length()));
        }
        int full = (int) (room * state.getNormalizedProgress());
        return "[" + "=".repeat(full) + " ".repeat(room - full) + "] " + text;
    }

    /** @param seconds since the training began */
    private String text(int done, double seconds, String scores) {
        String time = "";
        if (before < done && done < epochs && seconds >= WARM_UP_SECONDS) {
            long left = Math.round(seconds / (done - before) * (epochs - done));
            String hours = left < 3600 ? "" : left / 3600 + ":";
            time = String.format(Locale.ROOT, ", %s%02d:%02d left", hours, left / 60 % 60, left % 60);
        }
        return "epoch " + done + "/" + epochs + time + (scores.isEmpty() ? "" : ": " + scores);
    }
}
