package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import ondol.Tensor;
import ondol.io.Safetensors;
import ondol.io.TensorFiles;
import ondol.io.TorchFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ondol show} and {@code ondol convert}. */
final class FilesTest {
    @TempDir
    Path folder;

    private Path checkpoint() throws IOException {
        Map<String, Tensor> net = new LinkedHashMap<>();
        net.put("weight", Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}}));
        net.put("bias", Tensor.zeros(2));
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("net", net);
        checkpoint.put("epoch", 12);
        Path path = folder.resolve("checkpoint.pt");
        TorchFile.save(path, checkpoint);
        return path;
    }

    private static void assertRefused(CommandRun run, String... inMessage) {
        assertEquals(2, run.exitCode(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        for (String part : inMessage) {
            assertTrue(run.err().contains(part), run.err());
        }
    }

    @Test
    void show() throws IOException {
        CommandRun run = CommandRun.of("show", checkpoint().toString());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("""
            NAME        TYPE  SHAPE   BYTES
            net.weight  F32   [2, 3]  24
            net.bias    F32   [2]     8

            no tensors: epoch
            PyTorch: 2 tensors, 8 elements, 32 bytes
            """, run.out());
        Path other = folder.resolve("other.safetensors");
        Safetensors.save(other, Map.of("a\u001b[31mb", Tensor.tensor(1L)), Map.of("format", "pt\n"));
        run = CommandRun.of("show", other.toString());
        assertTrue(run.out().contains("a?[31mb  I64   []     8"), run.out());
        assertTrue(run.out().contains("metadata: format = pt?\nsafetensors: 1 tensor, 1 element, 8 bytes"), run.out());
    }

    @Test
    void convert() throws IOException {
        Path to = folder.resolve("net.safetensors");
        CommandRun run = CommandRun.of("convert", checkpoint().toString(), to.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                "read " + folder.resolve("checkpoint.pt") + """
             (PyTorch: 2 tensors, 8 elements, 32 bytes)
              left out, because it is no tensor: epoch
            """ + "wrote " + to
                        + " (safetensors: 2 tensors, 8 elements, 32 bytes)\n",
                run.out());
        assertArrayEquals(
                new float[] {1, 2, 3, 4, 5, 6},
                TensorFiles.load(to).get("net.weight").toFloatArray());
    }

    @Test
    void typesThatChangeAreNamed() throws IOException {
        Path half = folder.resolve("half.safetensors");
        String json = "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},\"h\":{\"dtype\":\"F16\","
                + "\"shape\":[2],\"data_offsets\":[8,12]}}   ";
        byte[] bytes = ("%\0\0\0\0\0\0\0" + json + "\0".repeat(12)).getBytes(StandardCharsets.ISO_8859_1);
        bytes[0] = (byte) json.length();
        Files.write(half, bytes);
        Path to = folder.resolve("full.npz");
        assertRefused(CommandRun.of("convert", half.toString(), to.toString()), "'d' is F64", "--round-float64");
        assertFalse(Files.exists(to));
        CommandRun run = CommandRun.of("convert", "--round-float64", half.toString(), to.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("  F16 became F32 in 1 tensor\n  F64 became F32 in 1 tensor\n"), run.out());
        assertTrue(run.out().contains("(NumPy, several arrays: 2 tensors, 3 elements, 12 bytes)"), run.out());
    }

    @Test
    void whatCannotBeDoneIsSaidInOneLine() throws IOException {
        String none = folder.resolve("none.pt").toString();
        assertRefused(CommandRun.of("show", none), none + ": there is no such file", "see ondol show --help");
        assertRefused(CommandRun.of("show", folder.toString()), "is a folder");
        assertRefused(CommandRun.of("show"), "FILE");
        Path junk = Files.writeString(folder.resolve("junk"), "\u001b[31mjunk");
        assertRefused(CommandRun.of("show", junk.toString()), "junk: is of no format that is known");
        String from = checkpoint().toString();
        assertRefused(CommandRun.of("convert", from), "OUT");
        assertRefused(CommandRun.of("convert", none, folder.resolve("x.pt").toString()), "there is no such file");
        assertRefused(CommandRun.of("convert", from, folder.resolve("x.bin").toString()), "does not say which format");
        assertRefused(CommandRun.of("convert", from, folder.resolve("x.npy").toString()), "use .npz");
        String below = folder.resolve("missing").resolve("x.npz").toString();
        assertRefused(CommandRun.of("convert", from, below), below + ": there is no such folder");
    }
}
