package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import ondol.backend.ChildJvm;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.io.Safetensors;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training in a process that is killed again and again, each time after a random number of steps and a random while: what is on
 * the disk is whole at any moment, and in the end the weights are those of a training that nobody killed.
 */
class KillTest {
    private static final int KILLS = 50;
    private static final int MOST_STEPS = 12;
    private static final int EPOCHS = 50;

    @TempDir
    private Path folder;

    @Test
    void endsWithTheSameBits() throws IOException, InterruptedException {
        String expected = run(folder.resolve("whole"), Integer.MAX_VALUE, 0);
        assertTrue(expected.startsWith("end "), expected);
        Path killed = folder.resolve("killed");
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < KILLS; i++) {
            String last = run(killed, random.nextInt(MOST_STEPS), random.nextInt(3_000_000));
            assertFalse(last.startsWith("end "), "it ended before it could be killed " + KILLS + " times");
            if (Files.isDirectory(killed)) {
                for (Path file : checkpoints(killed)) {
                    Safetensors.load(file);
                }
            }
        }
        assertEquals(expected, run(killed, Integer.MAX_VALUE, 0));
        List<Path> files = checkpoints(killed);
        assertEquals(4, files.size(), files.toString());
        assertEquals(names(checkpoints(folder.resolve("whole"))), names(files));
        for (Path file : files) {
            Path whole = folder.resolve("whole").resolve(file.getFileName());
            assertEquals(weights(whole), weights(file), file.toString());
        }
    }

    private static List<String> names(List<Path> files) {
        return files.stream().map(f -> f.getFileName().toString()).sorted().toList();
    }

    private static String weights(Path checkpoint) throws IOException {
        StringBuilder text = new StringBuilder();
        Layer net = Points.net();
        new Checkpoint().model(net).load(checkpoint);
        net.stateDict().values().forEach(t -> text.append(Arrays.toString(t.toFloatArray())));
        return text.toString();
    }

    private static List<Path> checkpoints(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".safetensors")).toList();
        }
    }

    /** Runs it, and kills it so many steps and nanoseconds after it has begun to learn; the last line that it printed. */
    private static String run(Path folder, int steps, long nanos) throws IOException, InterruptedException {
        Process process =
                new ChildJvm(Training.class).arguments(folder.toString()).start();
        String last = "";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int seen = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line;
                if (line.equals("step") && seen++ == steps) {
                    long until = System.nanoTime() + nanos;
                    while (System.nanoTime() < until) {
                        Thread.onSpinWait();
                    }
                    process.destroyForcibly();
                    break;
                }
            }
        }
        process.waitFor();
        return last;
    }

    /** Goes on with the training of a folder to its end, and prints the weights. */
    static final class Training {
        private Training() {}

        public static void main(String[] arguments) throws IOException {
            Layer net = Points.net();
            DataLoader<Batch> train = Points.loader(4);
            Trainer trainer = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.02))
                    .checkpoints(Path.of(arguments[0]), 2, 1)
                    .bestCheckpoints("loss", 2)
                    .callback(new Callback() {
                        @Override
                        public void stepEnds(Trainer t) {
                            System.out.println("step");
                        }
                    });
            trainer.resume(train);
            trainer.fit(train, null, EPOCHS);
            StringBuilder weights = new StringBuilder("end ");
            net.stateDict().values().forEach(t -> weights.append(Arrays.toString(t.toFloatArray())));
            System.out.println(weights);
        }
    }
}
