package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Workspace;
import ondol.kernel.Type;
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
            if (call.source().name().equals("matmul") && !call.source().text().contains(taken)) {
                throw refusal;
            }
        }

        @Override
        public void finish() {}
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
        key = MatMulTuning.key(cache, true);
    }

    private MatMulTiles choose() {
        MatMulTiles chosen = new MatMulTuning(runner, rooms, cache, true).choose();
        assertEquals(10, rooms.left, "everything taken is given back");
        return chosen;
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
            assertEquals(FIRST, new MatMulTuning(runner, rooms, cache, true).choose());
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
        assertTrue(!key.equals(MatMulTuning.key(cache, false)));
        assertTrue(!key.equals(MatMulTuning.key(new KernelCache(folder, "another device"), true)));
    }
}
