package ondol;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import ondol.backend.Backend;
import ondol.events.Events;

/** Elements on their way between host and device: every tensor's pass here. */
final class Transfers {
    private Transfers() {}

    /** Overwrites a contiguous tensor's elements from {@code start} on. */
    static void upload(MemorySegment source, Tensor target, long start) {
        Backend backend = target.device().backend();
        long offset = target.storageOffset() + start;
        if (Events.recordsTransfers()) {
            Events.upload(
                    source,
                    target.storage().buffer(),
                    offset,
                    backend,
                    target.device().toString());
        } else {
            backend.upload(source, target.storage().buffer(), offset);
        }
        Reference.reachabilityFence(target);
    }

    /** Reads a contiguous tensor's elements. */
    static void download(Tensor source, MemorySegment target) {
        Backend backend = source.device().backend();
        long offset = source.storageOffset();
        if (Events.recordsTransfers()) {
            Events.download(
                    source.storage().buffer(),
                    offset,
                    target,
                    backend,
                    source.device().toString());
        } else {
            backend.download(source.storage().buffer(), offset, target);
        }
        Reference.reachabilityFence(source);
    }
}
