package ondol.io;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Files that PyTorch, NumPy and safetensors wrote: see {@code record.py} beside them. */
final class Recorded {
    private Recorded() {}

    static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(Recorded.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
