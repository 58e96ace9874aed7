package ondol.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever one worker does wrong, all of them say whose fault it is, and none waits for ever. */
@Timeout(600)
final class FaultsTest {
    private static final GroupOptions SHORT = Workers.OPTIONS.timeout(Duration.ofSeconds(4));

    private static String fault(Object outcome) {
        return assertInstanceOf(ProcessGroupException.class, outcome).getMessage();
    }

    @Test
    void anotherSizeIsSaidByAll() {
        for (Object outcome : Workers.outcomes(3, Workers.OPTIONS, group -> {
            group.allReduce(new float[group.rank() == 1 ? 5 : 4]);
            return "done";
        })) {
            String text = fault(outcome);
            assertTrue(text.contains("5 elements") && text.contains("4 elements"), text);
            assertTrue(text.contains("operation 0"), text);
        }
    }

    @Test
    void anotherShapeOrTypeIsSaidByAll() {
        for (Object outcome : Workers.outcomes(2, Workers.OPTIONS, group -> {
            group.allReduce(Tensor.ones(2 + group.rank(), 3 - group.rank()));
            return "done";
        })) {
            assertTrue(fault(outcome).contains("another type or shape"), fault(outcome));
        }
        for (Object outcome : Workers.outcomes(2, Workers.OPTIONS, group -> {
            group.broadcast(group.rank() == 0 ? Tensor.ones(2) : Tensor.tensor(7L), 0);
            return "done";
        })) {
            assertTrue(fault(outcome).contains("another type or shape"), fault(outcome));
        }
    }

    /** Refused for its argument, an operation has sent nothing: the group goes on. */
    @Test
    void whatCannotBeReplacedIsRefusedBefore() {
        List<Object> outcomes = Workers.outcomes(2, Workers.OPTIONS, group -> {
            Tensor leaf = Tensor.ones(2).requiresGrad(true);
            assertThrows(RuntimeException.class, () -> group.allReduce(leaf));
            if (group.rank() == 1) {
                assertThrows(RuntimeException.class, () -> group.broadcast(leaf, 0));
                MemorySegment fixed = MemorySegment.ofArray(new byte[4]).asReadOnly();
                Exception e = assertThrows(IllegalArgumentException.class, () -> group.broadcast(fixed, 0));
                assertTrue(e.getMessage().contains("read-only"), e.getMessage());
            }
            Tensor both = Tensor.ones(2);
            group.allReduce(both);
            return both.sum().item();
        });
        assertEquals(List.of(4.0, 4.0), outcomes);
    }

    @Test
    void anotherOperationIsSaidByAll() {
        for (Object outcome : Workers.outcomes(3, Workers.OPTIONS, group -> {
            group.barrier();
            if (group.rank() == 2) {
                group.barrier();
            } else {
                group.allReduce(new float[4]);
            }
            return "done";
        })) {
            String text = fault(outcome);
            assertTrue(text.contains("barrier (operation 1)") && text.contains("allReduce of 4"), text);
        }
    }

    @Test
    void whoTakesNoPartIsNamedByTheOthers() throws InterruptedException {
        CountDownLatch others = new CountDownLatch(2);
        AtomicInteger named = new AtomicInteger();
        List<Object> outcomes = Workers.outcomes(3, SHORT, group -> {
            if (group.rank() == 1) {
                others.await();
                group.barrier();
            } else {
                try {
                    group.allReduce(new float[1000]);
                } catch (ProcessGroupException e) {
                    named.addAndGet(e.rank());
                    throw e;
                } finally {
                    others.countDown();
                }
            }
            return "done";
        });
        assertEquals(2, named.get());
        for (int rank : new int[] {0, 2}) {
            String text = fault(outcomes.get(rank));
            assertTrue(text.contains("rank 1 (127.0.0.1:"), text);
            assertTrue(text.contains("lives, and has not taken part in allReduce of 1000"), text);
        }
        // It hears of its fault, or sees first what the others had sent before they gave up.
        String own = fault(outcomes.get(1));
        assertTrue(
                own.contains("has not taken part in allReduce of 1000") || own.contains("does allReduce of 1000"), own);
    }

    @Test
    void whoHasLeftIsNamed() {
        List<Object> outcomes = Workers.outcomes(3, Workers.OPTIONS, group -> {
            group.barrier();
            if (group.rank() == 1) {
                return "left";
            }
            group.allReduce(new float[7]);
            return "done";
        });
        assertEquals("left", outcomes.get(1));
        for (int rank : new int[] {0, 2}) {
            assertTrue(fault(outcomes.get(rank)).contains("rank 1 (127.0.0.1:"), fault(outcomes.get(rank)));
            assertTrue(fault(outcomes.get(rank)).contains("has closed its group"), fault(outcomes.get(rank)));
        }
    }

