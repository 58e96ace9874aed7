package ondol.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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

    /** What is needed to go on. */
    Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /** Where the files are of the training before this one. */
    private TrainingFolder previous() {
        return new TrainingFolder(folder.resolve("previous"));
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
