package ondol.backend.opencl;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import ondol.backend.Maps;
import ondol.backend.c.KernelCache;
import ondol.kernel.Expr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is in the folder of compiled kernels, the results are right. */
class KernelCacheTest {
    private static final Expr F = X.mul(X);
    private static final Expr G = X.add(X);
    private static final float[] VALUES = {1, 3, -5, 0.5f};
    private static final float[] F_OF_VALUES = {1, 9, 25, 0.25f};

    @TempDir
    Path folder;

    /** The kernel of F, as a file. */
    private Path file;

    /** What is in it. */
    private byte[] good;

    @BeforeEach
    void fill() throws IOException {
        try (OpenClBackend backend = OpenClDevice.open(folder)) {
            Set<Path> before = times().keySet();
            assertArrayEquals(F_OF_VALUES, Maps.run(backend, F, VALUES));
            Set<Path> added = new HashSet<>(times().keySet());
            added.removeAll(before);
            assertEquals(1, added.size(), "a kernel is a file");
            file = added.iterator().next();
        }
        good = read();
        assertNotNull(good);
    }

    /** When each file was last written. */
    private Map<Path, FileTime> times() throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (var files = Files.list(folder)) {
            for (Path f : files.toList()) {
                times.put(f, Files.getLastModifiedTime(f));
            }
        }
        return times;
    }

    private String key() {
        return file.getFileName().toString().replace(".bin", "");
    }

    private byte[] read() {
        return new KernelCache(folder, "").read(key());
    }

    private void assertRight() {
        try (OpenClBackend backend = OpenClDevice.open(folder)) {
            assertArrayEquals(F_OF_VALUES, Maps.run(backend, F, VALUES));
        }
    }

    /** With every file as it is: right results, and nothing is written. */
    private void assertUsed() throws IOException {
        for (Path f : times().keySet()) {
            Files.setLastModifiedTime(f, FileTime.fromMillis(0)); // so that any writing shows
        }
        Map<Path, FileTime> before = times();
        assertRight();
        assertEquals(before, times());
    }

    /** With a bad file in the place of the good one: right results, and a good file again. */
    private void assertReplaced() throws IOException {
        byte[] bad = Files.readAllBytes(file);
        assertRight();
        assertFalse(Arrays.equals(bad, Files.readAllBytes(file)), "the bad file is still there");
        assertNotNull(read());
        assertUsed();
    }

    @Test
    void aGoodFileIsUsed() throws IOException {
        assertUsed();
    }

    @Test
    void aTruncatedFile() throws IOException {
        byte[] all = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(all, all.length / 2));
        assertNull(read());
        assertReplaced();
    }

    @Test
    void anEmptyFile() throws IOException {
        Files.write(file, new byte[0]);
        assertNull(read());
        assertReplaced();
    }

    @Test
    void aFlippedBit() throws IOException {
        byte[] all = Files.readAllBytes(file);
        all[all.length / 2] ^= 4;
        Files.write(file, all);
        assertNull(read());
        assertReplaced();
    }

    @Test
    void aFlippedBitOfTheHash() throws IOException {
        byte[] all = Files.readAllBytes(file);
        all[0] ^= 4;
        Files.write(file, all);
        assertNull(read());
        assertReplaced();
    }

    /** As after an update of the driver that did not change its version. */
    @Test
    void whatTheDriverDoesNotTake() throws IOException {
        byte[] garbage = "what another driver calls a kernel".repeat(100).getBytes(StandardCharsets.UTF_8);
        new KernelCache(folder, "").write(key(), garbage);
        assertArrayEquals(garbage, read());
        assertReplaced();
    }

    @Test
    void anotherKernelsFile() throws IOException {
        try (OpenClBackend backend = OpenClDevice.open(folder)) {
            Set<Path> before = times().keySet();
            assertArrayEquals(new float[] {2, 6, -10, 1}, Maps.run(backend, G, VALUES));
            Set<Path> added = new HashSet<>(times().keySet());
            added.removeAll(before);
            Files.write(file, Files.readAllBytes(added.iterator().next()));
        }
        assertReplaced();
    }

    @Test
    void everyFileIsBad() throws IOException {
        for (Path f : times().keySet()) {
            Files.write(f, new byte[100]);
        }
        assertReplaced();
    }

    @Test
    void aFolderThatCannotBe() throws IOException {
        Path below = file.resolve("below");
        try (OpenClBackend backend = OpenClDevice.open(below)) {
            assertArrayEquals(F_OF_VALUES, Maps.run(backend, F, VALUES));
        }
        assertArrayEquals(good, read());
        assertTrue(Files.isRegularFile(file));
    }
}
