package ondol.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers in processes of their own, one of which is killed or stopped in the middle. */
@Timeout(600)
final class LostWorkerTest {
    private static final int VICTIM = 1;

    @Test
    void whoIsKilledIsNamedByAll() throws IOException, InterruptedException {
        assertNamed("KILL", "120", "is gone");
    }

    @Test
    void whoIsStoppedIsNamedByAll() throws IOException, InterruptedException {
        assertNamed("STOP", "6", "no sign of life for 6.0 s");
    }

    private static void assertNamed(String signal, String heartbeat, String why)
            throws IOException, InterruptedException {
        assumeTrue(!System.getProperty("os.name").startsWith("Windows"), "signals are Unix's");
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<Process> workers = new ArrayList<>();
        try {
            for (int rank = 0; rank < 3; rank++) {
                workers.add(new ChildJvm(Adder.class)
                        .environment(Map.of(
                                "RANK", "" + rank,
                                "WORLD_SIZE", "3",
                                "MASTER_ADDR", "127.0.0.1",
                                "MASTER_PORT", "" + port,
                                "ONDOL_SECRET", "a secret of the tests",
                                "ONDOL_TIMEOUT", "120",
                                "ONDOL_HEARTBEAT", heartbeat))
                        .start());
            }
            List<BufferedReader> said =
                    workers.stream().map(Process::inputReader).toList();
            for (BufferedReader reader : said) {
                assertEquals("adding", reader.readLine());
            }
            long pid = workers.get(VICTIM).pid();
            assertEquals(
                    0,
                    new ProcessBuilder("kill", "-" + signal, "" + pid).start().waitFor());
            for (int rank : new int[] {0, 2}) {
                String text = said.get(rank).readLine();
                assertTrue(text.startsWith(VICTIM + " allReduce of 100000 elements"), text);
                assertTrue(text.contains(": rank 1 (127.0.0.1:") && text.contains(why), text);
                assertEquals(3, workers.get(rank).waitFor());
            }
        } finally {
            workers.forEach(Process::destroyForcibly);
        }
    }

    /** Adds until it fails, and says why. */
    static final class Adder {
        private Adder() {}

        public static void main(String[] arguments) {
            try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
                group.barrier();
                System.out.println("adding");
                while (true) {
                    group.allReduce(new float[100_000]);
                }
            } catch (ProcessGroupException e) {
                System.out.println(e.rank() + " " + e.getMessage());
                System.exit(3);
            }
        }
    }
}
