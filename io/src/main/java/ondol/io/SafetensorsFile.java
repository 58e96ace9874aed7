package ondol.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import ondol.Device;
import ondol.Tensor;

/**
 * A safetensors file that is open: what is in it can be asked without reading it, and tensors be read one by one.
 *
 * <pre>{@code
 * try (SafetensorsFile file = Safetensors.open(Path.of("model.safetensors"))) {
 *     System.out.println(file.info("embedding.weight").shape());
 *     Tensor w = file.tensor("embedding.weight");
 * }
 * }</pre>
 *
 * <p>The file is mapped into memory, and each tensor copied from there once; tensors stay when the file is closed. It must not
 * become shorter meanwhile: the JVM then fails with an {@link InternalError} when it reads what is gone. Any number of
 * threads may read at once.
 */
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, Arena arena, MemorySegment bytes, SafetensorsHeader header) {
        this.path = path;
        this.arena = arena;
        this.bytes = bytes;
        this.header = header;
    }

    @SuppressWarnings("MustBeClosedChecker") // the file's own close() closes the arena
    static SafetensorsFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return of(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** The file of these bytes. */
    static SafetensorsFile of(Path path, Arena arena, MemorySegment bytes) throws IOException {
        return new SafetensorsFile(path, arena, bytes, SafetensorsHeader.read(path, bytes));
    }

    /** {@return the tensors' names, in the file's order} */
    public List<String> names() {
        return List.copyOf(header.entries().keySet());
    }

    /** {@return the file's own metadata: texts by name, empty if it has none} */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * A tensor's type and shape.
     *
     * @param name one of {@link #names}
     * @return its element type in the file, and its shape
     * @throws IllegalArgumentException if there is no tensor of that name
     */
    public TensorInfo info(String name) {
        return header.entry(name).info();
    }

    /**
     * A tensor, on the default device.
     *
     * @param name one of {@link #names}
     * @return a new tensor, which stays when the file is closed
     * @throws IllegalArgumentException if there is none of that name
     * @throws TensorFileException if its type is refused: see {@link ElementType}
     * @throws IllegalStateException if the file is closed
     * @throws IOException if its elements cannot be read
     */
    public Tensor tensor(String name) throws IOException {
        return tensor(name, LoadOptions.defaults());
    }

    /**
     * As {@link #tensor(String)}, on a device.
     *
     * @param name one of {@link #names}
     * @param device where the tensor is to be
     * @return a new tensor, which stays when the file is closed
     * @throws IOException as {@link #tensor(String)}
     */
    public Tensor tensor(String name, Device device) throws IOException {
        return tensor(name, LoadOptions.defaults().device(device));
    }

    /**
     * As {@link #tensor(String)}, with options.
     *
     * @param name one of {@link #names}
     * @param options the device, and whether F64 is rounded
     * @return a new tensor, which stays when the file is closed
     * @throws IOException as {@link #tensor(String)}, though F64 is read if the options round it
     */
    public Tensor tensor(String name, LoadOptions options) throws IOException {
        SafetensorsHeader.Entry entry = header.entry(name);
        if (!bytes.scope().isAlive()) {
            throw new IllegalStateException("tensor: " + path + " is closed; read tensors before close()");
        }
        MemorySegment data = bytes.asSlice(header.bytes() + entry.begin(), entry.end() - entry.begin());
        return Elements.read(
                ByteSource.of(path, "", data), "'" + name + "'", entry.info(), ByteOrder.LITTLE_ENDIAN, options);
    }

    /**
     * All tensors by name, in the file's order; none if one of them is refused.
     *
     * @param options the device, and whether F64 is rounded
     * @return the tensors, in a map that the caller may change
     * @throws IOException as {@link #tensor(String)}, of any of them
     */
    public Map<String, Tensor> tensors(LoadOptions options) throws IOException {
        return Loading.all(names(), name -> tensor(name, options));
    }

    /** Closes the file. The tensors that were read stay. */
    @Override
    public void close() {
        if (bytes.scope().isAlive()) {
            arena.close();
        }
    }

    /** The file, and its tensors' types and shapes. */
    @Override
    public String toString() {
        return path
                + header.entries().entrySet().stream()
                        .limit(100)
                        .map(e -> e.getKey() + " " + e.getValue().info().type()
                                + e.getValue().info().shape())
                        .collect(Collectors.joining(", ", " (", header.entries().size() > 100 ? ", ...)" : ")"));
    }
}
