package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Small data for {@code ondol train}, and the command. */
final class Trainings {
    private Trainings() {}

    /** Points of three kinds: a number, a text with gaps, and a date decide; another column is noise. */
    static Path flowers(Path file, boolean targets) throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        StringBuilder text = new StringBuilder("petal,colour,seen,noise" + (targets ? ",kind,height" : "") + "\n");
        for (int i = 0; i < 240; i++) {
            int kind = i % 3;
            double petal = kind + random.nextGaussian() * 0.2;
            String colour = random.nextInt(6) == 0 ? "" : kind == 1 ? "blue" : "red";
            text.append(String.format(
                    Locale.ROOT,
                    "%.3f,%s,2024-%02d-11,%.3f",
                    petal,
                    colour,
                    1 + 4 * kind + random.nextInt(3),
                    random.nextDouble()));
            text.append(
                    targets
                            ? String.format(
                                    Locale.ROOT, ",%s,%.3f%n", "kind" + kind, 10 * petal + random.nextGaussian())
                            : "\n");
        }
        return Files.writeString(file, text);
    }

    /** Sixty pictures of stripes, across and down. */
    static Path pictures(Path root) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 60; i++) {
            boolean across = i % 2 == 0;
            BufferedImage image = new BufferedImage(10, 10, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < 10; y++) {
                for (int x = 0; x < 10; x++) {
                    int grey = ((across ? y : x) % 2 == 0 ? 200 : 40) + random.nextInt(40);
                    image.setRGB(x, y, grey << 16 | grey << 8 | grey);
                }
            }
            Path file = root.resolve(across ? "across" : "down").resolve(i + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(image, "png", file.toFile());
        }
        return root;
    }

    static CommandRun train(Path file, Path out, String... more) {
        return CommandRun.of(
                Stream.concat(Stream.of("train", file.toString(), "--out", out.toString()), Stream.of(more))
                        .toArray(String[]::new));
    }

    static CommandRun predict(Path folder, Path file, String... more) {
        return CommandRun.of(Stream.concat(
                        Stream.of("predict", folder.resolve("model.safetensors").toString(), file.toString()),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    /** In a line, with the exit code of a command line that cannot be done. */
    static void refused(CommandRun run, String why) {
        assertEquals(2, run.exitCode(), run.out() + run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains(why), run.err());
    }
}
