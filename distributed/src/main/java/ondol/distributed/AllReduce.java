package ondol.distributed;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The sum of all workers' vectors, in one order: rank 0's vectors, rank 1's, and so on, each addition rounded by itself. Each worker owns a
 * part of the elements: it receives that part of every vector, adds in that order, and hands the sum to all. Whoever owns an element, it
 * is the same sum.
 *
 * <p>To the owner of a part go, chunk by chunk, that chunk of each vector; then the chunks of the sum come back, while others are still
 * being added.
 */
final class AllReduce extends Collective {
    private static final int CHUNK = Peer.CHUNK / Float.BYTES;

    /** Parts begin at multiples of so many elements, a cache line. */
    private static final int LINE = 16;

    private final int rank;
    private final float[] sum;
    private final float[][] mine;
    private final float[] total;
    private final float[] next;

    /** Of this worker's part: up to where it is summed; how many vectors of the current chunk have come, and come in all, from each. */
    private int summed;

    private final int[] arrived;
    private final int[] expected;

    /** Of each other worker's part: up to where it was sent, and which vector of that chunk is next from which element on. */
    private final int[] sent;

    private final int[] vector;
    private final int[] within;

    /** Up to where this worker's sums were sent to it, and its sums have come. */
    private final int[] returned;

    private final int[] received;

    /** With two arrays to compute in, of a chunk each. */
    AllReduce(
            List<Peer> peers,
            long number,
            int rank,
            float[] sum,
            float[][] mine,
            float[] total,
            float[] next,
            int tensor) {
        super(peers, new Header(Kind.ALL_REDUCE, number, sum.length, mine.length, 0, tensor));
        this.rank = rank;
        this.sum = sum;
        this.mine = mine;
        this.total = total;
        this.next = next;
        int n = peers.size();
        summed = begin(rank);
        arrived = new int[n];
        expected = new int[n];
        sent = new int[n];
        vector = new int[n];
        within = new int[n];
        returned = new int[n];
        received = new int[n];
        for (int i = 0; i < n; i++) {
            sent[i] = begin(peers.get(i).rank);
            received[i] = sent[i];
            returned[i] = summed;
        }
        if (n == 0) {
            advance();
        }
    }

    static float[] room() {
        return new float[CHUNK];
    }

    /** Where the part of a worker begins, which is where that of the one before ends. */
    private int begin(int owner) {
        int workers = peers.size() + 1;
        return owner == workers ? sum.length : (int) ((long) sum.length * owner / workers / LINE * LINE);
    }

    private int end(int peer) {
        return begin(peers.get(peer).rank + 1);
    }

    private int chunk() {
        return Math.min(CHUNK, begin(rank + 1) - summed);
    }

    @Override
    void begins(int peer, Header other) {
        expected[peer] = other.vectors();
    }

    @Override
    void put(int peer, ByteBuffer out) {
        while (out.remaining() >= Float.BYTES && sent[peer] < end(peer)) {
            int chunk = Math.min(CHUNK, end(peer) - sent[peer]);
            int n = Math.min(out.remaining() / Float.BYTES, chunk - within[peer]);
            copy(mine[vector[peer]], sent[peer] + within[peer], n, out);
            within[peer] += n;
            if (within[peer] == chunk) {
                within[peer] = 0;
                vector[peer]++;
            }
            if (vector[peer] == mine.length) {
                vector[peer] = 0;
                sent[peer] += chunk;
            }
        }
        int n = Math.min(out.remaining() / Float.BYTES, summed - returned[peer]);
        if (n > 0 && sent[peer] == end(peer)) {
            copy(sum, returned[peer], n, out);
            returned[peer] += n;
        }
    }

    private static void copy(float[] from, int at, int n, ByteBuffer out) {
        out.asFloatBuffer().put(from, at, n);
        out.position(out.position() + n * Float.BYTES);
    }

    @Override
    boolean puts(int peer) {
        return sent[peer] < end(peer) || returned[peer] < begin(rank + 1);
    }

    private boolean isContributing(int peer) {
        return chunk() > 0 && arrived[peer] < expected[peer];
    }

    @Override
    int next(int peer) {
        if (isContributing(peer)) {
            return chunk() * Float.BYTES;
        }
        return chunk() > 0 ? 0 : Math.min(CHUNK, end(peer) - received[peer]) * Float.BYTES;
    }

    @Override
    void take(int peer, ByteBuffer piece) {
        int n = piece.remaining() / Float.BYTES;
        if (isContributing(peer)) {
            piece.asFloatBuffer().get(peers.get(peer).vector(arrived[peer]), 0, n);
            arrived[peer]++;
            advance();
        } else {
            piece.asFloatBuffer().get(sum, received[peer], n);
            received[peer] += n;
        }
    }

    @Override
    boolean takes(int peer) {
        return chunk() > 0 || received[peer] < end(peer);
    }

    /** Adds the chunk up, and those after it, when all that belongs to it is there. */
    private void advance() {
        int n = chunk();
        while (n > 0) {
            for (int i = 0; i < peers.size(); i++) {
                if (!hasBegun(i) || arrived[i] < expected[i]) {
                    return;
                }
            }
            boolean first = true;
            int at = 0;
            for (int owner = 0; owner <= peers.size(); owner++) {
                int vectors = owner == rank ? mine.length : expected[at];
                for (int v = 0; v < vectors; v++) {
                    if (owner == rank) {
                        System.arraycopy(mine[v], summed, first ? total : next, 0, n);
                    }
                    float[] values = owner == rank ? next : peers.get(at).vector(v);
                    if (!first) {
                        add(total, values, n);
                    } else if (owner != rank) {
                        System.arraycopy(values, 0, total, 0, n);
                    }
                    first = false;
                }
                at += owner == rank ? 0 : 1;
            }
            System.arraycopy(total, 0, sum, summed, n);
            summed += n;
            Arrays.fill(arrived, 0);
            n = chunk();
        }
    }

    private static void add(float[] total, float[] values, int n) {
        for (int i = 0; i < n; i++) {
            total[i] += values[i];
        }
    }
}
