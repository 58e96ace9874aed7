package ondol.distributed;

import java.nio.ByteBuffer;
import java.util.List;

/** Each worker's bytes to all. */
final class AllGather extends Collective {
    /** The most that one worker gives. */
    static final int MOST_BYTES = 64 << 20;

    private final byte[] mine;
    private final byte[][] all;
    private final int[] sent;
    private final int[] received;

    AllGather(List<Peer> peers, long number, int rank, byte[] mine) {
        super(peers, new Header(Kind.ALL_GATHER, number, mine.length, 0, 0, 0));
        this.mine = mine;
        all = new byte[peers.size() + 1][];
        all[rank] = mine.clone();
        sent = new int[peers.size()];
        received = new int[peers.size()];
    }

    byte[][] result() {
        return all;
    }

    private byte[] of(int peer) {
        return all[peers.get(peer).rank];
    }

    @Override
    void begins(int peer, Header other) {
        all[peers.get(peer).rank] = new byte[(int) other.count()];
    }

    @Override
    void put(int peer, ByteBuffer out) {
        int n = Math.min(out.remaining(), mine.length - sent[peer]);
        out.put(mine, sent[peer], n);
        sent[peer] += n;
    }

    @Override
    boolean puts(int peer) {
        return sent[peer] < mine.length;
    }

    @Override
    int next(int peer) {
        return Math.min(Peer.CHUNK, of(peer).length - received[peer]);
    }

    @Override
    void take(int peer, ByteBuffer piece) {
        int n = piece.remaining();
        piece.get(of(peer), received[peer], n);
        received[peer] += n;
    }

    @Override
    boolean takes(int peer) {
        return received[peer] < of(peer).length;
    }
}
