package ondol.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The standard output, which remembers why it could not be written. {@link java.io.PrintStream} and
 * {@link java.io.PrintWriter} swallow that, and a command whose output went nowhere would seem to have done well.
 */
final class Output extends OutputStream {
    private final OutputStream to;
    private @Nullable IOException failure;

    Output(OutputStream to) {
        this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            to.write(bytes, offset, length);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            to.flush();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /** The first failure; null if all was written. */
    @Nullable
    IOException failure() {
        return failure;
    }
}
