package ondol.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Formats that are recognised, and those that are named. */
final class TensorFilesTest {
    @TempDir
    Path folder;

    private String other(String name, String content) throws IOException {
        Path path = folder.resolve(name);
        Files.write(path, content.getBytes(StandardCharsets.ISO_8859_1));
        return assertThrows(TensorFileException.class, () -> TensorFiles.load(path))
                .getMessage()
                .substring(path.toString().length() + 2);
    }

    @Test
    void describesEveryFormat() throws IOException {
        TensorFiles.Contents torch = TensorFiles.describe(Recorded.file("checkpoint.pt"));
        assertEquals(FileFormat.TORCH, torch.format());
        assertEquals(
                new TensorInfo(ElementType.F32, Shape.of(1, 2)), torch.tensors().get("model.weight"));
        assertEquals(
                new TensorInfo(ElementType.F32, Shape.of(1)), torch.tensors().get("optimizer.state.1.exp_avg_sq"));
        assertTrue(torch.others().contains("epoch"));
        assertEquals(
                ElementType.F64,
                TensorFiles.describe(Recorded.file("float64.pt"))
                        .tensors()
                        .get("d")
                        .type());
        assertEquals(
                Map.of("format", "np"),
                TensorFiles.describe(Recorded.file("kinds.safetensors")).metadata());
        assertEquals(
                List.of("named", "u", "arr_0"),
                List.copyOf(TensorFiles.describe(Recorded.file("arrays.npz"))
                        .tensors()
                        .keySet()));
        assertEquals(
                Map.of("plain", new TensorInfo(ElementType.F32, Shape.of(2, 3))),
                TensorFiles.describe(Recorded.file("plain.npy")).tensors());
    }

    @Test
    void fromEachFormatToEach() throws IOException {
        Map<String, Tensor> one = new LinkedHashMap<>();
        one.put("x", Tensor.tensor(new float[][] {{1, 2}, {3, 4}}));
        Path first = folder.resolve("x.safetensors");
        TensorFiles.save(first, one);
        for (String from : List.of("x.safetensors", "x.pt", "x.pth", "x.npz", "x.npy")) {
            TensorFiles.save(folder.resolve(from), TensorFiles.load(first));
            for (String to : List.of("x.SafeTensors", "x.Pt", "x.Npz", "x.Npy")) {
                TensorFiles.save(folder.resolve(to), TensorFiles.load(folder.resolve(from)));
                Map<String, Tensor> back = TensorFiles.load(folder.resolve(to));
                assertEquals(one.keySet(), back.keySet(), from + " to " + to);
                assertEquals(Shape.of(2, 2), back.get("x").shape());
                assertArrayEquals(new float[] {1, 2, 3, 4}, back.get("x").toFloatArray(), from + " to " + to);
            }
        }
        one.put("y", Tensor.ones(1));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> TensorFiles.save(folder.resolve("x.npy"), one))
                .getMessage()
                .contains("there are 2; use .npz"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> TensorFiles.save(folder.resolve("x.bin"), one))
                .getMessage()
                .contains("let it end with .safetensors"));
    }

    @Test
    void tensorsOfNestedMapsHaveJoinedNames() throws IOException {
        Path path = folder.resolve("nested.pt");
        TorchFile.save(path, Map.of("a", List.of(Tensor.ones(1), Map.of(3L, Tensor.ones(2)))));
        assertEquals(List.of("a.0", "a.1.3"), List.copyOf(TensorFiles.load(path).keySet()));
        Map<String, Object> twice = new LinkedHashMap<>();
        twice.put("a.b", Tensor.ones(1));
        twice.put("a", Map.of("b", Tensor.ones(1)));
        TorchFile.save(path, twice);
        assertThrows(TensorFileException.class, () -> TensorFiles.load(path));
    }

    @Test
    void otherKindsOfFilesAreNamed() throws IOException {
        assertEquals("is empty", other("a.pt", ""));
        assertTrue(other("a.pt", "\u0089HDF\r\n\32\n....").startsWith("is an HDF5 file"));
        assertTrue(other("a.h5", "\37\u008b\b\0\0\0").startsWith("is compressed by gzip"));
        assertTrue(other("a.bin", "GGUF\3\0\0\0").startsWith("is a GGUF file"));
        assertTrue(other("a.pkl", "\u0080\4\u0095\0\0").startsWith("is a pickle, a program in Python"));
        assertTrue(other("a.onnx", "\10\7\22\7pytorch").startsWith("is an ONNX model"));
        assertTrue(other("model", "\10\7\22\7pytorch").startsWith("is an ONNX model"));
        assertTrue(other("a.pt", "<!DOCTYPE html><html>").startsWith("is a web page"));
        assertTrue(other("a.safetensors", "version https://git-lfs.github.com/spec/v1\n")
                .contains("git lfs pull"));
        assertTrue(other("model.safetensors.index.json", "{\"weight_map\": {}}").startsWith("is JSON"));
        assertTrue(other("a.npy", "something else").endsWith("it begins with 73 6f 6d 65 74 68 69 6e"));
        assertTrue(assertThrows(IOException.class, () -> TensorFiles.load(folder))
                .getMessage()
                .contains("is a folder"));
    }
}
