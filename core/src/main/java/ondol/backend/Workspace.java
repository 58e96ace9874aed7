package ondol.backend;

import ondol.kernel.Type;

/** Where a backend gets memory that it needs only during a launch: between a kernel's parts, for packed operands. */
public interface Workspace {
    /**
     * Room for at least so many elements, with arbitrary content.
     *
     * @throws OutOfDeviceMemoryException if there is not that much
     */
    Buffer take(Type type, long length);

    /** The memory of a backend itself: each time allocated anew, and freed. */
    static Workspace of(Backend backend) {
        return new Workspace() {
            @Override
            public Buffer take(Type type, long length) {
                return backend.allocate(type, length);
            }

            @Override
            public void give(Buffer buffer) {
                backend.free(buffer);
            }
        };
    }

    /** Gives to the device what is not in use: it may need memory for other things than buffers. */
    default void trim() {}

    /** Gives it back. Launches that have been handed over before still use it; only later ones may see it again. */
    void give(Buffer buffer);
}
