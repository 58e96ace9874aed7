package ondol.distributed;

import java.nio.ByteBuffer;
import java.util.List;
import ondol.Tensor;

/**
 * Something that all workers do together: what goes to each of the others and what comes from it, piece by piece, while all of it is on its
 * way at once. It begins with a header in both directions, by which each sees whether the others do the same.
 */
abstract class Collective {
    /** What the workers do. */
    enum Kind {
        ALL_REDUCE("allReduce"),
        BROADCAST("broadcast"),
        ALL_GATHER("allGather"),
        BARRIER("barrier");

        final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /**
     * What the header says.
     *
     * @param number counts the group's operations
     * @param count how many elements
     * @param vectors how many vectors of so many elements
     * @param tensor stands for a tensor's type and shape, by {@link #of}; 0 for what is none
     */
    record Header(Kind kind, long number, long count, int vectors, int root, int tensor) {
        static final int BYTES = 4 * Integer.BYTES + 2 * Long.BYTES;

        /** A number for a tensor's type and shape. */
        static int of(Tensor t) {
            return (t.dtype().name() + t.shape()).hashCode() | 1;
        }

        @Override
        public String toString() {
            return switch (kind) {
                        case ALL_REDUCE -> kind.text + " of " + count + " elements";
                        case BROADCAST -> kind.text + " of " + count + " bytes from rank " + root;
                        case ALL_GATHER, BARRIER -> kind.text;
                    }
                    + " (operation " + number + ")";
        }
    }

    /** The most vectors that one worker adds to a sum. */
    static final int MOST_VECTORS = 1024;

    final List<Peer> peers;
    final Header header;
    private final boolean[] greeted;
    private final boolean[] begun;

    Collective(List<Peer> peers, Header header) {
        this.peers = peers;
        this.header = header;
        greeted = new boolean[peers.size()];
        begun = new boolean[peers.size()];
    }

    /** Puts the next bytes for a worker into an empty buffer; none if there are none now. */
    final void fill(int peer, ByteBuffer out) {
        if (!greeted[peer]) {
            greeted[peer] = true;
            out.putInt(header.kind.ordinal())
                    .putLong(header.number)
                    .putLong(header.count)
                    .putInt(header.vectors)
                    .putInt(header.root)
                    .putInt(header.tensor);
        }
        put(peer, out);
    }

    /** Whether nothing will have to be sent to it any more. */
    final boolean sentAll(int peer) {
        return greeted[peer] && !puts(peer);
    }

    /** How many bytes are the next piece that comes from it, at most {@link Peer#CHUNK}; 0 if none can be taken now, or none will come. */
    final int wanted(int peer) {
        return begun[peer] ? next(peer) : Header.BYTES;
    }

    /** Takes a piece. */
    final void arrived(int peer, ByteBuffer piece) {
        if (begun[peer]) {
            take(peer, piece);
            return;
        }
        int kind = piece.getInt();
        long number = piece.getLong();
        long count = piece.getLong();
        int vectors = piece.getInt();
        int root = piece.getInt();
        int tensor = piece.getInt();
        if (kind < 0
                || kind >= Kind.values().length
                || vectors < 0
                || vectors > MOST_VECTORS
                || count < 0
                || vectors == 0 && kind == Kind.ALL_REDUCE.ordinal()) {
            throw new Mismatch("sends what is no header: the connection is out of step");
        }
        Header other = new Header(Kind.values()[kind], number, count, vectors, root, tensor);
        if (!fits(other)) {
            throw new Mismatch("does " + other + " where this worker does " + header
                    + "; all workers call the same with the same sizes, in the same order");
        }
        if (tensor != header.tensor) {
            throw new Mismatch(
                    "does " + other + " with a tensor of another type or shape; give the same on all workers");
        }
        begun[peer] = true;
        begins(peer, other);
    }

    private boolean fits(Header other) {
        return other.kind == header.kind
                && other.number == header.number
                && other.root == header.root
                && (other.count == header.count
                        || header.kind == Kind.ALL_GATHER && other.count <= AllGather.MOST_BYTES);
    }

    final boolean hasBegun(int peer) {
        return begun[peer];
    }

    /** Whether nothing more will come from it. */
    final boolean hasAll(int peer) {
        return begun[peer] && !takes(peer);
    }

    /** A worker does something else than this one. */
    static final class Mismatch extends RuntimeException {
        private static final long serialVersionUID = 1;

        Mismatch(String message) {
            super(message);
        }
    }

    // ---- what comes after the headers; a barrier is nothing but headers

    void begins(int peer, Header other) {}

    void put(int peer, ByteBuffer out) {}

    boolean puts(int peer) {
        return false;
    }

    int next(int peer) {
        return 0;
    }

    void take(int peer, ByteBuffer piece) {}

    boolean takes(int peer) {
        return false;
    }

    /** Nothing but headers: when all have come, all workers have begun. */
    static final class Barrier extends Collective {
        Barrier(List<Peer> peers, long number) {
            super(peers, new Header(Kind.BARRIER, number, 0, 0, 0, 0));
        }
    }
}
