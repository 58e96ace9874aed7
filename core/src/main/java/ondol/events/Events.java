package ondol.events;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import jdk.jfr.FlightRecorder;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.kernel.Type;

/**
 * Does what is recorded, and tells the Flight Recorder. Whoever has something to do asks first whether it is recorded: that reads
 * one field until a recorder has been started in this JVM, and nothing is made, timed, or loaded for it. Where the JVM has no module
 * {@code jdk.jfr}, nothing is recorded.
 */
public final class Events {
    private static final boolean HAS_RECORDER = hasRecorder();

    private Events() {}

    private static boolean hasRecorder() {
        Optional<Module> recorder = ModuleLayer.boot().findModule("jdk.jfr");
        return recorder.isPresent() && Events.class.getModule().canRead(recorder.get());
    }

    private static boolean hasStarted() {
        return HAS_RECORDER && FlightRecorder.isInitialized();
    }

    /** Whether launches are recorded. */
    public static boolean recordsLaunches() {
        return hasStarted() && LaunchEvent.isRecorded();
    }

    /** Runs a kernel. */
    public static void run(Launch launch, Backend backend, String device) {
        LaunchEvent event = new LaunchEvent();
        event.begin();
        backend.run(launch);
        event.end();
        if (event.shouldCommit()) {
            event.kernel = launch.kernel().getClass().getSimpleName();
            event.elements = launch.size();
            event.device = device;
            event.commit();
        }
    }

    /** Whether the steps of optimizers are recorded. */
    public static boolean recordsSteps() {
        return hasStarted() && StepEvent.isRecorded();
    }

    /** Takes a step. */
    public static void step(Runnable step, String optimizer, int parameters) {
        StepEvent event = new StepEvent();
        event.begin();
        step.run();
        event.end();
        if (event.shouldCommit()) {
            event.optimizer = optimizer;
            event.parameters = parameters;
            event.commit();
        }
    }

    /** Whether allocations are recorded. */
    public static boolean recordsAllocations() {
        return hasStarted() && AllocationEvent.isRecorded();
    }

    /** Allocates. */
    public static Buffer allocate(Type type, long length, Backend backend, String device) {
        AllocationEvent event = new AllocationEvent();
        event.begin();
        Buffer buffer = backend.allocate(type, length);
        event.end();
        if (event.shouldCommit()) {
            event.bytes = buffer.bytes();
            event.device = device;
            event.commit();
        }
        return buffer;
    }

    /** Whether transfers are recorded. */
    public static boolean recordsTransfers() {
        return hasStarted() && TransferEvent.isRecorded();
    }

    /** Uploads. */
    public static void upload(MemorySegment source, Buffer target, long offset, Backend backend, String device) {
        TransferEvent event = new TransferEvent();
        event.begin();
        backend.upload(source, target, offset);
        transferred(event, "upload", source.byteSize(), device);
    }

    /** Downloads. */
    public static void download(Buffer source, long offset, MemorySegment target, Backend backend, String device) {
        TransferEvent event = new TransferEvent();
        event.begin();
        backend.download(source, offset, target);
        transferred(event, "download", target.byteSize(), device);
    }

    private static void transferred(TransferEvent event, String direction, long bytes, String device) {
        event.end();
        if (event.shouldCommit()) {
            event.direction = direction;
            event.bytes = bytes;
            event.device = device;
            event.commit();
        }
    }
}
