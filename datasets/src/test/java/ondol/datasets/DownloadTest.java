package ondol.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server in this process. */
class DownloadTest {
    private static final DownloadListener SILENT = (file, bytes, total) -> {};
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    private Path root;

    private Path folder;
    private HttpServer server;
    private ExecutorService threads;
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger requests = new AtomicInteger();
    private final byte[] content = new byte[300_000];
    private RemoteFile file;

    @BeforeEach
    void start() throws IOException {
        folder = root.resolve("sets");
        new SplittableRandom(1).nextBytes(content);
        file = TestFiles.remote("file.gz", content);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private URI address(String path) {
        return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + path);
    }

    private void serve(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    private void serve(String path, byte[] bytes) {
        serve(path, exchange -> answer(exchange, bytes.length, bytes));
    }

    private static void answer(HttpExchange exchange, long announced, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(200, announced);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
    }

    private void waitForTheEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Download download(String path, DownloadListener listener) {
        return new Download("Test.download", address(path), listener, LONG);
    }

    /** That it fails, why, and that nothing is left. */
    private String refused(String why) throws IOException {
        String message = assertThrows(
                        IOException.class, () -> download("/sets", SILENT).fetch(file, folder))
                .getMessage();
        assertTrue(
                message.startsWith("Test.download: file.gz could not be fetched from " + address("/sets/file.gz")),
                message);
        assertTrue(message.contains(why), message);
        assertTrue(
                message.endsWith("Put it into " + folder.toAbsolutePath() + " by hand (300,000 bytes, SHA-256 "
                        + file.sha256() + "), or give the address of a server that has it"),
                message);
        assertEquals(List.of(), TestFiles.list(folder));
        return message;
    }

    @Test
    void fetches() throws IOException {
        serve("/sets/file.gz", content);
        List<Long> seen = new ArrayList<>();
        download("/sets/", (name, bytes, total) -> {
                    assertEquals("file.gz", name);
                    assertEquals(content.length, total);
                    seen.add(bytes);
                })
                .fetch(file, folder);
        assertArrayEquals(content, Files.readAllBytes(folder.resolve("file.gz")));
        assertEquals(List.of("file.gz"), TestFiles.list(folder));
        assertEquals(0, seen.getFirst());
        assertEquals(content.length, seen.getLast());
        assertEquals(seen.stream().sorted().distinct().toList(), seen);
    }

    @Test
    void wrongChecksum() throws IOException {
        byte[] other = content.clone();
        other[200_000] ^= 1;
        serve("/sets/file.gz", other);
        refused("what came has another checksum");
    }

    @Test
    void cutOff() throws IOException {
        serve("/sets/file.gz", exchange -> answer(exchange, content.length, Arrays.copyOf(content, 100_000)));
        refused("the connection broke after ");
    }

    @Test
    void tooShort() throws IOException {
        serve("/sets/file.gz", Arrays.copyOf(content, 100_000));
        refused("it has only 100000 of its 300000 bytes there");
    }

    /** A body without end is not read further than the file's size. */
    @Test
    void tooLong() throws IOException {
        serve("/sets/file.gz", exchange -> {
            exchange.sendResponseHeaders(200, 0); // in pieces, of which no number is announced
            while (over.getCount() > 0) {
                exchange.getResponseBody().write(content);
            }
        });
        refused("it has more than its 300000 bytes there");
    }

    @Test
    void notThere() throws IOException {
        refused("the server answered with status 404");
        serve("/sets/file.gz", exchange -> exchange.sendResponseHeaders(500, -1));
        refused("the server answered with status 500");
    }

    @Test
    void redirects() throws IOException {
        serve("/sets/file.gz", exchange -> {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
        });
        serve("/elsewhere", content);
        download("/sets", SILENT).fetch(file, folder);
        assertArrayEquals(content, Files.readAllBytes(folder.resolve("file.gz")));
        assertEquals(2, requests.get());
    }

    @Test
    void redirectsWithoutEnd() throws IOException {
        serve("/sets/file.gz", exchange -> {
            exchange.getResponseHeaders().add("Location", "/sets/file.gz?" + requests.get());
            exchange.sendResponseHeaders(302, -1);
        });
        refused("the server answered with status 302");
        assertTrue(requests.get() < 20, requests + " requests");
    }

    /** Not to the machine's own files. */
    @Test
    void redirectToAnotherScheme() throws IOException {
        Path secret = Files.write(root.resolve("secret"), content);
        serve("/sets/file.gz", exchange -> {
            exchange.getResponseHeaders().add("Location", secret.toUri().toString());
            exchange.sendResponseHeaders(302, -1);
        });
        refused("");
    }

    @Test
    void serverDown() throws IOException {
        server.stop(0);
        refused("the server cannot be reached");
    }

    @Test
    void silence() throws IOException {
        serve("/sets/file.gz", exchange -> waitForTheEnd());
        Download download = new Download("Test.download", address("/sets"), SILENT, Duration.ofMillis(200));
        String message = assertThrows(IOException.class, () -> download.fetch(file, folder))
                .getMessage();
        assertTrue(message.contains("the server did not answer for 0 s"), message);
        assertEquals(List.of(), TestFiles.list(folder));
    }

    @Test
    void silenceInTheMiddle() throws IOException {
        serve("/sets/file.gz", exchange -> {
            answer(exchange, content.length, Arrays.copyOf(content, 100_000));
            waitForTheEnd();
        });
        Download download = new Download("Test.download", address("/sets"), SILENT, Duration.ofSeconds(1));
        String message = assertThrows(IOException.class, () -> download.fetch(file, folder))
                .getMessage();
        // on a machine that is too slow for the first second, the other of the two
        assertTrue(
                message.contains("nothing more came for 1 s") || message.contains("did not answer for 1 s"), message);
        assertEquals(List.of(), TestFiles.list(folder));
    }

    @Test
    void interrupted() throws IOException {
        serve("/sets/file.gz", exchange -> {
            answer(exchange, content.length, Arrays.copyOf(content, 100_000));
            waitForTheEnd();
        });
        Download download = download("/sets", (name, bytes, total) -> {
            if (bytes > 0) {
                assertEquals(1, list().size()); // the part
                Thread.currentThread().interrupt();
            }
        });
        InterruptedIOException e = assertThrows(InterruptedIOException.class, () -> download.fetch(file, folder));
        assertTrue(Thread.interrupted());
        assertTrue(e.getMessage().contains("the thread was interrupted"), e.getMessage());
        assertEquals(List.of(), TestFiles.list(folder));
    }

    private List<String> list() {
        try {
            return TestFiles.list(folder);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void listenerThrows() throws IOException {
        serve("/sets/file.gz", content);
        Download download = download("/sets", (name, bytes, total) -> {
            throw new IllegalStateException("enough");
        });
        assertThrows(IllegalStateException.class, () -> download.fetch(file, folder));
        assertEquals(List.of(), TestFiles.list(folder));
    }

    @Test
    void otherAddresses() {
        for (String address : List.of("ftp://localhost/", "file:///tmp/", "sets/", "http:sets")) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> Mnist.download(folder, URI.create(address)))
                    .getMessage();
            assertEquals(
                    "Mnist.download: the address is '" + address + "'; give one that begins with http:// or https://",
                    message);
        }
    }

    // ---- the data sets

    private IdxImages mnist() throws IOException {
        List<RemoteFile> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> entry : TestFiles.mnist().entrySet()) {
            files.add(TestFiles.remote(entry.getKey(), entry.getValue()));
            serve("/mnist/" + entry.getKey(), entry.getValue());
        }
        List<String> classes = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        return new IdxImages("Mnist", Path.of("MNIST", "raw"), address("/mnist/"), files, classes);
    }

