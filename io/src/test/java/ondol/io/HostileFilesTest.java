package ondol.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import ondol.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that are damaged or that lie: a {@link TensorFileException} says what is wrong, and nothing else happens.
 *
 * <p>{@code -Dondol.test.seed=5} makes other files, {@code -Dondol.test.files=1000000} more of them.
 */
final class HostileFilesTest {
    private static final long SEED = Long.getLong("ondol.test.seed", 20260102);
    private static final int FILES = Integer.getInteger("ondol.test.files", 100_000);

    /** What reading may allocate, for each byte of the file and always. */
    private static final long MOST_GROWTH = 100;

    private static final long ALWAYS_ALLOWED = 4 << 20;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    private interface Reading {
        void read(Path path, byte[] bytes) throws IOException;
    }

    private static byte[] recorded(String name) throws IOException {
        return Files.readAllBytes(Recorded.file(name));
    }

    private static byte[] entry(String file, String ending) throws IOException {
        try (ZipFile zip = new ZipFile(Recorded.file(file).toFile())) {
            ZipEntry entry = Collections.list(zip.entries()).stream()
                    .filter(e -> e.getName().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
            return zip.getInputStream(entry).readAllBytes();
        }
    }

    /** Damages files and reads them: most are refused, some still hold something. */
    private void damage(String kind, List<byte[]> seeds, int files, Reading reading) {
        Path path = folder.resolve("hostile");
        int refused = 0;
        for (int i = 0; i < files; i++) {
            Random random = new Random(SEED + 1_000_003L * i);
            byte[] bytes = new Mutations(random).of(seeds.get(random.nextInt(seeds.size())), seeds);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try (Scope _ = Scope.open()) {
                reading.read(path, bytes);
            } catch (TensorFileException e) {
                refused++;
                if (!e.getMessage().startsWith(path + ": ")
                        || e.getMessage().length() > 2000 + path.toString().length()) {
                    fail(kind + " " + i + " of seed " + SEED + ": " + e.getMessage());
                }
            } catch (IOException | RuntimeException | Error e) {
                throw new AssertionError(kind + " " + i + " of seed " + SEED + ": " + e, e);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            if (allocated > ALWAYS_ALLOWED + MOST_GROWTH * bytes.length) {
                fail(kind + " " + i + " of seed " + SEED + ": " + allocated + " bytes for a file of " + bytes.length);
            }
        }
        assertTrue(refused > files / 4 && refused < files, kind + ": " + refused + " of " + files + " refused");
    }

    @Test
    void damagedSafetensors() throws IOException {
        damage(
                "safetensors",
                List.of(recorded("kinds.safetensors"), recorded("plain.safetensors")),
                FILES * 35 / 100,
                (path, bytes) -> {
                    MemorySegment memory = MemorySegment.ofArray(bytes);
                    SafetensorsFile.of(path, Arena.global(), memory).tensors(LoadOptions.defaults());
                });
    }

    @Test
    void damagedNpy() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name :
                List.of("plain.npy", "big_endian.npy", "fortran.npy", "single.npy", "version2.npy", "version3.npy")) {
            seeds.add(recorded(name));
        }
        damage("npy", seeds, FILES * 25 / 100, (path, bytes) -> {
            ByteSource source = ByteSource.of(path, "", MemorySegment.ofArray(bytes));
            Npy.read(source, NpyHeader.read(source), LoadOptions.defaults());
        });
    }

    @Test
    void damagedPickles() throws IOException {
        damage("pickle", pickles(), FILES * 25 / 100, (path, bytes) -> {
            Object value = Unpickler.read(path, "data.pkl", bytes);
            PickledGraph.replace(path, value, ref -> ref);
        });
    }

