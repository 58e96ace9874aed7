package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** How JCuda is let load its libraries. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class JCudaNativesTest {
    private static final String PROPERTY = "java.io.tmpdir";

    @Test
    void everyTimeInAFolderOfItsOwn() {
        String before = System.getProperty(PROPERTY);
        List<String> folders = new ArrayList<>();
        JCudaNatives.load(() -> folders.add(System.getProperty(PROPERTY)));
        assertEquals(before, System.getProperty(PROPERTY));
        JCudaNatives.load(() -> folders.add(System.getProperty(PROPERTY)));
        assertTrue(Files.isDirectory(Path.of(folders.get(0))));
        assertNotEquals(before, folders.get(0));
        assertNotEquals(folders.get(0), folders.get(1));
    }

    @Test
    void afterAFailureToo() {
        String before = System.getProperty(PROPERTY);
        assertThrows(
                UnsatisfiedLinkError.class,
                () -> JCudaNatives.load(() -> {
                    throw new UnsatisfiedLinkError("no such library");
                }));
        assertEquals(before, System.getProperty(PROPERTY));
    }

    @Test
    void addresses() {
        assertEquals(0, Address.of(new CUdeviceptr()));
        assertEquals(0x7f12_3456_7000L, Address.of(new Numbered(0x7f12_3456_7000L)));
    }

    private static final class Numbered extends Pointer {
        Numbered(long address) {
            super(address);
        }
    }
}
