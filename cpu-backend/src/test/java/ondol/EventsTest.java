package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import ondol.events.Events;
import ondol.nn.Linear;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the Flight Recorder gets to see of a program. */
class EventsTest {
    @TempDir
    private Path folder;

    private interface Settings {
        void of(Recording recording);
    }

    /** The events of this thread, in order: other tests' threads may run beside. */
    private List<RecordedEvent> recorded(String name, Settings settings, Runnable work) throws IOException {
        Path file = folder.resolve(name + ".jfr");
        try (Recording recording = new Recording()) {
            settings.of(recording);
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = new ArrayList<>();
        for (RecordedEvent e : RecordingFile.readAllEvents(file)) {
            if (e.getEventType().getName().equals(name)
                    && e.getThread().getJavaThreadId() == Thread.currentThread().threadId()) {
                events.add(e);
            }
        }
        events.sort((a, b) -> a.getStartTime().compareTo(b.getStartTime()));
        return events;
    }

    @Test
    void launches() throws IOException {
        Tensor a = Tensor.ones(30, 50);
        List<RecordedEvent> events = recorded("ondol.Launch", r -> r.enable("ondol.Launch"), () -> {
            a.add(a);
            a.sum();
            a.matmul(a.t());
        });
        List<String> kernels = events.stream().map(e -> e.getString("kernel")).toList();
        assertEquals(List.of("Map", "Reduce", "MatMul"), kernels);
        assertEquals(1500, events.getFirst().getLong("elements"));
        assertEquals(900, events.getLast().getLong("elements"));
        for (RecordedEvent e : events) {
            assertEquals("cpu", e.getString("device"));
            assertTrue(e.getDuration().toNanos() > 0, e.toString());
        }
        List<String> together = recorded("ondol.Launch", r -> r.enable("ondol.Launch"), () -> a.softmax(1)).stream()
                .map(e -> e.getString("kernel"))
                .toList();
        assertEquals("Reduce", together.getFirst(), "kernels that run together, too: " + together);
        assertEquals("Map", together.getLast());
        assertTrue(together.size() >= 3, together.toString());
        assertEquals(List.of(), recorded("ondol.Launch", r -> {}, () -> a.add(a)), "only when asked for");
        assertEquals(
                List.of(),
                recorded(
                        "ondol.Launch",
                        r -> r.enable("ondol.Launch").withThreshold(java.time.Duration.ofHours(1)),
                        () -> a.add(a)),
                "only from a threshold on");
    }

    @Test
    void steps() throws IOException {
        Linear net = new Linear(3, 2);
        SGD optimizer = new SGD(net.parameters(), 0.1);
        net.forward(Tensor.ones(4, 3)).sum().backward();
        float[] before = net.parameters().getFirst().toFloatArray();
        List<RecordedEvent> events = recorded("ondol.Step", r -> {}, () -> {
            optimizer.step();
            optimizer.step();
        });
        assertEquals(2, events.size());
        assertEquals("SGD", events.getFirst().getString("optimizer"));
        assertEquals(2, events.getFirst().getInt("parameters"));
        float[] after = net.parameters().getFirst().toFloatArray();
        assertEquals(before[0] - 2 * 0.1f * 4, after[0], 1e-5f, "recorded steps are steps");
    }

    @Test
    void transfers() throws IOException {
        List<RecordedEvent> events = recorded("ondol.Transfer", r -> {}, () -> {
            Tensor t = Tensor.tensor(1f, 2f, 3f);
            assertEquals(3, t.toFloatArray()[2]);
            Tensor.tensor(true, false).toBooleanArray();
            t.upload(MemorySegment.ofArray(new float[] {4, 5, 6}));
            t.download(MemorySegment.ofArray(new float[3]));
        });
        List<String> all = events.stream()
                .map(e -> e.getString("direction") + " " + e.getLong("bytes") + " " + e.getString("device"))
                .toList();
        assertEquals(
                List.of(
                        "upload 12 cpu",
                        "download 12 cpu",
                        "upload 2 cpu",
                        "download 2 cpu",
                        "upload 12 cpu",
                        "download 12 cpu"),
                all);
    }

    /** A size that no other test asks for is given by the device once, and then by the pool; small ones are Java's. */
    @Test
    void allocations() throws IOException {
        long n = 3_000_000;
        List<RecordedEvent> events = recorded("ondol.Allocation", r -> {}, () -> {
            Tensor.empty(n).close();
            Tensor.empty(n).close();
            Tensor.empty(3).close();
        });
        assertEquals(1, events.size(), events.toString());
        assertTrue(events.getFirst().getLong("bytes") >= 4 * n, events.toString());
        assertEquals("cpu", events.getFirst().getString("device"));
        assertTrue(
                events.getFirst().getStackTrace().getFrames().stream()
                        .anyMatch(f -> f.getMethod().getType().getName().equals(EventsTest.class.getName())),
                "who asked for it");
    }

    /** Interpreted or compiled, whoever asks whether something is recorded allocates nothing. */
    @Test
    void costNothingWhenTheyAreNotRecorded() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (int round = 0; round < 3; round++) { // the first loads classes
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                if (Events.recordsLaunches()
                        || Events.recordsSteps()
                        || Events.recordsAllocations()
                        || Events.recordsTransfers()) {
                    throw new AssertionError("nothing is recorded here");
                }
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, bytes);
    }

    /** A JVM whose run-time image has no recorder. */
    @Test
    void withoutTheModule() throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--limit-modules=java.base",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutRecorder.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals("no recorder, 6.0", Files.readString(output).strip().replaceAll("(?s).*\n", ""));
    }

    /** The program of such a JVM. */
    static final class WithoutRecorder {
        private WithoutRecorder() {}

        public static void main(String[] args) {
            boolean has = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
            Tensor w = Tensor.tensor(1f, 2f, 3f).requiresGrad(true);
            w.sum().backward();
            new SGD(List.of(w), 0.0).step();
            System.out.println(
                    (has ? "a recorder, " : "no recorder, ") + w.sum().item());
        }
    }
}
