package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Goes through what a pickle made, and puts something in place of each tensor. */
final class PickledGraph {
    /** The object that is put in place of a tensor; asked once for each. */
    interface OfTensor {
        Object of(TensorRef tensor) throws IOException;
    }

    private static final int MOST_DEPTH = 100;

    private final Path file;
    private final OfTensor tensors;
    private final Map<TensorRef, Object> done = new IdentityHashMap<>();

    /** How deep a list or map is, in levels below it; -1 while it is being gone through. */
    private final Map<Object, Integer> heights = new IdentityHashMap<>();

    private PickledGraph(Path file, OfTensor tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * Changes the lists and maps themselves, and returns the value.
     *
     * @throws TensorFileException if they are nested too deep, or contain themselves, or something that is no data
     */
    static @Nullable Object replace(Path file, @Nullable Object value, OfTensor tensors) throws IOException {
        return new PickledGraph(file, tensors).visit(value, 0);
    }

    private @Nullable Object visit(@Nullable Object value, int depth) throws IOException {
        switch (value) {
            case null -> {
                return null;
            }
            case TensorRef ref -> {
                Object known = done.get(ref);
                if (known == null) {
                    known = tensors.of(ref);
                    done.put(ref, known);
                }
                return known;
            }
            case TorchGlobal.Type type -> {
                return type.name();
            }
            case Map<?, ?> map -> visitContainer(map, depth);
            case List<?> list -> visitContainer(list, depth);
            case TensorRef.Storage storage ->
                throw new TensorFileException(
                        file, "holds a bare storage; save a tensor: torch.save(torch.tensor(storage), path)");
            case TorchGlobal other ->
                throw new TensorFileException(file, "holds a function or a class where data should be");
            default -> {}
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    private void visitContainer(Object container, int depth) throws IOException {
        Integer known = heights.get(container);
        if (known != null && known < 0) {
            throw new TensorFileException(file, "holds a list or a map that contains itself");
        }
        if (depth + (known == null ? 0 : known) > MOST_DEPTH) {
            throw new TensorFileException(
                    file, "holds lists and maps inside of each other, more than " + MOST_DEPTH + " levels deep");
        }
        if (known != null) {
            return;
        }
        heights.put(container, -1);
        int height = 0;
        if (container instanceof Map<?, ?> map) {
            for (Map.Entry<?, @Nullable Object> e : ((Map<?, @Nullable Object>) map).entrySet()) {
                e.setValue(visit(e.getValue(), depth + 1));
                height = Math.max(height, height(e.getValue()));
            }
        } else {
            List<@Nullable Object> list = (List<@Nullable Object>) container;
            for (int i = 0; i < list.size(); i++) {
                list.set(i, visit(list.get(i), depth + 1));
                height = Math.max(height, height(list.get(i)));
            }
        }
        heights.put(container, height);
    }

    /** Levels that a value adds to what holds it. */
    private int height(@Nullable Object value) {
        Integer known = value == null ? null : heights.get(value);
        return known == null ? 0 : known + 1;
    }
}
