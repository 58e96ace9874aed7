package ondol.distributed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Signs of life, sent and watched for by a thread of its own: a worker that computes for long lives, one that was killed or stopped does
 * not. The first who sees that something is wrong tells all others whose fault it is before anybody ends a connection, so that all name
 * the same worker.
 *
 * <p>Time is counted in turns of this thread: when this process itself was stopped for a while, that was one turn, not a silence of the
 * others.
 */
final class Heartbeats implements Runnable {
    /** So many turns without a sign of life, of which each worker sends one a turn, and a worker is given up. */
    private static final int TURNS = 8;

    /** How long a worker that has left waits until the others have heard of it. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private static final byte ALIVE = 0;
    private static final byte GOODBYE = 1;
    private static final byte FAILED = 2;
    private static final int LONGEST_TEXT = 4096;

    /** What is known of one other worker's life. */
    private static final class Line {
        final Peer peer;
        final ByteBuffer in = ByteBuffer.allocate(LONGEST_TEXT + 16);
        int silence;
        boolean left;
        boolean ended;

        Line(Peer peer) {
            this.peer = peer;
        }
    }

    private final int rank;
    private final List<Line> lines = new ArrayList<>();
    private final Selector selector;
    private final Runnable wake;
    private final Duration patience;
    private final long turnMillis;
    private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
    private volatile boolean closing;

    /**
     * Begins.
     *
     * @param wake is called when something has failed
     */
    Heartbeats(int rank, List<Peer> peers, Duration patience, Runnable wake) throws IOException {
        this.rank = rank;
        this.patience = patience;
        this.turnMillis = Math.max(1, patience.toMillis() / TURNS);
        this.wake = wake;
        selector = Selector.open();
        for (Peer peer : peers) {
            Line line = new Line(peer);
            lines.add(line);
            peer.control.configureBlocking(false);
            peer.control.register(selector, SelectionKey.OP_READ, line);
        }
        if (!peers.isEmpty()) {
            Thread.ofPlatform().name("ondol-heartbeats-" + rank).daemon().start(this);
        }
    }

    /** What has failed; null if all is well. */
    @Nullable
    Failure failure() {
        return failure.get();
    }

    /** Remembers what has failed, unless something has before, and tells the others; returns what has failed first. */
    Failure fail(Failure what) {
        if (failure.compareAndSet(null, what)) {
            byte[] text = what.text().getBytes(StandardCharsets.UTF_8);
            int length = Math.min(text.length, LONGEST_TEXT);
            byte[] message = ByteBuffer.allocate(1 + 2 * Integer.BYTES + length)
                    .put(FAILED)
                    .putInt(what.rank())
                    .putInt(length)
                    .put(text, 0, length)
                    .array();
            lines.forEach(line -> send(line, message));
        }
        wake.run();
        synchronized (this) {
            notifyAll();
        }
        return Objects.requireNonNull(failure.get());
    }

