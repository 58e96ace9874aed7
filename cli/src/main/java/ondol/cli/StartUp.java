package ondol.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What jshell and a notebook run before the user's first line: imports. */
final class StartUp {
    private StartUp() {}

    static String script() {
        try (InputStream in = StartUp.class.getResourceAsStream("startup.jsh")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
