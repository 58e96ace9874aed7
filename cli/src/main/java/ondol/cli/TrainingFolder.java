package ondol.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that {@code ondol train} writes to its folder: of one training, never of two. */
record TrainingFolder(Path folder) {
    Path model() {
        return folder.resolve("model.safetensors");
    }

    Path report() {
        return folder.resolve("report.html");
    }

    Path history() {
        return folder.resolve("history.csv");
    }

    Path picture() {
        return folder.resolve("history.png");
    }

    /** The files that are needed to go on. */
    Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /** Where the files are of the training before this one. */
    private TrainingFolder previous() {
        return new TrainingFolder(folder.resolve("previous"));
    }

    /** The file that a training holds while it writes to the folder; it stays there, empty, for the next one. */
    Path lockFile() {
        return folder.resolve(".lock");
    }

    /**
     * Keeps other trainings out of the folder until it is closed, or this process ends in whatever way.
     *
     * @throws IOException if another one is in it, or it cannot be locked
     */
    Closeable lock() throws IOException {
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = tryLock(channel);
        } catch (IOException e) {
            throw new IOException(
                    "cannot lock the folder " + folder + ": " + OutputFolder.reason(e) + "; choose another with --out",
                    e);
        } finally {
            if (channel != null && lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new IOException("another training is writing to the folder " + folder
                    + "; wait for its end, or choose another with --out");
        }
        return channel;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) { // it is in this very process
            return null;
        }
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>(Stream.of(model(), report(), history(), picture())
                .filter(Files::isRegularFile)
                .toList());
        if (Files.isDirectory(checkpoints())) {
            try (Stream<Path> saved = Files.list(checkpoints())) {
                saved.filter(f -> f.toString().endsWith(".safetensors")).forEach(files::add);
            }
        }
        return files;
    }

    /**
     * Moves the files of an earlier training to the folder {@code previous} in this one, whose own are deleted.
     *
     * @return where they are now; none if there were no files
     */
    List<Path> setAside() throws IOException {
        List<Path> files = files();
        if (files.isEmpty()) {
            return List.of();
        }
        TrainingFolder previous = previous();
        try {
            Files.createDirectories(previous.checkpoints());
            for (Path old : previous.files()) {
                Files.delete(old);
            }
            for (Path file : files) {
                Files.move(file, previous.folder.resolve(folder.relativize(file)));
            }
        } catch (IOException e) {
            throw new IOException(
                    "the files of the earlier training in " + folder + " cannot be moved to " + previous.folder + ": "
                            + OutputFolder.reason(e) + "; choose another folder with --out",
                    e);
        }
        return List.of(previous.folder);
    }
}
