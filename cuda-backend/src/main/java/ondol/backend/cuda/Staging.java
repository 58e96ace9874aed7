package ondol.backend.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import org.jspecify.annotations.Nullable;

/**
 * Copies between host and device through a few pieces of pinned memory, which the device reads and writes by itself. An
 * upload returns when the last piece is filled, and small uploads share a piece; a download when its last piece has been copied out, while earlier ones are
 * copied out during the transfer of later ones.
 */
final class Staging {
    private static final int SLOTS = 4;
    private static final int SLOT_BYTES = 2 << 20;

    /** Where the pieces of a shared slot begin, in bytes. */
    private static final int ALIGNMENT = 256;

    /** A piece of pinned memory, and the last transfer that uses it. */
    private record Slot(Pointer pinned, MemorySegment memory, CUevent done) {}

    private final CUstream stream;
    private final ObjIntConsumer<String> check;
    private final List<Slot> slots = new ArrayList<>();
    private int next;

    /** The slot that uploads are filling, and how far. */
    private @Nullable Slot filling;

    private long filled;

    /** @param check throws unless the code that a call returned is success */
    Staging(CUstream stream, ObjIntConsumer<String> check) {
        this.stream = stream;
        this.check = check;
    }

    /** The next piece, when its last transfer is over. */
    private Slot take() {
        filling = null;
        if (slots.size() < SLOTS) {
            Pointer pinned = new Pointer();
            check.accept("cuMemAllocHost", cuMemAllocHost(pinned, SLOT_BYTES));
            CUevent done = new CUevent();
            int code = cuEventCreate(done, CUevent_flags.CU_EVENT_DISABLE_TIMING);
            if (code != 0) {
                cuMemFreeHost(pinned);
            }
            check.accept("cuEventCreate", code);
            slots.add(new Slot(pinned, MemorySegment.ofBuffer(pinned.getByteBuffer(0, SLOT_BYTES)), done));
        }
        Slot slot = slots.get(next);
        next = (next + 1) % SLOTS;
        check.accept("cuEventSynchronize", cuEventSynchronize(slot.done)); // at once if it was never recorded
        return slot;
    }

    void upload(MemorySegment source, CudaBuffer target, long byteOffset) {
        for (long at = 0; at < source.byteSize(); at += SLOT_BYTES) {
            long size = Math.min(SLOT_BYTES, source.byteSize() - at);
            Slot slot = filling;
            if (slot == null || filled + size > SLOT_BYTES) {
                slot = take();
                filling = slot;
                filled = 0;
            }
            MemorySegment.copy(source, at, slot.memory, filled, size);
            check.accept(
                    "cuMemcpyHtoDAsync",
                    cuMemcpyHtoDAsync(
                            target.pointer.withByteOffset(byteOffset + at),
                            slot.pinned.withByteOffset(filled),
                            size,
                            stream));
            filled += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            check.accept("cuEventRecord", cuEventRecord(slot.done, stream));
        }
    }

    /** Waits for everything before. */
    void download(CudaBuffer source, long byteOffset, MemorySegment target) {
        long pieces = (target.byteSize() + SLOT_BYTES - 1) / SLOT_BYTES;
        Slot[] inFlight = new Slot[SLOTS];
        for (long piece = 0; piece < pieces + SLOTS - 1; piece++) {
            // First out with the oldest, whose place the next may then take.
            long landed = piece - (SLOTS - 1);
            if (landed >= 0) {
                Slot slot = inFlight[(int) (landed % SLOTS)];
                check.accept("cuEventSynchronize", cuEventSynchronize(slot.done));
                long at = landed * SLOT_BYTES;
                MemorySegment.copy(slot.memory, 0, target, at, Math.min(SLOT_BYTES, target.byteSize() - at));
            }
            if (piece < pieces) {
                long at = piece * SLOT_BYTES;
                Slot slot = take();
                check.accept(
                        "cuMemcpyDtoHAsync",
                        cuMemcpyDtoHAsync(
                                slot.pinned,
                                source.pointer.withByteOffset(byteOffset + at),
                                Math.min(SLOT_BYTES, target.byteSize() - at),
                                stream));
                check.accept("cuEventRecord", cuEventRecord(slot.done, stream));
                inFlight[(int) (piece % SLOTS)] = slot;
            }
        }
    }

    /** Gives the pinned memory back; what the calls return no longer matters. */
    void close() {
        filling = null;
        for (Slot slot : slots) {
            cuEventDestroy(slot.done);
            cuMemFreeHost(slot.pinned);
        }
        slots.clear();
    }
}
