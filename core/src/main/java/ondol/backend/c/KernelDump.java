package ondol.backend.c;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.backend.Log;
import ondol.backend.Settings;

/** {@code -Dondol.dumpKernels=DIR}: writes every text that is made, for people to read. */
public final class KernelDump {
    private static final System.Logger LOG = Log.of("ondol.kernels");
    private static final AtomicInteger COUNT = new AtomicInteger();

    private KernelDump() {}

    /**
     * Writes a text, if that is asked for.
     *
     * @param source the text
     * @param dialect the language it is in
     */
    public static void write(Source source, Dialect dialect) {
        Path folder = Settings.dumpKernels();
        if (folder == null) {
            return;
        }
        String file = "%03d-%s.%s".formatted(COUNT.getAndIncrement(), source.name(), dialect.extension());
        try {
            Path directory = Files.createDirectories(folder);
            Files.writeString(directory.resolve(file), source.in(dialect), StandardCharsets.UTF_8);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "ondol.dumpKernels: cannot write to {0}: {1}", folder, e.getMessage());
        }
    }
}
