package ondol.backend;

/** A device could not give the memory asked for. */
public final class OutOfDeviceMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception with a message.
     *
     * @param message how much was asked for, and what is in use
     */
    public OutOfDeviceMemoryException(String message) {
        super(message);
    }
}
