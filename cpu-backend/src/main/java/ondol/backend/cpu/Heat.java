package ondol.backend.cpu;

/** How long a program has been run on one layout, in estimated time; from some time on it gets a loop of its own. */
final class Heat {
    /** Writing and compiling a loop costs some tens of milliseconds of another thread's time. */
    private static final double HOT_NANOS = 20e6;

    private static final double LAUNCH_NANOS = 500;

    private double spent;

    /** @param program what is run; one with a single loop stays cold */
    Heat(Program program) {
        boolean isOneLoop = program.fused() || program.steps().length == 0;
        this.spent = isOneLoop ? HOT_NANOS : 0;
    }

    /** Counts a launch; whether it was the one that made it hot. Threads that count at once may make it two or none. */
    boolean hasBecomeHot(double nanos) {
        if (spent >= HOT_NANOS) {
            return false;
        }
        spent += LAUNCH_NANOS + nanos;
        return spent >= HOT_NANOS;
    }
}
