package ondol.distributed;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a connection begins. Both sides say which protocol they speak, in which version, and give a fresh random number. The one that has
 * connected says who it is and what the connection is for, and proves by an HMAC over all of that that it knows the secret. The other
 * one's answer comes with its proof. Nothing is read whose size has not been checked, and nothing waits longer than it may.
 *
 * <pre>
 * both     magic (8 bytes), version (4), nonce (32)
 * client   kind (4), rank (4), size (4), group (32), length (4), address; HMAC (32)
 * server   status (4), length (4), text; HMAC (32)
 * </pre>
 */
final class Handshake {
    private static final long MAGIC = 0x4f4e444f4c47524fL; // ONDOLGRO
    static final int VERSION = 2;
    static final int NONCE = 32;
    static final int PROOF = 32;
    private static final int GREETING = Long.BYTES + Integer.BYTES + NONCE;
    private static final int WHO = 4 * Integer.BYTES + PROOF;
    private static final int LONGEST_ADDRESS = 300;
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a connection is for. */
    enum Kind {
        INTRODUCE,
        DATA,
        CONTROL
    }

    /**
     * Who connects.
     *
     * @param group a digest of all addresses; zeros where they are not known yet
     * @param address where the worker listens, as {@link Addresses#text} writes it
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Who(Kind kind, int rank, int size, byte[] group, String address) {}

    /** What is wrong with a connection. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private final SocketChannel channel;
    private final byte[] secret;
    private final Deadline deadline;
    private byte[] transcript = new byte[0];

    private Handshake(SocketChannel channel, byte[] secret, Deadline deadline) {
        this.channel = channel;
        this.secret = secret;
        this.deadline = deadline;
    }

    /** Connects: says who this is, and returns the other side's answer. */
    static String connect(SocketChannel channel, byte[] secret, Deadline deadline, Who who) throws IOException {
        Handshake h = new Handshake(channel, secret, deadline);
        h.greet(true);
        byte[] address = who.address.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(WHO + address.length)
                .putInt(who.kind.ordinal())
                .putInt(who.rank)
                .putInt(who.size)
                .put(who.group)
                .putInt(address.length)
                .put(address);
        h.send(out.array(), "client");
        ByteBuffer head = h.read(2 * Integer.BYTES);
        int status = head.getInt();
        int length = head.getInt();
        if (length < 0 || length > LONGEST_ANSWER) {
            throw new Refused("its answer has " + length + " bytes, which no answer has");
        }
        ByteBuffer all =
                ByteBuffer.allocate(head.capacity() + length).put(head.rewind()).put(h.read(length));
        h.check(all.array(), "server");
        String text = new String(all.array(), head.capacity(), length, StandardCharsets.UTF_8);
        if (status != 0) {
            throw new Refused(text);
        }
        return text;
    }

    /** Hears who has connected, and returns it with what to answer by. */
    static Arrival accept(SocketChannel channel, byte[] secret, Deadline deadline) throws IOException {
        Handshake h = new Handshake(channel, secret, deadline);
        h.greet(false);
        ByteBuffer head = h.read(WHO);
        int kind = head.getInt();
        int rank = head.getInt();
        int size = head.getInt();
        byte[] group = new byte[PROOF];
        head.get(group);
        int length = head.getInt();
        if (length < 0 || length > LONGEST_ADDRESS || kind < 0 || kind >= Kind.values().length) {
            throw new Refused("it is no worker: kind " + kind + ", an address of " + length + " bytes");
        }
        byte[] all = ByteBuffer.allocate(WHO + length)
                .put(head.rewind())
                .put(h.read(length))
                .array();
        h.check(all, "client");
        String address = new String(all, WHO, length, StandardCharsets.UTF_8);
        return new Arrival(channel, h, new Who(Kind.values()[kind], rank, size, group, address));
    }

    /** Answers. */
    void answer(boolean welcome, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(2 * Integer.BYTES + bytes.length)
                .putInt(welcome ? 0 : 1)
                .putInt(bytes.length)
                .put(bytes);
        send(out.array(), "server");
    }

    private void greet(boolean client) throws IOException {
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        ByteBuffer mine =
                ByteBuffer.allocate(GREETING).putLong(MAGIC).putInt(VERSION).put(nonce);
        write(mine.flip());
        ByteBuffer other = read(GREETING);
        long magic = other.getLong();
        int version = other.getInt();
        if (magic != MAGIC) {
            throw new Refused("it does not speak Ondol's protocol");
        }
        if (version != VERSION) {
            throw new Refused("it speaks version " + version + " of the protocol, and this worker version " + VERSION
                    + "; run the same Ondol everywhere");
        }
        ByteBuffer both = ByteBuffer.allocate(2 * GREETING);
        both.put(client ? mine.rewind() : other.rewind()).put(client ? other.rewind() : mine.rewind());
        transcript = both.array();
    }

    private void send(byte[] message, String role) throws IOException {
        ByteBuffer out =
                ByteBuffer.allocate(message.length + PROOF).put(message).put(proof(message, role));
        write(out.flip());
    }

    private void check(byte[] message, String role) throws IOException {
        byte[] proof = new byte[PROOF];
        read(PROOF).get(proof);
        if (!MessageDigest.isEqual(proof, proof(message, role))) {
            throw new Refused("it has another secret; give all workers the same, as ONDOL_SECRET");
        }
    }

    private byte[] proof(byte[] message, String role) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(role.getBytes(StandardCharsets.UTF_8));
            mac.update(transcript);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private void write(ByteBuffer out) throws IOException {
        while (out.hasRemaining()) { // a handshake's few bytes fit into the socket's buffer: this does not wait
            channel.write(out);
        }
    }

    private ByteBuffer read(int bytes) throws IOException {
        byte[] all = new byte[bytes];
        int at = 0;
        while (at < bytes) {
            channel.socket().setSoTimeout(deadline.millisLeft());
            int n = channel.socket().getInputStream().read(all, at, bytes - at);
            if (n < 0) {
                throw new EOFException(
                        transcript.length == 0
                                ? "it has ended the connection without a word"
                                : "it has ended the connection: perhaps it has another secret");
            }
            at += n;
        }
        return ByteBuffer.wrap(all);
    }
}
