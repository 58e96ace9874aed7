package ondol.backend;

import ondol.kernel.Type;

/** Where a backend gets memory that it needs only during a launch: between a kernel's parts, for packed operands. */
public interface Workspace {
    /**
     * Takes memory for at least so many elements, with arbitrary content.
     *
     * @param type the elements' type
     * @param length how many elements
     * @return a buffer, until it is given back
     * @throws OutOfDeviceMemoryException if there is not that much
     */
    Buffer take(Type type, long length);

    /**
     * {@return a workspace that is a backend's own memory: each time allocated anew, and freed}
     *
     * @param backend where to allocate
     */
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

    /**
     * Gives it back. Launches that have been handed over before still use it; only later ones may see it again.
     *
     * @param buffer what {@link #take} gave
     */
    void give(Buffer buffer);
}
