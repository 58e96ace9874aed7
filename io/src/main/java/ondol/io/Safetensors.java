package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;

/**
 * Files in the safetensors format: a JSON header, and the elements as they are in memory. Source: the format's description and
 * library of Hugging Face.
 *
 * <pre>{@code
 * Safetensors.save(Path.of("net.safetensors"), net.stateDict());
 * net.loadStateDict(Safetensors.load(Path.of("net.safetensors")));
 * }</pre>
 */
public final class Safetensors {
    private Safetensors() {}

    /**
     * As {@link #load(Path, LoadOptions)}, with {@link LoadOptions#defaults}.
     *
     * @param path the .safetensors file
     * @return its tensors by name, on the default device
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused
     */
    public static Map<String, Tensor> load(Path path) throws IOException {
        return load(path, LoadOptions.defaults());
    }

    /**
     * All tensors of a file by name, in its order.
     *
     * @param path the .safetensors file
     * @param options the device, and whether F64 is rounded
     * @return the tensors, in a map that the caller may change
     * @throws TensorFileException if it is malformed, or has a type that is refused (see {@link ElementType}); no tensor is
     *     left then
     * @throws IOException if the file cannot be read
     */
    public static Map<String, Tensor> load(Path path, LoadOptions options) throws IOException {
        try (SafetensorsFile file = open(path)) {
            return file.tensors(options);
        }
    }

    /**
     * Opens a file, to see what is in it or to read some of its tensors.
     *
     * @param path the .safetensors file
     * @return the open file, which the caller closes
     * @throws TensorFileException if it is malformed
     * @throws IOException if the file cannot be read
     */
    public static SafetensorsFile open(Path path) throws IOException {
        return SafetensorsFile.open(path);
    }

    /**
     * As {@link #save(Path, Map, Map)}, without metadata.
     *
     * @param path the file to write; one that is there is replaced
     * @param tensors by name, on any device
     * @throws IOException if the file cannot be written
     * @throws IllegalArgumentException if a tensor is called {@code __metadata__}
     */
    public static void save(Path path, Map<String, Tensor> tensors) throws IOException {
        save(path, tensors, Map.of());
    }

    /**
     * Writes tensors, as F32, I64 and BOOL. As the reference library does, those of the largest elements come first, and
     * among them the names are in order. Each is written as its shape says, whatever its strides and whatever it shares memory
     * with. The file is there in full or, if this fails, as it was before.
     *
     * @param path the file to write; one that is there is replaced
     * @param tensors by name, on any device
     * @param metadata texts by name, such as {@code format} and {@code pt}
     * @throws IllegalArgumentException if a tensor is called {@code __metadata__}
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Saving.check("Safetensors.save", tensors);
        if (tensors.containsKey(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException("Safetensors.save: a tensor is called '" + SafetensorsHeader.METADATA
                    + "', which is the header's name for the metadata; use another name");
        }
        metadata.forEach((name, text) -> {
            if (name == null || text == null) {
                throw new NullPointerException("Safetensors.save: the metadata has '" + name + "' = '" + text
                        + "'; give texts, or leave it out");
            }
        });
        List<Map.Entry<String, Tensor>> entries = new ArrayList<>(tensors.entrySet());
        entries.sort(Comparator.comparing((Map.Entry<String, Tensor> e) ->
                        ElementType.of(e.getValue().dtype()))
                .reversed()
                .thenComparing(Map.Entry::getKey));
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        entries.forEach(e -> infos.put(e.getKey(), Saving.info(e.getValue())));
        byte[] header = SafetensorsHeader.write(infos, metadata);
        NewFile.write(path, out -> {
            out.write(header);
            for (Map.Entry<String, Tensor> e : entries) {
                Elements.write(e.getValue(), out);
            }
        });
    }
}
