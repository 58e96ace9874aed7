package ondol.distributed;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The environment variables by which a worker is told who it is. */
final class Environment {
    private Environment() {}

    static ProcessGroup join(Map<String, String> variables) {
        if (!variables.containsKey("WORLD_SIZE")) {
            return ProcessGroup.single();
        }
        int size = number(variables, "WORLD_SIZE", 1, 1 << 16);
        if (size == 1) {
            return ProcessGroup.single();
        }
        int rank = number(variables, "RANK", 0, size - 1);
        int port = number(variables, "MASTER_PORT", 1, 65535);
        String host = given(variables, "MASTER_ADDR");
        String secret = variables.get("ONDOL_SECRET");
        if (secret == null || secret.length() < GroupOptions.SHORTEST_SECRET) {
            throw new IllegalArgumentException("ONDOL_SECRET is " + (secret == null ? "not set" : "too short")
                    + "; give all workers one secret of " + GroupOptions.SHORTEST_SECRET
                    + " characters or more, as of: openssl rand -hex 32");
        }
        GroupOptions options = GroupOptions.of(secret);
        options = options.timeout(seconds(variables, "ONDOL_TIMEOUT", options.timeout()))
                .heartbeat(seconds(variables, "ONDOL_HEARTBEAT", options.heartbeat()));
        InetAddress master = address("MASTER_ADDR", host);
        String bind = variables.get("ONDOL_BIND_ADDR");
        if (bind != null) {
            options = options.bind(address("ONDOL_BIND_ADDR", bind));
        } else if (!master.isLoopbackAddress()) {
            throw new IllegalArgumentException("MASTER_ADDR is " + host + ", and this worker, rank " + rank
                    + ", listens on the loopback address alone, which the others do not reach; set ONDOL_BIND_ADDR to an"
                    + " address of this machine that they do");
        }
        return ProcessGroup.join(rank, size, new InetSocketAddress(master, port), options);
    }

    private static String given(Map<String, String> variables, String name) {
        String text = variables.get(name);
        if (text == null || text.isBlank()) {
            throw new IllegalArgumentException(name + " is not set, and WORLD_SIZE is "
                    + variables.get("WORLD_SIZE")
                    + "; set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or start the workers by: ondol launch");
        }
        return text.strip();
    }

    private static int number(Map<String, String> variables, String name, int least, int most) {
        String text = given(variables, name);
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is '" + text + "'; give " + least + " to " + most, e);
        }
        throw new IllegalArgumentException(name + " is '" + text + "'; give " + least + " to " + most);
    }

    private static Duration seconds(Map<String, String> variables, String name, Duration otherwise) {
        @Nullable String text = variables.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            double seconds = Double.parseDouble(text);
            if (seconds >= 0.001 && seconds < 1e7) {
                return Duration.ofMillis((long) (seconds * 1000));
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is '" + text + "'; give a number of seconds", e);
        }
        throw new IllegalArgumentException(name + " is '" + text + "'; give a number of seconds above 0");
    }

    private static InetAddress address(String name, String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(name + " is '" + host + "', which no machine is known by", e);
        }
    }
}
