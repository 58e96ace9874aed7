package ondol.distributed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Runs a {@link Collective}: one thread, which writes and reads whatever a connection takes and gives, and sleeps where none does. */
final class Exchange {
    /** The longest sleep; a sleep that took longer, because this process was stopped, counts as one. */
    private static final long SLICE = 500;

    private final int rank;
    private final List<Peer> peers;
    private final Heartbeats heartbeats;
    private final Selector selector;
    private final Duration timeout;

    Exchange(int rank, List<Peer> peers, Heartbeats heartbeats, Selector selector, Duration timeout) {
        this.rank = rank;
        this.peers = peers;
        this.heartbeats = heartbeats;
        this.selector = selector;
        this.timeout = timeout;
    }

    /**
     * Runs it to its end.
     *
     * @throws ProcessGroupException if it cannot: the message begins with the operation
     */
    void run(Collective work) {
        String operation = work.header.toString();
        long patience = timeout.toMillis();
        while (true) {
            if (Thread.currentThread().isInterrupted()) {
                heartbeats.fail(new Failure(rank, "rank " + rank + " was interrupted, and takes part no longer"));
            }
            Failure failed = heartbeats.failure();
            if (failed != null) {
                throw failed.in(operation);
            }
            boolean moved = false;
            boolean done = true;
            for (int i = 0; i < peers.size(); i++) {
                Peer peer = peers.get(i);
                try {
                    moved |= write(peer, i, work);
                    moved |= read(peer, i, work);
                } catch (Collective.Mismatch e) {
                    throw heartbeats
                            .fail(new Failure(peer.rank, peer.name + " " + e.getMessage()))
                            .in(operation);
                } catch (ClosedChannelException e) {
                    throw new ProcessGroupException(-1, operation + ": this group is closed", e);
                } catch (IOException e) {
                    throw heartbeats
                            .verdict(peer, "is gone: its connection has ended: " + e.getMessage())
                            .in(operation);
                }
                done &= work.sentAll(i) && !peer.out.hasRemaining() && work.hasAll(i);
            }
            if (done) {
                return;
            }
            if (moved) {
                patience = timeout.toMillis();
                continue;
            }
            patience -= sleep(operation, work, Math.min(SLICE, patience));
            if (patience <= 0) {
                throw late(operation, work);
            }
        }
    }

    /** Writes once at most, so that what has come is not left waiting. */
    private static boolean write(Peer peer, int i, Collective work) throws IOException {
        if (!peer.out.hasRemaining()) {
            if (work.sentAll(i)) {
                return false;
            }
            work.fill(i, peer.out.clear());
            if (!peer.out.flip().hasRemaining()) {
                return false;
            }
        }
        return peer.data.write(peer.out) > 0;
    }

    /** Reads once at most. */
    private static boolean read(Peer peer, int i, Collective work) throws IOException {
        ByteBuffer in = peer.in;
        if (!in.hasRemaining()) {
            int wanted = work.wanted(i);
            if (wanted == 0) {
                return false;
            }
            in.clear().limit(wanted);
        }
        int n = peer.data.read(in);
        if (n < 0) {
            throw new IOException("it has sent all that it had");
        }
        if (!in.hasRemaining()) {
            work.arrived(i, in.flip());
            in.limit(0);
        }
        return n > 0;
    }

    private long sleep(String operation, Collective work, long millis) {
        for (int i = 0; i < peers.size(); i++) {
            Peer peer = peers.get(i);
            SelectionKey key = peer.data.keyFor(selector);
            if (key == null || !key.isValid()) {
                throw new ProcessGroupException(-1, operation + ": this group is closed");
            }
            boolean reads = peer.in.hasRemaining() || work.wanted(i) > 0;
            key.interestOps((reads ? SelectionKey.OP_READ : 0) | (peer.out.hasRemaining() ? SelectionKey.OP_WRITE : 0));
        }
        long begin = System.nanoTime();
        try {
            selector.select(key -> {}, millis);
        } catch (IOException e) {
            throw new ProcessGroupException(-1, operation + ": cannot wait for the others", e);
        }
        return Math.min(SLICE, (System.nanoTime() - begin) / 1_000_000);
    }

    /** Who has not even begun keeps the others from ending: it is named before them. */
    private ProcessGroupException late(String operation, Collective work) {
        Peer late = null;
        for (int i = peers.size() - 1; i >= 0; i--) {
            boolean unfinished =
                    !work.hasAll(i) || !work.sentAll(i) || peers.get(i).out.hasRemaining();
            if (unfinished && (late == null || !work.hasBegun(i))) {
                late = peers.get(i);
            }
        }
        Peer at = Objects.requireNonNull(late, "somebody is late");
        return heartbeats
                .fail(new Failure(
                        at.rank,
                        at.name + " lives, and has not taken part in " + operation + " for "
                                + Heartbeats.seconds(timeout) + ": does it still compute, or call something else?"))
                .in(operation);
    }
}
