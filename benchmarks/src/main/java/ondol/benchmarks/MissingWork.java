package ondol.benchmarks;

/** Work that an engine does not have. */
final class MissingWork extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissingWork(String message) {
        super(message);
    }
}
