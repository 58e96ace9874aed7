package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes leave, with real ones: ended in order, and killed. */
class LeftFilesTest {
    private static final String KIND = "ondol-test";

    /** Has a folder with something in it, as a library that unpacks itself, until its input ends. */
    static final class Holder {
        public static void main(String[] arguments) throws IOException {
            UnpackedNatives.load(KIND, () -> {
                try {
                    Path own = Path.of(System.getProperty("java.io.tmpdir"));
                    Files.writeString(Files.createDirectory(own.resolve("more")).resolve("library.so"), "unpacked");
                    System.out.println(own.getFileName());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            int ignored = System.in.read();
        }
    }

    /** Writes half a file, until its input ends. */
    static final class Writer {
        public static void main(String[] arguments) throws IOException {
            try (OwnedFile part = OwnedFile.create(Path.of(arguments[0]), "new", ".part")) {
                part.write(new byte[10]);
                System.out.println(part.path().getFileName());
                int ignored = System.in.read();
            }
        }
    }

    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(Class<?> main) throws IOException {
        Process process = new ChildJvm(main)
                .options("-Xmx64m", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + folder)
                .arguments(folder.toString())
                .builder()
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(process);
        return process;
    }

    /** The name that a process says, when it has what it says. */
    private static String name(Process process) throws IOException {
        return process.inputReader(StandardCharsets.UTF_8).readLine();
    }

    private static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private Set<String> there() throws IOException {
        Set<String> names = new TreeSet<>();
        try (var files = Files.list(folder)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        return names;
    }

    private static Set<String> folders(String... names) {
        Set<String> all = new TreeSet<>();
        for (String name : names) {
            all.add(name);
            all.add(name + ".lock");
        }
        return all;
    }

    @Test
    void whoEndsInOrderLeavesNothing() throws Exception {
        Process holder = start(Holder.class);
        String name = name(holder);
        assertEquals(folders(name), there());
        end(holder);
        assertEquals(Set.of(), there());
    }

    @Test
    void theNextDeletesWhatAKilledOneLeft() throws Exception {
        Process first = start(Holder.class);
        String left = name(first);
        kill(first);
        assertEquals(folders(left), there());
        assertEquals("unpacked", Files.readString(folder.resolve(left).resolve("more/library.so")));
        Process next = start(Holder.class);
        assertEquals(folders(name(next)), there());
        end(next);
        assertEquals(Set.of(), there());
    }

    @Test
    void nobodyDeletesWhatALivingOneUses() throws Exception {
        Process living = start(Holder.class);
        String used = name(living);
        Process dead = start(Holder.class);
        name(dead);
        kill(dead);
        Process next = start(Holder.class);
        assertEquals(folders(used, name(next)), there());
        end(next);
        assertEquals("unpacked", Files.readString(folder.resolve(used).resolve("more/library.so")));
        end(living);
        assertEquals(Set.of(), there());
    }

    @Test
    void severalAtOnce() throws Exception {
        for (int i = 0; i < 3; i++) {
            Process dead = start(Holder.class);
            name(dead);
            kill(dead);
        }
        List<Process> living = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            living.add(start(Holder.class));
        }
        Set<String> expected = new TreeSet<>();
        for (Process process : living) {
            expected.addAll(folders(name(process)));
        }
        assertEquals(expected, there());
        for (Process process : living) {
            end(process);
        }
        assertEquals(Set.of(), there());
    }

    /** Twice in this process: the second looks for what was left, and must not take the first's. */
    @Test
    void ownFilesAreNotLeft() throws Exception {
        try (OwnedFile own = OwnedFile.create(folder, KIND, ".lock")) {
            OwnedFile.deleteLeft(folder, KIND, ".lock", file -> Files.delete(file));
            assertTrue(Files.exists(own.path()));
            Process next = start(Holder.class); // it is still locked
            String name = name(next);
            assertTrue(Files.exists(own.path()));
            assertTrue(there().contains(name));
            end(next);
            assertTrue(Files.exists(own.path()));
        }
        assertEquals(Set.of(), there());
    }

    @Test
    void halfWrittenFilesOfTheKernelCache() throws Exception {
        Files.writeString(folder.resolve("new-and-somebody-elses.txt"), "");
        Process writer = start(Writer.class);
        String part = name(writer);
        new ondol.backend.c.KernelCache(folder, "a device");
        assertEquals(Set.of(part, "new-and-somebody-elses.txt"), there());
        kill(writer);
        assertEquals(Set.of(part, "new-and-somebody-elses.txt"), there());
        ondol.backend.c.KernelCache cache = new ondol.backend.c.KernelCache(folder, "a device");
        assertEquals(Set.of("new-and-somebody-elses.txt"), there());
        String key = cache.key("text", "options");
        cache.write(key, new byte[] {1, 2, 3});
        assertEquals(Set.of("new-and-somebody-elses.txt", key + ".bin"), there());
        assertEquals(3, cache.read(key).length);
    }
}