    private static List<byte[]> pickles() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name : List.of("kinds.pt", "checkpoint.pt", "state_dict.pt", "module.pt", "sparse.pt")) {
            seeds.add(entry(name, "data.pkl"));
        }
        return seeds;
    }

    @Test
    void damagedArchives() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name :
                List.of("kinds.pt", "checkpoint.pt", "state_dict.pt", "arrays.npz", "compressed.npz", "script.pt")) {
            seeds.add(recorded(name));
        }
        damage("archive", seeds, FILES * 8 / 100, (path, bytes) -> {
            Files.write(path, bytes);
            TensorFiles.load(path);
        });
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count(), "nothing but the file itself");
        }
    }

    /** The archive is in order, with its checksums, and what is in it is not. */
    @Test
    void archivesOfDamagedEntries() throws IOException {
        damage("pickle in an archive", List.of(entry("checkpoint.pt", "data.pkl")), FILES * 4 / 100, (path, bytes) -> {
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
                stored(zip, "a/data.pkl", bytes);
                int[] sizes = {8, 4, 4, 8, 8, 4, 4, 4};
                for (int i = 0; i < sizes.length; i++) {
                    stored(zip, "a/data/" + i, new byte[sizes[i]]);
                }
            }
            TorchFile.load(path, LoadOptions.defaults().roundFloat64(true));
        });
        damage(
                "npy in an archive",
                List.of(recorded("plain.npy"), recorded("fortran.npy")),
                FILES * 3 / 100,
                (path, bytes) -> {
                    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
                        zip.putNextEntry(new ZipEntry("../../a.npy"));
                        zip.write(bytes);
                        zip.closeEntry();
                    }
                    Npz.load(path);
                });
    }

    private static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    // ---- pickles that are built to hurt

    private static byte[] pickle(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x80);
        out.write(2);
        for (Object part : parts) {
            if (part instanceof String s) {
                out.writeBytes(s.getBytes(StandardCharsets.ISO_8859_1));
            } else {
                out.write((Integer) part);
            }
        }
        return out.toByteArray();
    }

    private String refusedPickle(byte[] pickle) {
        Path path = folder.resolve("pickle");
        return assertThrows(
                        TensorFileException.class,
                        () -> PickledGraph.replace(path, Unpickler.read(path, "data.pkl", pickle), ref -> ref))
                .getMessage();
    }

    @Test
    void picklesThatAreBuiltToHurt() {
        int many = 200_000;
        assertTrue(refusedPickle(pickle("](".repeat(many) + "e".repeat(many) + "."))
                .contains("levels deep"));
        assertTrue(
                refusedPickle(pickle("(".repeat(102) + "t".repeat(102) + ".")).contains("levels deep"));
        assertTrue(
                refusedPickle(pickle("(".repeat(many) + "t".repeat(many) + ".")).contains("more objects"));
        assertTrue(refusedPickle(pickle("}q\0X\1\0\0\0kh\0s.")).contains("contains itself"));
        assertTrue(refusedPickle(pickle("]q\0h\0a.")).contains("contains itself"));
        assertTrue(refusedPickle(pickle("}".repeat(many) + ".")).contains("more objects than data of its size"));
        assertTrue(refusedPickle(pickle("X\u00ff\u00ff\u00ff\u007fabc.")).contains("cut short"));
        assertTrue(refusedPickle(pickle("X\u00ff\u00ff\u00ff\u00ffabc.")).contains("cut short"));
        assertTrue(refusedPickle(pickle("h\7.")).contains("object 7, which it has not stored"));
        assertTrue(refusedPickle(pickle(".")).contains("more from its stack than is there"));
        assertTrue(refusedPickle(pickle("NN.")).contains("more than one object"));
        assertTrue(refusedPickle(pickle("}](N]us.")).contains("something else than a dict"));
        assertTrue(refusedPickle(pickle("}]Ns.")).contains("a key that is neither a text nor a number"));
        assertTrue(refusedPickle(pickle("cposix\nsystem\n(X\2\0\0\0lstR.")).contains("asks for posix.system."));
        assertTrue(refusedPickle(pickle("cos\nsys\u001b[2Jtem\n.")).contains("asks for os.sys?[2Jtem."));
        assertTrue(refusedPickle(pickle("c" + "a".repeat(5000))).contains("name of more than 1000"));
        assertTrue(refusedPickle(pickle("ccollections\nOrderedDict\n.")).contains("a function or a class"));
        assertTrue(refusedPickle(pickle("(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\2tQ."))
                .contains("a bare storage"));
        assertTrue(refusedPickle(pickle("\u008a\n" + "\u007f".repeat(10) + ".")).contains("which no long holds"));
        assertTrue(refusedPickle(pickle("i__main__\nX\n.")).contains("the instruction 0x69"));
        assertTrue(refusedPickle(new byte[] {(byte) 0x80, 4, 'N', '.'}).contains("protocol 4"));
        assertTrue(refusedPickle(new byte[0]).contains("cut short"));
    }

    /** Two references to a list of two references, and so on: little in memory, and without end for who follows them. */
    @Test
    void listsThatHoldEachOtherAgainAndAgain() throws IOException {
        StringBuilder text = new StringBuilder("]q\0");
        for (int i = 0; i < 60; i++) {
            text.append("](h")
                    .append((char) i)
                    .append('h')
                    .append((char) i)
                    .append("eq")
                    .append((char) (i + 1));
        }
        Path path = folder.resolve("laughs.pt");
        byte[] pickle = pickle("(" + text + "t."); // a tuple of all of them; the last holds 2^60 others
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            stored(zip, "a/data.pkl", pickle);
        }
        assertEquals(61, ((List<?>) TorchFile.load(path)).size());
        assertTrue(assertThrows(TensorFileException.class, () -> TensorFiles.load(path))
                .getMessage()
                .contains("again and again"));
    }

    @Test
    void tensorsOutsideOfTheirStorage() {
        Map<String, String> tensors = new LinkedHashMap<>();
        tensors.put("K\0K\3\u0085K\1\u0085", "which has 2 elements");
        tensors.put("K\1K\2\u0085K\1\u0085", "which has 2 elements");
        tensors.put("K\3))", "which has 2 elements");
        tensors.put("J\u00ff\u00ff\u00ff\u00ff))", "with 0 strides, from element -1");
        tensors.put("K\0K\2\u0085J\u00ff\u00ff\u00ff\u00ff\u0085", "negative size or stride -1");
        tensors.put("K\0K\2\u0085)", "with 0 strides");
        tensors.put("K\0J\0\0\1\0J\0\0\1\0\u0086K\0K\0\u0086", "are repeated");
        String big = "\u008a\10\0\0\0\0\0\0\0\u0040"; // 2^62
        tensors.put("K\0" + big + big + "\u0086K\0K\0\u0086", "long");
        tensors.put("K\0K\3K\3\u0086" + big + big + "\u0086", "which has 2 elements");
        tensors.forEach((tensor, message) -> {
            String refusal = refusedPickle(pickle("ctorch._utils\n_rebuild_tensor_v2\n("
                    + "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\2tQ" + tensor
                    + "\u0089ccollections\nOrderedDict\n)RtR."));
            assertTrue(refusal.contains(message), refusal);
        });
    }

    @Test
    void archivesThatLieAboutSizes() throws IOException {
        Path path = folder.resolve("lies.npz");
        byte[] bytes = recorded("compressed.npz").clone();
        int directory = bytes.length;
        do {
            directory--;
        } while (!(bytes[directory] == 'P' && bytes[directory + 1] == 'K' && bytes[directory + 2] == 1));
        bytes[directory + 27] = 0x40; // the uncompressed size: 2^30 and more
        Files.write(path, bytes);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        String message = assertThrows(TensorFileException.class, () -> TensorFiles.load(path))
                .getMessage();
        assertTrue(message.contains("cannot be in an archive of") || message.contains("no zip archive"), message);
        assertTrue(THREADS.getCurrentThreadAllocatedBytes() - before < ALWAYS_ALLOWED);
    }
}
