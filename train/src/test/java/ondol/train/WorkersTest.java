package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import ondol.Generator;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.distributed.DataParallel;
import ondol.distributed.GroupOptions;
import ondol.distributed.ProcessGroup;
import ondol.distributed.Rendezvous;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trainings by workers that are threads: they share the default generator, so nothing here draws numbers from it that matter. */
@Timeout(600)
final class WorkersTest {
    @TempDir
    private Path folder;

    interface Work<T> {
        T run(ProcessGroup group) throws Exception;
    }

    private static <T> List<T> results(int workers, Work<T> work) throws Exception {
        GroupOptions options = GroupOptions.of("a secret of the tests")
                .timeout(Duration.ofMinutes(2))
                .heartbeat(Duration.ofMinutes(2));
        List<Rendezvous> doors = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            doors.add(Rendezvous.open(options));
        }
        List<InetSocketAddress> addresses =
                doors.stream().map(Rendezvous::address).toList();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<T>> all = new ArrayList<>();
            for (int r = 0; r < workers; r++) {
                int rank = r;
                all.add(threads.submit(() -> {
                    try (Rendezvous door = doors.get(rank);
                            ProcessGroup group = door.join(rank, addresses)) {
                        return work.run(group);
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : all) {
                results.add(one.get());
            }
            return results;
        }
    }

    private static Sequential net() {
        Generator random = new Generator(8);
        return new Sequential(new Linear(2, 8, true, random), new ReLU(), new Linear(8, 3, true, random));
    }

    /** 60 samples in batches of 16: the last one has 12. */
    private static Trainer trainer(ProcessGroup group, Path checkpoints) {
        Sequential net = net();
        return new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.02))
                .earlyStopping("val_loss", 50)
                .checkpoints(checkpoints, 3, 2)
                .clipGradNorm(1)
                .parallel(new DataParallel(group, net, 5));
    }

    @Test
    void anotherNetworkIsRefused() {
        Sequential net = net();
        Trainer trainer = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.02));
        DataParallel ofAnother = new DataParallel(ProcessGroup.single(), net(), 4);
        Exception e = assertThrows(IllegalArgumentException.class, () -> trainer.parallel(ofAnother));
        assertTrue(e.getMessage().contains("another network"), e.getMessage());
    }

    private static String bits(Trainer trainer) {
        StringBuilder text = new StringBuilder();
        trainer.history().epochs().forEach(epoch -> text.append(epoch.scores()));
        trainer.net().stateDict().values().forEach(t -> text.append(Arrays.toString(t.toFloatArray())));
        return text.toString();
    }

    private static DataLoader<Batch> validation() {
        return Points.validation().generator(new Generator(0));
    }

    @Test
    void anyNumberOfWorkersAndARestartWithAnotherOne() throws Exception {
        HashSet<String> all = new HashSet<>();
        for (int workers : new int[] {1, 2, 4}) {
            Path files = folder.resolve("whole" + workers);
            all.addAll(results(workers, group -> {
                Trainer trainer = trainer(group, files.resolve("" + group.rank()));
                trainer.fit(Points.loader(16), validation(), 6);
                return bits(trainer);
            }));
            assertTrue(Files.isDirectory(files.resolve("0")));
            assertFalse(Files.exists(files.resolve("1"))); // rank 0 writes alone
        }
        // Three epochs by 2 workers, one of which has the folder that the others never see, and the rest by 3.
        Path files = folder.resolve("parts");
        results(2, group -> trainer(group, files.resolve("" + group.rank())).fit(Points.loader(16), validation(), 3));
        all.addAll(results(3, group -> {
            Trainer trainer = trainer(group, files.resolve("" + group.rank()));
            DataLoader<Batch> loader = Points.loader(16);
            assertTrue(trainer.resume(loader));
            trainer.fit(loader, validation(), 6);
            return bits(trainer);
        }));
        assertEquals(1, all.size());
    }

    @Test
    void whoStopsStopsAll() throws Exception {
        List<Integer> epochs = results(2, group -> {
            Trainer trainer = trainer(group, folder.resolve("" + group.rank()));
            trainer.callback(new Callback() {
                @Override
                public void epochEnds(Trainer t, History.Epoch epoch) {
                    if (group.rank() == 1 && epoch.number() == 2) {
                        t.stop();
                    }
                }
            });
            return trainer.fit(Points.loader(16), validation(), 9).epochs().size();
        });
        assertEquals(List.of(2, 2), epochs);
    }

    @Test
    void nothingToGoOnWithIsSaidToAll() throws Exception {
        List<Boolean> resumed = results(
                2, group -> trainer(group, folder.resolve("" + group.rank())).resume(Points.loader(16)));
        assertEquals(List.of(false, false), resumed);
    }

    @Test
    void otherShardsAreRefused() throws IOException {
        try (ProcessGroup group = ProcessGroup.single()) {
            trainer(group, folder).fit(Points.loader(16), validation(), 1);
            Sequential net = net();
            Trainer other = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.02))
                    .earlyStopping("val_loss", 50)
                    .checkpoints(folder)
                    .parallel(new DataParallel(group, net, 4));
            IOException e = assertThrows(IOException.class, () -> other.resume(Points.loader(16)));
            assertTrue(e.getMessage().contains("shards"), e.getMessage());
            assertThrows(
                    IllegalStateException.class, () -> other.accumulate(2).fit(Points.loader(16), validation(), 1));
        }
    }
}
