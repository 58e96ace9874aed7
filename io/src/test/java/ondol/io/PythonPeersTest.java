package ondol.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.nn.BatchNorm1d;
import ondol.nn.Linear;
import ondol.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files there and back with PyTorch, NumPy and safetensors themselves, where a Python on this machine has them. */
final class PythonPeersTest {
    @TempDir
    Path folder;

    /** What Python said of each tensor: type, shape, elements. */
    private Map<String, String> peer(String action, String module) throws IOException {
        Map<String, String> said = new LinkedHashMap<>();
        PythonPeer.run("peer.py", module, action + "_" + module, folder).lines().forEach(line -> {
            String[] parts = line.split("\\|", 2);
            said.put(parts[0], parts[1]);
        });
        return said;
    }

    /** The same of a tensor here. */
    private static String line(Tensor t) {
        List<String> numbers = new ArrayList<>();
        if (t.dtype() == DType.FLOAT32) {
            for (float f : t.toFloatArray()) {
                numbers.add(String.format("%08x", Float.floatToRawIntBits(f)));
            }
        } else {
            Arrays.stream(t.toLongArray()).forEach(n -> numbers.add(Long.toString(n)));
        }
        return t.dtype() + "|" + t.shape() + "|" + String.join(" ", numbers);
    }

    private static Map<String, String> lines(Map<String, Tensor> tensors) {
        Map<String, String> lines = new LinkedHashMap<>();
        tensors.forEach((name, t) -> lines.put(name, line(t)));
        return lines;
    }

    private static Map<String, Tensor> ours() {
        Generator generator = new Generator(5);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Tensor x = Tensor.randn(generator, 3, 4);
        tensors.put("x", x);
        tensors.put("transposed", x.t());
        tensors.put("row", x.select(0, 1));
        tensors.put("backwards", x.flip(0, 1));
        tensors.put("expanded", x.slice(0, 0, 1).expand(5, 4));
        tensors.put("odd", Tensor.tensor(Float.NaN, Float.NEGATIVE_INFINITY, -0f, Float.MIN_VALUE));
        tensors.put("single", Tensor.tensor(2.5));
        tensors.put("integers", Tensor.tensor(Long.MIN_VALUE, -1, Long.MAX_VALUE));
        tensors.put("truths", Tensor.tensor(new boolean[][] {{true}, {false}}));
        tensors.put("empty", Tensor.zeros(Shape.of(0, 3), DType.INT64, x.device()));
        tensors.put("b\u00e9\ud83d\ude00", Tensor.tensor(true));
        tensors.put("many", Tensor.randn(generator, 70, 1001));
        return tensors;
    }

    @Test
    void numpy() throws IOException {
        Map<String, String> said = peer("write", "numpy");
        assertTrue(said.size() > 100);
        for (Map.Entry<String, String> e : said.entrySet()) {
            assertEquals(e.getValue(), line(Npy.load(folder.resolve(e.getKey() + ".npy"))), e.getKey());
        }
        Map<String, String> plain = said.entrySet().stream()
                .filter(e -> e.getKey().endsWith(".little.0"))
                .collect(Collectors.toMap(e -> e.getKey().replace(".little.0", ""), Map.Entry::getValue));
        assertEquals(plain, lines(Npz.load(folder.resolve("all.npz"))));
        assertEquals(plain, lines(Npz.load(folder.resolve("small.npz"))));

        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Map<String, Tensor> ours = ours();
        Npz.save(folder.resolve("all.npz"), ours);
        Map<String, Tensor> single = new LinkedHashMap<>(ours);
        for (Map.Entry<String, Tensor> e : single.entrySet()) {
            Npy.save(folder.resolve(e.getKey() + ".npy"), e.getValue());
        }
        assertEquals(new TreeMap<>(lines(ours)), new TreeMap<>(peer("check", "numpy")));
    }

    @Test
    void safetensors() throws IOException {
        Map<String, String> said = peer("write", "safetensors");
        assertEquals(new TreeMap<>(said), new TreeMap<>(lines(Safetensors.load(folder.resolve("all.safetensors")))));
        Safetensors.save(folder.resolve("all.safetensors"), ours(), Map.of("who", "ondol"));
        assertEquals(new TreeMap<>(lines(ours())), new TreeMap<>(peer("check", "safetensors")));
    }

    @Test
    void torch() throws IOException {
        Map<String, String> said = peer("write", "torch");
        Path path = folder.resolve("all.pt");
        Map<String, String> tensors = new LinkedHashMap<>(said);
        tensors.values().removeIf(line -> line.startsWith("value|"));
        assertEquals(tensors, lines(TensorFiles.load(path)));
        assertEquals(
                said.size() - tensors.size(),
                TensorFiles.describe(path).others().size());
        Map<?, ?> read = (Map<?, ?>) TorchFile.load(path);
        List<?> views = (List<?>) read.get("views");
        for (Object view : views) {
            Tensor t = (Tensor) view;
            assertTrue(
                    t.numel() == 0 || t.sharesStorageWith((Tensor) views.get(0)),
                    t.shape().toString());
        }
        ((List<?>) read.get("parameters")).forEach(p -> assertTrue(((Tensor) p).isParameter()));

        Map<String, Object> ours = new LinkedHashMap<>(ours());
        ours.put("parameter", Tensor.parameter(Tensor.ones(2, 2)));
        ours.put("leaf", Tensor.zeros(1).requiresGrad(true));
        ours.put("net", new Sequential(new Linear(3, 2), new BatchNorm1d(2)).stateDict());
        ours.put("values", Arrays.asList(1, -1L, 1L << 40, Long.MIN_VALUE, 0.1, true, null, "\u00e9'\ud83d\ude00"));
        TorchFile.save(path, ours);
        Map<String, String> checked = peer("check", "torch");
        assertTrue(
                checked.containsKey("<All keys matched successfully>"),
                checked.keySet().toString());
        Map<String, String> expected = lines(TensorFiles.load(path));
        List<String> values = List.of(
                "1", "-1", "1099511627776", "-9223372036854775808", "0.1", "True", "None", "\"\u00e9'\ud83d\ude00\"");
        for (int i = 0; i < values.size(); i++) {
            assertEquals("value|" + values.get(i) + "|", checked.remove("values." + i));
        }
        checked.remove("<All keys matched successfully>");
        assertEquals(expected, checked);
        assertTrue(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).contains("archive/data.pkl"));
    }
}
