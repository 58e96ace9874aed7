package ondol.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import ondol.distributed.GroupOptions;
import ondol.distributed.ProcessGroup;
import ondol.distributed.ProcessGroupException;
import ondol.distributed.Rendezvous;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The sum of vectors of several workers, which are threads with sockets between them on this machine; and beside it as many bytes
 * through one socket in one direction, until the other side has said that it has them.
 *
 * <p>With {@code java -jar benchmarks/target/benchmarks.jar AllReduce}. Of two workers each sends as many bytes as a vector has, and
 * receives as many.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AllReduce {
    /** How many elements, of four bytes each. */
    @Param({"1", "250000", "2500000", "25000000"})
    public int elements;

    /** How many workers. */
    @Param({"2"})
    public int workers;

    private final List<Thread> others = new ArrayList<>();
    private float[] vector;
    private float[] sum;
    private ProcessGroup group;
    private ByteBuffer bytes;
    private SocketChannel socket;

    /** Brings the workers together; the others add until this one leaves. */
    @Setup
    public void setUp() throws IOException {
        GroupOptions options = GroupOptions.of("a secret of the benchmarks");
        List<Rendezvous> doors = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            doors.add(Rendezvous.open(options));
        }
        List<InetSocketAddress> addresses =
                doors.stream().map(Rendezvous::address).toList();
        List<CompletableFuture<ProcessGroup>> joining = new ArrayList<>();
        for (int r = 0; r < workers; r++) {
            int rank = r;
            joining.add(CompletableFuture.supplyAsync(
                    () -> doors.get(rank).join(rank, addresses),
                    task -> Thread.ofPlatform().start(task)));
        }
        List<ProcessGroup> groups =
                joining.stream().map(CompletableFuture::join).toList();
        doors.forEach(Rendezvous::close);
        group = groups.getFirst();
        groups.subList(1, workers).forEach(other -> start(() -> add(other)));
        vector = new float[elements];
        sum = new float[elements];
        Arrays.fill(vector, 1);
        group.allReduce(sum, vector);
        for (float value : sum) {
            if (value != workers) {
                throw new IllegalStateException("the sum of " + workers + " ones is " + value);
            }
        }
        bytes = ByteBuffer.allocateDirect(Math.multiplyExact(elements, Float.BYTES));
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            socket = SocketChannel.open(server.getLocalAddress());
            SocketChannel there = server.accept();
            there.socket().setTcpNoDelay(true);
            start(() -> read(there, bytes.capacity()));
        }
    }

    private void start(Runnable work) {
        others.add(Thread.ofPlatform().daemon().start(work));
    }

    private void add(ProcessGroup other) {
        float[] mine = new float[elements];
        float[] all = new float[elements];
        Arrays.fill(mine, 1);
        try (other) {
            while (true) {
                other.allReduce(all, mine);
            }
        } catch (ProcessGroupException e) {
            // The one that is timed has left.
        }
    }

    private static void read(SocketChannel from, int size) {
        ByteBuffer into = ByteBuffer.allocateDirect(size);
        ByteBuffer got = ByteBuffer.allocate(1);
        try (from) {
            while (true) {
                into.clear();
                while (into.hasRemaining()) {
                    if (from.read(into) < 0) {
                        return;
                    }
                }
                from.write(got.clear());
            }
        } catch (IOException e) {
            // The one that is timed has left.
        }
    }

    /** The workers part. */
    @TearDown
    public void tearDown() throws IOException, InterruptedException {
        group.close();
        socket.close();
        for (Thread other : others) {
            other.join();
        }
        others.clear();
    }

    /** The sum. */
    @Benchmark
    public float[] allReduce() {
        group.allReduce(sum, vector);
        return sum;
    }

    /** The same bytes in one direction. */
    @Benchmark
    public int loopback() throws IOException {
        bytes.clear();
        while (bytes.hasRemaining()) {
            socket.write(bytes);
        }
        ByteBuffer got = ByteBuffer.allocate(1);
        return socket.read(got);
    }
}
