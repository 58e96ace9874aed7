package ondol.distributed;

/**
 * Why a group can go on no longer.
 *
 * @param rank the worker at fault; -1 if it is not known
 * @param text what has happened, with that worker's name
 */
record Failure(int rank, String text) {
    ProcessGroupException in(String operation) {
        return new ProcessGroupException(rank, operation + ": " + text);
    }
}
