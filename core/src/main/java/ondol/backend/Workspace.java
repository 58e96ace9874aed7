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

    /** Gives it back. Launches that have been handed over before still use it; only later ones may see it again. */
    void give(Buffer buffer);
}
