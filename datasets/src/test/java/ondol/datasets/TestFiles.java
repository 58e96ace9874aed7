package ondol.datasets;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Small files in the formats of the big ones. */
final class TestFiles {
    static final List<String> CIFAR = List.of(
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin");

    private TestFiles() {}

    /** MNIST's four files, of six and four images: pixel p of image i is i + p, and its label i % 10. */
    static Map<String, byte[]> mnist() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("train-images-idx3-ubyte.gz", gzip(images(6, 28)));
        files.put("train-labels-idx1-ubyte.gz", gzip(labels(6, 0)));
        files.put("t10k-images-idx3-ubyte.gz", gzip(images(4, 28)));
        files.put("t10k-labels-idx1-ubyte.gz", gzip(labels(4, 0)));
        return files;
    }

    static byte[] images(int count, int side) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0x0803);
        out.writeInt(count);
        out.writeInt(side);
        out.writeInt(side);
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < side * side; p++) {
                out.writeByte(i + p);
            }
        }
        return bytes.toByteArray();
    }

    static byte[] labels(int count, int first) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0x0801);
        out.writeInt(count);
        for (int i = 0; i < count; i++) {
            out.writeByte(first + i % 10);
        }
        return bytes.toByteArray();
    }

    /** Two records, of labels n and n + 1; their pixels come from the label as a seed. */
    static byte[] batch(int n) {
        byte[] bytes = new byte[2 * 3073];
        for (int r = 0; r < 2; r++) {
            bytes[r * 3073] = (byte) (n + r);
            System.arraycopy(pixels(n + r), 0, bytes, r * 3073 + 1, 3072);
        }
        return bytes;
    }

    static byte[] pixels(int label) {
        byte[] pixels = new byte[3072];
        new SplittableRandom(label).nextBytes(pixels);
        return pixels;
    }

    /** CIFAR-10's archive, with other things in it as the published one has. */
    static byte[] cifar(String... more) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            out.putArchiveEntry(new TarArchiveEntry("cifar-10-batches-bin/"));
            out.closeArchiveEntry();
            entry(out, "cifar-10-batches-bin/readme.html", "<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            for (String name : more) {
                entry(out, name, batch(8));
            }
            for (int i = 0; i < CIFAR.size(); i++) {
                entry(out, "cifar-10-batches-bin/" + CIFAR.get(i), batch(i));
            }
        }
        return bytes.toByteArray();
    }

    private static void entry(TarArchiveOutputStream out, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(content.length);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    static RemoteFile remote(String name, byte[] content) {
        return new RemoteFile(
                name,
                content.length,
                HexFormat.of().formatHex(RemoteFile.digest().digest(content)));
    }

    /** The names of what is in a folder, hidden files too; none if there is no such folder. */
    static List<String> list(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }
}
