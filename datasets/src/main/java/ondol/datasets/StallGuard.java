package ondol.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream from which nothing comes for too long, so that whoever waits for it gets an exception. */
final class StallGuard implements AutoCloseable {
    private final InputStream stream;
    private final Duration patience;
    private final Thread watcher;
    private volatile long moves;
    private volatile boolean stalled;

    StallGuard(InputStream stream, Duration patience) {
        this.stream = stream;
        this.patience = patience;
        watcher = Thread.ofVirtual().name("ondol-download-guard").start(this::watch);
    }

    private void watch() {
        try {
            for (long seen = -1; seen != moves; ) {
                seen = moves;
                Thread.sleep(patience);
            }
            stalled = true;
            stream.close();
        } catch (InterruptedException | IOException e) {
            // the download is over
        }
    }

    /** Something came. For one thread alone. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void moved() {
        moves++;
    }

    boolean stalled() {
        return stalled;
    }

    Duration patience() {
        return patience;
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