    @Test
    void whoIsInterruptedIsNamed() {
        List<Object> outcomes = Workers.outcomes(3, Workers.OPTIONS, group -> {
            group.barrier();
            if (group.rank() == 2) {
                Thread.currentThread().interrupt();
            }
            group.barrier();
            group.barrier();
            return "done";
        });
        for (Object outcome : outcomes) {
            assertTrue(fault(outcome).contains("rank 2"), fault(outcome));
            assertTrue(fault(outcome).contains("interrupted"), fault(outcome));
        }
    }

    @Test
    void aFailedGroupStaysOne() {
        List<Object> outcomes = Workers.outcomes(2, Workers.OPTIONS, group -> {
            assertThrows(ProcessGroupException.class, () -> group.allReduce(new float[1 + group.rank()]));
            assertThrows(ProcessGroupException.class, group::barrier);
            return "both";
        });
        assertEquals(List.of("both", "both"), outcomes);
    }

    // ---- before there is a group

    private static List<InetSocketAddress> addresses(List<Rendezvous> doors) {
        return doors.stream().map(Rendezvous::address).toList();
    }

    @Test
    void anotherSecret() {
        List<Rendezvous> doors = new ArrayList<>();
        for (String secret : new String[] {"the secret of two", "the secret of two", "another secret......"}) {
            doors.add(Rendezvous.open(GroupOptions.of(secret).timeout(SHORT.timeout())));
        }
        List<Object> outcomes = Workers.inThreads(3, rank -> {
            try (Rendezvous door = doors.get(rank)) {
                return door.join(rank, addresses(doors));
            }
        });
        for (int rank = 0; rank < 2; rank++) {
            String text = fault(outcomes.get(rank));
            assertTrue(text.contains("did not come: rank 2 (127.0.0.1:"), text);
        }
        assertTrue(fault(outcomes.getFirst()).contains("it has another secret"), fault(outcomes.getFirst()));
        assertTrue(fault(outcomes.get(2)).contains("another secret"), fault(outcomes.get(2)));
    }

    @Test
    void anotherListOfAddresses() {
        List<Rendezvous> doors = List.of(Rendezvous.open(SHORT), Rendezvous.open(SHORT));
        List<Object> outcomes = Workers.inThreads(2, rank -> {
            try (Rendezvous door = doors.get(rank)) {
                List<InetSocketAddress> all = new ArrayList<>(addresses(doors));
                if (rank == 1) {
                    all.add(all.getFirst());
                }
                return door.join(rank, all);
            }
        });
        for (Object outcome : outcomes) {
            assertTrue(fault(outcome).contains("3 workers") && fault(outcome).contains("of 2"), fault(outcome));
        }
    }

    /** What strangers send, and those who send nothing, do not keep workers from meeting. */
    @Test
    void strangers() throws IOException {
        List<Rendezvous> doors = List.of(Rendezvous.open(Workers.OPTIONS), Rendezvous.open(Workers.OPTIONS));
        try (Socket silent = new Socket(
                        InetAddress.getLoopbackAddress(),
                        doors.getFirst().address().getPort());
                Socket loud = new Socket(
                        InetAddress.getLoopbackAddress(),
                        doors.getFirst().address().getPort())) {
            loud.getOutputStream().write(new byte[100_000]);
            List<Object> outcomes = Workers.inThreads(2, rank -> {
                try (Rendezvous door = doors.get(rank);
                        ProcessGroup group = door.join(rank, addresses(doors))) {
                    float[] values = {1};
                    group.allReduce(values);
                    return values[0];
                }
            });
            assertEquals(List.of(2f, 2f), outcomes);
            assertTrue(silent.isConnected());
        }
    }

    private static byte[] greeting(int version) {
        return ByteBuffer.allocate(44)
                .putLong(0x4f4e444f4c47524fL)
                .putInt(version)
                .array();
    }

