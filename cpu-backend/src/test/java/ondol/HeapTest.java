package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors on the CPU live in the Java heap, beside the program's own objects: each test is a JVM with a small heap. */
class HeapTest {
    private static final String WARNING = "System.gc() does nothing in this JVM (-XX:+DisableExplicitGC?)";

    private static String run(List<String> options, String... arguments) throws Exception {
        ChildJvm.Result end = new ChildJvm(HeapPrograms.class)
                .options(options.toArray(String[]::new))
                .arguments(arguments)
                .run();
        assertEquals(0, end.exitCode(), end.output());
        assertTrue(end.output().endsWith("done" + System.lineSeparator()), end.output());
        return end.output();
    }

    private static List<String> heap(String size, String... more) {
        // One thread: another one's stack may hold what it worked on, until it is let run again.
        List<String> options = new ArrayList<>(List.of("-Xmx" + size, "-Dondol.cpu.threads=1"));
        options.addAll(List.of(more));
        return options;
    }

    // ---- what nobody holds is the collector's

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC"})
    void closedTensorsLeaveTheHeap(String collector) throws Exception {
        run(heap("256m", collector), "closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC"})
    void droppedTensorsLeaveTheHeap(String collector) throws Exception {
        run(heap("256m", collector), "dropped");
    }

    @Test
    void smallBuffersLeaveTheHeap() throws Exception {
        run(heap("64m", "-XX:+UseSerialGC"), "small");
    }

    @Test
    void thePoolIsUsedAgain() throws Exception {
        run(heap("256m", "-XX:+UseG1GC"), "reuse");
    }

    // ---- System.gc() is not needed

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC"})
    void trainingOnTheCpuNeedsNoExplicitCollection(String collector) throws Exception {
        List<String> options = heap("256m", collector, "-XX:+DisableExplicitGC", "-Dondol.memory.limit=64MB");
        assertEquals(1, run(options, "train").split(java.util.regex.Pattern.quote(WARNING), -1).length - 1);
    }

    /** The heap is the limit: nothing needs to be asked of the collector, and nothing is said. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC"})
    void nobodyAsksForCollectionsOfTheHeap(String collector) throws Exception {
        String output = run(heap("256m", collector, "-XX:+DisableExplicitGC"), "train");
        assertTrue(!output.contains(WARNING), output);
    }

    @Test
    void trainingOnADeviceNeedsNoExplicitCollection() throws Exception {
        String output = run(heap("128m", "-XX:+UseG1GC", "-XX:+DisableExplicitGC"), "train on a device");
        assertTrue(output.contains(WARNING), output);
    }

    @Test
    void whereExplicitCollectionsAreNeededTheOptionIsNamed() throws Exception {
        run(heap("128m", "-XX:+UseSerialGC", "-XX:+DisableExplicitGC"), "old");
    }

    // ---- messages

    @Test
    void atTheDefaultLimitTheHeapIsTooSmall() throws Exception {
        run(
                heap("128m", "-XX:+UseSerialGC"),
                "full",
                "The limit is 7/8 of the Java heap. Use smaller tensors or batches, close what is not needed (Scope), or give"
                        + " Java more with -Xmx");
    }

    @Test
    void atTheUsersLimitItMayBeRaised() throws Exception {
        run(
                heap("256m", "-XX:+UseSerialGC", "-Dondol.memory.limit=64MB"),
                "full",
                "Use smaller tensors or batches, close what is not needed (Scope), or raise -Dondol.memory.limit");
    }

    /** A limit beyond the heap: it is Java that has no more. */
    @Test
    void atTheHeapsEdgeOnlyALargerHeapHelps() throws Exception {
        run(
                heap("128m", "-XX:+UseSerialGC", "-Dondol.memory.limit=4GB"),
                "full",
                "Use smaller tensors or batches, close what is not needed (Scope), or give Java more with -Xmx");
    }
}
