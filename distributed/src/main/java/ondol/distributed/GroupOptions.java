package ondol.distributed;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/**
 * How the workers of a group meet, and for how long they wait.
 *
 * <p>The secret is shared by all workers of a group, and only by them: each connection begins with a challenge that only who knows it can
 * answer (HMAC-SHA256 over fresh random numbers of both sides, RFC 2104), and it is never sent. What is sent afterwards is not encrypted.
 */
public final class GroupOptions {
    /** The shortest secret, in bytes. */
    public static final int SHORTEST_SECRET = 16;

    private final byte[] secret;
    private final InetAddress bind;
    private final Duration timeout;
    private final Duration heartbeat;

    private GroupOptions(byte[] secret, InetAddress bind, Duration timeout, Duration heartbeat) {
        this.secret = secret;
        this.bind = bind;
        this.timeout = timeout;
        this.heartbeat = heartbeat;
    }

    /**
     * Those of a secret: bound to the loopback address, which only this machine reaches, with a time-out of 5 minutes and 10 seconds until a
     * worker without a sign of life is given up.
     *
     * @param secret a text that only the workers know, as of {@code openssl rand -hex 32}
     * @return options with the defaults above
     * @throws IllegalArgumentException if the secret has fewer than {@value #SHORTEST_SECRET} bytes as UTF-8
     */
    public static GroupOptions of(String secret) {
        Objects.requireNonNull(secret, "GroupOptions.of: the secret is null; give one that all workers share");
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < SHORTEST_SECRET) {
            throw new IllegalArgumentException("GroupOptions.of: the secret has " + bytes.length + " bytes; give "
                    + SHORTEST_SECRET + " or more, as of: openssl rand -hex 32");
        }
        return new GroupOptions(bytes, InetAddress.getLoopbackAddress(), Duration.ofMinutes(5), Duration.ofSeconds(10));
    }

    /**
     * Where this worker listens: an address of this machine that the others reach.
     *
     * @param address the loopback address by default
     * @return new options; these stay as they are
     */
    public GroupOptions bind(InetAddress address) {
        Objects.requireNonNull(address, "GroupOptions.bind: the address is null; give one of this machine");
        return new GroupOptions(secret, address, timeout, heartbeat);
    }

    /**
     * How long to wait for workers that have not come, or that live and do not take part in what the others do.
     *
     * @param most a millisecond or more; 5 minutes by default
     * @return new options; these stay as they are
     * @throws IllegalArgumentException if it is not above 0
     */
    public GroupOptions timeout(Duration most) {
        return new GroupOptions(secret, bind, above0("timeout", most), heartbeat);
    }

    /**
     * How long a worker may be without a sign of life, of which each gives eight in that time, until it is given up. A worker that is
     * computing gives them; one that is stopped, or cut off, does not.
     *
     * @param most a millisecond or more; 10 seconds by default
     * @return new options; these stay as they are
     * @throws IllegalArgumentException if it is not above 0
     */
    public GroupOptions heartbeat(Duration most) {
        return new GroupOptions(secret, bind, timeout, above0("heartbeat", most));
    }

    private static Duration above0(String setting, Duration most) {
        Objects.requireNonNull(most, () -> "GroupOptions." + setting + ": the time is null; give one");
        if (most.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "GroupOptions." + setting + ": " + most + "; give a millisecond or more");
        }
        return most;
    }

    byte[] secret() {
        return secret;
    }

    /** {@return where this worker listens} */
    public InetAddress bind() {
        return bind;
    }

    /** {@return how long to wait for a worker that lives} */
    public Duration timeout() {
        return timeout;
    }

    /** {@return how long to wait for a sign of life} */
    public Duration heartbeat() {
        return heartbeat;
    }

    /** All but the secret. */
    @Override
    public String toString() {
        return "GroupOptions[bind=" + bind.getHostAddress() + ", timeout=" + timeout + ", heartbeat=" + heartbeat + "]";
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof GroupOptions other
                && Arrays.equals(secret, other.secret)
                && bind.equals(other.bind)
                && timeout.equals(other.timeout)
                && heartbeat.equals(other.heartbeat);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(secret), bind, timeout, heartbeat);
    }
}
