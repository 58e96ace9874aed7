package ondol.benchmarks;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * How fast memory is read and written when nothing else is to be done: the floor for a pointwise operation. With
 * {@code -t 2} each of two threads copies a half. GB/s are 8 * elements / 1000 / microseconds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Copy {
    /** How many elements, of four bytes each. */
    @Param({"1000", "100000", "10000000"})
    public int elements;

    private float[] from;
    private float[] to;

    /** This thread's part of the elements. */
    @Setup
    public void setUp(ThreadParams threads) {
        from = new float[elements / threads.getThreadCount()];
        to = new float[from.length];
    }

    /** The copy. */
    @Benchmark
    public float[] copy() {
        System.arraycopy(from, 0, to, 0, from.length);
        return to;
    }
}
