package ondol.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** Rows on their way through Spark. */
final class Rows {
    private Rows() {}

    /** How many rows each partition has. */
    static <T> List<Long> counts(JavaRDD<T> rows) {
        return rows.mapPartitions(Rows::count).collect();
    }

    private static <T> Iterator<Long> count(Iterator<T> rows) {
        long n = 0;
        for (; rows.hasNext(); rows.next()) {
            n++;
        }
        return List.of(n).iterator();
    }

    /** Each row with its index, in the order of partitions and of rows in them. */
    static <T> JavaPairRDD<Long, T> indexed(JavaRDD<T> rows, List<Long> counts) {
        long[] begins = new long[counts.size()];
        for (int i = 1; i < begins.length; i++) {
            begins[i] = begins[i - 1] + counts.get(i - 1);
        }
        return JavaPairRDD.fromJavaRDD(rows.mapPartitionsWithIndex((part, all) -> numbered(all, begins[part]), false));
    }

    private static <T> Iterator<Tuple2<Long, T>> numbered(Iterator<T> rows, long begin) {
        return new Iterator<>() {
            private long index = begin;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Tuple2<Long, T> next() {
                T row = rows.next();
                return new Tuple2<>(index++, row);
            }
        };
    }

    /** The rows at their workers, a partition each, by shard. */
    static <T> JavaPairRDD<Integer, Tuple2<Long, T>> atWorkers(JavaPairRDD<Long, T> indexed, Plan plan) {
        return indexed.mapToPair(row -> new Tuple2<>(shard(plan.order(), row._1()), row))
                .partitionBy(new ByWorker(plan));
    }

    private static int shard(ShardedOrder order, long index) {
        if (index < 0 || index >= order.rows()) {
            throw new IllegalArgumentException("SparkTrainer: a row has index " + index + " among " + order.rows()
                    + " rows; give each row another index, from 0 to " + (order.rows() - 1));
        }
        return order.shardOf(index);
    }

    /** Java's view of one of Scala's iterators, and the other way. */
    static <T> Iterator<T> java(scala.collection.Iterator<T> of) {
        return CollectionConverters.asJava(of);
    }

    static <T> scala.collection.Iterator<T> scala(Iterator<T> of) {
        return CollectionConverters.asScala(of);
    }
}
