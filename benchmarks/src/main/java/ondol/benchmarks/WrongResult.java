package ondol.benchmarks;

/** A result that is not the reference's, so that it is not timed. */
final class WrongResult extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongResult(String message) {
        super(message);
    }
}
