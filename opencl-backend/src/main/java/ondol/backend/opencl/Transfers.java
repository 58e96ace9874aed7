package ondol.backend.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jspecify.annotations.Nullable;

/** Copies between host and device. An upload does not wait: its bytes are kept until the device has them. */
final class Transfers {
    /** The most that is kept for the device. Java has no more direct memory than heap, and others need some too. */
    private static final long MOST_PENDING =
            Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /** The most a single copy moves; the device is told to begin when so much is on its way. */
    private static final int CHUNK = (int) Math.min(32 << 20, MOST_PENDING / 4);

    private static final String WRITE = "clEnqueueWriteBuffer";

    private record Pending(cl_event event, ByteBuffer bytes) {}

    private final cl_command_queue queue;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private long pendingBytes;
    private long unflushedBytes;
    private @Nullable ByteBuffer landing;

    Transfers(cl_command_queue queue) {
        this.queue = queue;
    }

    void upload(MemorySegment source, ClBuffer target, long byteOffset) {
        releaseDone();
        for (long at = 0; at < source.byteSize(); at += CHUNK) {
            int size = (int) Math.min(CHUNK, source.byteSize() - at);
            while (pendingBytes + size > MOST_PENDING) {
                Pending oldest = pending.element();
                CL.clWaitForEvents(1, new cl_event[] {oldest.event}); // what went wrong is in the event
                release(pending.remove());
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
            MemorySegment.ofBuffer(bytes).copyFrom(source.asSlice(at, size));
            cl_event event = new cl_event();
            Cl.check(
                    CL.clEnqueueWriteBuffer(
                            queue, target.memory, false, byteOffset + at, size, Pointer.to(bytes), 0, null, event),
                    WRITE);
            pending.add(new Pending(event, bytes));
            pendingBytes += size;
            unflushedBytes += size;
            if (unflushedBytes >= CHUNK) {
                unflushedBytes = 0;
                Cl.check(CL.clFlush(queue), "clFlush");
            }
        }
    }

    /** Waits for everything before. */
    void download(ClBuffer source, long byteOffset, MemorySegment target) {
        ByteBuffer bytes = landing((int) Math.min(CHUNK, target.byteSize()));
        for (long at = 0; at < target.byteSize(); at += CHUNK) {
            int size = (int) Math.min(CHUNK, target.byteSize() - at);
            Cl.check(
                    CL.clEnqueueReadBuffer(
                            queue, source.memory, true, byteOffset + at, size, Pointer.to(bytes), 0, null, null),
                    "clEnqueueReadBuffer");
            target.asSlice(at, size).copyFrom(MemorySegment.ofBuffer(bytes.limit(size)));
        }
        releaseAll();
    }

    private ByteBuffer landing(int size) {
        ByteBuffer bytes = landing;
        if (bytes == null || bytes.capacity() < size) {
            bytes = ByteBuffer.allocateDirect(Math.max(size, 4096));
            if (size <= 1 << 20) {
                landing = bytes;
            }
        }
        return bytes.clear();
    }

    private void releaseDone() {
        while (!pending.isEmpty() && Cl.status(pending.element().event) <= CL.CL_COMPLETE) {
            release(pending.remove());
        }
    }

    private void release(Pending upload) {
        pendingBytes -= upload.bytes.capacity();
        int status = Cl.status(upload.event);
        Cl.check(CL.clReleaseEvent(upload.event), "clReleaseEvent");
        Cl.checkRun(status, WRITE);
    }

    /** After everything on the queue is done, or never will be. */
    void releaseAll() {
        Releases.each(pending, this::release);
    }
}
