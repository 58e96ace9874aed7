package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Workspace;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a choice is made and kept; what is fastest is up to the device. */
class MatMulTuningTest {
    private static final MatMulTiles FIRST = MatMulTuning.candidates(true).getFirst();
    private static final MatMulTiles SECOND = MatMulTuning.candidates(true).get(1);

    private record Room(Type type, long length) implements Buffer {}

    /** A device that refuses calls of all kernels but those whose text contains something. */
    private static final class Runner implements MatMulTuning.Runner {
        String taken = "";
        RuntimeException refusal = new IllegalStateException("too large");
        int calls;

        @Override
        public void start(Call call) {
            calls++;
            lastBlocks = call.groups();
            if (call.source().name().equals("matmul") && !call.source().text().contains(taken)) {
                throw refusal;
            }
        }

        /** How long each run of each candidate is said to take. */
        long @Nullable [][] times;

        int timed;
        long lastBlocks;
        final List<List<Source>> compiled = new ArrayList<>();
        final Set<Long> blocks = new LinkedHashSet<>();

        @Override
        public void finish() {}

        @Override
        public void compile(List<Source> sources) {
            compiled.add(sources);
        }

        @Override
        public long time(Runnable starts) {
            starts.run();
            if (times == null) {
                return 1;
            }
            int candidate = timed % times.length;
            int run = timed / times.length % times[candidate].length;
            timed++;
            if (candidate == 0) {
                blocks.add(lastBlocks);
            }
            return times[candidate][run];
        }
    }

    /** Memory that has so many buffers. */
    private static final class Rooms implements Workspace {
        int left = 10;

        @Override
        public Buffer take(Type type, long length) {
            if (left == 0) {
                throw new OutOfDeviceMemoryException("full");
            }
            left--;
            return new Room(type, length);
        }

        @Override
        public void give(Buffer buffer) {
            left++;
        }
    }

    @TempDir
    Path folder;

    private final Runner runner = new Runner();
    private final Rooms rooms = new Rooms();
    private KernelCache cache;
    private String key;

    @BeforeEach
    void open() {
        cache = new KernelCache(folder, "a device");
        key = MatMulTuning.keys(cache, true).getFirst();
    }

    private MatMulTiles choose() {
        MatMulTiles chosen = tuning(true).of(1000);
        assertEquals(10, rooms.left, "everything taken is given back");
        return chosen;
    }

    private MatMulTuning tuning(boolean isCpu) {
        return new MatMulTuning(runner, () -> rooms, cache, isCpu, 10);
    }

    private void onlySecond() {
        runner.taken = "#define ROWS " + SECOND.rows() + "\n";
    }

    @Test
    void whatTheDeviceDoesNotTakeIsNotChosen() {
        onlySecond();
        assertEquals(SECOND, choose());
        assertArrayEquals(SECOND.toString().getBytes(StandardCharsets.UTF_8), cache.read(key));
        runner.calls = 0;
        assertEquals(SECOND, choose());
        assertEquals(0, runner.calls);
        runner.taken = "nothing";
        cache.write(key, new byte[] {0});
        assertEquals(
                "too large",
                assertThrows(IllegalStateException.class, this::choose).getMessage());
    }

    @Test
    void aDamagedChoiceIsMadeAgain() {
        onlySecond();
        for (String wrong : new String[] {"", "nonsense", FIRST + " "}) {
            cache.write(key, wrong.getBytes(StandardCharsets.UTF_8));
            runner.calls = 0;
            assertEquals(SECOND, choose(), wrong);
            assertTrue(runner.calls > 0);
        }
    }

    @Test
    void withoutMemoryTheFirstIsTakenForNow() {
        for (int left = 0; left < 5; left++) { // three matrices, then two to pack into
            rooms.left = left;
            assertEquals(FIRST, tuning(true).of(1));
            assertEquals(left, rooms.left);
            assertNull(cache.read(key));
        }
        rooms.left = 10;
        choose();
        assertNotNull(cache.read(key));
    }

    /** The fastest of some is not kept as the fastest of all. */
    @Test
    void memoryThatRunsOutDuringATrial() {
        runner.taken = "#define ROWS " + FIRST.rows() + "\n";
        runner.refusal = new OutOfDeviceMemoryException("full");
        assertEquals(FIRST, choose());
        assertNull(cache.read(key));
    }

    @Test
    void anotherKindOfDeviceOrAnotherDeviceIsAnotherChoice() {
        List<String> keys = new ArrayList<>(MatMulTuning.keys(cache, true));
        keys.addAll(MatMulTuning.keys(cache, false));
        keys.addAll(MatMulTuning.keys(new KernelCache(folder, "another device"), true));
        assertEquals(keys.size(), Set.copyOf(keys).size());
    }

    /** The fastest by the median, not by the sum or the shortest: each class of sizes for itself, on products of its own. */
    @Test
    void theFastestOfEachSize() {
        List<MatMulTiles> gpu = MatMulTuning.candidates(false);
        MatMulTuning tuning = tuning(false);
        int[] fastest = {4, 0, 1};
        long[][] blocks = {{1, 9}, {10, 39}, {40, 1L << 40}};
        for (int size = 0; size < fastest.length; size++) {
            runner.times = new long[gpu.size()][];
            for (int c = 0; c < gpu.size(); c++) {
                runner.times[c] = c == fastest[size] ? new long[] {9, 5, 99, 5, 5} : new long[] {6, 6, 1, 6, 6};
            }
            for (long count : blocks[size]) {
                assertEquals(gpu.get(fastest[size]), tuning.of(count), count + " blocks");
            }
        }
        assertEquals(3, runner.compiled.size());
        runner.compiled.forEach(
                sources -> assertEquals(gpu.size(), Set.copyOf(sources).size()));
        assertEquals(List.of(6L, 20L, 80L), List.copyOf(runner.blocks));
        runner.times = null;
        assertEquals(gpu.get(4), tuning(false).of(3)); // from the cache
    }
}
