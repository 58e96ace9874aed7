package ondol.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import ondol.Device;
import ondol.Scope;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.Sample;
import scala.Tuple2;

/** The rows of a worker's shards, as tensors. */
final class WorkerRows {
    /** So many samples are put together at once, and so many of these again. */
    private static final int CHUNK = 1024;

    private final ShardedOrder order;
    private final int firstShard;

    /** Of each input, and of the targets: [rows, ...], shard by shard, in each by index. */
    private final List<Tensor> parts;

    /** Where each shard's rows begin. */
    private final int[] begins;

    /** The order of the epoch that is going on, of each shard. */
    private final int[][] places;

    private WorkerRows(ShardedOrder order, int firstShard, int[] begins, List<Tensor> parts) {
        this.order = order;
        this.firstShard = firstShard;
        this.begins = begins;
        this.parts = parts;
        places = new int[begins.length][];
    }

    /**
     * Takes the rows as they come, in any order.
     *
     * @throws IllegalStateException if they are not those of the shards
     */
    static <T> WorkerRows of(
            Iterator<Tuple2<Integer, Tuple2<Long, T>>> rows,
            Encoder<T> encoder,
            ShardedOrder order,
            int firstShard,
            int endShard) {
        List<Tuple2<Integer, Tuple2<Long, T>>> all = new ArrayList<>();
        rows.forEachRemaining(all::add);
        all.sort(Comparator.comparingInt((Tuple2<Integer, Tuple2<Long, T>> row) -> row._1())
                .thenComparing(row -> row._2()._1()));
        int[] begins = new int[endShard - firstShard];
        int at = 0;
        for (int s = firstShard; s < endShard; s++) {
            begins[s - firstShard] = at;
            for (int place = 0; place < order.rowsOf(s); place++, at++) {
                check(at < all.size() ? all.get(at)._2()._1() : -1, order.index(s, place));
            }
        }
        if (at != all.size()) {
            check(all.get(at)._2()._1(), -1);
        }
        return new WorkerRows(order, firstShard, begins, all.isEmpty() ? List.of() : encode(all, encoder));
    }

    private static void check(long there, long expected) {
        if (there != expected) {
            throw new IllegalStateException("SparkTrainer: "
                    + (there < 0
                            ? "row " + expected + " is missing"
                            : "row " + there + " is there" + (expected < 0 ? "" : " where " + expected + " should be"))
                    + "; the rows must be the same, in the same order, whenever Spark computes them: sort them, or keep"
                    + " them by persist() or checkpoint(), and give each an index of its own");
        }
    }

    private static <T> List<Tensor> encode(List<Tuple2<Integer, Tuple2<Long, T>>> rows, Encoder<T> encoder) {
        return Scope.results(() -> {
            List<List<Tensor>> chunks = new ArrayList<>();
            List<Tensor> first = encode(rows.getFirst()._2(), encoder);
            for (int from = 0; from < rows.size(); from += CHUNK) {
                List<Tuple2<Integer, Tuple2<Long, T>>> chunk = rows.subList(from, Math.min(rows.size(), from + CHUNK));
                chunks.add(Scope.results(() -> {
                    List<List<Tensor>> samples = new ArrayList<>();
                    for (Tuple2<Integer, Tuple2<Long, T>> row : chunk) {
                        List<Tensor> sample = encode(row._2(), encoder);
                        checkForm(row._2()._1(), sample, rows.getFirst()._2()._1(), first);
                        samples.add(sample);
                    }
                    return together(samples, of -> Tensor.stack(0, of));
                }));
            }
            return together(chunks, of -> Tensor.cat(0, of));
        });
    }

    private static <T> List<Tensor> encode(Tuple2<Long, T> row, Encoder<T> encoder) {
        Sample sample;
        try {
            sample = encoder.encode(row._2());
        } catch (Exception e) {
            throw new IllegalArgumentException(
                    "SparkTrainer: the encoder cannot read row " + row._1() + ": " + e.getMessage(), e);
        }
        List<Tensor> parts = new ArrayList<>(sample.inputs());
        parts.add(sample.target());
        return parts;
    }

    private static void checkForm(long row, List<Tensor> sample, long firstRow, List<Tensor> first) {
        if (!form(sample).equals(form(first))) {
            throw new IllegalArgumentException("SparkTrainer: the encoder gives inputs and target " + form(first)
                    + " of row " + firstRow + ", and " + form(sample) + " of row " + row
                    + "; bring all rows to one type and shape");
        }
    }

    private static String form(List<Tensor> tensors) {
        return tensors.stream().map(t -> t.dtype() + " " + t.shape()).collect(Collectors.joining(", "));
    }

    private static List<Tensor> together(List<List<Tensor>> all, Function<Tensor[], Tensor> how) {
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < all.getFirst().size(); i++) {
            int part = i;
            parts.add(how.apply(all.stream().map(one -> one.get(part)).toArray(Tensor[]::new)));
        }
        return parts;
    }

    /** Brings the rows to a device. */
    WorkerRows to(Device device) {
        return new WorkerRows(
                order, firstShard, begins, parts.stream().map(t -> t.to(device)).toList());
    }

    /** The order of an epoch, from 1. */
    void begin(int epoch) {
        for (int s = 0; s < places.length; s++) {
            places[s] = order.places(epoch, firstShard + s);
        }
    }

    /** A shard's rows of a batch. */
    Batch batch(int batch, int shard) {
        int s = shard - firstShard;
        long[] rows = new long[order.size(batch, shard)];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (long) begins[s] + places[s][order.begin(batch, shard) + i];
        }
        Tensor at = Tensor.tensor(rows);
        List<Tensor> taken = new ArrayList<>();
        for (Tensor part : parts) {
            taken.add(part.indexSelect(0, at.to(part.device())));
        }
        return new Batch(taken.subList(0, taken.size() - 1), taken.getLast());
    }
}
