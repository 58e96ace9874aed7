package ondol.distributed;

import java.net.SocketTimeoutException;
import java.time.Duration;

/** A moment until which something may take. */
final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The sooner one of this and a new one. */
    Deadline atMost(Duration time) {
        long other = System.nanoTime() + time.toNanos();
        return other - end < 0 ? new Deadline(other) : this;
    }

    boolean isOver() {
        return end - System.nanoTime() <= 0;
    }

    /**
     * The milliseconds that are left, 1 or more.
     *
     * @throws SocketTimeoutException if it is over
     */
    int millisLeft() throws SocketTimeoutException {
        long left = end - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("it has not answered in time");
        }
        return (int) Math.min(Integer.MAX_VALUE, left / 1_000_000 + 1);
    }
}
