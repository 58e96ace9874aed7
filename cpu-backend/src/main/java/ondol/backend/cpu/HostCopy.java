package ondol.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies between host memory and buffers' arrays. */
final class HostCopy {
    private HostCopy() {}

    static void upload(MemorySegment source, CpuBuffer target, long offset) {
        int at = Math.toIntExact(offset);
        int n = Math.toIntExact(source.byteSize() / target.type().bytes());
        switch (target.type()) {
            case F32 -> MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, target.array, at, n);
            case I32 -> MemorySegment.copy(source, ValueLayout.JAVA_INT_UNALIGNED, 0, target.array, at, n);
            case I64 -> MemorySegment.copy(source, ValueLayout.JAVA_LONG_UNALIGNED, 0, target.array, at, n);
            case BOOL -> {
                boolean[] to = (boolean[]) target.array;
                for (int i = 0; i < n; i++) {
                    to[at + i] = source.get(ValueLayout.JAVA_BYTE, i) != 0;
                }
            }
        }
    }

    static void download(CpuBuffer source, long offset, MemorySegment target) {
        int at = Math.toIntExact(offset);
        int n = Math.toIntExact(target.byteSize() / source.type().bytes());
        switch (source.type()) {
            case F32 -> MemorySegment.copy(source.array, at, target, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, n);
            case I32 -> MemorySegment.copy(source.array, at, target, ValueLayout.JAVA_INT_UNALIGNED, 0, n);
            case I64 -> MemorySegment.copy(source.array, at, target, ValueLayout.JAVA_LONG_UNALIGNED, 0, n);
            case BOOL -> {
                boolean[] from = (boolean[]) source.array;
                for (int i = 0; i < n; i++) {
                    target.set(ValueLayout.JAVA_BYTE, i, (byte) (from[at + i] ? 1 : 0));
                }
            }
        }
    }
}
