package ondol.data;

import org.jspecify.annotations.Nullable;

/** A batch could not be made: the message names the sample, the cause says what went wrong with it. */
public final class DataLoaderException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a message and its cause. */
    public DataLoaderException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
