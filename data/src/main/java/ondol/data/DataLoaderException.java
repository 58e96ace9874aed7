package ondol.data;

import org.jspecify.annotations.Nullable;

/** A batch could not be made: the message names the sample, the cause says what went wrong with it. */
public final class DataLoaderException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * An exception with a message and its cause.
     *
     * @param message the sample or the batch, and the reason
     * @param cause the exception of the data set or of the function that puts samples together
     */
    public DataLoaderException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
