package ondol.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.cpu.CpuBackend;
import ondol.nn.BatchNorm1d;
import ondol.nn.Linear;
import ondol.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch's files, against files that PyTorch 1.13.1 wrote. */
final class TorchFileTest {
    @TempDir
    Path folder;

    private static String refused(String name) {
        Path path = Recorded.file(name);
        String message = assertThrows(TensorFileException.class, () -> TorchFile.load(path))
                .getMessage();
        assertTrue(message.startsWith(path + ": "), message);
        return message;
    }

    private static Map<?, ?> kinds() throws IOException {
        return (Map<?, ?>) TorchFile.load(Recorded.file("kinds.pt"));
    }

    @Test
    void aStateDictFitsTheSameModule() throws IOException {
        Sequential net = new Sequential(new Linear(3, 2), new BatchNorm1d(2));
        Map<String, Tensor> state = TorchFile.loadStateDict(Recorded.file("state_dict.pt"));
        assertEquals(List.copyOf(net.stateDict().keySet()), List.copyOf(state.keySet()));
        net.loadStateDict(state);
        assertArrayEquals(
                new float[] {0, 1, 2, 3, 4, 5}, net.getParameter("0.weight").toFloatArray());
        assertArrayEquals(new float[] {30, 31}, net.getParameter("1.bias").toFloatArray());
        assertEquals(0, net.getBuffer("1.num_batches_tracked").itemLong());
    }