    @Test
    void mnistIsFetchedOnce() throws IOException {
        IdxImages mnist = mnist();
        TrainTest first = mnist.download(folder, address("/mnist"), SILENT);
        assertEquals(4, requests.get());
        assertEquals(
                List.of(
                        "t10k-images-idx3-ubyte.gz",
                        "t10k-labels-idx1-ubyte.gz",
                        "train-images-idx3-ubyte.gz",
                        "train-labels-idx1-ubyte.gz"),
                TestFiles.list(folder));
        TrainTest second = mnist.download(folder, address("/mnist"), SILENT);
        assertEquals(4, requests.get());
        assertEquals(6, second.train().size());
        assertArrayEquals(
                first.train().get(5).input().toFloatArray(),
                second.train().get(5).input().toFloatArray());
        // what is missing alone, and what is there unpacked is there
        Files.delete(folder.resolve("t10k-images-idx3-ubyte.gz"));
        Files.delete(folder.resolve("train-labels-idx1-ubyte.gz"));
        Files.write(folder.resolve("train-labels-idx1-ubyte"), TestFiles.labels(6, 0));
        mnist.download(folder, address("/mnist"), SILENT);
        assertEquals(5, requests.get());
    }

    @Test
    void anotherFileOfThatNameStays() throws IOException {
        IdxImages mnist = mnist();
        Files.createDirectories(folder);
        Path mine = folder.resolve("train-images-idx3-ubyte.gz");
        Files.writeString(mine, "mine");
        String message = assertThrows(IOException.class, () -> mnist.download(folder, address("/mnist"), SILENT))
                .getMessage();
        assertTrue(message.startsWith("Mnist.download: " + mine + " is not the published file ("), message);
        assertEquals("mine", Files.readString(mine));
        assertEquals(List.of("train-images-idx3-ubyte.gz"), TestFiles.list(folder));
        assertEquals(0, requests.get());
    }

