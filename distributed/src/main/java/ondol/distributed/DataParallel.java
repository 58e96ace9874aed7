package ondol.distributed;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import ondol.DType;
import ondol.Ondol;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * Training of one network by all workers of a group: each has a copy of it, computes the gradients of a part of each batch, and all go on
 * with the same sum.
 *
 * <pre>{@code
 * DataParallel parallel = new DataParallel(group, net, 8);
 * for (Batch batch : loader) {                                        // the same batches on all workers
 *     double loss = parallel.backward(batch.size(), shard ->
 *             lossFn.forward(net.forward(shard.of(batch.input())), shard.of(batch.target())));
 *     optimizer.step();
 *     optimizer.zeroGrad();
 * }
 * }</pre>
 *
 * <p>A batch of n rows is cut into S shards, whatever the number of workers: shard s has the rows from {@code n s / S} to
 * {@code n (s + 1) / S}, rounded down. Each shard's gradient is one computation. What it draws from {@link Ondol#generator}, as dropout
 * does, comes from a stream of its own, which depends on that generator and the shard's number alone. The gradient of the batch is
 *
 * <pre>{@code ((g0 n0/n + g1 n1/n) + g2 n2/n) + ...}</pre>
 *
 * <p>in the shards' order, so that the weights have the same bits for any number of workers up to S. A worker's shards are neighbours:
 * with as many workers as shards each has one, and the least is sent.
 *
 * <p>When the last of a worker's shards is through its backward, the gradients are sent bucket by bucket, while those of the next bucket
 * are brought from the device. A backward gives the leaves their gradients at its very end, all or none, so that nothing is sent before.
 *
 * <p>Normalisation of batches is over a shard. A hook of a parameter sees the gradient of each of this worker's shards, and then the sum.
 * Modules with a generator of their own draw from it in the order of this worker's shards, which does depend on the number of workers:
 * let them use {@link Ondol#generator}.
 */
public final class DataParallel {
    private static final long BUCKET_ELEMENTS = 1 << 20;

    private final ProcessGroup group;
    private final Module net;
    private final int shards;
    private final int first;
    private final int end;
    private final List<Bucket> buckets;
    private final List<Tensor> buffers;
    private final float[][] tails;
    private BufferMode mode = BufferMode.FIRST;
    private int checkEvery = 100;
    private long steps;

    /**
     * Begins: all workers get rank 0's weights, buffers and state of {@link Ondol#generator}.
     *
     * @param group the workers; {@link ProcessGroup#single} for this one alone
     * @param net the same on all workers
     * @param shards how many parts a batch is cut into, at least the number of workers
     * @throws IllegalArgumentException if there are fewer, or if a parameter is not FLOAT32
     * @throws ProcessGroupException if another worker has another network, or another number of shards
     */
    public DataParallel(ProcessGroup group, Module net, int shards) {
        this.group = Objects.requireNonNull(group, "DataParallel: the group is null; give ProcessGroup.single()");
        this.net = Objects.requireNonNull(net, "DataParallel: the network is null; give one");
        this.shards = shards;
        int most = Collective.MOST_VECTORS;
        if (shards < group.size() || shards > most) {
            throw new IllegalArgumentException("DataParallel: " + shards + " shards for " + group.size()
                    + " workers; give as many or more, up to " + most);
        }
        net.namedParameters().forEach((name, p) -> {
            if (p.dtype() != DType.FLOAT32) {
                throw new IllegalArgumentException(
                        "DataParallel: '" + name + "' is " + p.dtype() + "; parameters must be FLOAT32");
            }
        });
        first = Shard.begin(shards, group.rank(), group.size());
        end = Shard.begin(shards, group.rank() + 1, group.size());
        buckets = Bucket.of(
                net.parameters().stream().filter(Tensor::requiresGrad).toList(), end - first, BUCKET_ELEMENTS);
        buffers = net.buffers();
        tails = new float[end - first][];
        agree(
                "network",
                describe().getBytes(StandardCharsets.UTF_8),
                "make it, and its shards, the same on all workers");
        for (Tensor tensor : state()) {
            group.broadcast(tensor, 0);
        }
        byte[] generator = Ondol.generator().getState();
        group.broadcast(MemorySegment.ofArray(generator), 0);
        Ondol.generator().setState(generator);
    }

    private String describe() {
        StringBuilder text = new StringBuilder(shards + " shards");
        net.namedParameters()
                .forEach((name, p) ->
                        text.append(' ').append(name).append(p.requiresGrad()).append(p.shape()));
        net.namedBuffers()
                .forEach((name, b) ->
                        text.append(' ').append(name).append(b.dtype()).append(b.shape()));
        return text.toString();
    }

    private List<Tensor> state() {
        List<Tensor> all = new ArrayList<>();
        try (var _ = Autograd.noGrad()) {
            net.parameters().forEach(p -> all.add(p.detach()));
        }
        all.addAll(buffers);
        return all;
    }

    /**
     * Chooses what becomes of buffers; {@link BufferMode#FIRST} by default.
     *
     * @param of {@code FIRST} for those of the first shard, {@code MEAN} for the mean over all shards
     * @return this
     */
    public DataParallel buffers(BufferMode of) {
        mode = Objects.requireNonNull(of, "DataParallel.buffers: the mode is null; give FIRST or MEAN");
        return this;
    }

    /**
     * Has the workers compare their weights in every so many steps, before the gradients of that step are added to anything; 100 by
     * default, 0 is never.
     *
     * @param steps how many steps from one comparison to the next; 100 by default, 0 for never
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public DataParallel checkEvery(int steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("DataParallel.checkEvery: " + steps + " steps; give 0 or more");
        }
        checkEvery = steps;
        return this;
    }

    /** {@return the workers, as they were given} */
    public ProcessGroup group() {
        return group;
    }

    /** {@return the network} */
    public Module module() {
        return net;
    }

    /** {@return how many parts a batch is cut into, on all workers together} */
    public int shards() {
        return shards;
    }

    /** {@return the number of this worker's first shard, from 0} */
    public int firstShard() {
        return first;
    }

    /** {@return the number after that of this worker's last shard} */
    public int endShard() {
        return end;
    }

    /**
     * Finds where this worker's part of a batch begins.
     *
     * @param rows how many the batch of all workers has
     * @return a row's place in that batch, from 0
     */
    public int firstRow(int rows) {
        return Shard.begin(rows, first, shards);
    }

    /**
     * Adds the gradient of a batch to the parameters' gradients, the same on all workers.
     *
     * @param rows how many the batch of all workers has, 1 or more
     * @param loss the mean over a shard's rows, a number; called for those of this worker's shards that have rows
     * @return the mean over the batch: the shards' losses, weighted and added like the gradients
     * @throws IllegalArgumentException if there are no rows
     * @throws ProcessGroupException if it fails on any worker, or if the workers' weights are not the same
     */
    public float backward(int rows, Function<Shard, Tensor> loss) {
        Objects.requireNonNull(loss, "DataParallel.backward: the loss is null; give a function of a shard");
        if (rows < 1) {
            throw new IllegalArgumentException("DataParallel.backward: " + rows + " rows; give 1 or more");
        }
        if (checkEvery > 0 && steps % checkEvery == 0) {
            checkWeights();
        }
        steps++;
        long word = Ondol.generator().random64();
        byte[] generator = Ondol.generator().getState();
        byte[][] before = bytes(buffers);
        byte[][] ofFirst = before;
        int firstWithRows = firstWithRows(rows);
        List<CompletableFuture<@Nullable Void>> sums = new ArrayList<>();
        try {
            for (int s = first; s < end; s++) {
                Shard shard = new Shard(s, Shard.begin(rows, s, shards), Shard.begin(rows, s + 1, shards), rows);
                put(buffers, before);
                Ondol.manualSeed(seed(word, s));
                compute(shard, rows, loss, sums);
                if (s == firstWithRows) {
                    ofFirst = bytes(buffers);
                }
            }
        } finally {
            Ondol.generator().setState(generator);
        }
        float[] tail = tails[0];
        sums.add(group.allReduceAsync(tail, tails));
        for (int i = 0; i < buckets.size(); i++) {
            group.await(sums.get(i));
            buckets.get(i).accumulate();
        }
        group.await(sums.getLast());
        settle(ofFirst, tail, rows);
        return tail[0];
    }

    /** A shard's gradients and loss; sends the buckets if it is this worker's last one. */
    private void compute(
            Shard shard, int rows, Function<Shard, Tensor> loss, List<CompletableFuture<@Nullable Void>> sums) {
        int place = shard.number() - first;
        try (var _ = Scope.open()) {
            List<Tensor> parameters = new ArrayList<>();
            buckets.forEach(bucket -> parameters.addAll(bucket.parameters()));
            List<@Nullable Tensor> gradients = Collections.nCopies(parameters.size(), null);
            float value = 0;
            if (shard.rows() > 0) {
                Tensor mean = Objects.requireNonNull(
                        loss.apply(shard), "DataParallel.backward: the loss of a shard is null; give a number");
                Tensor weighted = mean.mul((double) shard.rows() / rows);
                gradients = Autograd.gradAllowUnused(List.of(weighted), parameters, null, false, false);
                value = (float) weighted.item();
            }
            int at = 0;
            for (Bucket bucket : buckets) {
                int next = at + bucket.parameters().size();
                bucket.put(place, gradients.subList(at, next));
                if (shard.number() == end - 1) {
                    sums.add(group.allReduceAsync(bucket.sum(), bucket.vectors()));
                }
                at = next;
            }
            tails[place] = tail(value, shard.rows() > 0);
        }
    }

    /** The loss, and the buffers whose mean is wanted. */
    private float[] tail(float loss, boolean hasRows) {
        List<Tensor> averaged = averaged();
        float[] tail = new float
                [1 + Math.toIntExact(averaged.stream().mapToLong(Tensor::numel).sum())];
        tail[0] = loss;
        int at = 1;
        for (Tensor buffer : averaged) {
            float[] values = buffer.toFloatArray();
            if (hasRows) {
                System.arraycopy(values, 0, tail, at, values.length);
            }
            at += values.length;
        }
        return tail;
    }

    private List<Tensor> averaged() {
        return mode == BufferMode.FIRST
                ? List.of()
                : buffers.stream().filter(b -> b.dtype() == DType.FLOAT32).toList();
    }

    /** Brings all buffers to what they are after the batch, on all workers. */
    /** Of a batch with fewer rows than shards the first shards may be empty. */
    private int firstWithRows(int rows) {
        int shard = 0;
        while (Shard.begin(rows, shard + 1, shards) == 0) {
            shard++;
        }
        return shard;
    }

    private int rankOf(int shard) {
        int rank = 0;
        while (Shard.begin(shards, rank + 1, group.size()) <= shard) {
            rank++;
        }
        return rank;
    }

    private void settle(byte[][] ofFirst, float[] tail, int rows) {
        if (buffers.isEmpty()) {
            return;
        }
        for (byte[] bytes : ofFirst) {
            group.broadcast(MemorySegment.ofArray(bytes), rankOf(firstWithRows(rows)));
        }
        put(buffers, ofFirst);
        int at = 1;
        for (Tensor buffer : averaged()) {
            float[] mean = Arrays.copyOfRange(tail, at, at + (int) buffer.numel());
            for (int i = 0; i < mean.length; i++) {
                mean[i] /= Math.min(rows, shards); // the shards with rows
            }
            buffer.upload(MemorySegment.ofArray(mean));
            at += mean.length;
        }
    }

    private static byte[][] bytes(List<Tensor> tensors) {
        byte[][] all = new byte[tensors.size()][];
        for (int i = 0; i < all.length; i++) {
            Tensor t = tensors.get(i);
            all[i] = new byte[Math.toIntExact(t.numel() * t.dtype().bytes())];
            t.download(MemorySegment.ofArray(all[i]));
        }
        return all;
    }

    private static void put(List<Tensor> tensors, byte[][] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            tensors.get(i).upload(MemorySegment.ofArray(bytes[i]));
        }
    }

    /** A shard's own stream. The mixing is that of SplittableRandom (Steele et al., 2014). */
    private static long seed(long word, int shard) {
        long z = word + (shard + 1L) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return (z ^ (z >>> 31)) & 0xffffffffL;
    }

    /**
     * Has the workers compare their weights and buffers.
     *
     * @throws ProcessGroupException if they are not the same to the bit
     */
    public void checkWeights() {
        MessageDigest digest = sha256();
        for (byte[] bytes : bytes(state())) {
            digest.update(bytes);
        }
        agree(
                "weights after " + steps + " steps",
                digest.digest(),
                "change them by the optimizer alone, in the same way on all workers");
    }

    private void agree(String what, byte[] mine, String advice) {
        byte[][] all = group.allGather(sha256().digest(mine));
        for (int other = 1; other < all.length; other++) {
            if (!Arrays.equals(all[0], all[other])) {
                throw new ProcessGroupException(
                        other,
                        "DataParallel: the " + what + " of "
                                + Peer.name(other, group.addresses().get(other)) + " are not those of rank 0; "
                                + advice);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
