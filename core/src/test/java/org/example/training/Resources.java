package org.example.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The files beside these classes. */
final class Resources {
    private Resources() {}

    /** The text of a file, which is unpacked if its name ends with {@code .gz}. */
    static String text(String name) {
        try (InputStream file = Objects.requireNonNull(Resources.class.getResourceAsStream(name), name);
                InputStream text = name.endsWith(".gz") ? new GZIPInputStream(file) : file) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
