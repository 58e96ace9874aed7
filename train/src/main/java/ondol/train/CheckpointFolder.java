package ondol.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A training's last checkpoints, in files named by epoch and batch, so that their names have their order. */
final class CheckpointFolder {
    private static final Pattern NAME = Pattern.compile("epoch-\\d{6}-batch-\\d{9}\\.safetensors");

    private final Path folder;
    private final int keep;

    CheckpointFolder(Path folder, int keep) {
        this.folder = folder;
        this.keep = keep;
    }

    /**
     * Saves one, and removes those that are no longer wanted.
     *
     * @param epoch the epoch that is to go on, counted from 1
     * @param batch how many of its batches are done
     */
    void save(int epoch, int batch, Checkpoint checkpoint) throws IOException {
        Files.createDirectories(folder);
        String name = String.format(Locale.ROOT, "epoch-%06d-batch-%09d.safetensors", epoch, batch);
        checkpoint.save(folder.resolve(name));
        for (Path later : all()) { // of another training, which would take this one's place
            if (later.getFileName().toString().compareTo(name) > 0) {
                Files.deleteIfExists(later);
            }
        }
        List<Path> all = all();
        for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
            Files.deleteIfExists(old);
        }
    }

    /** The last one; null if there is none. */
    @Nullable
    Path newest() throws IOException {
        List<Path> all = all();
        return all.isEmpty() ? null : all.getLast();
    }

    private List<Path> all() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> NAME.matcher(f.getFileName().toString()).matches())
                    .sorted((a, b) ->
                            a.getFileName().toString().compareTo(b.getFileName().toString()))
                    .toList();
        }
    }
}
