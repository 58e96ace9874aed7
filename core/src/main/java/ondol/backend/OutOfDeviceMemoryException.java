package ondol.backend;

/** A device could not give the memory asked for. */
public final class OutOfDeviceMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that says how much was asked for and what is in use. */
    public OutOfDeviceMemoryException(String message) {
        super(message);
    }
}
