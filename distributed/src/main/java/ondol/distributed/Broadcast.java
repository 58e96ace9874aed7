package ondol.distributed;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/** One worker's bytes to all. */
final class Broadcast extends Collective {
    private final MemorySegment bytes;
    private final boolean isRoot;
    private final long[] done;

    Broadcast(List<Peer> peers, long number, int rank, MemorySegment bytes, int root, int tensor) {
        super(peers, new Header(Kind.BROADCAST, number, bytes.byteSize(), 0, root, tensor));
        this.bytes = bytes;
        isRoot = rank == root;
        done = new long[peers.size()];
    }

    private boolean isUnfinished(int peer) {
        return done[peer] < bytes.byteSize();
    }

    private void copy(int peer, ByteBuffer buffer, boolean out) {
        int n = (int) Math.min(buffer.remaining(), bytes.byteSize() - done[peer]);
        MemorySegment part = bytes.asSlice(done[peer], n);
        MemorySegment piece = MemorySegment.ofBuffer(buffer).asSlice(0, n);
        (out ? piece : part).copyFrom(out ? part : piece);
        buffer.position(buffer.position() + n);
        done[peer] += n;
    }

    @Override
    void put(int peer, ByteBuffer out) {
        if (puts(peer)) {
            copy(peer, out, true);
        }
    }

    @Override
    boolean puts(int peer) {
        return isRoot && isUnfinished(peer);
    }

    @Override
    int next(int peer) {
        return takes(peer) ? (int) Math.min(Peer.CHUNK, bytes.byteSize() - done[peer]) : 0;
    }

    @Override
    void take(int peer, ByteBuffer piece) {
        copy(peer, piece, false);
    }

    @Override
    boolean takes(int peer) {
        return peers.get(peer).rank == header.root() && isUnfinished(peer);
    }
}