    /**
     * What has become of a worker whose connection has ended: what it or another one has said of it, or what is seen. It said so before it
     * ended the connection, so that this waits for a moment at most.
     */
    Failure verdict(Peer peer, String seen) {
        Line line = lines.stream().filter(l -> l.peer == peer).findFirst().orElseThrow();
        Deadline deadline = Deadline.in(FAREWELL);
        boolean interrupted = false;
        synchronized (this) {
            while (failure.get() == null && !line.left && !line.ended && !deadline.isOver()) {
                try {
                    wait(50);
                } catch (InterruptedException e) {
                    interrupted = true;
                    break;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Failure known = failure.get();
        return known != null
                ? known
                : fail(new Failure(
                        peer.rank,
                        peer.name + " " + (line.left ? "has closed its group, and takes part no longer" : seen)));
    }

    /** Says goodbye, and ends when the others have heard it, or soon. */
    void close() {
        closing = true;
        lines.forEach(line -> {
            send(line, new byte[] {GOODBYE});
            try {
                line.peer.control.shutdownOutput();
            } catch (IOException e) {
                // It has ended before.
            }
        });
        if (lines.isEmpty()) {
            closeAll();
        } else {
            selector.wakeup();
        }
    }

    @Override
    public void run() {
        try {
            long next = System.nanoTime();
            while (!closing) {
                long now = System.nanoTime();
                if (now - next >= 0) {
                    next = now + turnMillis * 1_000_000;
                    turn();
                }
                selector.select(line -> read((Line) line.attachment()), Math.max(1, (next - now) / 1_000_000));
            }
            Deadline deadline = Deadline.in(FAREWELL);
            while (!deadline.isOver() && lines.stream().anyMatch(line -> !line.ended)) {
                selector.select(line -> read((Line) line.attachment()), deadline.millisLeft());
            }
        } catch (IOException | RuntimeException e) {
            fail(new Failure(rank, "rank " + rank + " (this worker) cannot hear the others: " + e));
        } finally {
            closeAll();
        }
    }

    private void turn() {
        for (Line line : lines) {
            if (line.left || line.ended) {
                continue;
            }
            send(line, new byte[] {ALIVE});
            if (line.silence++ > TURNS) {
                line.ended = true;
                fail(new Failure(
                        line.peer.rank,
                        line.peer.name + " has given no sign of life for " + seconds(patience)
                                + ": it is stopped, or cut off (seen by rank " + rank + ")"));
            }
        }
    }

    static String seconds(Duration time) {
        return time.toMillis() / 1e3 + " s";
    }

    /** What does not fit into the socket's buffer is lost: the other side does not read, which is noticed by its silence. */
    private static void send(Line line, byte[] message) {
        synchronized (line) {
            try {
                line.peer.control.write(ByteBuffer.wrap(message));
            } catch (IOException e) {
                // Reading says what has become of it.
            }
        }
    }

    private void read(Line line) {
        SocketChannel control = line.peer.control;
        try {
            int n;
            while ((n = control.read(line.in)) > 0) {
                line.silence = 0;
                line.in.flip();
                while (message(line)) {}
                line.in.compact();
            }
            if (n == 0) {
                return;
            }
        } catch (IOException e) {
            // The same as its end.
        }
        SelectionKey key = control.keyFor(selector);
        if (key != null) {
            key.cancel();
        }
        boolean lost = !line.left && !line.ended && !closing;
        synchronized (this) {
            line.ended = true;
            notifyAll();
        }
        if (lost) {
            fail(new Failure(
                    line.peer.rank, line.peer.name + " is gone: its connection has ended (seen by rank " + rank + ")"));
        }
    }

    /** Takes one message, if it is complete. */
    private boolean message(Line line) throws IOException {
        ByteBuffer in = line.in;
        if (!in.hasRemaining()) {
            return false;
        }
        switch (in.get(in.position())) {
            case ALIVE -> in.get();
            case GOODBYE -> {
                in.get();
                synchronized (this) {
                    line.left = true;
                    notifyAll();
                }
            }
            case FAILED -> {
                int head = 1 + 2 * Integer.BYTES;
                if (in.remaining() < head) {
                    return false;
                }
                int culprit = in.getInt(in.position() + 1);
                int length = in.getInt(in.position() + 1 + Integer.BYTES);
                if (length < 0 || length > LONGEST_TEXT) {
                    throw new IOException("a message of " + length + " bytes");
                }
                if (in.remaining() < head + length) {
                    return false;
                }
                byte[] text = new byte[length];
                in.position(in.position() + head).get(text);
                fail(new Failure(culprit, new String(text, StandardCharsets.UTF_8)));
            }
            default -> throw new IOException("an unknown message");
        }
        return true;
    }

    private void closeAll() {
        for (Line line : lines) {
            quietly(line.peer.control);
        }
        quietly(selector);
    }

    static void quietly(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            // Nothing follows from it.
        }
    }
}
