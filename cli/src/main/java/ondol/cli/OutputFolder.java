package ondol.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The folder of {@code --out}. */
final class OutputFolder {
    private OutputFolder() {}

    /**
     * The folder, which now exists and can be written to.
     *
     * @throws ParameterException if it cannot be made or written to
     */
    static Path at(Path folder, CommandSpec spec) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".ondol", null));
            return folder;
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "cannot write to the folder " + folder + ": " + reason(e) + "; choose another with --out",
                    e);
        }
    }

    /** Why a file could not be written. */
    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> "a file has that name";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }
}
