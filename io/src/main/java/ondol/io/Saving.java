package ondol.io;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import ondol.Tensor;

/** The checks before a file is begun. */
final class Saving {
    /** A zip archive's names have 65,535 bytes, three for some characters. */
    private static final int MOST_NAME = 20_000;

    private Saving() {}

    /** Refuses what cannot be written. */
    static void check(String operation, Map<String, Tensor> tensors) {
        Objects.requireNonNull(tensors, () -> operation + ": the map of tensors is null; give stateDict() for example");
        tensors.forEach((name, t) -> {
            if (name == null) {
                throw new NullPointerException(operation + ": a tensor's name is null; give each a name");
            }
            check(operation, "'" + name + "'", t);
        });
    }

    /** Refuses what cannot be written. */
    static void check(String operation, String what, Tensor t) {
        if (t == null) {
            throw new NullPointerException(operation + ": " + what + " is null; give a tensor");
        }
        if (t.isClosed()) {
            throw new IllegalStateException(operation + ": " + what + " of shape " + t.shape()
                    + " is closed; save it before close(), or take it out of its scope with keep()");
        }
    }

    /** Refuses names that a zip archive cannot have. */
    static void checkNames(String operation, Collection<String> names) {
        for (String name : names) {
            if (name.length() > MOST_NAME
                    || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
                throw new IllegalArgumentException(operation + ": the name '"
                        + name.substring(0, Math.min(40, name.length()))
                        + "' cannot be one in a zip archive, because it is longer than " + MOST_NAME
                        + " characters or has half of a surrogate pair; use another");
            }
        }
    }

    /** As what a tensor is written. */
    static TensorInfo info(Tensor t) {
        return new TensorInfo(ElementType.of(t.dtype()), t.shape());
    }
}
