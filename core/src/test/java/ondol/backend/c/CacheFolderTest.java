package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** {@code -Dondol.cache}. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class CacheFolderTest {
    private static final String PROPERTY = "ondol.cache";

    private static @Nullable Path folder(@Nullable String setting) {
        String before = System.getProperty(PROPERTY);
        set(setting);
        try {
            return KernelCache.userFolder("opencl");
        } finally {
            set(before);
        }
    }

    private static void set(@Nullable String setting) {
        if (setting == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, setting);
        }
    }

    @Test
    void aFolderNoneOrTheUsers() {
        assertEquals(Path.of("somewhere", "opencl"), folder("somewhere"));
        assertNull(folder("none"));
        assertEquals(Path.of("ondol", "opencl").getFileName(), folder(null).getFileName());
        assertEquals(folder(null), folder(""));
    }
}
