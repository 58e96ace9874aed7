package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;

/** NumPy's files of several arrays, {@code numpy.savez} and {@code numpy.savez_compressed}: zip archives of .npy files. */
public final class Npz {
    private static final String SUFFIX = ".npy";

    private Npz() {}

    /**
     * As {@link #load(Path, LoadOptions)}, with {@link LoadOptions#defaults}.
     *
     * @param path the .npz file
     * @return its arrays by name, on the default device
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused
     */
    public static Map<String, Tensor> load(Path path) throws IOException {
        return load(path, LoadOptions.defaults());
    }

    /**
     * All arrays of a file by name, in its order; those that {@code savez} was given without names are {@code arr_0} and so
     * on. Compressed files are read as long as they do not make more than 64 MB and 32 times their size.
     *
     * @param path the .npz file
     * @param options the device, and whether F64 is rounded
     * @return the arrays, in a map that the caller may change
     * @throws TensorFileException if the file is malformed, or for one of the arrays what {@link Npy#load} refuses; no tensor
     *     is left then
     * @throws IOException if the file cannot be read
     */
    public static Map<String, Tensor> load(Path path, LoadOptions options) throws IOException {
        try (ZipArchive zip = ZipArchive.open(path)) {
            return Loading.all(names(path, zip), name -> {
                try (ZipArchive.Entry entry = zip.read(name + SUFFIX)) {
                    NpyHeader header = NpyHeader.read(entry);
                    zip.charge(name + SUFFIX, header.info().loadedBytes());
                    return Npy.read(entry, header, options);
                }
            });
        }
    }

    /**
     * The types and shapes of a file's arrays, without reading them.
     *
     * @param path the .npz file
     * @return each array's element type and shape by its name, in the file's order
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if it is malformed
     */
    public static Map<String, TensorInfo> infos(Path path) throws IOException {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        try (ZipArchive zip = ZipArchive.open(path)) {
            for (String name : names(path, zip)) {
                try (ZipArchive.Entry entry = zip.read(name + SUFFIX)) {
                    NpyHeader header = NpyHeader.read(entry);
                    Npy.checkSize(entry, header);
                    infos.put(name, header.info());
                }
            }
        }
        return infos;
    }

    private static List<String> names(Path path, ZipArchive zip) throws TensorFileException {
        List<String> names = zip.names();
        for (String name : names) {
            if (!name.endsWith(SUFFIX)) {
                throw new TensorFileException(
                        path, "the archive's entry '" + name + "' is no .npy file; in a .npz all are");
            }
        }
        return names.stream()
                .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                .toList();
    }

    /**
     * Writes tensors as numpy.savez does, in the map's order and without compression. The file is there in full or, if this
     * fails, as it was before.
     *
     * @param path the file to write; one that is there is replaced
     * @param tensors the arrays by name, without the suffix .npy; on any device
     * @throws IllegalArgumentException if a name is longer than a zip archive allows
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, Map<String, Tensor> tensors) throws IOException {
        Saving.check("Npz.save", tensors);
        Saving.checkNames("Npz.save", tensors.keySet());
        NewFile.write(path, out -> {
            try (ZipWriter zip = new ZipWriter(out)) {
                for (Map.Entry<String, Tensor> e : tensors.entrySet()) {
                    zip.add(e.getKey() + SUFFIX, 1, to -> Npy.write(e.getValue(), to));
                }
            }
        });
    }
}
