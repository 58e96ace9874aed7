package ondol;

/**
 * Takes back what was registered, such as a hook; PyTorch's {@code RemovableHandle}.
 *
 * <pre>{@code
 * try (var handle = layer.registerForwardHook((module, in, out) -> null)) {
 *     ...
 * }                                    // the hook is gone
 * }</pre>
 */
@FunctionalInterface
public interface RemovableHandle extends AutoCloseable {
    /** Takes it back; what is taken back already stays so. */
    void remove();

    @Override
    default void close() {
        remove();
    }
}
