package ondol.cli;

import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Ctrl-C, while it means that something is to end in its own time. The second one ends the process, as ever. */
final class Interrupts implements AutoCloseable {
    private static final Signal INTERRUPT = new Signal("INT");

    private final SignalHandler before;
    private volatile boolean came;

    Interrupts(Runnable end) {
        before = Signal.handle(INTERRUPT, signal -> {
            if (came) {
                Runtime.getRuntime().halt(130);
            }
            came = true;
            end.run();
        });
    }

    /** Whether there was one. */
    boolean came() {
        return came;
    }

    @Override
    public void close() {
        Signal.handle(INTERRUPT, before);
    }
}
