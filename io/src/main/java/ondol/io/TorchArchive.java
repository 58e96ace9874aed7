package ondol.io;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.DType;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.jspecify.annotations.Nullable;

/** A zip archive as torch.save writes it: a pickle that says what there is, and an entry for the bytes of each storage. */
final class TorchArchive implements AutoCloseable {
    private static final String PICKLE = "data.pkl";

    /** Real ones have some 100 bytes for a tensor. */
    private static final int MOST_PICKLE = 64 << 20;

    private final Path path;
    private final ZipArchive zip;
    private final String folder;
    private final ByteOrder order;

    private TorchArchive(Path path, ZipArchive zip) throws IOException {
        this.path = path;
        this.zip = zip;
        List<String> pickles = zip.names().stream()
                .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
                .toList();
        if (pickles.size() != 1) {
            throw new TensorFileException(
                    path,
                    "the archive has " + pickles.size()
                            + " entries data.pkl, and a file of torch.save has one; there are "
                            + Names.of(zip.names()));
        }
        String pickle = pickles.get(0);
        this.folder = pickle.substring(0, pickle.length() - PICKLE.length());
        if (zip.has(folder + "constants.pkl")) {
            throw new TensorFileException(
                    path,
                    "is a TorchScript archive, a program; save the state_dict instead: "
                            + "torch.save(torch.jit.load(path).state_dict(), other)");
        }
        this.order = zip.has(folder + "byteorder") && text("byteorder").equals("big")
                ? ByteOrder.BIG_ENDIAN
                : ByteOrder.LITTLE_ENDIAN;
    }

    static TorchArchive open(Path path) throws IOException {
        FileFormat.refuseOthers(path);
        ZipArchive zip = ZipArchive.open(path);
        try {
            return new TorchArchive(path, zip);
        } catch (IOException | RuntimeException | Error e) {
            zip.close();
            throw e;
        }
    }

    private String text(String name) throws IOException {
        return new String(bytes(folder + name, 100), StandardCharsets.ISO_8859_1).strip();
    }

    private byte[] bytes(String entry, int most) throws IOException {
        long size = zip.size(entry);
        if (size > most) {
            throw new TensorFileException(path, "entry '" + entry + "' has " + size + " bytes, and may have " + most);
        }
        zip.charge(entry, size);
        try (ZipArchive.Entry in = zip.read(entry)) {
            return in.rest();
        }
    }

    /** The content of the file, with a {@link TensorRef} for each tensor. */
    @Nullable
    Object describe() throws IOException {
        Object value = Unpickler.read(path, folder + PICKLE, bytes(folder + PICKLE, MOST_PICKLE));
        return PickledGraph.replace(path, value, ref -> ref);
    }

    /** Reads the tensors of a part of what the file holds, and puts them into its lists and maps. */
    @Nullable
    Object load(@Nullable Object described, LoadOptions options) throws IOException {
        Reader reader = new Reader(options);
        try (reader) {
            return PickledGraph.replace(path, described, reader::tensor);
        } catch (IOException | RuntimeException | Error e) {
            reader.made.forEach(Tensor::close);
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    /** Reads each storage once, and takes views of it. */
    private final class Reader implements AutoCloseable {
        private final LoadOptions options;
        private final Map<String, Tensor> storages = new HashMap<>();
        private final List<Tensor> made = new ArrayList<>();

        Reader(LoadOptions options) {
            this.options = options;
        }

        Tensor tensor(TensorRef ref) throws IOException {
            Tensor storage = storage(ref);
            Tensor t;
            try (var _ = Autograd.noGrad();
                    Scope scope = Scope.open()) {
                Tensor view = view(ref, storage).detach();
                t = ref.isParameter() && ref.requiresGrad() && view.dtype() == DType.FLOAT32
                        ? Tensor.parameter(view)
                        : scope.keep(view);
            }
            made.add(t);
            return ref.requiresGrad() && t.dtype() == DType.FLOAT32 ? t.requiresGrad(true) : t;
        }

        /** The whole storage as a vector. */
        private Tensor storage(TensorRef ref) throws IOException {
            ElementType type = ref.info().type();
            String key = ref.storage().key() + (ref.storage().type() == null ? " " + type : "");
            Tensor known = storages.get(key);
            if (known != null) {
                return known;
            }
            String entry = folder + "data/" + ref.storage().key();
            try (ZipArchive.Entry in = zip.read(entry)) {
                TensorInfo info = Elements.info(in, "the storage", type, new long[] {ref.room()});
                Elements.dtype(in, "the storage", type, options);
                if (info.bytes() != in.remaining()) {
                    throw in.malformed("has " + in.remaining() + " bytes, and a storage of " + ref.room() + " " + type
                            + " has " + info.bytes() + "; the file is damaged");
                }
                zip.charge(entry, info.loadedBytes());
                Tensor storage = Elements.read(in, "the storage", info, order, options);
                storages.put(key, storage);
                return storage;
            }
        }

        @Override
        public void close() {
            storages.values().forEach(Tensor::close);
        }
    }

    /**
     * The elements of a tensor in its storage. With strides that a plain view does not have, it is made of windows, axis by
     * axis: windows as long as what the inner axes span, a stride apart.
     */
    private static Tensor view(TensorRef ref, Tensor storage) {
        long[] sizes = ref.info().shape().toArray();
        if (ref.info().shape().numel() == 0) {
            return storage.slice(0, 0, 0).view(sizes);
        }
        long[] once = sizes.clone(); // what is expanded has one element, which is repeated in the end
        for (int axis = 0; axis < sizes.length; axis++) {
            once[axis] = ref.strides()[axis] == 0 ? 1 : sizes[axis];
        }
        long span = ref.span();
        Tensor t = storage.slice(0, ref.offset(), ref.offset() + span + 1);
        if (isContiguous(once, ref.strides())) {
            return t.view(once).expand(sizes);
        }
        for (int axis = 0; axis < sizes.length; axis++) {
            span -= (once[axis] - 1) * ref.strides()[axis];
            t = t.unfold(axis, span + 1, Math.max(1, ref.strides()[axis]));
        }
        return t.select(sizes.length, 0).expand(sizes);
    }

    private static boolean isContiguous(long[] sizes, long[] strides) {
        long n = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            if (sizes[axis] != 1 && strides[axis] != n) {
                return false;
            }
            n *= sizes[axis];
        }
        return true;
    }
}