    @Test
    void aCheckpoint() throws IOException {
        Path path = Recorded.file("checkpoint.pt");
        Map<?, ?> checkpoint = (Map<?, ?>) TorchFile.load(path);
        assertEquals(1L, checkpoint.get("epoch"));
        Map<?, ?> optimizer = (Map<?, ?>) checkpoint.get("optimizer");
        Map<?, ?> first = (Map<?, ?>) ((Map<?, ?>) optimizer.get("state")).get(0L);
        assertEquals(1, ((Tensor) first.get("step")).item());
        assertArrayEquals(new float[] {0.1f, 0.2f}, ((Tensor) first.get("exp_avg")).toFloatArray(), 1e-7f);
        Map<?, ?> group = (Map<?, ?>) ((List<?>) optimizer.get("param_groups")).get(0);
        assertEquals(0.5, group.get("lr"));
        assertEquals(List.of(0.9, 0.999), group.get("betas"));
        assertEquals(List.of(0L, 1L), group.get("params"));
        Linear layer = new Linear(2, 1);
        layer.loadStateDict(TorchFile.loadStateDict(path, "model"));
        assertArrayEquals(new float[] {0.5f, 0.5f}, layer.weight().toFloatArray(), 1e-6f);
        String message = assertThrows(TensorFileException.class, () -> TorchFile.loadStateDict(path))
                .getMessage();
        assertTrue(
                message.contains("a map of model (a map), optimizer (a map), epoch (the number 1); give the keys"),
                message);
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.loadStateDict(path, "net"))
                .getMessage()
                .contains("nothing under 'net'"));
    }

    @Test
    void everyTypeAndValue() throws IOException {
        Map<?, ?> kinds = kinds();
        Map<?, ?> types = (Map<?, ?>) kinds.get("types");
        assertEquals(9, types.size());
        types.forEach((name, value) -> {
            Tensor t = (Tensor) value;
            boolean isFloat = name.toString().contains("float");
            assertEquals(
                    name.equals("torch.bool") ? DType.BOOL : isFloat ? DType.FLOAT32 : DType.INT64,
                    t.dtype(),
                    name.toString());
            assertArrayEquals(new long[] {1, 0, name.equals("torch.bool") ? 1 : 3}, t.toLongArray(), name.toString());
        });
        for (Object value : (List<?>) kinds.get("negative")) {
            assertArrayEquals(new long[] {-1, -2}, ((Tensor) value).toLongArray());
        }
        assertEquals(2.5, ((Tensor) kinds.get("single")).item());
        assertEquals(Shape.of(), ((Tensor) kinds.get("single")).shape());
        assertEquals(Shape.of(0, 3), ((Tensor) kinds.get("empty")).shape());
        assertTrue(((Tensor) kinds.get("parameter")).isParameter());
        assertTrue(((Tensor) kinds.get("parameter")).requiresGrad());
        assertFalse(((Tensor) kinds.get("frozen")).requiresGrad());
        assertTrue(((Tensor) kinds.get("leaf")).requiresGrad() && ((Tensor) kinds.get("leaf")).isLeaf());
        assertEquals(
                Arrays.asList(
                        1L,
                        -3L,
                        300L,
                        70000L,
                        1L << 40,
                        -(1L << 62),
                        2.5,
                        true,
                        false,
                        null,
                        "x\u00e9\ud83d\ude00",
                        List.of(1L, List.of(2L)),
                        List.of(),
                        Map.of(),
                        List.of()),
                kinds.get("values"));
        assertEquals(List.of(List.of(2L, 3L), "torch.float32", "cuda:1", "cpu"), kinds.get("python"));
        assertEquals("three", kinds.get(3L));
        assertEquals(
                List.of(
                        "types",
                        "negative",
                        "views",
                        "single",
                        "empty",
                        "parameter",
                        "frozen",
                        "leaf",
                        "values",
                        "python",
                        3L,
                        "again"),
                List.copyOf(kinds.keySet()));
    }

    @Test
    void viewsShareTheirStorage() throws IOException {
        Map<?, ?> kinds = kinds();
        List<?> views = (List<?>) kinds.get("views");
        Tensor x = (Tensor) views.get(0);
        assertSame(x, kinds.get("again"));
        float[][] expected = {
            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
            {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11},
            {4, 6, 8, 10},
            {3, 7, 11},
            {0, 0, 0, 0, 0, 0},
            {0, 5, 10}
        };
        long[][] strides = {{4, 1}, {1, 4}, {4, 2}, {4}, {0, 0}, {5}};
        for (int i = 0; i < expected.length; i++) {
            Tensor t = (Tensor) views.get(i);
            assertTrue(t.sharesStorageWith(x), "view " + i);
            assertArrayEquals(expected[i], t.toFloatArray(), "view " + i);
            if (i != 4) {
                assertArrayEquals(strides[i], t.strides(), "view " + i);
            }
        }
        x.fill(7);
        assertArrayEquals(new float[] {7, 7, 7}, ((Tensor) views.get(5)).toFloatArray());
        assertEquals(Shape.of(2, 3), ((Tensor) views.get(4)).shape());
    }

    @Test
    void whatIsNotDataIsRefusedByName() {
        assertTrue(refused("module.pt").contains("asks for torch.nn.modules.linear.Linear."));
        assertTrue(refused("module.pt").contains("save the state_dict: torch.save(model.state_dict(), path)"));
        assertTrue(refused("numpy_scalar.pt").contains("asks for numpy.core.multiarray.scalar."));
        assertTrue(refused("sparse.pt").contains(".to_dense()"));
        assertTrue(refused("complex.pt").contains("C64: there are no complex numbers"));
        assertTrue(refused("float64.pt").contains("F64: FLOAT32 does not hold every F64"));
        assertTrue(refused("legacy.pt").contains("PyTorch's format from before 1.6"));
        assertTrue(refused("script.pt").contains("a TorchScript archive, a program"));
        assertTrue(refused("plain.npy").contains("use Npy.load"));
        assertTrue(refused("plain.safetensors").contains("use Safetensors.load"));
        assertTrue(refused("arrays.npz").contains("0 entries data.pkl"));
        assertTrue(refused("record.py").contains("of no format that is known"));
    }

    /** A file of parts, compressed as archivers do that are not PyTorch. */
    private Path archive(String pickle, String... entries) throws IOException {
        Path path = folder.resolve("made.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            zip.putNextEntry(new ZipEntry("net/data.pkl"));
            zip.write(("\u0080\2" + pickle + ".").getBytes(StandardCharsets.ISO_8859_1));
            for (int i = 0; i < entries.length; i += 2) {
                zip.putNextEntry(new ZipEntry("net/" + entries[i]));
                zip.write(entries[i + 1].getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return path;
    }

    private static String storage(String type, int count) {
        return "(X\7\0\0\0storagec" + type + "\nX\1\0\0\0000X\3\0\0\0cpuK" + (char) count + "tQ";
    }

    /** What PyTorch 2 writes, where it is another thing than 1.13 does. */
    @Test
    void newerFiles() throws IOException {
        String hooks = "\u0089ccollections\nOrderedDict\n)R";
        String unsigned = "ctorch._utils\n_rebuild_tensor_v3\n(" + storage("torch.storage\nUntypedStorage", 6)
                + "K\1K\2\u0085K\1\u0085" + hooks + "ctorch\nuint16\n}tR";
        Tensor t = (Tensor) TorchFile.load(archive(unsigned, "data/0", "\0\0\1\0\u00ff\u00ff", "byteorder", "little"));
        assertArrayEquals(new long[] {1, 65535}, t.toLongArray());
        t = (Tensor) TorchFile.load(archive(unsigned, "data/0", "\0\0\1\0\u00ff\u00fe", "byteorder", "big"));
        assertArrayEquals(new long[] {256, 65534}, t.toLongArray());
        String quantized = unsigned.replace("uint16", "float8_e5m2").replace("K\1K\2", "K\0K\6");
        Path path = archive(quantized, "data/0", "123456");
        assertEquals(
                Map.of("made", new TensorInfo(ElementType.F8_E5M2, Shape.of(6))),
                TensorFiles.describe(path).tensors());
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.load(path))
                .getMessage()
                .contains("F8_E5M2: these are quantized weights"));

        String plain = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage("torch\nIntStorage", 1) + "K\0))" + hooks;
        assertEquals(
                -2, ((Tensor) TorchFile.load(archive(plain + "tR", "data/0", "\u00fe\u00ff\u00ff\u00ff"))).itemLong());
        assertEquals(
                -2, ((Tensor) TorchFile.load(archive(plain + "}tR", "data/0", "\u00fe\u00ff\u00ff\u00ff"))).itemLong());
        Path negative = archive(plain + "}X\3\0\0\0neg\u0088stR", "data/0", "1234");
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.load(negative))
                .getMessage()
                .contains("save t.resolve_conj() or t.resolve_neg()"));
        Path small = archive(plain + "tR", "data/0", "123");
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.load(small))
                .getMessage()
                .contains("net/data/0: has 3 bytes, and a storage of 1 I32 has 4"));
        Path missing = archive(plain + "tR");
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.load(missing))
                .getMessage()
                .contains("no entry 'net/data/0'"));
        String parameter = "ctorch._utils\n_rebuild_parameter_with_state\n(" + plain.replace("Int", "Float")
                + "tR\u0088ccollections\nOrderedDict\n)R}tR";
        assertTrue(((Tensor) TorchFile.load(archive(parameter, "data/0", "\0\0\u0080?"))).isParameter());
    }

    @Test
    void doublesWhereTheyAreAskedFor() throws IOException {
        Map<?, ?> read = (Map<?, ?>) TorchFile.load(
                Recorded.file("float64.pt"), LoadOptions.defaults().roundFloat64(true));
        assertArrayEquals(new float[] {0.1f, 0}, ((Tensor) read.get("d")).toFloatArray());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Tensor x = Tensor.arange(12).to(DType.FLOAT32).reshape(3, 4);
        Map<Object, Object> value = new LinkedHashMap<>();
        value.put("x", x);
        value.put("row", x.select(0, 1));
        value.put("transposed", x.t());
        value.put("backwards", x.flip(1));
        value.put("apart", Tensor.tensor(true, false));
        value.put("single", Tensor.tensor(3L));
        value.put("empty", Tensor.zeros(2, 0));
        value.put("parameter", Tensor.parameter(Tensor.ones(2)));
        value.put("leaf", Tensor.ones(2).requiresGrad(true));
        value.put(7L, Arrays.asList(1L, -1L, 1L << 31, Long.MIN_VALUE, 0.1, Double.NaN, true, false, null, "\u00e9"));
        value.put("nested", new ArrayList<>(List.of(Map.of("a", Map.of("b", List.of())))));
        value.put(true, 3);
        Path path = folder.resolve("value.pt");
        TorchFile.save(path, value);
        Map<?, ?> back = (Map<?, ?>) TorchFile.load(path);
        assertEquals(List.copyOf(value.keySet()), List.copyOf(back.keySet()));
        value.forEach((key, part) -> {
            if (part instanceof Tensor t) {
                Tensor b = (Tensor) back.get(key);
                assertEquals(t.shape(), b.shape(), key.toString());
                assertEquals(t.dtype(), b.dtype());
                assertEquals(t.isParameter(), b.isParameter());
                assertEquals(t.requiresGrad(), b.requiresGrad());
                assertArrayEquals(t.toFloatArray(), b.toFloatArray(), key.toString());
            } else if (!Boolean.TRUE.equals(key)) {
                assertEquals(part, back.get(key));
            }
        });
        assertEquals(3L, back.get(true));
        Tensor bx = (Tensor) back.get("x");
        assertTrue(bx.sharesStorageWith((Tensor) back.get("row")));
        assertTrue(bx.sharesStorageWith((Tensor) back.get("transposed")));
        assertFalse(bx.sharesStorageWith((Tensor) back.get("backwards")), "Python has no negative strides");
        assertNotSame(bx, back.get("row"));
    }

    @Test
    void tiedWeightsAreWrittenOnce() throws IOException {
        Tensor big = Tensor.ones(100, 100);
        Path path = folder.resolve("tied.pt");
        TorchFile.save(path, List.of(big, big.detach(), big.slice(0, 3, 5), big.t(), big.t()));
        assertTrue(Files.size(path) < 45_000);
        TorchFile.save(path, List.of(big.t(), big.t().detach(), big.t()));
        assertTrue(Files.size(path) < 45_000);
        List<?> back = (List<?>) TorchFile.load(path);
        assertTrue(((Tensor) back.get(0)).sharesStorageWith((Tensor) back.get(1)));
    }

    @Test
    void dataIsAlignedInTheArchive() throws IOException {
        Path path = folder.resolve("aligned.pt");
        TorchFile.save(path, Map.of("a", Tensor.ones(3), "b", Tensor.zeros(5)));
        byte[] bytes = Files.readAllBytes(path);
        try (ZipFile zip = new ZipFile(path.toFile());
                RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            assertEquals(5, zip.size());
            for (ZipEntry entry : Collections.list(zip.entries())) {
                assertEquals(ZipEntry.STORED, entry.getMethod());
                byte[] data = zip.getInputStream(entry).readAllBytes();
                boolean found = false;
                for (int at = 0; at + data.length <= bytes.length; at += 64) {
                    found |= Arrays.equals(bytes, at, at + data.length, data, 0, data.length);
                }
                assertTrue(found, entry.getName());
            }
        }
    }

    @Test
    void whatCannotBeWrittenChangesNothing() throws IOException {
        Path path = folder.resolve("old.pt");
        TorchFile.save(path, "old");
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        assertThrows(IllegalArgumentException.class, () -> TorchFile.save(path, itself));
        assertThrows(IllegalArgumentException.class, () -> TorchFile.save(path, new int[1]));
        assertThrows(IllegalArgumentException.class, () -> TorchFile.save(path, Map.of(List.of(), 1)));
        assertThrows(IllegalArgumentException.class, () -> TorchFile.save(path, "\ud800"));
        assertEquals("old", TorchFile.load(path));
        assertEquals(1, Files.list(folder).count());
    }

    @Test
    void aRefusedFileLeavesNoMemory() throws IOException {
        Path path = folder.resolve("big.pt");
        TorchFile.save(path, List.of(Tensor.ones(1 << 20), Tensor.ones(1 << 20)));
        byte[] bytes = Files.readAllBytes(path);
        bytes[6 << 20] ^= 1; // in the second tensor
        Files.write(path, bytes);
        Device own = Device.of("torch-file-test", new CpuBackend(1, false));
        LoadOptions there = LoadOptions.defaults().device(own);
        assertTrue(assertThrows(TensorFileException.class, () -> TorchFile.load(path, there))
                .getMessage()
                .contains("checksum"));
        assertEquals(0, own.memoryStats().inUse());
    }
}
