package ondol.distributed;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Groups whose workers are threads of this process. */
final class Workers {
    /** Long enough for a machine with much else to do; -Dondol.test.timeout=SECONDS for another one. */
    static final Duration TIMEOUT = Duration.ofSeconds(Integer.getInteger("ondol.test.timeout", 120));

    static final GroupOptions OPTIONS =
            GroupOptions.of("a secret of the tests").timeout(TIMEOUT).heartbeat(TIMEOUT);

    /** What a worker does. */
    interface Work<T> {
        T run(ProcessGroup group) throws Exception;
    }

    private Workers() {}

    /** Does the same on so many workers, and returns what each has returned, or has thrown. */
    static <T> List<Object> outcomes(int size, GroupOptions options, Work<T> work) {
        List<Rendezvous> doors = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            doors.add(Rendezvous.open(options));
        }
        List<InetSocketAddress> addresses =
                doors.stream().map(Rendezvous::address).toList();
        return inThreads(size, rank -> {
            try (Rendezvous door = doors.get(rank);
                    ProcessGroup group = door.join(rank, addresses)) {
                return work.run(group);
            }
        });
    }

    /** What one worker does, by its rank. */
    interface ByRank<T> {
        T run(int rank) throws Exception;
    }

    static <T> List<Object> inThreads(int size, ByRank<T> work) {
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            List<CompletableFuture<Object>> all = new ArrayList<>();
            for (int r = 0; r < size; r++) {
                int rank = r;
                all.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return Objects.requireNonNullElse(work.run(rank), "nothing");
                            } catch (Throwable e) {
                                return e;
                            }
                        },
                        threads));
            }
            return all.stream().map(CompletableFuture::join).toList();
        }
    }

    /** The same, where none must throw. */
    @SuppressWarnings("unchecked")
    static <T> List<T> results(int size, Work<T> work) {
        List<Object> outcomes = outcomes(size, OPTIONS, work);
        for (Object outcome : outcomes) {
            if (outcome instanceof Throwable e) {
                throw new CompletionException(e);
            }
        }
        return (List<T>) outcomes;
    }
}
