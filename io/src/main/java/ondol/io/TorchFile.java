package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's files, {@code torch.save} and {@code torch.load}, as PyTorch writes them since 1.6.
 *
 * <pre>{@code
 * net.loadStateDict(TorchFile.loadStateDict(Path.of("net.pt")));                  // torch.save(net.state_dict(), "net.pt")
 * net.loadStateDict(TorchFile.loadStateDict(Path.of("checkpoint.pt"), "model"));  // torch.save({"model": ...}, ...)
 * TorchFile.save(Path.of("checkpoint.pt"), Map.of("model", net.stateDict(), "epoch", 12L));
 * }</pre>
 *
 * <p>What Python has becomes, and is made of:
 *
 * <table>
 * <caption>Python's objects and Java's</caption>
 * <tr><th>Python</th><th>Java</th></tr>
 * <tr><td>dict, OrderedDict, Counter, with keys that are texts or numbers</td><td>Map, in the same order (written: dict)</td></tr>
 * <tr><td>list, tuple, torch.Size</td><td>List (written: list)</td></tr>
 * <tr><td>torch.Tensor, Parameter</td><td>{@link Tensor}, of the types at {@link ElementType}, on one device</td></tr>
 * <tr><td>int, float, bool, str, None</td><td>Long, Double, Boolean, String, null (written: also Integer and Float)</td></tr>
 * <tr><td>torch.dtype, torch.device</td><td>String: {@code torch.float32}, {@code cuda:0}</td></tr>
 * </table>
 *
 * <p>Tensors that share memory share it after reading, with their strides, and {@code requires_grad} is kept. In Python such a
 * file is a pickle, a program that may do anything. Here it is read by a machine that knows only the objects above and refuses by
 * name what else a file asks for, a whole module for instance.
 */
public final class TorchFile {
    private TorchFile() {}

    /**
     * As {@link #load(Path, LoadOptions)}, with {@link LoadOptions#defaults}.
     *
     * @param path a file that {@code torch.save} wrote
     * @return its content, with tensors on the default device; null for None
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused
     */
    public static @Nullable Object load(Path path) throws IOException {
        return load(path, LoadOptions.defaults());
    }

    /**
     * The content of a file, in maps, lists and tensors that the caller may change.
     *
     * @param path a file that {@code torch.save} wrote
     * @param options the device, and whether F64 is rounded
     * @return the objects of the table above; null for None
     * @throws TensorFileException if the file is malformed or asks for something else than is read, by name; if it is of
     *     another kind, TorchScript or from before PyTorch 1.6 for instance, that is said. No tensor is left then
     * @throws IOException if the file cannot be read
     */
    public static @Nullable Object load(Path path, LoadOptions options) throws IOException {
        try (TorchArchive archive = TorchArchive.open(path)) {
            return archive.load(archive.describe(), options);
        }
    }

    /**
     * As {@link #loadStateDict(Path, LoadOptions, String...)}, with {@link LoadOptions#defaults}.
     *
     * @param path a file that {@code torch.save} wrote
     * @param keys the way to the state dict through maps; none if the file holds one alone
     * @return tensors by name, on the default device
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused or
     *     is no state dict
     */
    public static Map<String, Tensor> loadStateDict(Path path, String... keys) throws IOException {
        return loadStateDict(path, LoadOptions.defaults(), keys);
    }

    /**
     * The state dict that a file holds, for {@link ondol.nn.Module#loadStateDict}. Other tensors in the file are not read.
     *
     * @param path a file that {@code torch.save} wrote
     * @param options the device, and whether F64 is rounded
     * @param keys the way to it through maps; none if the file holds a state dict alone
     * @return tensors by name, in the file's order
     * @throws TensorFileException as {@link #load}, or if there is no map of tensors; then the message says what there is
     * @throws IOException if the file cannot be read
     */
    public static Map<String, Tensor> loadStateDict(Path path, LoadOptions options, String... keys) throws IOException {
        try (TorchArchive archive = TorchArchive.open(path)) {
            Object part = part(archive, path, keys);
            boolean isState = part instanceof Map<?, ?> map
                    && map.entrySet().stream()
                            .allMatch(e -> e.getKey() instanceof String && e.getValue() instanceof TensorRef);
            if (!isState) {
                throw new TensorFileException(
                        path,
                        "holds no state dict there, that is a map of tensors by name, but " + contents(part)
                                + "; give the keys that lead to it, or take what you need of load(path)");
            }
            Map<String, Tensor> state = new LinkedHashMap<>();
            Map<?, ?> loaded = (Map<?, ?>) Objects.requireNonNull(archive.load(part, options));
            loaded.forEach((name, t) -> state.put((String) name, (Tensor) t));
            return state;
        }
    }

    /** The object at the end of a way through maps; other tensors in the file are not read. */
    static @Nullable Object loadPart(Path path, LoadOptions options, String... keys) throws IOException {
        try (TorchArchive archive = TorchArchive.open(path)) {
            return archive.load(part(archive, path, keys), options);
        }
    }

    private static @Nullable Object part(TorchArchive archive, Path path, String... keys) throws IOException {
        Object part = archive.describe();
        for (String key : keys) {
            Objects.requireNonNull(key, "TorchFile: a key is null; give those that lead to the state dict");
            if (!(part instanceof Map<?, ?> map) || !map.containsKey(key)) {
                throw new TensorFileException(path, "holds nothing under '" + key + "'; there is " + contents(part));
            }
            part = map.get(key);
        }
        return part;
    }

    /** A value from a file, described in a few words. */
    static String contents(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return kind(value);
        }
        List<String> parts = new ArrayList<>();
        map.forEach((key, part) -> parts.add(key + " (" + kind(part) + ")"));
        return "a map of " + Names.of(parts);
    }

    private static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case TensorRef _, Tensor _ -> "a tensor";
            case Map<?, ?> map -> "a map";
            case List<?> list -> "a list";
            case String s -> "a text";
            case Number n -> "the number " + n;
            case Boolean b -> b ? "True" : "False";
            default -> value.getClass().getSimpleName();
        };
    }

    /**
     * Writes what {@code torch.load} reads, with {@code weights_only=True} too. A tensor that lies inside of another one that
     * is saved shares its memory in the file; others are written in row-major order, whatever their strides are. The
     * file is there in full or, if this fails, as it was before.
     *
     * @param path the file to write; one that is there is replaced
     * @param value maps, lists, tensors, texts and numbers, as in the table above
     * @throws IllegalArgumentException for anything else, or maps and lists that contain themselves
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, @Nullable Object value) throws IOException {
        TorchStorages storages = new TorchStorages();
        byte[] pickle = new Pickler(storages).pickle(value);
        NewFile.write(path, out -> {
            try (ZipWriter zip = new ZipWriter(out)) {
                zip.add("archive/data.pkl", TorchStorages.ALIGNMENT, to -> to.write(pickle));
                zip.add("archive/byteorder", TorchStorages.ALIGNMENT, to -> to.write(TorchStorages.LITTLE));
                for (int i = 0; i < storages.contents().size(); i++) {
                    Tensor content = storages.contents().get(i);
                    zip.add("archive/data/" + i, TorchStorages.ALIGNMENT, to -> Elements.write(content, to));
                }
                zip.add("archive/version", TorchStorages.ALIGNMENT, to -> to.write(TorchStorages.VERSION));
            }
        });
    }
}
