package ondol.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NumPy's formats, against files of NumPy. */
final class NumpyTest {
    private static final float[] SIX = {0, 1, 2, 3, 4, 5};

    @TempDir
    Path folder;

    private static String refused(Path path) {
        return assertThrows(TensorFileException.class, () -> TensorFiles.load(path))
                .getMessage();
    }

    private Path npy(String header, int dataBytes) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes = ByteBuffer.allocate(10 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(NpyHeader.MARK)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) text.length)
                .put(text);
        Path path = folder.resolve("made.npy");
        Files.write(path, bytes.array());
        return path;
    }

    @Test
    void readsNumpysFiles() throws IOException {
        for (String name : List.of("plain.npy", "big_endian.npy", "version2.npy", "version3.npy")) {
            Tensor t = Npy.load(Recorded.file(name));
            assertEquals(Shape.of(2, 3), t.shape(), name);
            assertArrayEquals(SIX, t.toFloatArray(), name);
        }
        Tensor transposed = Npy.load(Recorded.file("fortran.npy"));
        assertEquals(Shape.of(3, 2), transposed.shape());
        assertArrayEquals(new long[] {1, 3}, transposed.strides());
        assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, transposed.toFloatArray());
        Tensor single = Npy.load(Recorded.file("single.npy"));
        assertEquals(Shape.of(), single.shape());
        assertEquals(-5, single.itemLong());
        assertEquals(new TensorInfo(ElementType.I8, Shape.of()), Npy.info(Recorded.file("single.npy")));

        Map<String, Tensor> arrays = Npz.load(Recorded.file("arrays.npz"));
        assertEquals(List.of("named", "u", "arr_0"), List.copyOf(arrays.keySet()));
        assertArrayEquals(new boolean[] {true, false}, arrays.get("named").toBooleanArray());
        assertArrayEquals(new long[] {0xffffffffL}, arrays.get("u").toLongArray());
        assertArrayEquals(SIX, arrays.get("arr_0").toFloatArray());
        assertArrayEquals(
                new long[100_000],
                Npz.load(Recorded.file("compressed.npz")).get("zeros").toLongArray());
        assertEquals(
                Map.of("zeros", new TensorInfo(ElementType.I16, Shape.of(100_000))),
                Npz.infos(Recorded.file("compressed.npz")));
    }

    @Test
    void writesNumpysBytes() throws IOException {
        Path path = folder.resolve("plain.npy");
        Npy.save(path, Tensor.tensor(SIX, Shape.of(2, 3)));
        assertArrayEquals(Files.readAllBytes(Recorded.file("plain.npy")), Files.readAllBytes(path));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b", Tensor.tensor(SIX, Shape.of(2, 3)).t());
        tensors.put("a/\u00e9", Tensor.tensor(true));
        tensors.put("", Tensor.zeros(0, 2).to(DType.INT64));
        Path zip = folder.resolve("all.npz");
        Npz.save(zip, tensors);
        byte[] once = Files.readAllBytes(zip);
        Map<String, Tensor> back = Npz.load(zip);
        assertEquals(List.copyOf(tensors.keySet()), List.copyOf(back.keySet()));
        tensors.forEach((name, t) -> {
            assertEquals(t.shape(), back.get(name).shape());
            assertEquals(t.dtype(), back.get(name).dtype());
            assertArrayEquals(t.toFloatArray(), back.get(name).toFloatArray());
        });
        Npz.save(zip, tensors);
        assertArrayEquals(once, Files.readAllBytes(zip), "the same tensors make the same file");
    }

    @Test
    void refusesWithReasons() throws IOException {
        assertTrue(refused(Recorded.file("objects.npy")).contains("a pickle, a program that reading would run"));
        assertTrue(refused(Recorded.file("records.npy")).contains("array of records"));
        String shape = "'fortran_order': False, 'shape': (2,), ";
        assertTrue(refused(npy("{'descr': '<u8', " + shape + "}", 16)).contains("U64: INT64 does not hold"));
        assertTrue(refused(npy("{'descr': '<c8', " + shape + "}", 16)).contains("no complex numbers"));
        assertTrue(refused(npy("{'descr': '<U3', " + shape + "}", 24)).contains("NumPy's type '<U3'"));
        assertTrue(refused(npy("{'descr': '|f4', " + shape + "}", 8)).contains("NumPy's type '|f4'"));
        assertTrue(refused(npy("{'descr': '<f4', " + shape + "}", 7)).contains("has 8 bytes, and 7 follow"));
        assertTrue(refused(npy("{'descr': '<f4', " + shape + "}", 9)).contains("file of its own"));
        assertTrue(refused(npy("{'descr': '<f4', " + shape + shape + "}", 8)).contains("twice"));
        assertTrue(refused(npy("{'descr': '<f4', " + shape + "'x': 1}", 8)).contains("the key 'x'"));
        assertTrue(refused(npy("{'descr': '<f4', " + shape + "} x", 8)).contains("goes on after the dict"));
        assertTrue(refused(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", 8))
                .contains("True nor False"));
        assertTrue(refused(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2)}", 8))
                .contains("not a tuple"));
        assertTrue(refused(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (-2,)}", 8))
                .contains("no tuple"));
        assertTrue(refused(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (9999999999, 9999999999)}", 8))
                .contains("long"));
        assertArrayEquals( // as Python 2 wrote it, and as others do
                new float[2],
                Npy.load(npy(
                                "{\"shape\":(2L,),'descr':'=f4'.".replace("'=f4'.", "'<f4'")
                                        + ",'fortran_order':False}\n",
                                8))
                        .toFloatArray());
    }

    @Test
    void damagedArchives() throws IOException {
        byte[] bytes = Files.readAllBytes(Recorded.file("arrays.npz"));
        Path path = folder.resolve("damaged.npz");
        int data = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\n', 60) + 1; // behind the first header
        bytes[data] ^= 1;
        Files.write(path, bytes);
        assertTrue(refused(path).contains("checksum"), refused(path));
        Files.write(path, Arrays.copyOf(bytes, bytes.length - 30));
        assertTrue(refused(path).contains("cut short or damaged"), refused(path));
    }

    /** What expands to more than 64 MB and 32 times its size. */
    @Test
    void archivesThatGrow() throws IOException {
        Path path = folder.resolve("bomb.npz");
        byte[] header = NpyHeader.write(new TensorInfo(ElementType.F32, Shape.of(1 << 22)));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            for (int i = 0; i < 5; i++) {
                zip.putNextEntry(new ZipEntry(i + ".npy"));
                zip.write(header);
                zip.write(new byte[1 << 24]);
                zip.closeEntry();
            }
        }
        assertTrue(Files.size(path) < 100_000);
        assertEquals(5, Npz.infos(path).size());
        assertTrue(refused(path).contains("more than"), refused(path));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            zip.setMethod(ZipOutputStream.STORED);
            ZipEntry entry = new ZipEntry("notes.txt");
            entry.setSize(1);
            CRC32 crc = new CRC32();
            crc.update('x');
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write('x');
        }
        assertTrue(refused(path).contains("zip archive of other things than tensors: notes.txt"));
    }
}
