package ondol.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The formats that are read and written. */
public enum FileFormat {
    /** {@link Safetensors}. */
    SAFETENSORS("safetensors", ".safetensors"),
    /** {@link TorchFile}. */
    TORCH("PyTorch", ".pt", ".pth"),
    /** {@link Npz}. */
    NPZ("NumPy, several arrays", ".npz"),
    /** {@link Npy}. */
    NPY("NumPy, one array", ".npy");

    /** How much of a file is looked at. */
    private static final int BEGINNING = 512;

    private static final String SAVE_AGAIN =
            "load it in Python and save its state_dict: torch.save(model.state_dict(), path)";

    private final String title;
    private final List<String> suffixes;

    FileFormat(String title, String... suffixes) {
        this.title = title;
        this.suffixes = List.of(suffixes);
    }

    /** {@return the format's common name, for messages} */
    public String title() {
        return title;
    }

    /**
     * The format that a file has, by what is in it; its name does not matter.
     *
     * @param path the file, of which only the beginning and a zip archive's list of entries are read
     * @return the format that its content shows
     * @throws TensorFileException if it has none of them: the message says what it seems to be, and what to do
     * @throws IOException if the file cannot be read
     */
    public static FileFormat of(Path path) throws IOException {
        byte[] start = beginning(path);
        if (begins(start, NpyHeader.MARK)) {
            return NPY;
        }
        if (begins(start, "PK\3\4") || begins(start, "PK\5\6")) {
            return ofZip(path);
        }
        if (isSafetensors(start)) {
            return SAFETENSORS;
        }
        throw new TensorFileException(path, other(path, start));
    }

    /**
     * The format that a file's name asks for.
     *
     * @param path a file name, which need not exist; upper and lower case are the same
     * @return the format of its suffix
     * @throws IllegalArgumentException if it ends with none of the formats' suffixes
     */
    public static FileFormat named(Path path) {
        Objects.requireNonNull(
                path, "FileFormat.named: the path is null; give one such as Path.of(\"net.safetensors\")");
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        for (FileFormat format : values()) {
            if (format.suffixes.stream().anyMatch(name::endsWith)) {
                return format;
            }
        }
        throw new IllegalArgumentException("the name " + path + " does not say which format is meant; let it end with "
                + ".safetensors, .pt, .pth, .npz or .npy");
    }

    /** Refuses a file of another kind than PyTorch's, and says what it is. */
    static void refuseOthers(Path path) throws IOException {
        byte[] start = beginning(path);
        if (begins(start, "PK\3\4") || begins(start, "PK\5\6")) {
            return; // which archive it is, is seen when it is open
        }
        FileFormat format = of(path);
        throw new TensorFileException(
                path,
                "is no file of torch.save but one of the format " + format.title + "; use "
                        + (format == NPY ? "Npy.load" : "Safetensors.load") + ", or TensorFiles.load for any format");
    }

    private static byte[] beginning(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "is a folder; give a file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(BEGINNING);
        }
    }

    private static boolean begins(byte[] start, byte[] mark) {
        return start.length >= mark.length && Arrays.equals(start, 0, mark.length, mark, 0, mark.length);
    }

    /** The characters are the bytes. */
    private static boolean begins(byte[] start, String mark) {
        return begins(start, mark.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isSafetensors(byte[] start) {
        if (start.length < 9 || start[8] != '{') {
            return false;
        }
        long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return length > 0 && length <= SafetensorsHeader.MOST_BYTES;
    }

    private static FileFormat ofZip(Path path) throws IOException {
        List<String> names;
        try (ZipArchive zip = ZipArchive.open(path)) {
            names = zip.names();
        }
        if (names.stream().anyMatch(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))) {
            return TORCH;
        }
        if (names.stream().allMatch(name -> name.endsWith(".npy"))) {
            return NPZ;
        }
        throw new TensorFileException(
                path,
                "is a zip archive of other things than tensors: " + Names.of(names)
                        + "; PyTorch's has data.pkl, NumPy's nothing but .npy files");
    }

    /** A guess at a file that has none of the formats. */
    private static String other(Path path, byte[] start) {
        if (start.length == 0) {
            return "is empty";
        }
        String known = marked(start);
        if (known != null) {
            return known;
        }
        String text = new String(start, StandardCharsets.ISO_8859_1).strip();
        if (text.startsWith("version https://git-lfs")) {
            return "is a pointer of Git LFS, not the file itself; fetch that with git lfs pull";
        }
        if (text.toLowerCase(Locale.ROOT).startsWith("<!doctype html")
                || text.toLowerCase(Locale.ROOT).startsWith("<html")) {
            return "is a web page; the download went wrong";
        }
        if (text.startsWith("{") && text.contains("\"")) {
            return "is JSON; if it is the index of a model in several files, give those files, one by one";
        }
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        boolean isProtobuf = start.length > 2 && start[0] == 8 && start[1] > 0 && start[1] < 20 && start[2] == 0x12;
        if (name.endsWith(".onnx") || isProtobuf) {
            return "is an ONNX model; " + SAVE_AGAIN;
        }
        return "is of no format that is known: safetensors, PyTorch's .pt and .pth, NumPy's .npy and .npz; it begins with "
                + hex(start);
    }

    private static @Nullable String marked(byte[] start) {
        // The number 0x1950a86a20f9469cfc6c, as a pickle.
        if (begins(start, "\u0080\2\u008a\12l\u00fc\u009cF\u00f9 j\u00a8P\31.")) {
            return "is of PyTorch's format from before 1.6; load it in Python and torch.save it again, without "
                    + "_use_new_zipfile_serialization=False";
        }
        if (begins(start, "\u0089HDF\r\n\32\n")) {
            return "is an HDF5 file; save the weights as .npz: numpy.savez(path, **arrays)";
        }
        if (begins(start, "\37\u008b")) {
            return "is compressed by gzip; decompress it first: gunzip";
        }
        if (begins(start, "\u0028\u00b5\u002f\u00fd")) {
            return "is compressed by zstd; decompress it first: unzstd";
        }
        if (begins(start, "BZh")) {
            return "is compressed by bzip2; decompress it first: bunzip2";
        }
        if (begins(start, "GGUF")) {
            return "is a GGUF file; take the model's safetensors instead";
        }
        if (start.length > 262 && new String(start, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
            return "is a tar archive; unpack it first. If PyTorch wrote it, before 0.1.10: " + SAVE_AGAIN;
        }
        if (start[0] == (byte) 0x80 && start.length > 1 && start[1] >= 2 && start[1] <= 5) {
            return "is a pickle, a program in Python; " + SAVE_AGAIN;
        }
        return null;
    }

    private static String hex(byte[] start) {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < Math.min(8, start.length); i++) {
            hex.append(i == 0 ? "" : " ").append(String.format(Locale.ROOT, "%02x", start[i]));
        }
        return hex.toString();
    }
}
