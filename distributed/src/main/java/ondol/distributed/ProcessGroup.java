package ondol.distributed;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import ondol.DType;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Some workers that compute together, each in a process of its own, or in a thread: PyTorch's {@code torch.distributed}. A worker has a
 * rank, from 0 to {@code size - 1}.
 *
 * <pre>{@code
 * try (ProcessGroup group = ProcessGroup.fromEnvironment()) {   // RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, ONDOL_SECRET
 *     float[] values = {group.rank()};
 *     group.allReduce(values);                                  // 0 + 1 + ... + (size - 1), everywhere
 * }
 * }</pre>
 *
 * <p>All workers call the same operations with the same sizes in the same order. A sum is added in one order, whoever adds it and
 * whenever its parts come: rank 0's vectors first, then rank 1's, each addition an IEEE-754 binary32 addition, rounded to nearest even.
 *
 * <p>When a worker ends, is stopped, is cut off, does something else, or does not come within the {@link GroupOptions#timeout}, the
 * operation fails on all workers with a {@link ProcessGroupException} that names it; the group is of no use then. An operation that is
 * refused for its arguments has sent nothing.
 *
 * <p>The operations of a group are for one thread at a time; {@link #allReduceAsync} adds up beside it, in a thread of the group's.
 * Interrupting a thread in an operation ends the group.
 */
public final class ProcessGroup implements AutoCloseable {
    private final int rank;
    private final List<InetSocketAddress> addresses;
    private final List<Peer> peers;
    private final Selector selector;
    private final Heartbeats heartbeats;
    private final Exchange exchange;
    private final ReentrantLock lock = new ReentrantLock();
    private final float[] total = AllReduce.room();
    private final float[] next = AllReduce.room();
    private long operations;
    private @Nullable ExecutorService executor;
    private CompletableFuture<@Nullable Void> last = CompletableFuture.completedFuture(null);
    private volatile boolean closed;

    ProcessGroup(int rank, List<InetSocketAddress> addresses, List<Peer> peers, GroupOptions options)
            throws IOException {
        this.rank = rank;
        this.addresses = List.copyOf(addresses);
        this.peers = List.copyOf(peers);
        selector = Selector.open();
        for (Peer peer : peers) {
            peer.data.configureBlocking(false);
            peer.data.register(selector, SelectionKey.OP_READ);
        }
        heartbeats = new Heartbeats(rank, peers, options.heartbeat(), selector::wakeup);
        exchange = new Exchange(rank, peers, heartbeats, selector, options.timeout());
    }

    /** {@return a group of this worker alone, which needs no connections} */
    public static ProcessGroup single() {
        try {
            return new ProcessGroup(
                    0,
                    List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                    List.of(),
                    GroupOptions.of("nobody else is here"));
        } catch (IOException e) {
            throw new ProcessGroupException(0, "ProcessGroup.single: " + e.getMessage(), e);
        }
    }

    /**
     * Joins the group of the environment variables {@code RANK}, {@code WORLD_SIZE}, {@code MASTER_ADDR} and {@code MASTER_PORT}, as
     * {@code torchrun} and {@code ./ondol launch} set them, with the secret {@code ONDOL_SECRET}. {@code ONDOL_BIND_ADDR} is where this
     * worker listens, the loopback address by default; {@code ONDOL_TIMEOUT} and {@code ONDOL_HEARTBEAT} are the
     * {@link GroupOptions#timeout} and {@link GroupOptions#heartbeat}, in seconds. Without {@code WORLD_SIZE}, or where that is 1, it is
     * {@link #single}.
     *
     * @return the group, when all workers have come
     * @throws IllegalArgumentException if a variable is missing, or is not what it should be
     * @throws ProcessGroupException if the group does not come together in time
     */
    public static ProcessGroup fromEnvironment() {
        return Environment.join(System.getenv());
    }

    /**
     * As {@link #fromEnvironment()}, with given variables.
     *
     * @param variables texts by the names above
     * @return the group, when all workers have come
     * @throws IllegalArgumentException if a variable is missing, or is not what it should be
     * @throws ProcessGroupException if the group does not come together in time
     */
    public static ProcessGroup fromEnvironment(Map<String, String> variables) {
        return Environment.join(Objects.requireNonNull(
                variables, "ProcessGroup.fromEnvironment: the variables are null; give System.getenv() or a map"));
    }

    /**
     * Joins a group whose worker of rank 0 listens at an address that all know. That worker listens there; the others bind to
     * {@link GroupOptions#bind}, and are told of each other by it.
     *
     * @param rank this worker's number, from 0; another one on each worker
     * @param size how many workers there are
     * @param master where the worker of rank 0 listens
     * @param options with the same secret on all workers
     * @return the group, when all workers have come
     * @throws IllegalArgumentException unless 0 &le; rank &lt; size
     * @throws ProcessGroupException if the group does not come together in time
     */
    public static ProcessGroup join(int rank, int size, InetSocketAddress master, GroupOptions options) {
        return Rendezvous.meet(rank, size, master, options);
    }

    /** {@return this worker's number, from 0} */
    public int rank() {
        return rank;
    }

    /** {@return how many workers there are, 1 or more} */
    public int size() {
        return addresses.size();
    }

    /** {@return where the workers listen, by rank} */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    // ---- operations

    /**
     * Replaces values by their sum over all workers, rank by rank.
     *
     * @param values this worker's, of the same length everywhere; the sum afterwards
     * @throws ProcessGroupException if it fails on any worker
     */
    public void allReduce(float[] values) {
        allReduce(values, values);
    }

    /**
     * The sum of all workers' vectors: {@code ((v0 + v1) + v2) + ...}, where rank 0's come first, in the order in which they are given, then
     * rank 1's, and so on.
     *
     * @param sum where the sum goes; may be one of the vectors
     * @param vectors this worker's, one or more, each as long as the sum; not every worker must have as many
     * @throws IllegalArgumentException if there is none, or one has another length
     * @throws ProcessGroupException if it fails on any worker
     */
    public void allReduce(float[] sum, float[]... vectors) {
        check(sum, vectors);
        inTurn(() -> sum(sum, vectors, 0));
    }

    /**
     * As {@link #allReduce(float[], float[]...)}, beside this thread, after all sums that were begun before.
     *
     * @param sum where the sum goes; may be one of the vectors
     * @param vectors this worker's, one or more, each as long as the sum
     * @return is done when the sum is there; until then the arrays belong to the group. {@code join} throws a
     *     {@link CompletionException} of the {@link ProcessGroupException} if it fails; {@link #await} throws that itself.
     * @throws IllegalArgumentException if there is none, or one has another length
     */
    public CompletableFuture<@Nullable Void> allReduceAsync(float[] sum, float[]... vectors) {
        check(sum, vectors);
        ExecutorService in = executor;
        if (in == null) {
            in = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                    .name("ondol-all-reduce-" + rank)
                    .daemon()
                    .factory());
            executor = in;
        }
        last = CompletableFuture.runAsync(() -> locked(() -> sum(sum, vectors, 0)), in);
        return last;
    }

    /**
     * Waits for a sum that was begun. Interrupting the thread meanwhile ends the group.
     *
     * @param sum from {@link #allReduceAsync}
     * @throws ProcessGroupException if it has failed on any worker
     */
    public void await(CompletableFuture<@Nullable Void> sum) {
        try {
            sum.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw heartbeats
                    .fail(new Failure(rank, "rank " + rank + " was interrupted, and takes part no longer"))
                    .in("allReduce");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ProcessGroupException failed ->
                    throw new ProcessGroupException(failed.rank(), String.valueOf(failed.getMessage()), failed);
                case RuntimeException failed -> throw failed;
                case null, default -> throw new IllegalStateException("allReduce: " + e.getCause(), e);
            }
        }
    }

    private static void check(float[] sum, float[]... vectors) {
        Objects.requireNonNull(sum, "allReduce: the sum is null; give an array for it");
        Objects.requireNonNull(vectors, "allReduce: the vectors are null; give one or more");
        if (vectors.length == 0 || vectors.length > Collective.MOST_VECTORS) {
            throw new IllegalArgumentException("allReduce: " + vectors.length + " vectors; give 1 to "
                    + Collective.MOST_VECTORS + " on each worker");
        }
        for (float[] vector : vectors) {
            Objects.requireNonNull(vector, "allReduce: a vector is null; give arrays");
            if (vector.length != sum.length) {
                throw new IllegalArgumentException("allReduce: a vector has " + vector.length
                        + " elements, and the sum " + sum.length + "; give all the same length");
            }
        }
    }

    private void sum(float[] sum, float[][] vectors, int tensor) {
        run(new AllReduce(peers, operations, rank, sum, vectors, total, next, tensor));
    }

    /**
     * Replaces a tensor's elements by their sum over all workers, rank by rank.
     *
     * @param values FLOAT32, on any device, of the same shape on all workers
     * @throws IllegalArgumentException if it is of another type
     * @throws IllegalStateException if its elements cannot be replaced, as those of a leaf that requires a gradient; nothing is sent
     *     then
     */
    public void allReduce(Tensor values) {
        Objects.requireNonNull(values, "allReduce: the tensor is null; give one");
        if (values.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    "allReduce: the tensor is " + values.dtype() + "; give FLOAT32, as by to(DType.FLOAT32)");
        }
        float[] host = values.toFloatArray();
        values.upload(MemorySegment.ofArray(host)); // refused before anything is sent
        float[][] vectors = {host};
        inTurn(() -> sum(host, vectors, Collective.Header.of(values)));
        values.upload(MemorySegment.ofArray(host));
    }

    /**
     * Replaces a tensor's elements on all workers by those of one.
     *
     * @param values any type, the same shape everywhere
     * @param root whose elements they are
     * @throws IllegalArgumentException unless {@code 0 <= root < size}
     */
    public void broadcast(Tensor values, int root) {
        Objects.requireNonNull(values, "broadcast: the tensor is null; give one");
        MemorySegment host = MemorySegment.ofArray(
                new byte[Math.toIntExact(values.numel() * values.dtype().bytes())]);
        values.download(host);
        if (rank != root) {
            values.upload(host); // refused before anything is sent
        }
        broadcast(host, root, Collective.Header.of(values));
        if (rank != root) {
            values.upload(host);
        }
    }

    /**
     * Replaces bytes on all workers by those of one.
     *
     * @param bytes memory that this thread and any other may access; the same size everywhere
     * @param root the rank whose bytes they are
     * @throws IllegalArgumentException unless {@code 0 <= root < size}, or if the memory is read-only and not the root's
     * @throws ProcessGroupException if it fails on any worker
     */
    public void broadcast(MemorySegment bytes, int root) {
        Objects.requireNonNull(bytes, "broadcast: the memory is null; give some, as MemorySegment.ofArray(...)");
        if (bytes.isReadOnly() && rank != root) {
            throw new IllegalArgumentException(
                    "broadcast: the memory of rank " + rank + " is read-only; give some to write to");
        }
        broadcast(bytes, root, 0);
    }

    private void broadcast(MemorySegment bytes, int root, int tensor) {
        if (root < 0 || root >= size()) {
            throw new IllegalArgumentException(
                    "broadcast: from rank " + root + " of " + size() + "; give 0 to " + (size() - 1));
        }
        inTurn(() -> run(new Broadcast(peers, operations, rank, bytes, root, tensor)));
    }

    /**
     * Each worker's bytes, by rank.
     *
     * @param bytes this worker's, of any length up to 64 MiB
     * @return one array for each worker, by rank
     * @throws IllegalArgumentException if there are more
     * @throws ProcessGroupException if it fails on any worker
     */
    public byte[][] allGather(byte[] bytes) {
        Objects.requireNonNull(bytes, "allGather: the bytes are null; give an array, which may be empty");
        if (bytes.length > AllGather.MOST_BYTES) {
            throw new IllegalArgumentException(
                    "allGather: " + bytes.length + " bytes; give at most " + AllGather.MOST_BYTES);
        }
        byte[][][] result = new byte[1][][];
        inTurn(() -> {
            AllGather gather = new AllGather(peers, operations, rank, bytes);
            run(gather);
            result[0] = gather.result();
        });
        return result[0];
    }

    /** Waits until all workers have come here. */
    public void barrier() {
        inTurn(() -> run(new Collective.Barrier(peers, operations)));
    }

    private void run(Collective work) {
        operations++;
        exchange.run(work);
    }

    /** After what goes on beside this thread; what fails of that is told to whoever waits for it, and this operation will say so too. */
    private void inTurn(Runnable operation) {
        last.exceptionally(failed -> null).join();
        locked(operation);
    }

    private void locked(Runnable operation) {
        if (closed) {
            throw new IllegalStateException("ProcessGroup: the group is closed; use it before close()");
        }
        lock.lock();
        try {
            operation.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes leave of the others, who will be told so when they begin an operation with this worker. Whoever needs them to be done calls
     * {@link #barrier} before. What goes on fails.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        ExecutorService running = executor;
        if (running != null) {
            running.shutdown();
        }
        heartbeats.close();
        peers.forEach(peer -> Heartbeats.quietly(peer.data));
        Heartbeats.quietly(selector);
    }

    @Override
    public String toString() {
        return "ProcessGroup[rank " + rank + " of " + size() + "]";
    }
}
