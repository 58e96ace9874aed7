package ondol.backend.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Copies between host and device through one piece of memory that the device reads and writes by itself: a buffer that is
 * mapped as long as the device is open. An upload fills the next part of it and does not wait; it goes round, and waits only
 * for a part that the device has yet to read.
 */
final class Transfers {
    /** The most that is on its way to the device. */
    static final int RING = 16 << 20;

    /** The most a single copy moves; the device is told to begin when so much is on its way. */
    private static final int PIECE = 2 << 20;

    /** Where parts begin, in bytes. */
    private static final int ALIGNMENT = 256;

    /** A write that may still have to be done, and where its part begins, counted on through all rounds. */
    private record Pending(MemorySegment event, long from) {}

    private final cl_command_queue queue;

    /** Null if writes can only be such that wait. */
    private final @Nullable Enqueued enqueued;

    private final cl_mem buffer;
    private final ByteBuffer mapped;
    private final MemorySegment memory;
    private final Pointer pointer;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    /** Where the next part begins, counted on through all rounds. */
    private long next;

    private long unflushedBytes;

    /** @param enqueued null if writes can only be such that wait */
    Transfers(cl_context context, cl_command_queue queue, @Nullable Enqueued enqueued) {
        this.queue = queue;
        this.enqueued = enqueued;
        int[] code = new int[1];
        long flags = CL.CL_MEM_ALLOC_HOST_PTR | CL.CL_MEM_READ_WRITE;
        buffer = CL.clCreateBuffer(context, flags, RING, null, code);
        Cl.check(code, "clCreateBuffer");
        mapped = CL.clEnqueueMapBuffer(
                queue, buffer, true, CL.CL_MAP_READ | CL.CL_MAP_WRITE, 0, RING, 0, null, null, code);
        if (code[0] != CL.CL_SUCCESS) {
            CL.clReleaseMemObject(buffer);
        }
        Cl.check(code, "clEnqueueMapBuffer");
        memory = MemorySegment.ofBuffer(mapped);
        pointer = Pointer.to(mapped);
    }

    void upload(MemorySegment source, ClBuffer target, long byteOffset) {
        for (long at = 0; at < source.byteSize(); at += PIECE) {
            long size = Math.min(PIECE, source.byteSize() - at);
            long from = take(size);
            long place = from % RING;
            MemorySegment.copy(source, at, memory, place, size);
            if (enqueued == null) {
                Cl.check(
                        CL.clEnqueueWriteBuffer(
                                queue,
                                target.memory,
                                true,
                                byteOffset + at,
                                size,
                                pointer.withByteOffset(place),
                                0,
                                null,
                                null),
                        Enqueued.WRITE);
                continue;
            }
            MemorySegment part = memory.asSlice(place, size);
            pending.add(new Pending(enqueued.write(queue, target.memory, byteOffset + at, part), from));
            next = from + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            unflushedBytes += size;
            if (unflushedBytes >= PIECE) {
                unflushedBytes = 0;
                Cl.check(CL.clFlush(queue), "clFlush");
            }
        }
    }

    /** The next part of so many bytes, when nothing that is to be read lies there any more. */
    private long take(long size) {
        while (!pending.isEmpty() && isDone(pending.element())) {
            release(pending.remove());
        }
        if (pending.isEmpty()) {
            next = 0; // what was used last is in the processor's cache
        }
        long from = next % RING + size > RING ? (next / RING + 1) * RING : next;
        while (!pending.isEmpty() && from + size - pending.element().from > RING) {
            release(pending.remove());
        }
        return from;
    }

    /** Waits for everything before. */
    void download(ClBuffer source, long byteOffset, MemorySegment target) {
        for (long at = 0; at < target.byteSize(); at += PIECE) {
            long size = Math.min(PIECE, target.byteSize() - at);
            // The queue is in order: what is still to be written to the device from here has been when this is read.
            Cl.check(
                    CL.clEnqueueReadBuffer(queue, source.memory, true, byteOffset + at, size, pointer, 0, null, null),
                    "clEnqueueReadBuffer");
            MemorySegment.copy(memory, 0, target, at, size);
        }
        releaseAll();
    }

    private boolean isDone(Pending write) {
        return functions().status(write.event) <= CL.CL_COMPLETE;
    }

    private void release(Pending write) {
        Enqueued functions = functions();
        functions.waitFor(write.event);
        int status = functions.status(write.event);
        functions.release(write.event);
        Cl.checkRun(status, Enqueued.WRITE);
    }

    private Enqueued functions() {
        if (enqueued == null) {
            throw new IllegalStateException("a write that waits is not pending");
        }
        return enqueued;
    }

    /** After everything on the queue is done, or never will be. */
    void releaseAll() {
        Releases.each(pending, this::release);
    }

    /** Gives the memory back, after {@link #releaseAll}. */
    void close() {
        try {
            if (enqueued != null) {
                enqueued.unmap(queue, buffer, memory);
            } else {
                Cl.check(CL.clEnqueueUnmapMemObject(queue, buffer, mapped, 0, null, null), "clEnqueueUnmapMemObject");
            }
            Cl.check(CL.clFinish(queue), "clFinish");
        } finally {
            Cl.check(CL.clReleaseMemObject(buffer), "clReleaseMemObject");
        }
    }
}