    @Test
    void anotherVersion() throws IOException {
        try (Rendezvous door = Rendezvous.open(SHORT);
                Socket newer = new Socket(
                        InetAddress.getLoopbackAddress(), door.address().getPort())) {
            newer.getOutputStream().write(greeting(7));
            InetSocketAddress unused = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            ProcessGroupException e =
                    assertThrows(ProcessGroupException.class, () -> door.join(0, List.of(door.address(), unused)));
            assertTrue(e.getMessage().contains("speaks version 7"), e.getMessage());
        }
        try (ServerSocket newer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Rendezvous door = Rendezvous.open(SHORT)) {
            InetSocketAddress there = new InetSocketAddress(newer.getInetAddress(), newer.getLocalPort());
            Thread answers = Thread.ofVirtual().start(() -> {
                try (Socket socket = newer.accept()) {
                    socket.getOutputStream().write(greeting(7));
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The worker has gone away.
                }
            });
            ProcessGroupException e =
                    assertThrows(ProcessGroupException.class, () -> door.join(1, List.of(there, door.address())));
            assertTrue(e.getMessage().contains("rank 0 (127.0.0.1:"), e.getMessage());
            assertTrue(e.getMessage().contains("speaks version 7"), e.getMessage());
            answers.interrupt();
        }
    }

    /** A server that takes connections and says nothing, as one whose process is stopped. */
    @Test
    void whoTakesConnectionsAndSaysNothing() throws IOException {
        try (ServerSocket stopped = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Rendezvous door = Rendezvous.open(SHORT)) {
            InetSocketAddress there = new InetSocketAddress(stopped.getInetAddress(), stopped.getLocalPort());
            ProcessGroupException e =
                    assertThrows(ProcessGroupException.class, () -> door.join(1, List.of(there, door.address())));
            assertEquals(0, e.rank());
            assertTrue(e.getMessage().contains("rank 0 (" + Addresses.text(there) + ")"), e.getMessage());
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Map<String, String> variables(int rank, int size, int port) {
        return Map.of(
                "RANK", "" + rank,
                "WORLD_SIZE", "" + size,
                "MASTER_ADDR", "127.0.0.1",
                "MASTER_PORT", "" + port,
                "ONDOL_SECRET", "a secret of the tests",
                "ONDOL_TIMEOUT", "" + Workers.TIMEOUT.toSeconds());
    }

    @Test
    void torchrunsVariables() throws IOException {
        int port = freePort();
        List<Object> outcomes = Workers.inThreads(3, rank -> {
            try (ProcessGroup group = ProcessGroup.fromEnvironment(variables(rank, 3, port))) {
                float[] values = {rank};
                group.allReduce(values);
                group.barrier();
                return group.rank() + " of " + group.size() + ": " + values[0];
            }
        });
        assertEquals(List.of("0 of 3: 3.0", "1 of 3: 3.0", "2 of 3: 3.0"), outcomes);
    }

    @Test
    void workersOfOtherNumbersAreRefused() throws IOException {
        int port = freePort();
        for (Object outcome :
                Workers.inThreads(2, rank -> ProcessGroup.fromEnvironment(variables(rank, rank == 0 ? 2 : 3, port)))) {
            assertTrue(fault(outcome).contains("told of 3 workers, and rank 0 of 2"), fault(outcome));
        }
        int other = freePort();
        List<Object> outcomes =
                Workers.inThreads(3, place -> ProcessGroup.fromEnvironment(variables(place == 0 ? 0 : 1, 3, other)));
        for (Object outcome : outcomes) {
            assertTrue(fault(outcome).contains("two workers of rank 1"), fault(outcome));
        }
    }

    @Test
    void variablesThatAreWrong() {
        assertRefused("RANK is not set", Map.of("WORLD_SIZE", "2"));
        assertRefused("WORLD_SIZE is 'two'", Map.of("WORLD_SIZE", "two"));
        assertRefused("RANK is '2'", Map.of("WORLD_SIZE", "2", "RANK", "2"));
        Map<String, String> far =
                Map.of("WORLD_SIZE", "2", "RANK", "1", "MASTER_ADDR", "192.0.2.1", "MASTER_PORT", "29500");
        assertRefused("ONDOL_SECRET is not set", far);
        Map<String, String> told = new HashMap<>(far);
        told.put("ONDOL_SECRET", "a secret of the tests");
        assertRefused("set ONDOL_BIND_ADDR", told);
        assertEquals(1, ProcessGroup.fromEnvironment(Map.of()).size());
        assertThrows(IllegalArgumentException.class, () -> GroupOptions.of("short"));
        assertFalse(Workers.OPTIONS.toString().contains("secret"), Workers.OPTIONS.toString());
    }

    private static void assertRefused(String why, Map<String, String> variables) {
        String text = assertThrows(IllegalArgumentException.class, () -> ProcessGroup.fromEnvironment(variables))
                .getMessage();
        assertTrue(text.contains(why), text);
    }
}
