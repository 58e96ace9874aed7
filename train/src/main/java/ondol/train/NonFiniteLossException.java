package ondol.train;

/** A training cannot go on, because its loss is infinite or NaN: the network is as that step left it. */
public final class NonFiniteLossException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    NonFiniteLossException(String message) {
        super(message);
    }
}
