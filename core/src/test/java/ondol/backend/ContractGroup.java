package ondol.backend;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** A part of {@link BackendContract}. */
public interface ContractGroup {
    /** The backend under test. */
    Backend backend();

    /**
     * Whether each kernel has to be compiled, which takes longer than all else. Then every operation is tried on every type, and
     * every layout along every axis, but not every operation on every type in every layout along every axis.
     */
    default boolean compiles() {
        return false;
    }

    /** A test of one launch. */
    default DynamicTest test(LaunchCase launch) {
        return DynamicTest.dynamicTest(launch.name, () -> launch.check(backend()));
    }

    /** A test of some launches that belong together. */
    default DynamicTest test(String name, Supplier<Stream<LaunchCase>> launches) {
        return DynamicTest.dynamicTest(name, () -> launches.get().forEach(launch -> launch.check(backend())));
    }

    /** The same with a list. */
    default DynamicTest test(String name, List<LaunchCase> launches) {
        return test(name, launches::stream);
    }

    /** Sizes around the edges of blocks, lanes, vectors and thread groups, and some more. */
    static LongStream sizes(long... more) {
        long[] edges = {1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129, 511, 512, 513, 1000, 4095, 4096, 4097, 8193};
        return LongStream.concat(Arrays.stream(edges), Arrays.stream(more));
    }

    /** A shape. */
    static long[] shape(long... sizes) {
        return sizes;
    }
}
