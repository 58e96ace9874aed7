package ondol.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import ondol.io.TensorFileException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Error messages about files of tensors, in lines that a terminal can show. */
final class FileErrors {
    private static final int SHOWN = 10;

    private FileErrors() {}

    /** That a file cannot be read or written. */
    static ParameterException refusal(Path file, IOException e, CommandSpec spec) {
        String reason = switch (e) {
            case TensorFileException t -> String.valueOf(t.getMessage());
            case NoSuchFileException n when file.toString().equals(n.getFile()) -> file + ": there is no such file";
            case NoSuchFileException n -> file + ": there is no such folder";
            default -> file + ": " + OutputFolder.reason(e);
        };
        return new ParameterException(spec.commandLine(), printable(reason), e);
    }

    /** A text from a file, without what would command the terminal. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** The first names of many. */
    static String names(List<String> names) {
        String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() <= SHOWN ? shown : shown + " and " + (names.size() - SHOWN) + " more";
    }
}
