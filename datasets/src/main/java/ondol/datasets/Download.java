package ondol.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches published files by HTTP. A file has its name only when all of it is there and its checksum is right; until then it
 * is a hidden file beside, which is deleted whatever happens. Redirects are followed as {@link HttpClient} does: a few, and never
 * from HTTPS to HTTP.
 */
final class Download {
    private static final int OK = 200;
    private static final int PIECE = 1 << 16;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String caller;
    private final URI base;
    private final DownloadListener listener;
    private final Duration patience;

    /**
     * Prepares a download.
     *
     * @param caller what messages begin with
     * @param base the address of the folder in which the files are
     * @throws IllegalArgumentException if the address is not one of HTTP
     */
    Download(String caller, URI base, DownloadListener listener) {
        this(caller, base, listener, PATIENCE);
    }

    /** The same with another time after which it fails if nothing comes. */
    Download(String caller, URI base, DownloadListener listener, Duration patience) {
        String scheme = base.getScheme() == null ? "" : base.getScheme().toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || base.getHost() == null) {
            throw new IllegalArgumentException(
                    caller + ": the address is '" + base + "'; give one that begins with http:// or https://");
        }
        this.caller = caller;
        this.base = base;
        this.listener = listener;
        this.patience = patience;
    }

    /** Puts a file into a folder, which is made if it is not there. */
    void fetch(RemoteFile file, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path part = folder.resolve("." + file.name() + "-" + UUID.randomUUID() + ".part");
        if (part.getFileSystem().equals(FileSystems.getDefault())) {
            part.toFile().deleteOnExit(); // if the program is ended meanwhile
        }
        String text = base.toString();
        URI address = URI.create((text.endsWith("/") ? text : text + "/") + file.name());
        try {
            get(address, file, part);
            Files.move(part, folder.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            String message = caller + ": " + file.name() + " could not be fetched from " + address + ": " + reason(e)
                    + ". Put it into " + folder.toAbsolutePath() + " by hand (" + file.description()
                    + "), or give the address of a server that has it";
            if (Thread.currentThread().isInterrupted()) {
                InterruptedIOException interrupted = new InterruptedIOException(message);
                interrupted.initCause(e);
                throw interrupted;
            }
            throw new IOException(message, e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static String reason(IOException e) {
        if (Thread.currentThread().isInterrupted()) {
            return "the thread was interrupted";
        }
        if (e instanceof ConnectException) {
            return "the server cannot be reached";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void get(URI address, RemoteFile file, Path part) throws IOException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(patience)
                .build();
        try {
            // not HttpRequest's own timeout: from Java 26 on that ends the whole answer, however long it is
            HttpResponse<InputStream> response = client.sendAsync(
                            HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofInputStream())
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
            try (InputStream body = response.body()) {
                if (response.statusCode() != OK) {
                    throw new IOException("the server answered with status " + response.statusCode());
                }
                receive(body, file, part);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (TimeoutException e) {
            throw new IOException("the server did not answer for " + patience.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } finally {
            client.shutdownNow();
        }
    }

    private void receive(InputStream body, RemoteFile file, Path part) throws IOException {
        MessageDigest digest = RemoteFile.digest();
        long count = 0;
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                StallGuard guard = new StallGuard(body, patience)) {
            byte[] piece = new byte[PIECE];
            listener.progress(file.name(), 0, file.size());
            for (int n = read(body, piece, count, guard); n >= 0; n = read(body, piece, count, guard)) {
                count += n;
                if (count > file.size()) {
                    throw new IOException("it has more than its " + file.size() + " bytes there");
                }
                digest.update(piece, 0, n);
                ByteBuffer bytes = ByteBuffer.wrap(piece, 0, n);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                listener.progress(file.name(), count, file.size());
            }
            out.force(true);
        }
        if (count < file.size()) {
            throw new IOException("it has only " + count + " of its " + file.size() + " bytes there");
        }
        if (!file.isThat(digest)) {
            throw new IOException("what came has another checksum");
        }
    }

    private static int read(InputStream body, byte[] piece, long count, StallGuard guard) throws IOException {
        try {
            int n = body.read(piece);
            guard.moved();
            return n;
        } catch (IOException e) {
            String why = guard.stalled()
                    ? "nothing more came for " + guard.patience().toSeconds() + " s"
                    : e.getMessage();
            throw new IOException("the connection broke after " + count + " bytes: " + why, e);
        }
    }
}
