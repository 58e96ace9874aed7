package ondol.distributed;

/** Something that a group of workers was doing has failed, for all of them; the message names the worker at fault. */
public final class ProcessGroupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Which worker is at fault. */
    private final int rank;

    ProcessGroupException(int rank, String message) {
        super(message);
        this.rank = rank;
    }

    ProcessGroupException(int rank, String message, Throwable cause) {
        super(message, cause);
        this.rank = rank;
    }

    /** {@return the rank of the worker at fault; -1 if it is not known, as when nobody has come} */
    public int rank() {
        return rank;
    }
}
