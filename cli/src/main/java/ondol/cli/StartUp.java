package ondol.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The imports that jshell and a notebook run before the user's first line. */
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
