package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** {@code -Dondol.dumpKernels=DIR}: what the driver is given can be read. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class DumpTest {
    private static final String PROPERTY = "ondol.dumpKernels";

    @TempDir
    Path folder;

    @Test
    void kernelsAreWritten() throws IOException {
        try (OpenClBackend backend = OpenClDevice.open()) {
            Device device = Device.of("opencl-dump", backend);
            Tensor x = Tensor.ones(Shape.of(2, 3), DType.FLOAT32, device).neg();
            Path at = folder.resolve("new").resolve("folder");
            String before = System.getProperty(PROPERTY);
            System.setProperty(PROPERTY, at.toString());
            try {
                assertArrayEquals(new float[6], x.relu().toFloatArray());
                assertArrayEquals(new float[6], x.relu().toFloatArray()); // the same kernel: no second file
                assertArrayEquals(new float[6], x.t().relu().toFloatArray());
            } finally {
                if (before == null) {
                    System.clearProperty(PROPERTY);
                } else {
                    System.setProperty(PROPERTY, before);
                }
            }
            List<Path> files;
            try (var all = Files.list(at)) {
                files = all.sorted().toList();
            }
            assertEquals(2, files.size(), files.toString());
            String contiguous = function(files.get(0));
            assertFalse(divides(contiguous), contiguous);
            String transposed = function(files.get(1));
            assertTrue(divides(transposed), transposed); // so divides() would have seen it
        }
    }

    /** A dumped kernel's function, without comments. */
    private static String function(Path file) throws IOException {
        assertTrue(file.toString().endsWith("-map.cl"), file.toString());
        String text = Files.readString(file);
        int start = text.indexOf("void map(");
        assertTrue(start >= 0, text);
        return text.substring(start).replaceAll("//.*|(?s:/\\*.*?\\*/)", "");
    }

    /** Whether an index is taken apart. */
    private static boolean divides(String text) {
        return text.contains("/") || text.contains("%") || text.contains("quotient") || text.contains("DIVIDE");
    }
}
