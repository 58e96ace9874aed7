package ondol.io;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import ondol.Tensor;

/** Several tensors of a file, or none. */
final class Loading {
    /** Reads the tensor of a name. */
    interface OfName {
        Tensor read(String name) throws IOException;
    }

    private Loading() {}

    /** All of them; if one fails, those before it are closed. */
    static Map<String, Tensor> all(Iterable<String> names, OfName reader) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            for (String name : names) {
                tensors.put(name, reader.read(name));
            }
            return tensors;
        } catch (IOException | RuntimeException | Error e) {
            tensors.values().forEach(Tensor::close);
            throw e;
        }
    }
}
