package ondol.io;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** NumPy's files of one array, {@code numpy.save} and {@code numpy.load}. */
public final class Npy {
    private Npy() {}

    /**
     * As {@link #load(Path, LoadOptions)}, with {@link LoadOptions#defaults}.
     *
     * @param path the .npy file
     * @return its array, on the default device
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if what is in it is refused
     */
    public static Tensor load(Path path) throws IOException {
        return load(path, LoadOptions.defaults());
    }

    /**
     * The array of a file, of version 1.0, 2.0 or 3.0, of either byte order. An array in Fortran's order becomes a tensor
     * whose first axis has the smallest stride, as in NumPy.
     *
     * @param path the .npy file
     * @param options the device, and whether F64 is rounded
     * @return the array, as one tensor
     * @throws TensorFileException if the file is malformed, has a type that is refused (see {@link ElementType}), or Python
     *     objects, which could only be read by running what the file says
     * @throws IOException if the file cannot be read
     */
    public static Tensor load(Path path, LoadOptions options) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteSource bytes = map(path, arena);
            return read(bytes, NpyHeader.read(bytes), options);
        }
    }

    /**
     * The type and shape of a file's array, without reading it.
     *
     * @param path the .npy file
     * @return the array's element type in the file, and its shape
     * @throws IOException if the file cannot be read, and a {@link TensorFileException} if it is malformed
     */
    public static TensorInfo info(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteSource bytes = map(path, arena);
            NpyHeader header = NpyHeader.read(bytes);
            checkSize(bytes, header);
            return header.info();
        }
    }

    private static ByteSource map(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return ByteSource.of(path, "", bytes);
        }
    }

    static void checkSize(ByteSource from, NpyHeader header) throws TensorFileException {
        long bytes = header.info().bytes();
        if (bytes != from.remaining()) {
            throw from.malformed("an array of shape " + header.info().shape() + " and type "
                    + header.info().type() + " has " + bytes + " bytes, and " + from.remaining()
                    + (bytes > from.remaining()
                            ? " follow the header; it is cut short"
                            : " follow the header; save each array in a file of its own, or all in a .npz"));
        }
    }

    /** The array behind a header. */
    static Tensor read(ByteSource from, NpyHeader header, LoadOptions options) throws IOException {
        checkSize(from, header);
        if (!header.isFortran()) {
            return Elements.read(from, "the array", header.info(), header.order(), options);
        }
        long[] sizes = header.info().shape().toArray();
        int[] reversed = new int[sizes.length];
        long[] stored = new long[sizes.length];
        for (int axis = 0; axis < sizes.length; axis++) {
            reversed[axis] = sizes.length - 1 - axis;
            stored[axis] = sizes[sizes.length - 1 - axis];
        }
        TensorInfo asStored = new TensorInfo(header.info().type(), Shape.of(stored));
        Tensor t = Elements.read(from, "the array", asStored, header.order(), options);
        try (var _ = Autograd.noGrad()) {
            Tensor view = t.permute(reversed);
            Tensor alone = view.detach();
            view.close();
            return alone;
        } finally {
            t.close();
        }
    }

    /**
     * Writes a tensor as numpy.save does: version 1.0, little-endian, in row-major order whatever its strides are. The file is
     * there in full or, if this fails, as it was before.
     *
     * @param path the file to write; one that is there is replaced
     * @param tensor any type and shape, on any device
     * @throws IOException if the file cannot be written
     */
    public static void save(Path path, Tensor tensor) throws IOException {
        Saving.check("Npy.save", "the tensor", tensor);
        NewFile.write(path, out -> write(tensor, out));
    }

    static void write(Tensor tensor, OutputStream out) throws IOException {
        out.write(NpyHeader.write(Saving.info(tensor)));
        Elements.write(tensor, out);
    }
}
