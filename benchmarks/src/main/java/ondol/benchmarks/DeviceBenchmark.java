package ondol.benchmarks;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is timed on each of Ondol's devices: {@code -p device=cpu,opencl}. Average time in microseconds, until the device
 * has done the work. A benchmark's setup compares what will be timed with a plain Java loop and fails where it is wrong.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public abstract class DeviceBenchmark {
    /** Ondol's device. */
    @Param({"cpu"})
    public String device;

    private Device opened;

    /** Makes the device the one on which tensors are made: the first thing in a setup. */
    final void openDevice() {
        opened = Device.of(device);
        Ondol.setDefaultDevice(opened);
    }

    /** Waits until the device has done everything: the last thing in an invocation, which times launches otherwise. */
    final void synchronize() {
        opened.synchronize();
    }

    /** Ends an invocation: waits, and gives the result's memory back for the next. */
    final void finish(Tensor result) {
        synchronize();
        result.close();
    }

    /** Standard normal values. */
    static float[] normal(SplittableRandom random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Fails, so that nothing is timed, if a value is further than the tolerance from what it should be, or NaN. */
    final void check(String what, int index, double actual, double expected, double tolerance) {
        if (!(Math.abs(actual - expected) <= tolerance)) {
            throw new IllegalStateException(what + " on " + device + " is wrong, so it is not timed: element " + index
                    + " is " + actual + " instead of " + expected);
        }
    }
}
