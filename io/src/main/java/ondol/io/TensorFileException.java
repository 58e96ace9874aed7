package ondol.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file that does not hold what it should, or holds what Ondol does not read. The message names the file, the place and the fix. */
public final class TensorFileException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path file;

    TensorFileException(Path file, String problem) {
        super(printable(file + ": " + problem));
        this.file = file;
    }

    TensorFileException(Path file, String problem, Throwable cause) {
        this(file, problem);
        initCause(cause);
    }

    /** Takes control characters out: a file's content shall not command the terminal that shows the message. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                printable.setCharAt(i, '?');
            }
        }
        return printable.toString();
    }

    /** {@return the file that was refused; null in a copy made by serialization} */
    public Path file() {
        return file;
    }
}