    /** What is public takes the published files alone. */
    @Test
    void onlyThePublishedFiles() throws IOException {
        mnist();
        serve("/mnist/cifar-10-binary.tar.gz", TestFiles.cifar());
        for (String message : List.of(
                assertThrows(IOException.class, () -> Mnist.download(folder, address("/mnist")))
                        .getMessage(),
                assertThrows(IOException.class, () -> FashionMnist.download(folder, address("/mnist")))
                        .getMessage(),
                assertThrows(IOException.class, () -> Cifar10.download(folder, address("/mnist")))
                        .getMessage())) {
            assertTrue(message.contains("it has only "), message);
        }
        assertEquals(List.of(), TestFiles.list(folder));
    }

    @Test
    void cifarIsFetchedOnce() throws IOException {
        byte[] archive = TestFiles.cifar();
        serve("/c/cifar-10-binary.tar.gz", archive);
        RemoteFile remote = TestFiles.remote("cifar-10-binary.tar.gz", archive);
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    10,
                    Cifar10.download(folder, address("/c"), remote, SILENT)
                            .train()
                            .size());
            assertEquals(1, requests.get());
        }
        Path unpacked = root.resolve("unpacked");
        Files.createDirectories(unpacked);
        for (int i = 0; i < 6; i++) {
            Files.write(unpacked.resolve(TestFiles.CIFAR.get(i)), TestFiles.batch(i));
        }
        assertEquals(
                2,
                Cifar10.download(unpacked, address("/c"), remote, SILENT).test().size());
        assertEquals(1, requests.get());
        Files.writeString(folder.resolve("cifar-10-binary.tar.gz"), "mine");
        assertThrows(IOException.class, () -> Cifar10.download(folder, address("/c"), remote, SILENT));
        assertEquals(1, requests.get());
    }

    @Test
    void barsOnATerminal() throws IOException {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(screen, true, UTF_8);
        try (TerminalProgress progress = new TerminalProgress(() -> new ConsoleProgressBarConsumer(out, 100))) {
            mnist().download(folder, address("/mnist"), progress);
        }
        String shown = screen.toString(UTF_8);
        for (String name : TestFiles.mnist().keySet()) {
            assertTrue(shown.contains(name + " 100% ["), shown);
        }
    }
}
