package ondol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Copies between tensors and memory of the host that is no Java array of their type: files that are mapped, and native memory. */
final class HostMemory {
    /** How many truth values are made of bytes at a time. */
    private static final int PART = 1 << 16;

    private HostMemory() {}

    static Tensor upload(Tensor to, MemorySegment source) {
        Objects.requireNonNull(source, "upload: the memory is null; give MemorySegment.ofArray(...) or mapped memory");
        to.checkOpen("upload");
        check("upload", to, source);
        Node node = InPlace.overwriting("upload", to);
        if (to.isContiguous()) {
            uploadNow(to, source);
        } else {
            try (var _ = Scope.open()) {
                TensorConversions.copyNew(uploadNow(Tensor.empty(to.device(), to.dtype(), to.sizes()), source), to);
            }
        }
        return InPlace.changed(to, node);
    }

    private static Tensor uploadNow(Tensor to, MemorySegment source) {
        if (to.dtype() != DType.BOOL) {
            uploadPart(to, source, 0);
            return to;
        }
        for (long start = 0; start < source.byteSize(); start += PART) {
            byte[] part = new byte[(int) Math.min(PART, source.byteSize() - start)];
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, start, part, 0, part.length);
            for (int i = 0; i < part.length; i++) {
                part[i] = (byte) (part[i] == 0 ? 0 : 1);
            }
            uploadPart(to, MemorySegment.ofArray(part), start);
        }
        return to;
    }

    private static void uploadPart(Tensor to, MemorySegment source, long start) {
        if (source.byteSize() != 0) {
            Transfers.upload(source, to, start);
        }
    }

    static void download(Tensor t, MemorySegment target) {
        Objects.requireNonNull(target, "download: the memory is null; give room for the elements");
        t.checkOpen("download");
        check("download", t, target);
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("download: the memory can only be read; give one that can be written");
        }
        if (t.numel() == 0) {
            return;
        }
        try (var _ = Scope.open()) {
            Tensor c = t.detach().contiguous();
            Transfers.download(c, target);
        }
    }

    private static void check(String operation, Tensor t, MemorySegment memory) {
        int size = t.dtype().bytes();
        if (memory.byteSize() % size != 0 || memory.byteSize() / size != t.numel()) {
            throw new IllegalArgumentException(operation + ": a tensor of shape " + t.shape() + " has " + t.numel()
                    + " elements of " + size + " bytes, the memory has " + memory.byteSize()
                    + " bytes; give a slice of as many, or slice the tensor");
        }
        if (!memory.scope().isAlive()) {
            throw new IllegalStateException(operation + ": the memory's arena is closed; use it before that");
        }
        if (!memory.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalStateException(
                    operation + ": the memory belongs to another thread; use Arena.ofShared() to share it");
        }
    }
}
