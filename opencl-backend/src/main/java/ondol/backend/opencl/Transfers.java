package ondol.backend.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jspecify.annotations.Nullable;

/** Copies between host and device. An upload does not wait: its bytes are kept until the device has them. */
final class Transfers {
    /** The most a single copy moves: a ByteBuffer holds no more than 2 GiB. */
    private static final long CHUNK = 1L << 30;

    private record Pending(cl_event event, ByteBuffer bytes) {}

    private final cl_command_queue queue;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable ByteBuffer landing;

    Transfers(cl_command_queue queue) {
        this.queue = queue;
    }

    void upload(MemorySegment source, ClBuffer target, long byteOffset) {
        releaseDone();
        for (long at = 0; at < source.byteSize(); at += CHUNK) {
            long size = Math.min(CHUNK, source.byteSize() - at);
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) size).order(ByteOrder.nativeOrder());
            MemorySegment.ofBuffer(bytes).copyFrom(source.asSlice(at, size));
            cl_event event = new cl_event();
            Cl.check(
                    CL.clEnqueueWriteBuffer(
                            queue, target.memory, false, byteOffset + at, size, Pointer.to(bytes), 0, null, event),
                    "clEnqueueWriteBuffer");
            pending.add(new Pending(event, bytes));
        }
    }

    /** Waits for everything before. */
    void download(ClBuffer source, long byteOffset, MemorySegment target) {
        for (long at = 0; at < target.byteSize(); at += CHUNK) {
            long size = Math.min(CHUNK, target.byteSize() - at);
            ByteBuffer bytes = landing((int) size);
            Cl.check(
                    CL.clEnqueueReadBuffer(
                            queue, source.memory, true, byteOffset + at, size, Pointer.to(bytes), 0, null, null),
                    "clEnqueueReadBuffer");
            target.asSlice(at, size).copyFrom(MemorySegment.ofBuffer(bytes));
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
        return bytes.clear().limit(size);
    }

    private void releaseDone() {
        while (!pending.isEmpty()) {
            int[] status = new int[1];
            Cl.check(
                    CL.clGetEventInfo(
                            pending.peek().event,
                            CL.CL_EVENT_COMMAND_EXECUTION_STATUS,
                            Sizeof.cl_int,
                            Pointer.to(status),
                            null),
                    "clGetEventInfo");
            if (status[0] > CL.CL_COMPLETE) {
                return;
            }
            Cl.check(CL.clReleaseEvent(pending.poll().event), "clReleaseEvent");
        }
    }

    /** After everything on the queue is done. */
    void releaseAll() {
        while (!pending.isEmpty()) {
            Cl.check(CL.clReleaseEvent(pending.poll().event), "clReleaseEvent");
        }
    }
}
