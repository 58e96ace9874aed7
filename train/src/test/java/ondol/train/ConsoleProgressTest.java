package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    /** The time of this test: an epoch begins, and then takes so long. */
    private long nanos;

    private static Trainer trainer() {
        Layer net = Points.net();
        return new Trainer(net, new CrossEntropyLoss(), new SGD(net.parameters(), 0.0));
    }

    /** Trains; each epoch takes {@code millis} of the test's time. */
    private List<String> lines(ConsoleProgress progress, Trainer trainer, int epochs, long millis) {
        trainer.callback(new Callback() {
            @Override
            public void epochEnds(Trainer t, History.Epoch epoch) {
                nanos += millis * 1_000_000;
            }
        });
        trainer.callback(progress).fit(Points.loader(60), null, epochs);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private ConsoleProgress plain(int epochs) {
        LongSupplier time = () -> nanos;
        return new ConsoleProgress(epochs, out, null, time);
    }

    @Test
    void aLineForEachEpoch() {
        Trainer trainer = trainer();
        List<String> lines = lines(plain(3), trainer, 3, 3_700_000);
        assertEquals(3, lines.size(), lines.toString());
        String loss =
                String.format(Locale.ROOT, "%.4f", trainer.history().last().score("loss"));
        assertTrue(lines.getFirst().matches("epoch 1/3, 2:03:20 left: loss \\d\\.\\d{4}"), lines.toString());
        assertTrue(lines.get(1).matches("epoch 2/3, 1:01:40 left: loss \\d\\.\\d{4}"), lines.toString());
        assertEquals("epoch 3/3: loss " + loss, lines.get(2));
    }

    /** After 300 ms, and from then on not before a second has passed; the last one anyway. */
    @Test
    void atMostOneASecondAndTheLast() {
        List<String> lines = lines(plain(10), trainer(), 9, 300);
        List<String> epochs =
                lines.stream().map(line -> line.replaceAll("[,:].*", "")).toList();
        assertEquals(List.of("epoch 1/10", "epoch 5/10", "epoch 9/10"), epochs);
        // What is left is guessed after two seconds, not from the first steps alone.
        assertEquals(
                List.of(false, false, true),
                lines.stream().map(line -> line.contains(" left: ")).toList());
    }

    /** The last one is not written twice, and what was trained before does not count for the time. */
    @Test
    void goesOn() {
        Trainer trainer = trainer();
        trainer.fit(Points.loader(60), null, 2);
        List<String> lines = lines(plain(4), trainer, 4, 5000);
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.getFirst().matches("epoch 3/4, 00:05 left: loss \\d\\.\\d{4}"), lines.toString());
        assertTrue(lines.getLast().matches("epoch 4/4: loss \\d\\.\\d{4}"), lines.toString());
        trainer.fit(Points.loader(60), null, 4);
        assertEquals(2, bytes.toString(StandardCharsets.UTF_8).lines().count());
    }

    @Test
    void aBarOnATerminal() {
        List<String> shown = new CopyOnWriteArrayList<>();
        ConsoleProgress progress =
                new ConsoleProgress(5, out, new DelegatingProgressBarConsumer(shown::add, 40), System::nanoTime);
        Trainer trainer = trainer();
        assertEquals(List.of(), lines(progress, trainer, 5, 1));
        String text = String.format(
                Locale.ROOT, "epoch 5/5: loss %.4f", trainer.history().last().score("loss"));
        assertEquals(
                "[" + "=".repeat(40 - 3 - text.length()) + "] " + text,
                shown.getLast().stripTrailing());
        int count = shown.size();
        progress.close();
        progress.close();
        assertEquals(count, shown.size());
        assertThrows(IllegalArgumentException.class, () -> new ConsoleProgress(0));
    }

    /** Without room the bar goes first, and then the end of the text. */
    @Test
    void aNarrowTerminal() {
        List<String> shown = new CopyOnWriteArrayList<>();
        lines(
                new ConsoleProgress(5, out, new DelegatingProgressBarConsumer(shown::add, 12), System::nanoTime),
                trainer(),
                5,
                1);
        assertEquals("epoch 0/5", shown.getFirst().stripTrailing());
        assertEquals("epoch 5/5: l", shown.getLast());
    }

    /** A training that fails leaves no bar that goes on to be drawn. */
    @Test
    void afterAFailure() throws InterruptedException {
        List<String> shown = new CopyOnWriteArrayList<>();
        Trainer trainer = trainer();
        try (ConsoleProgress progress =
                new ConsoleProgress(5, out, new DelegatingProgressBarConsumer(shown::add, 120), System::nanoTime)) {
            trainer.callback(progress).callback(new Callback() {
                @Override
                public void stepEnds(Trainer t) {
                    throw new IllegalStateException("on purpose");
                }
            });
            assertThrows(IllegalStateException.class, () -> trainer.fit(Points.loader(60), null, 5));
        }
        assertTrue(shown.getLast().stripTrailing().endsWith("] epoch 0/5"), shown.toString());
        int count = shown.size();
        Thread.sleep(300); // three times what is between two updates
        assertEquals(count, shown.size());
    }
}
