package ondol.datasets;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import ondol.Shape;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * CIFAR-10: 50,000 and 10,000 colour pictures of animals and vehicles, [3, 32, 32] (A. Krizhevsky, "Learning multiple layers of
 * features from tiny images", 2009), from its binary version: {@code cifar-10-binary.tar.gz}, which is read as it is, or
 * {@code data_batch_1.bin} to {@code data_batch_5.bin} and {@code test_batch.bin}, each with or without .gz.
 *
 * <p>They are looked for in a folder, and in {@code cifar-10-batches-bin} below, as the archive unpacks itself. A record is a
 * byte for the class and 3,072 for the picture: red, green, blue, each row by row.
 */
public final class Cifar10 {
    /** Where the archive is published. */
    public static final URI ADDRESS = URI.create("https://www.cs.toronto.edu/~kriz/");

    /** Size and SHA-256 as TensorFlow Datasets has them. */
    private static final RemoteFile ARCHIVE = new RemoteFile(
            "cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd");

    private static final List<String> CLASSES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private static final String FOLDER = "cifar-10-batches-bin";
    private static final List<String> TRAIN =
            List.of("data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin");
    private static final List<String> TEST = List.of("test_batch.bin");

    private static final Shape IMAGE = Shape.of(3, 32, 32);
    private static final int VALUES = 3 * 32 * 32;
    private static final int RECORD = 1 + VALUES;

    /** The most records of a file, as it is published. */
    private static final int MOST_RECORDS = 10_000;

    /** The archive has 184 MB; another is not unpacked for ever. */
    private static final long MOST_UNPACKED = 1L << 30;

    private Cifar10() {}

    /**
     * Reads the files of a folder, or the archive.
     *
     * @param folder the one with the files, with their folder, or with the archive
     * @return both parts, in memory: 184 MB
     * @throws IOException if one is missing, which the message names, or broken
     */
    public static TrainTest load(Path folder) throws IOException {
        Map<String, Path> files = find(folder);
        if (files.size() == TRAIN.size() + TEST.size()) {
            Map<String, byte[]> batches = new HashMap<>();
            for (Map.Entry<String, Path> entry : files.entrySet()) {
                batches.put(entry.getKey(), read(entry.getValue()));
            }
            return parts(batches);
        }
        Path archive = folder.resolve(ARCHIVE.name());
        if (Files.isRegularFile(archive)) {
            return parts(unpack(archive));
        }
        List<String> missing = new ArrayList<>(names());
        missing.removeAll(files.keySet());
        throw new FileNotFoundException(
                "Cifar10.load: " + folder.toAbsolutePath() + " lacks " + ARCHIVE.name() + ", or "
                        + String.join(", ", missing) + " (with or without .gz, there or in " + FOLDER
                        + "); Cifar10.download fetches the archive, or take it from " + ADDRESS);
    }

    /**
     * Fetches the archive from {@link #ADDRESS} if neither it nor its files are in a folder, with a progress bar if there is a
     * terminal, and reads it.
     *
     * @param folder where the archive is kept; it is made if it is not there
     * @return both parts, in memory: 184 MB
     * @throws IOException if it cannot be fetched, the message says why, or is another than the published one, or as
     *     {@link #load}
     */
    public static TrainTest download(Path folder) throws IOException {
        return download(folder, ADDRESS);
    }

    /**
     * The same from another server.
     *
     * @param folder where the archive is kept; it is made if it is not there
     * @param base the address of the folder in which it has the archive, which has to be the published one
     * @return both parts, in memory: 184 MB
     * @throws IOException as {@link #download(Path)}
     * @throws IllegalArgumentException if the address is not one of HTTP
     */
    public static TrainTest download(Path folder, URI base) throws IOException {
        try (TerminalProgress progress = new TerminalProgress()) {
            return download(folder, base, progress);
        }
    }

    /**
     * The same, with a listener instead of the progress bar.
     *
     * @param folder where the archive is kept; it is made if it is not there
     * @param base the address of the folder in which a server has the archive, such as {@link #ADDRESS}
     * @param listener is told how far the download is; it is not called if nothing is fetched
     * @return both parts, in memory: 184 MB
     * @throws IOException as {@link #download(Path)}
     * @throws IllegalArgumentException if the address is not one of HTTP
     */
    public static TrainTest download(Path folder, URI base, DownloadListener listener) throws IOException {
        return download(folder, base, ARCHIVE, listener);
    }

    static TrainTest download(Path folder, URI base, RemoteFile archive, DownloadListener listener) throws IOException {
        Download download = new Download("Cifar10.download", base, listener);
        if (find(folder).size() < TRAIN.size() + TEST.size()) {
            Path file = folder.resolve(archive.name());
            if (Files.isRegularFile(file)) {
                archive.check("Cifar10.download", file);
            } else {
                download.fetch(archive, folder);
            }
        }
        return load(folder);
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>(TRAIN);
        names.addAll(TEST);
        return names;
    }

    /** The files that are there, by their names in the archive. */
    private static Map<String, Path> find(Path folder) {
        Map<String, Path> files = new HashMap<>();
        for (String name : names()) {
            Path file = find(folder, name);
            if (file != null) {
                files.put(name, file);
            }
        }
        return files;
    }

    private static @Nullable Path find(Path folder, String name) {
        for (Path place : List.of(folder, folder.resolve(FOLDER))) {
            for (String end : List.of("", ".gz")) {
                Path file = place.resolve(name + end);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
        }
        return null;
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw) {
            return records(in);
        } catch (IOException e) {
            throw new IOException(file + " is no file of CIFAR-10: " + e.getMessage(), e);
        }
    }

    /** The six files of the archive, in memory; nothing is written, so its names lead nowhere. */
    private static Map<String, byte[]> unpack(Path archive) throws IOException {
        Map<String, byte[]> batches = new HashMap<>();
        try (InputStream raw = Files.newInputStream(archive);
                TarArchiveInputStream tar = new TarArchiveInputStream(
                        new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16))) {
            long bytes = 0;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                bytes += entry.getSize();
                if (bytes > MOST_UNPACKED) {
                    throw new IOException("it has more than " + MOST_UNPACKED + " bytes");
                }
                String name = entry.getName().startsWith(FOLDER + "/")
                        ? entry.getName().substring(FOLDER.length() + 1)
                        : "";
                if (entry.isFile() && names().contains(name)) {
                    batches.put(name, records(name, tar));
                }
            }
        } catch (IOException | RuntimeException e) { // the library trusts what it reads
            throw new IOException(archive + " is not the archive of CIFAR-10: " + e.getMessage(), e);
        }
        List<String> missing = new ArrayList<>(names());
        missing.removeAll(batches.keySet());
        if (!missing.isEmpty()) {
            throw new IOException(archive + " is not the archive of CIFAR-10: " + String.join(", ", missing)
                    + " is not in its folder " + FOLDER);
        }
        return batches;
    }

    private static byte[] records(String name, InputStream in) throws IOException {
        try {
            return records(in);
        } catch (IOException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }

    private static byte[] records(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST_RECORDS * RECORD + 1);
        if (bytes.length > MOST_RECORDS * RECORD) {
            throw new IOException("it has more than " + MOST_RECORDS + " records");
        }
        if (bytes.length == 0 || bytes.length % RECORD != 0) {
            throw new IOException("it has " + bytes.length + " bytes, which are no whole records of " + RECORD);
        }
        for (int i = 0; i < bytes.length; i += RECORD) {
            if ((bytes[i] & 0xff) >= CLASSES.size()) {
                throw new IOException("record " + i / RECORD + " has label " + (bytes[i] & 0xff) + "; labels are 0 to "
                        + (CLASSES.size() - 1));
            }
        }
        return bytes;
    }

    private static TrainTest parts(Map<String, byte[]> batches) {
        return new TrainTest(part("train", TRAIN, batches), part("test", TEST, batches));
    }

    private static ImageDataset part(String name, List<String> files, Map<String, byte[]> batches) {
        List<byte[]> parts = files.stream()
                .map(file -> batches.getOrDefault(file, new byte[0]))
                .toList();
        int count = parts.stream().mapToInt(bytes -> bytes.length / RECORD).sum();
        byte[] values = new byte[count * VALUES];
        byte[] labels = new byte[count];
        int at = 0;
        for (byte[] bytes : parts) {
            for (int i = 0; i < bytes.length; i += RECORD) {
                labels[at] = bytes[i];
                System.arraycopy(bytes, i + 1, values, at * VALUES, VALUES);
                at++;
            }
        }
        return new ImageDataset("Cifar10 " + name, values, labels, IMAGE, CLASSES);
    }
}
