package ondol.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.ReferenceBackend;
import ondol.backend.cpu.CpuBackend;
import ondol.nn.Linear;
import ondol.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The safetensors format, against files of the reference library and against its rules. */
final class SafetensorsTest {
    @TempDir
    Path folder;

    private Path file(String json, int dataBytes) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        Path path = folder.resolve("made.safetensors");
        Files.write(path, bytes.array());
        return path;
    }

    private void assertRefused(String json, int dataBytes, String... inMessage) throws IOException {
        Path path = file(json, dataBytes);
        String message = assertThrows(TensorFileException.class, () -> Safetensors.load(path))
                .getMessage();
        for (String part :
                Stream.concat(Stream.of(path.toString()), Stream.of(inMessage)).toList()) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void readsTheReferencesFile() throws IOException {
        Map<String, Tensor> tensors = Safetensors.load(Recorded.file("kinds.safetensors"));
        assertEquals(
                List.of("labels", "empty", "weight", "single", "half", "bytes", "mask"), List.copyOf(tensors.keySet()));
        assertEquals(Shape.of(2, 3), tensors.get("weight").shape());
        assertArrayEquals(
                new float[] {0, 0.25f, 0.5f, 0.75f, 1, 1.25f},
                tensors.get("weight").toFloatArray());
        assertArrayEquals(new long[] {-1, 1L << 40}, tensors.get("labels").toLongArray());
        assertArrayEquals(new boolean[] {true, false, true}, tensors.get("mask").toBooleanArray());
        assertArrayEquals(new float[] {1.5f, -0f, 65504}, tensors.get("half").toFloatArray());
        assertArrayEquals(new long[] {0, 255}, tensors.get("bytes").toLongArray());
        assertEquals(Shape.of(0, 3), tensors.get("empty").shape());
        assertEquals(Shape.of(), tensors.get("single").shape());
        assertEquals(7, tensors.get("single").itemLong());
    }

    @Test
    void anOpenFileSaysWhatIsInIt() throws IOException {
        Tensor kept;
        SafetensorsFile open;
        try (SafetensorsFile file = Safetensors.open(Recorded.file("kinds.safetensors"))) {
            assertEquals(Map.of("format", "np"), file.metadata());
            assertEquals(new TensorInfo(ElementType.F16, Shape.of(3)), file.info("half"));
            assertEquals(6, file.info("half").bytes());
            assertEquals(7, file.names().size());
            assertTrue(assertThrows(IllegalArgumentException.class, () -> file.tensor("haf"))
                    .getMessage()
                    .contains("there are labels, empty, weight"));
            Device other = Device.of("safetensors", new ReferenceBackend());
            assertEquals(other, file.tensor("mask", other).device());
            kept = file.tensor("labels");
            open = file;
        }
        assertArrayEquals(new long[] {-1, 1L << 40}, kept.toLongArray());
        assertThrows(IllegalStateException.class, () -> open.tensor("labels"));
        open.close();
    }

    @Test
    void writesTheReferencesBytes() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("mask", Tensor.tensor(true, false, true));
        tensors.put("weight", Tensor.arange(6).to(DType.FLOAT32).div(4).reshape(2, 3));
        tensors.put("labels", Tensor.tensor(-1L, 1L << 40));
        Path path = folder.resolve("plain.safetensors");
        Safetensors.save(path, tensors, Map.of("format", "np"));
        assertArrayEquals(Files.readAllBytes(Recorded.file("plain.safetensors")), Files.readAllBytes(path));
    }

    @Test
    void aModulesStateThereAndBack() throws IOException {
        Sequential net = new Sequential(new Linear(300, 301), new Linear(301, 2));
        Path path = folder.resolve("net.safetensors");
        Safetensors.save(path, net.stateDict());
        Sequential other = new Sequential(new Linear(300, 301), new Linear(301, 2));
        other.loadStateDict(Safetensors.load(path));
        for (int i = 0; i < net.parameters().size(); i++) {
            assertArrayEquals(
                    net.parameters().get(i).toFloatArray(),
                    other.parameters().get(i).toFloatArray());
        }
        Map<String, Tensor> views = new LinkedHashMap<>();
        Tensor x = Tensor.arange(12).reshape(3, 4);
        views.put("transposed", x.t());
        views.put("column", x.select(1, 2));
        views.put("expanded", x.select(0, 0).expand(2, 4));
        views.put("\u00e9 \"\ud83d\ude00\"\n", Tensor.tensor(1));
        views.put("", Tensor.tensor(Float.intBitsToFloat(0x7fc12345)));
        Safetensors.save(path, views); // over the old one
        Map<String, Tensor> back = Safetensors.load(path);
        assertEquals(views.keySet(), back.keySet());
        views.forEach((name, t) -> {
            assertEquals(t.shape(), back.get(name).shape());
            assertArrayEquals(t.toLongArray(), back.get(name).toLongArray(), name);
        });
        assertEquals(0x7fc12345, Float.floatToRawIntBits(back.get("").toFloatArray()[0]));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList(), "no temporary file stays");
        }
    }

    @Test
    void everyTypeIsConvertedOrRefusedByName() throws IOException {
        for (ElementType type : ElementType.values()) {
            if (type == ElementType.C128) {
                continue;
            }
            String json = "{\"x\":{\"dtype\":\"" + type.name() + "\",\"shape\":[4],\"data_offsets\":[0,"
                    + type.bits() / 2 + "]}}";
            Path path = file(json, type.bits() / 2);
            try (SafetensorsFile file = Safetensors.open(path)) {
                assertEquals(new TensorInfo(type, Shape.of(4)), file.info("x"));
                if (type.dtype() == null || type == ElementType.F64) {
                    String message = assertThrows(TensorFileException.class, () -> file.tensor("x"))
                            .getMessage();
                    assertTrue(message.contains("'x' is " + type + ": "), message);
                } else {
                    assertEquals(type.dtype(), file.tensor("x").dtype());
                }
            }
        }
        byte[] bytes = {(byte) 0x80, (byte) 0xff, 1, 2, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
        assertArrayEquals(
                new long[] {-128, -1, 1, 2, -1, -1, -1, -1},
                values("I8", 8, bytes).toLongArray());
        assertArrayEquals(
                new long[] {128, 255, 1, 2, 255, 255, 255, 255},
                values("U8", 8, bytes).toLongArray());
        assertArrayEquals(
                new long[] {-128, 513, -1, -1}, values("I16", 4, bytes).toLongArray());
        assertArrayEquals(
                new long[] {65408, 513, 65535, 65535}, values("U16", 4, bytes).toLongArray());
        assertArrayEquals(new long[] {33685376, -1}, values("I32", 2, bytes).toLongArray());
        assertArrayEquals(
                new long[] {33685376, 0xffffffffL}, values("U32", 2, bytes).toLongArray());
        byte[] halves = {0, 0x3c, 1, 0, 0, (byte) 0xfc, 0, (byte) 0x80};
        assertArrayEquals(
                new float[] {1, 0x1p-24f, Float.NEGATIVE_INFINITY, -0f},
                values("F16", 4, halves).toFloatArray());
        byte[] brains = {(byte) 0x80, 0x3f, 1, 0, (byte) 0x80, (byte) 0xff, 0, (byte) 0x80};
        assertArrayEquals(
                new float[] {1, Float.intBitsToFloat(0x10000), Float.NEGATIVE_INFINITY, -0f},
                values("BF16", 4, brains).toFloatArray());
    }

    private Tensor values(String type, int n, byte[] data) throws IOException {
        Path path = file(
                "{\"x\":{\"dtype\":\"" + type + "\",\"shape\":[" + n + "],\"data_offsets\":[0," + data.length + "]}}",
                data.length);
        byte[] all = Files.readAllBytes(path);
        System.arraycopy(data, 0, all, all.length - data.length, data.length);
        Files.write(path, all);
        return Safetensors.load(path).get("x");
    }

    @Test
    void doublesAreRoundedWhereThatIsAskedFor() throws IOException {
        Path path = file("{\"x\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", 16);
        byte[] all = Files.readAllBytes(path);
        ByteBuffer.wrap(all, all.length - 16, 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(0.1)
                .putDouble(1e300);
        Files.write(path, all);
        assertTrue(assertThrows(TensorFileException.class, () -> Safetensors.load(path))
                .getMessage()
                .contains("roundFloat64(true)"));
        assertArrayEquals(
                new float[] {0.1f, Float.POSITIVE_INFINITY},
                Safetensors.load(path, LoadOptions.defaults().roundFloat64(true))
                        .get("x")
                        .toFloatArray());
    }

    @Test
    void theFormatsRules() throws IOException {
        String x = "\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}";
        assertEquals(1, Safetensors.load(file("{" + x + "}   ", 2)).size());
        assertEquals(0, Safetensors.load(file("{}", 0)).size());
        assertRefused("{" + x + "," + x + "}", 2, "x is there twice");
        assertRefused(" {" + x + "}", 2, "does not begin with '{'");
        assertRefused("{" + x + "}", 3, "end at byte 2", "the file at 3");
        assertRefused("{" + x + "}", 1, "'x' lies at bytes 0 to 2", "cut short");
        assertRefused("{" + x + "} x", 2, "no JSON");
        assertRefused("{" + x + ",\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3, "they overlap");
        assertRefused("{" + x + ",\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]}}", 5, "a hole");
        assertRefused("{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "[3] of U8 needs 3 bytes");
        assertRefused("{\"x\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "not full");
        assertRefused("{\"x\":{\"dtype\":\"U8\",\"shape\":[-2],\"data_offsets\":[0,2]}}", 2, "integers of 0 or more");
        assertRefused("{\"x\":{\"dtype\":\"U8\",\"shape\":[2.0],\"data_offsets\":[0,2]}}", 2, "integers of 0 or more");
        assertRefused(
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[\"2\"],\"data_offsets\":[0,2]}}", 2, "integers of 0 or more");
        assertRefused("{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,0]}}", 2, "'x' lies at bytes 2 to 0");
        assertRefused(
                "{\"x\":{\"dtype\":\"I64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "long");
        assertRefused("{\"x\":{\"dtype\":\"I64\",\"shape\":[1152921504606846976],\"data_offsets\":[0,0]}}", 0, "long");
        assertRefused("{\"x\":{\"dtype\":\"X9\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "X9");
        assertRefused("{\"x\":{\"dtype\":\"U8\",\"shape\":[2]}}", 2, "lacks");
        assertRefused("{\"__metadata__\":{\"a\":1}," + x + "}", 2, "no string");
        assertRefused("{\"x\":" + "[".repeat(100_000) + "}", 2, "no JSON");
        assertRefused("{'x':1}", 2, "no JSON");
        Path path = folder.resolve("short.safetensors");
        Files.write(path, new byte[] {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        assertTrue(assertThrows(TensorFileException.class, () -> Safetensors.load(path))
                .getMessage()
                .contains("given as 9 bytes, and only 2 follow"));
        Files.write(path, new byte[] {1, 2, 3, 4, 5, 6, 7, (byte) 0x88, '{', '}'});
        assertTrue(assertThrows(TensorFileException.class, () -> Safetensors.load(path))
                .getMessage()
                .contains("may be 100,000,000"));
    }

    @Test
    void aFailureLeavesNothing() throws IOException {
        Device own = Device.of("safetensors-test", new CpuBackend(1, false));
        List<String> parts = new ArrayList<>();
        int bytes = 1 << 20;
        for (int i = 0; i < 3; i++) {
            parts.add("\"" + i + "\":{\"dtype\":\"" + (i == 2 ? "U64" : "F32") + "\",\"shape\":["
                    + bytes / (i == 2 ? 8 : 4) + "],\"data_offsets\":[" + i * bytes + "," + (i + 1) * bytes + "]}");
        }
        Path path = file("{" + String.join(",", parts) + "}", 3 * bytes);
        LoadOptions there = LoadOptions.defaults().device(own);
        assertThrows(TensorFileException.class, () -> Safetensors.load(path, there));
        assertEquals(0, own.memoryStats().inUse());

        Tensor closed = Tensor.ones(2);
        closed.close();
        byte[] was = Files.readAllBytes(path);
        assertThrows(IllegalStateException.class, () -> Safetensors.save(path, Map.of("a", closed)));
        assertThrows(
                IllegalArgumentException.class, () -> Safetensors.save(path, Map.of("__metadata__", Tensor.ones(1))));
        assertThrows(IllegalArgumentException.class, () -> Safetensors.save(path, Map.of("\ud800", Tensor.ones(1))));
        assertArrayEquals(was, Files.readAllBytes(path));
        assertThrows(
                NoSuchFileException.class,
                () -> Safetensors.save(folder.resolve("none").resolve("x"), Map.of("a", Tensor.ones(1))));
        assertThrows(IOException.class, () -> Safetensors.save(folder, Map.of("a", Tensor.ones(1))));
        assertThrows(NoSuchFileException.class, () -> Safetensors.load(folder.resolve("none")));
        assertFalse(Files.exists(folder.resolve("none")));
    }
}
