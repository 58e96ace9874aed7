package ondol.train;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/** The measurements of a training, epoch by epoch. */
public final class History {
    /**
     * One epoch.
     *
     * @param number counted from 1
     * @param lr the learning rate of its last step; of the first group, where there are several
     * @param seconds how long it took, validation included
     * @param scores {@code loss}, the mean over the epoch's samples as they were learnt from; of the validation data
     *     {@code val_loss} and each metric with {@code val_} before its name
     */
    public record Epoch(int number, double lr, double seconds, Map<String, Double> scores) {
        /** Keeps a copy, in order. */
        public Epoch {
            scores = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        }

        /**
         * A score.
         *
         * @param name the score's name, as {@code val_loss}
         * @return its value, which may be NaN
         * @throws IllegalArgumentException if there is none of that name
         */
        public double score(String name) {
            Double score = scores.get(name);
            if (score == null) {
                throw new IllegalArgumentException("there is no score '" + name + "'; there are " + scores.keySet());
            }
            return score;
        }
    }

    /**
     * Scores in a line, with four digits behind the point.
     *
     * @param scores scores by name
     * @return one line, as {@code loss 0.1234, val_loss 0.2345}
     */
    public static String text(Map<String, Double> scores) {
        List<String> words = new ArrayList<>();
        scores.forEach((name, score) -> words.add(String.format(Locale.ROOT, "%s %.4f", name, score)));
        return String.join(", ", words);
    }

    private final List<Epoch> epochs = new ArrayList<>();

    /** Without an epoch. */
    History() {}

    void add(Epoch epoch) {
        epochs.add(epoch);
    }

    void replace(List<Epoch> others) {
        epochs.clear();
        epochs.addAll(others);
    }

    /** {@return all epochs, the first one first} */
    public List<Epoch> epochs() {
        return List.copyOf(epochs);
    }

    /**
     * The last epoch.
     *
     * @return the epoch with the greatest number
     * @throws java.util.NoSuchElementException if there is none
     */
    public Epoch last() {
        return epochs.getLast();
    }

    /**
     * The epochs by a score, the best first; of equal ones the earlier. Those without it, or where it is NaN, are left out.
     *
     * @param name the score's name, as {@code val_loss}
     * @param higherIsBetter false for losses
     * @return the epochs in order
     */
    public List<Epoch> best(String name, boolean higherIsBetter) {
        Comparator<Epoch> ascending = Comparator.comparingDouble(e -> e.score(name));
        return epochs.stream()
                .filter(e -> !Double.isNaN(e.scores.getOrDefault(name, Double.NaN)))
                .sorted(higherIsBetter ? ascending.reversed() : ascending)
                .toList();
    }

    /** {@return the names of all scores, in order} */
    public List<String> names() {
        Set<String> names = new LinkedHashSet<>();
        epochs.forEach(e -> names.addAll(e.scores.keySet()));
        return List.copyOf(names);
    }

    /**
     * A score of all epochs; NaN where an epoch has none.
     *
     * @param name the score's name, as {@code val_loss}
     * @return a value for each epoch
     */
    public double[] scores(String name) {
        return epochs.stream()
                .mapToDouble(e -> e.scores.getOrDefault(name, Double.NaN))
                .toArray();
    }

    /**
     * Writes a CSV file: a line for each epoch, numbers with all their digits.
     *
     * @param file the file, which is overwritten
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder("epoch,lr,seconds");
        names().forEach(name -> text.append(',').append(name));
        text.append('\n');
        for (Epoch e : epochs) {
            text.append(e.number).append(',').append(e.lr).append(',').append(e.seconds);
            for (String name : names()) {
                Double score = e.scores.get(name);
                text.append(',').append(score == null ? "" : score.toString());
            }
            text.append('\n');
        }
        Files.writeString(file, text);
    }

    /**
     * Draws the curves of all scores, losses above and the others below, as a PNG picture.
     *
     * @param file the file, which is overwritten
     * @throws IllegalArgumentException unless the name ends with .png
     * @throws IllegalStateException if there is no epoch
     * @throws IOException if it cannot be written
     */
    public void picture(Path file) throws IOException {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw new IllegalArgumentException(
                    "History.picture: " + file + " does not end with .png, which is what is written");
        }
        if (epochs.isEmpty()) {
            throw new IllegalStateException("History.picture: there is no epoch yet; train first");
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            ImageIO.write(Curves.page(this), "png", out);
        }
    }

    /** A table with a line for each epoch. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%5s %9s %8s", "epoch", "lr", "seconds"));
        names().forEach(name -> text.append(String.format(Locale.ROOT, " %" + width(name) + "s", name)));
        text.append('\n');
        for (Epoch e : epochs) {
            text.append(String.format(Locale.ROOT, "%5d %9.3g %8.2f", e.number, e.lr, e.seconds));
            for (String name : names()) {
                Double score = e.scores.get(name);
                text.append(
                        score == null
                                ? " ".repeat(1 + width(name))
                                : String.format(Locale.ROOT, " %" + width(name) + ".4f", score));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static int width(String name) {
        return Math.max(8, name.length());
    }
}
