package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** How libraries are let unpack their native parts. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class UnpackedNativesTest {
    private static final String PROPERTY = "java.io.tmpdir";

    @Test
    void everyTimeInAFolderOfItsOwn() {
        String before = System.getProperty(PROPERTY);
        List<String> folders = new ArrayList<>();
        UnpackedNatives.load("ondol-test", () -> folders.add(System.getProperty(PROPERTY)));
        assertEquals(before, System.getProperty(PROPERTY));
        UnpackedNatives.load("ondol-test", () -> folders.add(System.getProperty(PROPERTY)));
        assertTrue(Files.isDirectory(Path.of(folders.get(0))));
        assertNotEquals(before, folders.get(0));
        assertNotEquals(folders.get(0), folders.get(1));
    }

    @Test
    void afterAFailureToo() {
        String before = System.getProperty(PROPERTY);
        assertThrows(
                UnsatisfiedLinkError.class,
                () -> UnpackedNatives.load("ondol-test", () -> {
                    throw new UnsatisfiedLinkError("no such library");
                }));
        assertEquals(before, System.getProperty(PROPERTY));
    }
}
