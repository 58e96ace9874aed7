package ondol.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A published file.
 *
 * @param size in bytes
 * @param sha256 in hexadecimal digits
 */
record RemoteFile(String name, long size, String sha256) {
    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether what went through a digest is this file. */
    boolean isThat(MessageDigest digest) {
        return MessageDigest.isEqual(digest.digest(), HexFormat.of().parseHex(sha256));
    }

    /** Refuses a file that has this one's name and is another. */
    void check(String caller, Path file) throws IOException {
        MessageDigest digest = digest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] piece = new byte[1 << 16];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                digest.update(piece, 0, n);
            }
        }
        if (!isThat(digest)) {
            throw new IOException(caller + ": " + file + " is not the published file (" + description()
                    + "); move it away, or give another folder");
        }
    }

    /** Size and checksum, as messages have them. */
    String description() {
        return String.format(Locale.ROOT, "%,d bytes, SHA-256 %s", size, sha256);
    }
}
