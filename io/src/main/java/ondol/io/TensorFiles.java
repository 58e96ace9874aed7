package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Files of tensors in any of the formats ({@link FileFormat}): read by what is in them, written by their name.
 *
 * <pre>{@code
 * TensorFiles.save(Path.of("net.safetensors"), TensorFiles.load(Path.of("net.pt")));
 * }</pre>
 *
 * <p>A PyTorch file with maps and lists inside of each other has its tensors under joined names, {@code model.0.weight}. A
 * file of one tensor has it under the file's own name without the suffix.
 */
public final class TensorFiles {
    /** So many values a file may have; lists that hold one another many times would have more. */
    private static final int MOST_VALUES = 1_000_000;

    private static final int MOST_NAME = 20_000;

    private TensorFiles() {}

    /**
     * The content of a file.
     *
     * @param format the file's
     * @param tensors by name, in the file's order
     * @param metadata what a safetensors file says of itself
     * @param others the names of what is no tensor, in a PyTorch file
     */
    public record Contents(
            FileFormat format, Map<String, TensorInfo> tensors, Map<String, String> metadata, List<String> others) {
        /** Keeps immutable copies. */
        public Contents {
            Objects.requireNonNull(format, "Contents: the format is null; give one");
            tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
            others = List.copyOf(others);
        }
    }

    /**
     * The names of a file's tensors and what it says of them, without reading their elements.
     *
     * @param path a file of any {@link FileFormat}
     * @return the file's format, tensors, metadata and other values
     * @throws TensorFileException if it is malformed, or of no format that is known
     * @throws IOException if the file cannot be read
     */
    public static Contents describe(Path path) throws IOException {
        FileFormat format = FileFormat.of(path);
        switch (format) {
            case SAFETENSORS -> {
                try (SafetensorsFile file = Safetensors.open(path)) {
                    Map<String, TensorInfo> infos = new LinkedHashMap<>();
                    file.names().forEach(name -> infos.put(name, file.info(name)));
                    return new Contents(format, infos, file.metadata(), List.of());
                }
            }
            case TORCH -> {
                try (TorchArchive archive = TorchArchive.open(path)) {
                    Flat flat = new Flat(path, archive.describe());
                    Map<String, TensorInfo> infos = new LinkedHashMap<>();
                    flat.tensors.forEach((name, ref) -> infos.put(name, ((TensorRef) ref).info()));
                    return new Contents(format, infos, Map.of(), flat.others);
                }
            }
            case NPZ -> {
                return new Contents(format, Npz.infos(path), Map.of(), List.of());
            }
            case NPY -> {
                return new Contents(format, Map.of(stem(path), Npy.info(path)), Map.of(), List.of());
            }
        }
        throw new AssertionError(format);
    }

    /**
     * As {@link #load(Path, LoadOptions)}, with {@link LoadOptions#defaults}.
     *
     * @param path a file of any {@link FileFormat}
     * @return its tensors by name, on the default device
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused
     */
    public static Map<String, Tensor> load(Path path) throws IOException {
        return load(path, LoadOptions.defaults());
    }

    /**
     * All tensors of a file by name, in its order. What else a PyTorch file holds is left out; {@link #describe} names it.
     *
     * @param path a file of any {@link FileFormat}
     * @param options the device, and whether F64 is rounded
     * @return the tensors, in a map that the caller may change; those of nested maps and lists have names joined by
     *     dots
     * @throws TensorFileException if it is malformed, of no format that is known, or has something that is refused; no tensor
     *     is left then
     * @throws IOException if the file cannot be read
     */
    public static Map<String, Tensor> load(Path path, LoadOptions options) throws IOException {
        return switch (FileFormat.of(path)) {
            case SAFETENSORS -> Safetensors.load(path, options);
            case TORCH -> {
                try (TorchArchive archive = TorchArchive.open(path)) {
                    // The names come first: they may be refused when there are no tensors yet.
                    Object described = archive.describe();
                    Flat refs = new Flat(path, described);
                    List<@Nullable Object> list = new ArrayList<>(refs.tensors.values());
                    archive.load(list, options);
                    Map<String, Tensor> tensors = new LinkedHashMap<>();
                    int i = 0;
                    for (String name : refs.tensors.keySet()) {
                        tensors.put(name, (Tensor) Objects.requireNonNull(list.get(i++)));
                    }
                    yield tensors;
                }
            }
            case NPZ -> Npz.load(path, options);
            case NPY -> {
                Map<String, Tensor> one = new LinkedHashMap<>();
                one.put(stem(path), Npy.load(path, options));
                yield one;
            }
        };
    }

    /**
     * Writes tensors in the format that the file's name asks for: .safetensors, .pt or .pth, .npz, or .npy for a single
     * tensor. The file is there in full or, if this fails, as it was before.
     *
     * @param path the file to write; one that is there is replaced, and its suffix is the format
     * @param tensors by name, on any device; the name of the one in a .npy file is not written
     * @throws IllegalArgumentException if the name asks for none, or for one that cannot hold these tensors
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, Map<String, Tensor> tensors) throws IOException {
        save(path, tensors, Map.of());
    }

    /**
     * The same with metadata, which only safetensors files have a place for; others go without it.
     *
     * @param path the file to write; one that is there is replaced, and its suffix is the format
     * @param tensors by name, on any device; the name of the one in a .npy file is not written
     * @param metadata what the file says of itself
     * @throws IllegalArgumentException as {@link #save(Path, Map)}
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        FileFormat format = FileFormat.named(path);
        Saving.check("TensorFiles.save", tensors);
        switch (format) {
            case SAFETENSORS -> Safetensors.save(path, tensors, metadata);
            case TORCH -> TorchFile.save(path, tensors);
            case NPZ -> Npz.save(path, tensors);
            case NPY -> {
                if (tensors.size() != 1) {
                    throw new IllegalArgumentException("TensorFiles.save: " + path
                            + " can hold one tensor, and there are " + tensors.size() + "; use .npz");
                }
                Npy.save(path, tensors.values().iterator().next());
            }
        }
    }

    private static String stem(Path path) {
        String name = String.valueOf(path.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /** Tensors of nested maps and lists, by joined names. */
    private static final class Flat {
        private final Path path;
        private final Map<String, Object> tensors = new LinkedHashMap<>();
        private final List<String> others = new ArrayList<>();
        private int values;

        Flat(Path path, @Nullable Object value) throws TensorFileException {
            this.path = path;
            add("", value);
        }

        private void add(String name, @Nullable Object value) throws TensorFileException {
            if (++values > MOST_VALUES || name.length() > MOST_NAME) {
                throw new TensorFileException(
                        path,
                        "holds the same lists or maps again and again: there would be " + "more than " + MOST_VALUES
                                + " values, or names of more than " + MOST_NAME + " characters; use TorchFile.load");
            }
            String prefix = name.isEmpty() ? "" : name + ".";
            switch (value) {
                case Map<?, ?> map -> {
                    for (Map.Entry<?, ?> e : map.entrySet()) {
                        add(prefix + e.getKey(), e.getValue());
                    }
                }
                case List<?> list -> {
                    for (int i = 0; i < list.size(); i++) {
                        add(prefix + i, list.get(i));
                    }
                }
                case TensorRef ref -> {
                    String full = name.isEmpty() ? stem(path) : name;
                    if (tensors.put(full, ref) != null) {
                        throw new TensorFileException(
                                path, "holds two tensors whose joined name is '" + full + "'; use TorchFile.load");
                    }
                }
                case null, default -> others.add(name);
            }
        }
    }
}
