package ondol.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** A folder of any file system that Spark knows, with the last checkpoints of a training, named by epoch and batch. */
final class CheckpointStore {
    private static final Pattern NAME = Pattern.compile("epoch-\\d{6}-batch-\\d{9}\\.safetensors");
    private static final int KEEP = 2;

    private final FileSystem files;
    private final Path folder;

    private CheckpointStore(FileSystem files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /** @throws IOException if there is no such file system */
    static CheckpointStore of(String folder, Configuration settings) throws IOException {
        Path path = new Path(folder);
        return new CheckpointStore(path.getFileSystem(settings), path);
    }

    /** Makes the folder, and a file in it. */
    void tryOut() throws IOException {
        files.mkdirs(folder);
        Path probe = new Path(folder, ".probe-" + UUID.randomUUID());
        files.create(probe).close();
        files.delete(probe, false);
    }

    /**
     * Takes a file of this machine; at any moment there is the whole checkpoint or none.
     *
     * @param epoch the epoch that is to go on, counted from 1
     * @param batch how many of its batches are done
     */
    void save(java.nio.file.Path file, int epoch, int batch) throws IOException {
        files.mkdirs(folder);
        String name = String.format(Locale.ROOT, "epoch-%06d-batch-%09d.safetensors", epoch, batch);
        Path unfinished = new Path(folder, "." + name + "-" + UUID.randomUUID());
        Path place = new Path(folder, name);
        files.copyFromLocalFile(true, true, local(file), unfinished);
        files.delete(place, false);
        if (!files.rename(unfinished, place)) {
            throw new IOException("cannot rename " + unfinished + " to " + place);
        }
        List<Path> all = all();
        for (Path old : all.subList(0, Math.max(0, all.size() - KEEP))) {
            files.delete(old, false);
        }
    }

    /** The last one; null if there is none. */
    @Nullable
    Path newest() throws IOException {
        List<Path> all = all();
        return all.isEmpty() ? null : all.getLast();
    }

    /** Copies one to this machine. */
    void fetch(Path checkpoint, java.nio.file.Path to) throws IOException {
        files.copyToLocalFile(false, checkpoint, local(to), true);
    }

    private static Path local(java.nio.file.Path file) {
        return new Path(file.toUri());
    }

    private List<Path> all() throws IOException {
        List<Path> all = new ArrayList<>();
        if (files.exists(folder)) {
            for (FileStatus status : files.listStatus(folder)) {
                if (NAME.matcher(status.getPath().getName()).matches()) {
                    all.add(status.getPath());
                }
            }
        }
        all.sort((a, b) -> a.getName().compareTo(b.getName()));
        return all;
    }
}
