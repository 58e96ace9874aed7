package ondol.benchmarks;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast the processor multiplies and adds when nothing else is to be done: the ceiling for a matrix product. All
 * operands are in registers. With {@code -t 2} two threads do it at the same time. An invocation is 245,760
 * floating-point operations, so GFLOP/s are 245.76 * threads / microseconds; the faster of the two counts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class Peak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int FMAS = 122_880;

    // Fields, so that the compiler does not know their values.
    private float start = 1;
    private float factor = 0.999f;
    private float term = 0.001f;

    /** Twelve chains of fma: enough for two fma units of latency five, in 16 registers. */
    @Benchmark
    public float fma12() {
        return chains(FloatVector.broadcast(SPECIES, start), FMAS / (12 * SPECIES.length()));
    }

    /** Sixteen chains: for four units of latency four, where there are 32 registers. */
    @Benchmark
    public float fma16() {
        return moreChains(FloatVector.broadcast(SPECIES, start), FMAS / (16 * SPECIES.length()));
    }

    private float chains(FloatVector initial, int rounds) {
        FloatVector x = FloatVector.broadcast(SPECIES, factor);
        FloatVector y = FloatVector.broadcast(SPECIES, term);
        FloatVector a0 = initial;
        FloatVector a1 = initial.add(1);
        FloatVector a2 = initial.add(2);
        FloatVector a3 = initial.add(3);
        FloatVector a4 = initial.add(4);
        FloatVector a5 = initial.add(5);
        FloatVector a6 = initial.add(6);
        FloatVector a7 = initial.add(7);
        FloatVector a8 = initial.add(8);
        FloatVector a9 = initial.add(9);
        FloatVector a10 = initial.add(10);
        FloatVector a11 = initial.add(11);
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
        }
        FloatVector sum = a0.add(a1)
                .add(a2)
                .add(a3)
                .add(a4)
                .add(a5)
                .add(a6)
                .add(a7)
                .add(a8)
                .add(a9)
                .add(a10)
                .add(a11);
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private float moreChains(FloatVector initial, int rounds) {
        FloatVector x = FloatVector.broadcast(SPECIES, factor);
        FloatVector y = FloatVector.broadcast(SPECIES, term);
        FloatVector a0 = initial;
        FloatVector a1 = initial.add(1);
        FloatVector a2 = initial.add(2);
        FloatVector a3 = initial.add(3);
        FloatVector a4 = initial.add(4);
        FloatVector a5 = initial.add(5);
        FloatVector a6 = initial.add(6);
        FloatVector a7 = initial.add(7);
        FloatVector a8 = initial.add(8);
        FloatVector a9 = initial.add(9);
        FloatVector a10 = initial.add(10);
        FloatVector a11 = initial.add(11);
        FloatVector a12 = initial.add(12);
        FloatVector a13 = initial.add(13);
        FloatVector a14 = initial.add(14);
        FloatVector a15 = initial.add(15);
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
            a12 = a12.fma(x, y);
            a13 = a13.fma(x, y);
            a14 = a14.fma(x, y);
            a15 = a15.fma(x, y);
        }
        FloatVector sum = a0.add(a1)
                .add(a2)
                .add(a3)
                .add(a4)
                .add(a5)
                .add(a6)
                .add(a7)
                .add(a8)
                .add(a9)
                .add(a10)
                .add(a11)
                .add(a12)
                .add(a13)
                .add(a14)
                .add(a15);
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
