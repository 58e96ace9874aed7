package ondol.train;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import ondol.data.Batch;
import ondol.distributed.DataParallel;
import ondol.distributed.ProcessGroup;
import ondol.distributed.Shard;
import org.jspecify.annotations.Nullable;

/** What a training by several workers does beside adding gradients; by one worker without a group, all of it is that worker's. */
final class Workers {
    private Workers() {}

    /** A shard's rows of the part of a batch that begins with some row of it. */
    static Batch rows(Batch part, Shard shard, int first) {
        return new Batch(part.inputs().stream().map(t -> shard.of(t, first)).toList(), shard.of(part.target(), first));
    }

    /** Whether any worker says so. */
    static boolean anyOf(@Nullable DataParallel parallel, boolean mine) {
        if (parallel == null) {
            return mine;
        }
        boolean any = false;
        for (byte[] one : parallel.group().allGather(new byte[] {(byte) (mine ? 1 : 0)})) {
            any |= one[0] != 0;
        }
        return any;
    }

    /** Finds a file. */
    interface Source {
        @Nullable
        Path find() throws IOException;
    }

    /** Reads a file. */
    interface Reader {
        Object read(Path file) throws IOException;
    }

    /**
     * Has all workers read the file that rank 0 finds.
     *
     * @return false if it finds none
     * @throws IOException on all workers, if it cannot be found or read by rank 0, or on this one
     */
    static boolean load(@Nullable DataParallel parallel, Source source, Reader reader) throws IOException {
        if (parallel == null || parallel.group().size() == 1) {
            Path file = source.find();
            if (file != null) {
                reader.read(file);
            }
            return file != null;
        }
        ProcessGroup group = parallel.group();
        Path file = group.rank() == 0 ? source.find() : Files.createTempFile("ondol-checkpoint", ".safetensors");
        try (Arena arena = Arena.ofShared();
                FileChannel channel = file == null ? null : open(file, group.rank() > 0)) {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).putLong(0, channel == null ? -1 : channel.size());
            long bytes = ByteBuffer.wrap(group.allGather(length.array())[0]).getLong();
            if (bytes < 0 || channel == null || file == null) {
                return false;
            }
            MemorySegment content = channel.map(
                    group.rank() == 0 ? FileChannel.MapMode.READ_ONLY : FileChannel.MapMode.READ_WRITE,
                    0,
                    bytes,
                    arena);
            group.broadcast(content, 0);
            reader.read(file);
            return true;
        } finally {
            if (group.rank() > 0 && file != null) {
                Files.delete(file);
            }
        }
    }

    private static FileChannel open(Path file, boolean writes) throws IOException {
        return writes
                ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.READ);
    }
}
