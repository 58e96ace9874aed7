package ondol.distributed;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Another worker: its name, and two connections to it, one for what is computed and one for signs of life. */
final class Peer {
    /** How many bytes are read or written at once. */
    static final int CHUNK = 128 << 10;

    final int rank;
    final String name;
    final SocketChannel data;
    final SocketChannel control;

    /** What is to be sent next, and what is being received. */
    final ByteBuffer out = buffer().flip();

    final ByteBuffer in = buffer().limit(0);

    private final List<float[]> vectors = new ArrayList<>();

    Peer(int rank, InetSocketAddress address, SocketChannel data, SocketChannel control) {
        this.rank = rank;
        this.name = name(rank, address);
        this.data = data;
        this.control = control;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Room for a chunk of one of the vectors that come from it. */
    float[] vector(int number) {
        while (vectors.size() <= number) {
            vectors.add(new float[CHUNK / Float.BYTES]);
        }
        return vectors.get(number);
    }

    static String name(int rank, InetSocketAddress address) {
        return "rank " + rank + " (" + Addresses.text(address) + ")";
    }
}
