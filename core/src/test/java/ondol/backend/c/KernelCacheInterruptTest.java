package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Channels close themselves when their thread's interrupt flag is set; the cache must not notice. */
class KernelCacheInterruptTest {
    @Test
    void anInterruptedThreadReadsAndWrites(@TempDir Path folder) {
        KernelCache cache = new KernelCache(folder.resolve("kernels"), "a device");
        byte[] content = {1, 2, 3};
        for (int i = 0; i < 3; i++) {
            String key = cache.key("text " + i, "");
            Thread.currentThread().interrupt();
            cache.write(key, content);
            byte[] read = cache.read(key);
            assertTrue(Thread.interrupted(), "the flag is gone");
            assertArrayEquals(content, read);
            assertTrue(cache.writes());
        }
    }
}
