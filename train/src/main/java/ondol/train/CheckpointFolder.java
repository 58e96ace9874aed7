package ondol.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A training's last checkpoints, in files named by epoch and batch, so that their names have their order, and those of the best epochs. */
final class CheckpointFolder {
    private static final Pattern LAST = Pattern.compile("epoch-\\d{6}-batch-\\d{9}\\.safetensors");
    private static final Pattern BEST = Pattern.compile("best-epoch-\\d{6}\\.safetensors");

    private final Path folder;
    private final int keep;

    CheckpointFolder(Path folder, int keep) {
        this.folder = folder;
        this.keep = keep;
    }

    /**
     * Saves one, and removes those that are no longer wanted. If the last epoch is among the best, the same file has a second name,
     * which comes first: whoever goes on from the last one has the best ones up to there.
     *
     * @param epoch the epoch that is to go on, counted from 1
     * @param batch how many of its batches are done
     * @param best which stay, after an epoch; null if none do, and within an epoch
     */
    void save(int epoch, int batch, Checkpoint checkpoint, @Nullable BestEpochs best, History history)
            throws IOException {
        Files.createDirectories(folder);
        String name = String.format(Locale.ROOT, "epoch-%06d-batch-%09d.safetensors", epoch, batch);
        Path saved = best == null ? null : saveBest(best, history, checkpoint);
        if (saved == null || !link(saved, name)) {
            checkpoint.save(folder.resolve(name));
        }
        for (Path later : all(LAST)) { // of another training, which would take this one's place
            if (later.getFileName().toString().compareTo(name) > 0) {
                Files.deleteIfExists(later);
            }
        }
        List<Path> all = all(LAST);
        for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
            Files.deleteIfExists(old);
        }
    }

    /** Gives a file a second name, in place of the file that has it; false if the file system knows none. */
    private boolean link(Path file, String name) throws IOException {
        Path beside = folder.resolve(name + ".link");
        try {
            Files.deleteIfExists(beside);
            Files.createLink(beside, file);
            Files.move(beside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /** Saves the last epoch if it is among the best, and removes those that are not, or no longer, or of another training. */
    private @Nullable Path saveBest(BestEpochs best, History history, Checkpoint checkpoint) throws IOException {
        History.Epoch last = history.last();
        List<Integer> numbers = best.of(history);
        Path file = null;
        if (numbers.contains(last.number())) {
            file = folder.resolve(bestName(last.number()));
            checkpoint
                    .note("epoch", Integer.toString(last.number()))
                    .note(best.score(), Double.toString(last.score(best.score())))
                    .save(file);
        }
        List<String> names = numbers.stream().map(CheckpointFolder::bestName).toList();
        for (Path old : all(BEST)) {
            if (!names.contains(old.getFileName().toString())) {
                Files.deleteIfExists(old);
            }
        }
        return file;
    }

    private static String bestName(int epoch) {
        return String.format(Locale.ROOT, "best-epoch-%06d.safetensors", epoch);
    }

    /** The last one; null if there is none. */
    @Nullable
    Path newest() throws IOException {
        List<Path> all = all(LAST);
        return all.isEmpty() ? null : all.getLast();
    }

    private List<Path> all(Pattern name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> name.matcher(f.getFileName().toString()).matches())
                    .sorted((a, b) ->
                            a.getFileName().toString().compareTo(b.getFileName().toString()))
                    .toList();
        }
    }
}
