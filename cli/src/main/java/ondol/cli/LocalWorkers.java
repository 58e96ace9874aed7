package ondol.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The processes of {@code ondol launch}: they end with this one, and when one of them fails. */
final class LocalWorkers implements AutoCloseable {
    /** The exit code of a worker that has failed only because another one has. */
    static final int OTHERS_FAULT = 75;

    /** How long the others may take to fail by themselves, and to end when they are asked to. */
    private static final long GRACE_MILLIS = 3000;

    private record Ended(int rank, int exitCode) {}

    private final PrintWriter out;
    private final PrintWriter err;
    private final List<Process> processes = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Thread shutdown = new Thread(() -> processes.forEach(Process::destroyForcibly));

    LocalWorkers(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
        Runtime.getRuntime().addShutdownHook(shutdown);
    }

    void start(int workers, List<String> command) throws IOException {
        String port = freePort();
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        for (int rank = 0; rank < workers; rank++) {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment()
                    .putAll(Map.of(
                            "RANK", Integer.toString(rank),
                            "LOCAL_RANK", Integer.toString(rank),
                            "WORLD_SIZE", Integer.toString(workers),
                            "LOCAL_WORLD_SIZE", Integer.toString(workers),
                            "MASTER_ADDR", "127.0.0.1",
                            "MASTER_PORT", port,
                            "ONDOL_SECRET", HexFormat.of().formatHex(secret)));
            builder.environment().remove("ONDOL_BIND_ADDR");
            Process process = builder.start();
            processes.add(process);
            process.outputWriter().close();
            read(rank, process.inputReader(), out);
            read(rank, process.errorReader(), err);
            watch(rank, process);
        }
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    /** In a thread of its own: Process.onExit would wait for one of the common pool, which may be the one that waits here. */
    private void watch(int rank, Process process) {
        Thread.ofVirtual().name("ondol-worker-", rank).start(() -> {
            try {
                ended.add(new Ended(rank, process.waitFor()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void read(int rank, BufferedReader from, PrintWriter to) {
        readers.add(Thread.ofVirtual().name("ondol-output-", rank).start(() -> {
            try (from) {
                for (String line = from.readLine(); line != null; line = from.readLine()) {
                    to.println("[" + rank + "] " + line);
                    to.flush();
                }
            } catch (IOException e) {
                // The process was ended: it says no more.
            }
        }));
    }

    /** Waits until all have ended; when one fails, the others are given a moment and then ended. */
    int await() throws InterruptedException {
        int exitCode = 0;
        int running = processes.size();
        long until = Long.MAX_VALUE;
        while (running > 0) {
            long left = until == Long.MAX_VALUE ? until : until - System.nanoTime();
            Ended one = ended.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
            if (one == null) {
                end();
                break;
            }
            running--;
            if (one.exitCode != 0) {
                err.println("ondol: the worker of rank " + one.rank + " has ended with exit code " + one.exitCode);
                until = until == Long.MAX_VALUE ? System.nanoTime() + GRACE_MILLIS * 1_000_000 : until;
                exitCode = exitCode == 0 || exitCode == OTHERS_FAULT ? one.exitCode : exitCode;
            }
        }
        for (Thread reader : readers) {
            reader.join(GRACE_MILLIS);
        }
        return exitCode;
    }

    private void end() throws InterruptedException {
        processes.forEach(Process::destroy);
        long until = System.nanoTime() + GRACE_MILLIS * 1_000_000;
        for (Process process : processes) {
            process.waitFor(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        Runtime.getRuntime().removeShutdownHook(shutdown);
    }
}
