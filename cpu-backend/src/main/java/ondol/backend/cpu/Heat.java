package ondol.backend.cpu;

/** How long something has been computed by now, in estimated time; from some time on it is worth a faster way. */
final class Heat {
    /** Writing and compiling a loop costs a tenth of a second of another thread's time. */
    private static final double HOT_NANOS = 1e7;

    private double spent;

    /** Counts a launch; whether it was the one that made it hot. Threads that count at once may make it two or none. */
    boolean hasBecomeHot(double nanos) {
        if (spent >= HOT_NANOS) {
            return false;
        }
        spent += nanos;
        return spent >= HOT_NANOS;
    }
}
